/** The costs of products. A product that several chains have in common is kept once, so its cost is computed once. */
import { getOrMake } from '../keyed.ts';
import type { Cost } from './cost.ts';
import { type Counts, countsOf } from './pareto.ts';

/** The weight by which a search compares costs, such as the seconds at a token count. */
export type Weigh = (counts: Counts) => number;

interface Priced {
  readonly cost: Cost;
  readonly counts: Counts;
}

/** The costs of products, by ids. */
export class Products {
  readonly #ids = new Map<number, number>();
  readonly #all: Priced[] = [];
  readonly #weights = new WeakMap<Weigh, number[]>();

  /** The id of a product of two sequences of factors. `last` says that it is the last one of its chain. */
  shared(left: number, right: number, last: boolean, cost: () => Cost): number {
    const key = 2 * (left * 2 ** 26 + right) + (last ? 1 : 0);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.add(cost());
    this.#ids.set(key, id);
    return id;
  }

  /** Adds a product that belongs to one chain alone, and returns its id. */
  add(cost: Cost): number {
    return this.#all.push({ cost, counts: countsOf(cost) }) - 1;
  }

  of(id: number): Priced {
    return this.#all[id]!;
  }

  /** The weights of all products so far, by their ids. */
  weights(weigh: Weigh): readonly number[] {
    const known = getOrMake(this.#weights, weigh, () => []);
    for (let n = known.length; n < this.#all.length; n++) known.push(weigh(this.#all[n]!.counts));
    return known;
  }
}
