/** Random choices that depend only on a seed. */
import { random } from '../../support/random.ts';

export class Draw {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = random(seed);
  }

  /** A whole number from 0 up to n, without n. */
  below(n: number): number {
    return Math.floor(this.#next() * n);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** True once in n draws, on average. */
  oneIn(n: number): boolean {
    return this.#next() * n < 1;
  }

  /** 1 mostly, and larger numbers ever more rarely. */
  few(most = 8): number {
    let n = 1;
    while (n < most && this.#next() < 0.45) n++;
    return n;
  }
}
