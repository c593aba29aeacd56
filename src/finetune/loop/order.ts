/** Chooses the sequences of a batch: every epoch has all of them once, shuffled by the seed or in order. */
import { random, shuffle } from '../../start/random.ts';

const permutation = (n: number, seed: number): Int32Array =>
  shuffle(
    Int32Array.from({ length: n }, (_, i) => i),
    random(seed),
  );

/** The seed of a random stream for one part of a run; multiplying by 2³²/φ spreads neighbouring seeds. */
export const seedOf = (seed: number, part: number): number => (Math.imul(seed, 0x9e3779b1) + part) >>> 0;

/** Draws sequences by position, so that a resumed run needs only its step. */
export class Order {
  readonly #count: number;
  readonly #seed: number | undefined;
  #epoch = -1;
  #order: Int32Array = new Int32Array();

  /** Draws from `count` ≥ 1 sequences; without a seed they come in their own order. */
  constructor(count: number, seed: number | undefined) {
    this.#count = count;
    this.#seed = seed;
  }

  /** The index of the sequence at draw `position`, counted from 0. */
  at(position: number): number {
    if (this.#seed === undefined) return position % this.#count;
    const epoch = Math.floor(position / this.#count);
    if (epoch !== this.#epoch) {
      this.#order = permutation(this.#count, seedOf(this.#seed, epoch));
      this.#epoch = epoch;
    }
    return this.#order[position % this.#count]!;
  }

  /** The indices of `size` draws from `position` on. */
  batch(position: number, size: number): number[] {
    return Array.from({ length: size }, (_, i) => this.at(position + i));
  }
}
