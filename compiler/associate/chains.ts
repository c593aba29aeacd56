/**
 * Products that have no association yet, and the sub-products that several of them could share. A sub-product and its
 * transpose are one: R·Wᵀ in one chain is (W·Rᵀ)ᵀ in another. Nothing here knows what a matrix is.
 */
import { getOrMake } from '../keyed.ts';
import type { Cost } from './cost.ts';

/**
 * The largest number of factors of a chain whose associations are compared exactly. The number of associations grows
 * as the Catalan numbers.
 */
export const MAX_CHAIN = 12;

/** A product of factors. */
export interface Chain<N> {
  readonly factors: readonly N[];
  /** Whether only a part of the last product is needed, such as its diagonal blocks. The rest is never formed. */
  readonly projected: boolean;
}

/** The operations on matrices of type N. */
export interface Algebra<N, C extends Chain<N> = Chain<N>> {
  readonly transposeOf: (a: N) => N;
  readonly multiply: (left: N, right: N) => N;
  /** The last product of a chain; only the part that is needed, if the chain is projected. */
  readonly multiplyLast: (chain: C, left: N, right: N) => N;
  /** The cost of one product whose result is an intermediate. It depends on the factors that each operand is made of. */
  readonly costOf: (product: N) => Cost;
}

/**
 * Returns the factors of Pᵀ·g·Sᵀ, the gradient of factor i of a product. P is the product of the factors before it, S
 * that of the factors after it, and `g` the gradient of the whole product.
 */
export function cotangent<N>(factors: readonly N[], i: number, g: N, transposeOf: (a: N) => N): N[] {
  const reversed = (part: readonly N[]) => part.map(transposeOf).reverse();
  return [...reversed(factors.slice(0, i)), g, ...reversed(factors.slice(i + 1))];
}

/** The key of a sub-product. `flipped` says that the factors are the transpose of the key's own orientation. */
export interface Key {
  readonly key: string;
  readonly flipped: boolean;
}

/**
 * Gives keys to sub-products. A sub-product and its transpose have the same key. Its orientation is that whose factors
 * come first in the program.
 */
export class SubProducts<N> {
  readonly #identity: (a: N) => number;
  readonly #transposeOf: (a: N) => N;
  readonly #transposes = new Map<number, number>();
  readonly #sequences = new Map<number, number>();
  readonly #keys = new Map<string, Key>();

  /** `identity` gives equal matrices the same id. */
  constructor(identity: (a: N) => number, transposeOf: (a: N) => N) {
    this.#identity = identity;
    this.#transposeOf = transposeOf;
  }

  #transposeId(a: N): number {
    const id = this.#identity(a);
    let t = this.#transposes.get(id);
    if (t === undefined) {
      t = this.#identity(this.#transposeOf(a));
      this.#transposes.set(id, t);
      this.#transposes.set(t, id);
    }
    return t;
  }

  /** The id of a sequence of factors with one more factor at its end. The empty sequence has the id 0. */
  longer(sequence: number, factor: N): number {
    const step = sequence * 2 ** 24 + this.#identity(factor);
    return getOrMake(this.#sequences, step, () => this.#sequences.size + 1);
  }

  /** The key of the product of some factors. */
  key(factors: readonly N[]): Key {
    const forward = factors.map((f) => this.#identity(f));
    const known = this.#keys.get(`${forward}`);
    if (known) return known;
    const backward = factors.map((f) => this.#transposeId(f)).reverse();
    const differs = forward.findIndex((id, i) => id !== backward[i]);
    const flipped = forward[differs]! > backward[differs]!;
    const key = `${flipped ? backward : forward}`;
    this.#keys.set(`${backward}`, { key, flipped: !flipped }).set(`${forward}`, { key, flipped });
    return { key, flipped };
  }
}

/** Chains that must be decided together, because they have sub-products that they could share. */
export interface Group<C> {
  readonly chains: readonly C[];
  /** The keys of sub-products that occur in at least two places, shortest first. */
  readonly shareable: readonly string[];
}

/** The groups of chains. Each chain is in one of them. */
export function groupChains<N, C extends Chain<N>>(chains: readonly C[], subs: SubProducts<N>): Group<C>[] {
  const where = new Map<string, { chains: Set<C>; count: number; length: number }>();
  for (const chain of chains) {
    for (const [i, j] of intervals(chain.factors.length)) {
      // A projected chain never forms the product of all its factors.
      if (j - i < 2 || (chain.projected && j - i === chain.factors.length)) continue;
      const { key } = subs.key(chain.factors.slice(i, j));
      const entry = where.get(key) ?? { chains: new Set(), count: 0, length: j - i };
      entry.chains.add(chain);
      entry.count++;
      where.set(key, entry);
    }
  }
  const shared = [...where].filter(([, e]) => e.count > 1).sort(([, a], [, b]) => a.length - b.length);
  const groups: { chains: Set<C>; keys: string[] }[] = chains.map((c) => ({
    chains: new Set([c]),
    keys: [],
  }));
  for (const [key, e] of shared) {
    const touched = groups.filter((g) => [...e.chains].some((c) => g.chains.has(c)));
    const merged = {
      chains: new Set(touched.flatMap((g) => [...g.chains])),
      keys: [...touched.flatMap((g) => g.keys), key],
    };
    for (const g of touched) groups.splice(groups.indexOf(g), 1);
    groups.push(merged);
  }
  const order = new Map(chains.map((c, i) => [c, i]));
  return groups
    .map((g) => ({ chains: [...g.chains].sort((a, b) => order.get(a)! - order.get(b)!), shareable: g.keys }))
    .sort((a, b) => order.get(a.chains[0]!)! - order.get(b.chains[0]!)!);
}

/** All intervals [i, j) of n factors, shortest first. */
export function intervals(n: number): [number, number][] {
  const all: [number, number][] = [];
  for (let len = 1; len <= n; len++) for (let i = 0; i + len <= n; i++) all.push([i, i + len]);
  return all;
}
