/**
 * The sums that a thread adds to: one for each of its rows and columns. The columns of a row are variables of four, or of
 * two, where they divide so: the text is a quarter as long, and drivers take vectors apart again.
 */
import type { Emitter } from '../../wgsl/emitter.ts';
import { PARTS, typeOf, VECTOR, vectorOf } from '../../wgsl/vectors.ts';
import { isMultiple } from '../vectors.ts';
import { range } from './root.ts';

export class Accumulators {
  readonly #rows: number;
  readonly #cols: number;
  /** Columns of one variable. */
  readonly #each: number;

  /** Where a step is long, as that of quantised operands, `scalar` keeps drivers from unrolling its loop: they count a vector as one. */
  constructor(rows: number, cols: number, { scalar = false } = {}) {
    this.#rows = rows;
    this.#cols = cols;
    this.#each = scalar ? 1 : isMultiple(cols) ? VECTOR : cols === 2 ? 2 : 1;
  }

  /** The WGSL type of a variable. */
  get type(): string {
    return typeOf('f32', this.#each);
  }

  /** Variables of a row. */
  get variables(): number {
    return this.#cols / this.#each;
  }

  declare(e: Emitter): void {
    for (const i of range(this.#rows))
      for (const name of this.ofRow(i)) e.line(`var ${name} = ${this.type}();`);
  }

  /** The sum of a row and a column. */
  at(i: number, j: number): string {
    const name = this.ofRow(i)[Math.floor(j / this.#each)]!;
    return this.#each === 1 ? name : `${name}.${PARTS[j % this.#each]}`;
  }

  /** One value of each column as one of each variable. */
  grouped(columns: readonly string[]): string[] {
    return range(columns.length / this.#each).map((g) =>
      vectorOf(columns.slice(g * this.#each, (g + 1) * this.#each), this.type),
    );
  }

  /** Adds each row's left value times the right value of each variable, as `sum` writes it. */
  add(e: Emitter, left: readonly string[], right: readonly string[], sum: Sum = fused): void {
    const b = left.length > 1 ? right.map((r) => named(e, r)) : right;
    for (const [i, a] of left.entries()) this.addTo(e, i, a, b, sum);
  }

  /** The same for one row. */
  addTo(e: Emitter, i: number, left: string, right: readonly string[], sum: Sum = fused): void {
    const a = this.variables > 1 ? named(e, left) : left;
    for (const [g, acc] of this.ofRow(i).entries()) {
      const text = sum(acc, a, right[g]!, this.type);
      const added = `${acc} + `;
      e.line(text.startsWith(added) ? `${acc} += ${text.slice(added.length)};` : `${acc} = ${text};`);
    }
  }

  /** Replaces each variable by what `by` writes. */
  replace(e: Emitter, by: (acc: string) => string): void {
    for (const i of range(this.#rows)) for (const acc of this.ofRow(i)) e.line(`${acc} = ${by(acc)};`);
  }

  /** The variables of a row. */
  ofRow(i: number): string[] {
    return range(this.variables).map((g) => (this.variables === 1 ? `acc_${i}` : `acc_${i}_${g}`));
  }
}

const named = (e: Emitter, text: string): string =>
  /^[\w.]+$/.test(text) ? text : e.name(text, e.depth, 'v').text;

/** A sum with a product added to it; the left factor is one number, the others are of the type. */
export type Sum = (acc: string, a: string, b: string, type: string) => string;

export const fused: Sum = (acc, a, b, type) => `fma(${type === 'f32' ? a : `${type}(${a})`}, ${b}, ${acc})`;
