/** Which sequences a batch holds: every epoch has all of them once, in an order that the seed tells, or in their own. */
import { random } from '../../start/random.ts';

/** Fisher and Yates. */
function permutation(n: number, seed: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const next = random(seed);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** A stream of its own for each part of a run: 2³²/φ spreads neighbouring seeds. */
export const seedOf = (seed: number, part: number): number => (Math.imul(seed, 0x9e3779b1) + part) >>> 0;

/** Draws by position, so that a run that is resumed needs no more than its step. */
export class Order {
  readonly #count: number;
  readonly #seed: number | undefined;
  #epoch = -1;
  #order: Int32Array = new Int32Array();

  /** `count` ≥ 1 sequences; without a seed they come as they are. */
  constructor(count: number, seed: number | undefined) {
    this.#count = count;
    this.#seed = seed;
  }

  /** The index of draw number `position`, from 0. */
  at(position: number): number {
    if (this.#seed === undefined) return position % this.#count;
    const epoch = Math.floor(position / this.#count);
    if (epoch !== this.#epoch) {
      this.#order = permutation(this.#count, seedOf(this.#seed, epoch));
      this.#epoch = epoch;
    }
    return this.#order[position % this.#count]!;
  }

  /** `size` draws from `position` on. */
  batch(position: number, size: number): number[] {
    return Array.from({ length: size }, (_, i) => this.at(position + i));
  }
}
