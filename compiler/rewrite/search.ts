/**
 * Searches the joint associations of a group that has too many for the exact search. A search has one weighing of
 * costs. It changes whether a sub-product is formed once, for one sub-product or two at a time, while the weight falls.
 */
import type { ChainForms, Weigh } from './chain-forms.ts';
import type { GroupForms, Joint } from './group-forms.ts';

/** The work that a search may still do, as a number of products whose costs it compares. */
export interface Work {
  left: number;
}

/** Finds a joint association of small weight. Where no work is left, it takes what it found so far. */
export function lightest(forms: GroupForms, weigh: Weigh, work: Work): Joint {
  const starts = [[], forms.written().once, [...forms.shared.keys()]];
  const found = starts.map((once) => new Descent(forms, weigh, once).run(work));
  return found.reduce((a, b) => (b.weight < a.weight ? b : a)).joint();
}

/** All pairs of keys. */
function* pairs(keys: readonly string[]): Generator<readonly string[]> {
  for (const [i, a] of keys.entries()) for (const b of keys.slice(0, i)) yield [a, b];
}

/** A set of sub-products to form once, and how it is changed. */
class Descent {
  readonly #forms: GroupForms;
  readonly #weigh: Weigh;
  /** Whether each sub-product is formed once, by its number. */
  readonly #once: Uint8Array;
  readonly #weights = new Map<ChainForms | string, number>();
  weight = 0;

  constructor(forms: GroupForms, weigh: Weigh, once: readonly string[]) {
    this.#forms = forms;
    this.#weigh = weigh;
    this.#once = new Uint8Array(forms.ids.size);
    for (const key of once) this.#once[forms.ids.get(key)!] = 1;
    for (const part of [...forms.chains, ...once]) {
      const weight = this.#weightOf(part);
      this.#weights.set(part, weight);
      this.weight += weight;
    }
  }

  /** Changes one key at a time; where that gains nothing more, two at a time. */
  run(work: Work): this {
    const keys = [...this.#forms.shared.keys()];
    const some = (moves: Iterable<readonly string[]>) => {
      let gained = false;
      for (const move of moves) {
        if (work.left <= 0) return false;
        if (this.#toggled(move, work)) gained = true;
      }
      return gained;
    };
    while (some(keys.map((key) => [key])) || some(pairs(keys)));
    return this;
  }

  joint(): Joint {
    const once = [...this.#forms.shared.keys()].filter((key) => this.#has(key));
    return this.#forms.joint(once, (chain) => chain.cheapest(this.#once, this.#weigh));
  }

  #has(key: string): boolean {
    return this.#once[this.#forms.ids.get(key)!] === 1;
  }

  /** The weight of a part, with what a sub-product takes in memory. */
  #weightOf(part: ChainForms | string): number {
    if (typeof part !== 'string') return part.weight(this.#once, this.#weigh);
    const { chain, memory } = this.#forms.shared.get(part)!;
    return chain.weight(this.#once, this.#weigh) + this.#weigh(memory);
  }

  /** Adds or drops each of some keys, if that lowers the weight. */
  #toggled(keys: readonly string[], work: Work): boolean {
    const dropped = keys.filter((key) => this.#has(key));
    const flip = () => {
      for (const key of keys) this.#once[this.#forms.ids.get(key)!]! ^= 1;
    };
    flip();
    const parts = new Set<ChainForms | string>(keys.flatMap((key) => this.#forms.takers.get(key)!));
    for (const key of keys) parts.add(key);
    const next = new Map<ChainForms | string, number>();
    for (const part of parts) {
      if (typeof part === 'string' && !this.#has(part)) continue;
      next.set(part, this.#weightOf(part));
      work.left -= this.#forms.chainOf(part).products;
    }
    let gained = dropped.reduce((sum, key) => sum + this.#weights.get(key)!, 0);
    for (const [part, weight] of next) gained += (this.#weights.get(part) ?? 0) - weight;
    // A gain within rounding would let a key come and go without end.
    if (gained <= 1e-9 * this.weight) {
      flip();
      return false;
    }
    for (const key of dropped) this.#weights.delete(key);
    for (const [part, weight] of next) this.#weights.set(part, weight);
    this.weight -= gained;
    return true;
  }
}
