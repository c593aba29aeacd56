/**
 * The names that the statements of a kernel give integers. A loop that is written out prints one body for each of its
 * iterations, and each iteration has names of its own, which end in its number. Equal values have one name, in the
 * outermost scope that knows them.
 */
import { type Dim, equalDim } from '../../compiler/dims/dims.ts';
import { ax, int } from '../../compiler/primitives/build.ts';
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis } from '../../compiler/primitives/prim.ts';
import {
  rewriteBool,
  rewriteExpr,
  rewriteInt,
  substituteAxes,
} from '../../compiler/primitives/substitute.ts';
import { unravel } from '../families/family.ts';
import { digitsOf } from '../fuse/axes.ts';
import type { Statement } from '../loops/type.ts';
import type { Emitter } from '../wgsl/emitter.ts';
import { computedOnce, isPlain, sharedDigits } from './digits.ts';
import { named } from './text.ts';

export class Names {
  readonly #e: Emitter;
  /** The names that stand for expressions of others. */
  #values = new Map<string, IntExpr>();
  /** Axes that were computed by divisions, and the position that they are digits of. */
  #unravelled: { readonly axes: readonly Axis[]; readonly text: string } | undefined;
  /** The end of the names of one iteration of loops that are written out; empty outside of these. */
  #suffix = '';

  constructor(e: Emitter) {
    this.#e = e;
  }

  /** Does the work for a block. What it names is unknown afterwards. */
  inBlock(work: () => void): void {
    const [values, unravelled] = [this.#values, this.#unravelled];
    this.#values = new Map(values);
    work();
    [this.#values, this.#unravelled] = [values, unravelled];
  }

  /** Does the work for iteration `n` of a loop that is written out. Names that it defines end in `suffix`. */
  inIteration<T>(axis: string, n: number, suffix: string, work: () => T): T {
    const [values, outer] = [this.#values, this.#suffix];
    this.#values = new Map(values).set(axis, int(n));
    this.#suffix = outer + suffix;
    const done = work();
    [this.#values, this.#suffix] = [values, outer];
    return done;
  }

  /** The name of an axis in the present iteration. */
  own(axis: string): string {
    if (this.#suffix === '') return axis;
    const name = axis + this.#suffix;
    this.#values.set(axis, ax(name));
    return name;
  }

  /** Defines a name: in an iteration, as a value that all iterations share, or as its expression. */
  let({ name, value, extent }: Statement & { readonly k: 'let' }): void {
    const e = this.#e;
    const own = this.int(value);
    if (this.#suffix === '') e.define(name, e.int(own), extent);
    else if (isPlain(own)) this.#values.set(name, own);
    else {
      const known = e.intValue(own);
      if (/^\d+$/.test(known.text)) this.#values.set(name, int(Number(known.text)));
      else e.alias(this.own(name), computedOnce(e, known), extent);
    }
  }

  digits({ axes, of }: Statement & { readonly k: 'digits' }): void {
    const e = this.#e;
    const own = this.int(of);
    const digits = digitsOf(axes, own);
    if (digits) {
      for (const [axis, value] of digits) this.#values.set(axis, value);
      return;
    }
    const position = e.intValue(own);
    if (this.#suffix !== '') {
      const all = axes.map((a) => ({ ...a, name: this.own(a.name) }));
      sharedDigits(e, all, computedOnce(e, position));
      return;
    }
    const text = named(e, position.text);
    unravel(e, axes, text);
    this.#unravelled = { axes, text };
  }

  /** The position that an index has all digits of, in an array of that shape; undefined for another index. */
  position(shape: readonly Dim[], index: readonly IntExpr[]): string | undefined {
    const { axes, text } = this.#unravelled ?? { axes: [], text: undefined };
    const isDigit = (size: Dim, d: number) => {
      const [axis, at] = [axes[d]!, index[d]];
      return at?.k === 'axis' && at.name === axis.name && equalDim(axis.extent, size);
    };
    return axes.length === shape.length && shape.every(isDigit) ? text : undefined;
  }

  int = (e: IntExpr): IntExpr => rewriteInt(e, substituteAxes(this.#values));
  float = (e: Expr): Expr => rewriteExpr(e, substituteAxes(this.#values));
  bool = (e: BoolExpr): BoolExpr => rewriteBool(e, substituteAxes(this.#values));
}
