/**
 * The sums of a thread, one for each row and column of its tile. A variable is a vec4 of a row's columns
 * where 4 divides their number, or a vec2 of two columns. The text is then a quarter as long, and drivers
 * split vectors into scalars themselves.
 */
import type { Emitter } from '../../wgsl/emitter.ts';
import { PARTS, typeOf, VECTOR, vectorOf } from '../../wgsl/vectors.ts';
import { isMultiple } from '../vectors.ts';
import { range } from './root.ts';

export class Accumulators {
  readonly #rows: number;
  readonly #cols: number;
  /** The number of columns in a variable. */
  readonly #each: number;

  /**
   * `scalar` gives each sum its own variable. Drivers count a vector as one operation, and would unroll the loops of
   * quantised products.
   */
  constructor(rows: number, cols: number, { scalar = false } = {}) {
    this.#rows = rows;
    this.#cols = cols;
    this.#each = scalar ? 1 : isMultiple(cols) ? VECTOR : cols === 2 ? 2 : 1;
  }

  /** The WGSL type of a variable. */
  get type(): string {
    return typeOf('f32', this.#each);
  }

  /** The number of variables in a row. */
  get variables(): number {
    return this.#cols / this.#each;
  }

  declare(e: Emitter): void {
    for (const i of range(this.#rows))
      for (const name of this.ofRow(i)) e.line(`var ${name} = ${this.type}();`);
  }

  /** WGSL for the sum of a row and a column. */
  at(i: number, j: number): string {
    const name = this.ofRow(i)[Math.floor(j / this.#each)]!;
    return this.#each === 1 ? name : `${name}.${PARTS[j % this.#each]}`;
  }

  /** Groups the values of columns into one value for each variable of a row. */
  grouped(columns: readonly string[]): string[] {
    return range(columns.length / this.#each).map((g) =>
      vectorOf(columns.slice(g * this.#each, (g + 1) * this.#each), this.type),
    );
  }

  /**
   * Adds the products of all left and all right values to the sums. `left` has a value for each row, and `right` one
   * for each variable of a row. `sum` prints an addition.
   */
  add(e: Emitter, left: readonly string[], right: readonly string[], sum: Sum = fused): void {
    const b = left.length > 1 ? right.map((r) => named(e, r)) : right;
    for (const [i, a] of left.entries()) this.addTo(e, i, a, b, sum);
  }

  /**
   * Adds the products of one left value and all right values to the sums of row i. `right` has a value for each
   * variable of the row.
   */
  addTo(e: Emitter, i: number, left: string, right: readonly string[], sum: Sum = fused): void {
    const a = this.variables > 1 ? named(e, left) : left;
    for (const [g, acc] of this.ofRow(i).entries()) {
      const text = sum(acc, a, right[g]!, this.type);
      const added = `${acc} + `;
      e.line(text.startsWith(added) ? `${acc} += ${text.slice(added.length)};` : `${acc} = ${text};`);
    }
  }

  /** Assigns to each variable the expression that `by` gives for it. */
  replace(e: Emitter, by: (acc: string) => string): void {
    for (const i of range(this.#rows)) for (const acc of this.ofRow(i)) e.line(`${acc} = ${by(acc)};`);
  }

  /** The names of a row's variables. */
  ofRow(i: number): string[] {
    return range(this.variables).map((g) => (this.variables === 1 ? `acc_${i}` : `acc_${i}_${g}`));
  }
}

/** A name for an expression's value; the expression itself where it is a name. */
export const named = (e: Emitter, text: string): string =>
  /^[\w.]+$/.test(text) ? text : e.name(text, e.depth, 'v').text;

/** Prints a sum plus a product. The left factor is a number; the sum and the right factor have the given type. */
export type Sum = (acc: string, a: string, b: string, type: string) => string;

export const fused: Sum = (acc, a, b, type) => `fma(${type === 'f32' ? a : `${type}(${a})`}, ${b}, ${acc})`;
