/** The ways to associate one chain, each with what its products cost. */
import { getOrMake } from '../keyed.ts';
import { type Algebra, type Chain, intervals, type Key, type SubProducts } from './chains.ts';
import { addCost, type Cost, NO_COST } from './cost.ts';
import { addCounts, type Counts, countsOf, undominated } from './pareto.ts';
import type { Products, Weigh } from './products.ts';

/** The computation of an interval of a chain's factors, by their positions in the chain. */
export type Form =
  | { readonly kind: 'factor'; readonly at: number }
  | { readonly kind: 'shared'; readonly from: number; readonly to: number }
  | {
      readonly kind: 'product';
      readonly left: Form;
      readonly right: Form;
      readonly cost: Cost;
      /** Whether the product is the last one of its chain. */
      readonly whole: boolean;
    };

export interface Option {
  readonly form: Form;
  readonly counts: Counts;
}

export interface Context<N, C extends Chain<N>> {
  readonly algebra: Algebra<N, C>;
  readonly subs: SubProducts<N>;
  readonly products: Products;
  /** The number of options that the exact search keeps for each part. */
  readonly most: number;
  /** The ids of the shareable sub-products, by their keys. */
  readonly ids: ReadonlyMap<string, number>;
}

/** The association of least weight: the weight of each interval, and where its last product cuts it. */
interface Lightest {
  readonly weights: Float64Array;
  readonly cuts: Uint8Array;
}

/**
 * Arrays that every search overwrites, reused to save allocation. They are kept by `side`, the number of factors plus
 * one.
 */
const scratches: Lightest[] = [];

function scratch(side: number): Lightest {
  scratches[side] ??= { weights: new Float64Array(side * side), cuts: new Uint8Array(side * side) };
  return scratches[side];
}

export const NO_COUNTS = countsOf(NO_COST);

/**
 * The ways to compute each interval of one chain. A product may be structured, which changes the cost of multiplying
 * by it. Its structure depends on its factors and not on their parentheses. So every split of an interval has one
 * cost.
 */
export class ChainForms<N, C extends Chain<N> = Chain<N>> {
  readonly chain: C;
  readonly #length: number;
  readonly #keys = new Map<string, Key>();
  readonly #some = new Map<string, N>();
  /** The ids of the products [i, k)·[k, j); −1 for those that have no id yet. */
  readonly #productIds: Int32Array;
  #allHaveIds = false;
  readonly #fronts = new Map<string, readonly Option[]>();
  /** The id of each interval's sequence of factors. */
  readonly #sequences: Int32Array;
  /** The id of each interval's sub-product if it is shareable, else −1. */
  readonly #shareableIds: Int32Array;
  readonly #context: Context<N, C>;

  /** `own` is the key of the chain itself, if the chain is a sub-product. The chain never reads its own product. */
  constructor(chain: C, context: Context<N, C>, own?: string) {
    this.chain = chain;
    this.#length = chain.factors.length;
    this.#context = context;
    const side = chain.factors.length + 1;
    this.#shareableIds = new Int32Array(side * side).fill(-1);
    this.#productIds = new Int32Array(side ** 3).fill(-1);
    this.#sequences = new Int32Array(side * side);
    for (const [i, j] of intervals(chain.factors.length))
      this.#sequences[i * side + j] = context.subs.longer(
        this.#sequences[i * side + j - 1]!,
        chain.factors[j - 1]!,
      );
    for (const [i, j] of intervals(chain.factors.length)) {
      if (j - i < 2 || this.#isProjected(i, j)) continue;
      const found = context.subs.key(chain.factors.slice(i, j));
      if (found.key === own) continue;
      this.#keys.set(`${i},${j}`, found);
      this.#shareableIds[i * side + j] = context.ids.get(found.key) ?? -1;
    }
  }

  /** The keys of the sub-products that the chain could share with other chains of its group. */
  get keys(): ReadonlySet<string> {
    return new Set([...this.#keys.values()].map(({ key }) => key));
  }

  /** Whether an interval is all of a projected chain, whose product is never formed. */
  #isProjected(i: number, j: number): boolean {
    return this.chain.projected && j - i === this.#length;
  }

  /** The product of an interval, in some association. */
  #product(i: number, j: number): N {
    if (j - i === 1) return this.chain.factors[i]!;
    const at = `${i},${j}`;
    return getOrMake(this.#some, at, () =>
      this.#context.algebra.multiply(this.#product(i, j - 1), this.chain.factors[j - 1]!),
    );
  }

  /** The id of the product [i, k)·[k, j). */
  #productId(i: number, k: number, j: number): number {
    const side = this.#length + 1;
    const at = (i * side + k) * side + j;
    if (this.#productIds[at]! < 0) {
      const { products } = this.#context;
      const cost = () => this.#cost(i, k, j);
      const [left, right] = [this.#sequences[i * side + k]!, this.#sequences[k * side + j]!];
      this.#productIds[at] = this.#isProjected(i, j)
        ? products.add(cost())
        : products.shared(left, right, j - i === side - 1, cost);
    }
    return this.#productIds[at]!;
  }

  /** The cost of the product [i, k)·[k, j). A chain's last product is needed anyway, so it is no intermediate. */
  #cost(i: number, k: number, j: number): Cost {
    const whole = j - i === this.#length;
    const [left, right] = [this.#product(i, k), this.#product(k, j)];
    const { algebra } = this.#context;
    const full = algebra.costOf(
      whole ? algebra.multiplyLast(this.chain, left, right) : algebra.multiply(left, right),
    );
    return whole ? { ...full, memory: NO_COST.memory } : full;
  }

  /** The memory that the product of all factors takes as an intermediate. */
  get memory(): Cost {
    const { memory } = this.#context.algebra.costOf(this.#product(0, this.#length));
    return { ...NO_COST, memory };
  }

  /** The number of different products in all associations of the chain. */
  get products(): number {
    const n = this.#length;
    return (n ** 3 - n) / 6;
  }

  /** All undominated ways to form the chain where the sub-products in `free` cost nothing. */
  front(free: ReadonlySet<string>): readonly Option[] {
    const n = this.#length;
    const used = [...this.#keys].flatMap(([at, { key }]) => (free.has(key) ? [at] : [])).join(' ');
    const known = this.#fronts.get(used);
    if (known) return known;
    const table = new Map<string, readonly Option[]>();
    for (const [i, j] of intervals(n)) table.set(`${i},${j}`, this.#interval(i, j, free, table));
    const front = table.get(`0,${n}`)!;
    this.#fronts.set(used, front);
    return front;
  }

  #interval(
    i: number,
    j: number,
    free: ReadonlySet<string>,
    table: ReadonlyMap<string, readonly Option[]>,
  ): readonly Option[] {
    const given = this.#given(i, j, free);
    if (given) return [given];
    const options: Option[] = [];
    for (let k = i + 1; k < j; k++)
      for (const l of table.get(`${i},${k}`)!)
        for (const r of table.get(`${k},${j}`)!) options.push(this.#joined(i, k, j, l, r));
    return undominated(options, this.#context.most);
  }

  /** The option for an interval that needs no multiplication: one factor, or a sub-product in `free`. */
  #given(i: number, j: number, free: ReadonlySet<string>): Option | undefined {
    if (j - i === 1) return { form: { kind: 'factor', at: i }, counts: NO_COUNTS };
    const shared = this.#keys.get(`${i},${j}`);
    return shared && free.has(shared.key)
      ? { form: { kind: 'shared', from: i, to: j }, counts: NO_COUNTS }
      : undefined;
  }

  /** The option that multiplies [i, k) by [k, j). */
  #joined(i: number, k: number, j: number, left: Option, right: Option): Option {
    const { cost, counts } = this.#context.products.of(this.#productId(i, k, j));
    const whole = j - i === this.#length;
    return {
      form: { kind: 'product', left: left.form, right: right.form, cost, whole },
      counts: [left.counts, right.counts, counts].reduce(addCounts),
    };
  }

  /** The least weight of the chain where the shareable sub-products that `free` marks cost nothing. */
  weight(free: Uint8Array, weigh: Weigh): number {
    return this.#search(free, weigh).weights[this.#length]!;
  }

  /** The option of least weight where the shareable sub-products that `free` marks cost nothing. */
  cheapest(free: Uint8Array, weigh: Weigh): Option {
    const { cuts } = this.#search(free, weigh);
    const side = this.#length + 1;
    const keys = new Set([...this.#context.ids].flatMap(([key, id]) => (free[id] ? [key] : [])));
    const option = (i: number, j: number): Option => {
      const k = cuts[i * side + j]!;
      return this.#given(i, j, keys) ?? this.#joined(i, k, j, option(i, k), option(k, j));
    };
    return option(0, side - 1);
  }

  /** The ids of the sub-products in `free` that the chain's option of least weight reads instead of computing them. */
  taken(free: Uint8Array, weigh: Weigh): readonly number[] {
    const { cuts } = this.#search(free, weigh);
    const side = this.#length + 1;
    const visit = (i: number, j: number): number[] => {
      if (j - i === 1) return [];
      const id = this.#shareableIds[i * side + j]!;
      if (id >= 0 && free[id]) return [id];
      const k = cuts[i * side + j]!;
      return [...visit(i, k), ...visit(k, j)];
    };
    return visit(0, side - 1);
  }

  /** Finds the association of least weight by a dynamic program over intervals. */
  #search(free: Uint8Array, weigh: Weigh): Lightest {
    const n = this.#length;
    const side = n + 1;
    const [shareableIds, ids, products] = [this.#shareableIds, this.#productIds, this.#weightsBy(weigh)];
    const found = scratch(side);
    const { weights, cuts } = found;
    for (let length = 2; length <= n; length++) {
      for (let i = 0; i + length <= n; i++) {
        const j = i + length;
        const id = shareableIds[i * side + j]!;
        if (id >= 0 && free[id]) {
          weights[i * side + j] = 0;
          continue;
        }
        let least = Infinity;
        for (let k = i + 1; k < j; k++) {
          const sum =
            weights[i * side + k]! + weights[k * side + j]! + products[ids[(i * side + k) * side + j]!]!;
          if (sum >= least) continue;
          least = sum;
          cuts[i * side + j] = k;
        }
        weights[i * side + j] = least;
      }
    }
    return found;
  }

  /** The weights of all products, by their ids. */
  #weightsBy(weigh: Weigh): readonly number[] {
    if (!this.#allHaveIds) {
      for (const [i, j] of intervals(this.#length)) for (let k = i + 1; k < j; k++) this.#productId(i, k, j);
      this.#allHaveIds = true;
    }
    return this.#context.products.weights(weigh);
  }

  /** The keys of the sub-products that the association from the left forms, where these have keys. */
  get prefixes() {
    return this.chain.factors.flatMap((_, i) => this.#keys.get(`0,${i + 1}`) ?? []);
  }

  /** The association from one end, where the sub-products in `free` cost nothing. */
  from(end: 'left' | 'right', free: ReadonlySet<string>): Option {
    const n = this.#length;
    const factor = (i: number) => this.#given(i, i + 1, free)!;
    let option = factor(end === 'left' ? 0 : n - 1);
    for (let length = 2; length <= n; length++) {
      const [i, j] = end === 'left' ? [0, length] : [n - length, n];
      const joined = () =>
        end === 'left'
          ? this.#joined(i, j - 1, j, option, factor(j - 1))
          : this.#joined(i, i + 1, j, factor(i), option);
      option = this.#given(i, j, free) ?? joined();
    }
    return option;
  }

  /** Builds the products of a form, and adds up what they cost. */
  build(form: Form, shared: ReadonlyMap<string, N>): { readonly node: N; readonly cost: Cost } {
    const { algebra } = this.#context;
    switch (form.kind) {
      case 'factor':
        return { node: this.chain.factors[form.at]!, cost: NO_COST };
      case 'shared': {
        const { key, flipped } = this.#keys.get(`${form.from},${form.to}`)!;
        const node = shared.get(key)!;
        return { node: flipped ? algebra.transposeOf(node) : node, cost: NO_COST };
      }
      case 'product': {
        const [left, right] = [this.build(form.left, shared), this.build(form.right, shared)];
        const node = form.whole
          ? algebra.multiplyLast(this.chain, left.node, right.node)
          : algebra.multiply(left.node, right.node);
        return { node, cost: [left.cost, right.cost, form.cost].reduce(addCost) };
      }
      default:
        return form satisfies never;
    }
  }
}
