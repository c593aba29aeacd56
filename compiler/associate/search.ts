/**
 * Searches the joint associations of a group where they are too many for the exact search. A search turns costs into
 * one number, the weight. It changes which sub-products are formed once, one or two of them at a time, as long as the
 * weight falls.
 */
import type { ChainForms } from './chain-forms.ts';
import type { Chain } from './chains.ts';
import type { GroupForms, Joint } from './group-forms.ts';
import type { Weigh } from './products.ts';

/** The work that a search may still do, as a number of products whose costs it compares. */
export interface Work {
  left: number;
}

/** Finds a joint association of small weight. When `work` is used up, it returns the best that it found so far. */
export function lightest<N, C extends Chain<N>>(forms: GroupForms<N, C>, weigh: Weigh, work: Work): Joint {
  return jointOf(forms, weigh, descend(forms, weigh, work).once);
}

function descend<N, C extends Chain<N>>(forms: GroupForms<N, C>, weigh: Weigh, work: Work): Descent<N, C> {
  const keys = [...forms.shared.keys()];
  const starts = [[], forms.written().once.map((id) => keys[id]!), keys];
  const found = starts.map((once) => new Descent(forms, weigh, once).run(work));
  return found.reduce((a, b) => (b.weight < a.weight ? b : a));
}

/** The joint association of least weight among those that form the sub-products in `once` one time each. */
function jointOf<N, C extends Chain<N>>(
  forms: GroupForms<N, C>,
  weigh: Weigh,
  once: readonly string[],
): Joint {
  const marks = marked(forms.ids, once);
  return forms.joint(once, (chain) => chain.cheapest(marks, weigh));
}

/** Makes an array that has 1 at the id of each of `keys`, and 0 elsewhere. */
function marked(ids: ReadonlyMap<string, number>, keys: readonly string[]): Uint8Array {
  const marks = new Uint8Array(ids.size);
  for (const key of keys) marks[ids.get(key)!] = 1;
  return marks;
}

/** The result of a search, and whether a proof exists that nothing weighs less. */
export interface Proven<T> {
  readonly found: T;
  readonly isProven: boolean;
}

/** Finds a joint association of small weight, then by branch and bound one that weighs less, until there is none. */
export function provenLightest<N, C extends Chain<N>>(
  forms: GroupForms<N, C>,
  weigh: Weigh,
  work: Work,
): Proven<Joint> {
  const { once, weight } = descend(forms, weigh, work);
  const proof = new Proof(forms, weigh, once, weight);
  proof.run(work);
  return { found: proof.joint(), isProven: work.left > 0 };
}

/** All pairs of keys. */
function* pairs(keys: readonly string[]): Generator<readonly string[]> {
  for (const [i, a] of keys.entries()) for (const b of keys.slice(0, i)) yield [a, b];
}

/**
 * Branches on whether a sub-product is formed once. The lower bound of a branch is its weight if undecided
 * sub-products cost nothing. A branch that uses no undecided sub-product weighs exactly its bound.
 */
class Proof<N, C extends Chain<N>> {
  readonly #forms: GroupForms<N, C>;
  readonly #weigh: Weigh;
  readonly #keys: readonly string[];
  /** Marks the sub-products that chains may use: those that are formed once, and the undecided ones. */
  readonly #free: Uint8Array;
  /** Marks the sub-products that are formed once. */
  readonly #paid: Uint8Array;
  #once: readonly string[];
  #weight: number;

  /** `once` has the keys of sub-products that are formed once in a known answer of this weight. */
  constructor(forms: GroupForms<N, C>, weigh: Weigh, once: readonly string[], weight: number) {
    this.#forms = forms;
    this.#weigh = weigh;
    this.#keys = [...forms.shared.keys()];
    this.#free = marked(forms.ids, this.#keys);
    this.#paid = marked(forms.ids, []);
    this.#once = once;
    this.#weight = weight;
  }

  run(work: Work): void {
    const paid = this.#keys.filter((key) => this.#paid[this.#forms.ids.get(key)!]);
    let least = 0;
    const taken = new Set<number>();
    for (const part of [...this.#forms.chains, ...paid]) {
      const chain = this.#forms.chainOf(part);
      if (typeof part === 'string') least += this.#weigh(this.#forms.shared.get(part)!.memory);
      least += chain.weight(this.#free, this.#weigh);
      for (const id of chain.taken(this.#free, this.#weigh)) taken.add(id);
      work.left -= 2 * chain.products;
    }
    // Sums that differ by less than rounding are equal.
    if (work.left <= 0 || least >= this.#weight * (1 - 1e-12)) return;
    const id = [...taken].find((id) => !this.#paid[id]);
    if (id === undefined) {
      this.#once = paid;
      this.#weight = least;
      return;
    }
    this.#paid[id] = 1;
    this.run(work);
    this.#paid[id] = 0;
    this.#free[id] = 0;
    this.run(work);
    this.#free[id] = 1;
  }

  joint(): Joint {
    return jointOf(this.#forms, this.#weigh, this.#once);
  }
}

/** A set of sub-products to form once, which changes while its weight falls. */
class Descent<N, C extends Chain<N>> {
  readonly #forms: GroupForms<N, C>;
  readonly #weigh: Weigh;
  /** Whether each sub-product is formed once, by its id. */
  readonly #once: Uint8Array;
  readonly #weights = new Map<ChainForms<N, C> | string, number>();
  weight = 0;

  constructor(forms: GroupForms<N, C>, weigh: Weigh, once: readonly string[]) {
    this.#forms = forms;
    this.#weigh = weigh;
    this.#once = marked(forms.ids, once);
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

  /** The keys of the sub-products that are formed once, shortest first. */
  get once(): readonly string[] {
    return [...this.#forms.shared.keys()].filter((key) => this.#has(key));
  }

  #has(key: string): boolean {
    return this.#once[this.#forms.ids.get(key)!] === 1;
  }

  /** The weight of a chain, or of a sub-product by its key. The memory of a sub-product counts too. */
  #weightOf(part: ChainForms<N, C> | string): number {
    if (typeof part !== 'string') return part.weight(this.#once, this.#weigh);
    const { chain, memory } = this.#forms.shared.get(part)!;
    return chain.weight(this.#once, this.#weigh) + this.#weigh(memory);
  }

  /**
   * Adds those of the keys that are absent and drops the others, if that lowers the weight. Returns whether it does.
   */
  #toggled(keys: readonly string[], work: Work): boolean {
    const dropped = keys.filter((key) => this.#has(key));
    const flip = () => {
      for (const key of keys) this.#once[this.#forms.ids.get(key)!]! ^= 1;
    };
    flip();
    const parts = new Set<ChainForms<N, C> | string>(keys.flatMap((key) => this.#forms.takers.get(key)!));
    for (const key of keys) parts.add(key);
    const next = new Map<ChainForms<N, C> | string, number>();
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
