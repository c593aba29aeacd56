/**
 * Prints scalar expressions as WGSL statements in nested scopes. A value is computed in the outermost scope that knows
 * its axes: it leaves loops that it does not depend on, and equal values of a scope are computed once. Indices are i32,
 * because a tensor has fewer than 2³¹ elements.
 */
import { constantOf, type Dim, dimConst, divDim, equalDim, productDim } from '../../compiler/dims/dims.ts';
import { atomPoly, fromPoly, type Poly, rangeInt, recombine } from '../../compiler/primitives/affine.ts';
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import { polyOf, simplifyBool } from '../../compiler/primitives/simplify.ts';
import type { Storage } from '../../compiler/primitives/storage.ts';
import { rowMajor } from '../../compiler/primitives/substitute.ts';
import { Axes } from './axes.ts';
import { callText, EXPENSIVE, INFIX } from './calls.ts';
import { dequantized } from './dequantize.ts';
import { type Guarded, guarded, orZero } from './guarded.ts';
import { isLeast, product, quotient, remainder, squareRoot } from './integers.ts';
import { f32Literal, i32Literal } from './literal.ts';
import type { Shuffles } from './registers.ts';
import { sizeText } from './size.ts';
import { Statements } from './statements.ts';
import type { Tensor } from './tensor.ts';
import { type Addend, clamped, paren, sumText, type Value } from './value.ts';
import { VECTOR, vectorAt } from './vectors.ts';

const WORD = /^\w+$/;

export class Emitter extends Statements {
  /** The arguments that statements load from storage. */
  readonly used = new Set<number>();
  usesTokens = false;
  /** Values that the invocations of a subgroup exchange; undefined outside uniform control flow. */
  shuffles: Shuffles | undefined;
  /** The outermost scope that loads of arguments are in. */
  loadsIn = 0;
  readonly tensors: readonly Tensor[];
  private readonly axes = new Axes();
  private conditional = 0;
  /** Whether any argument is stored quantised. */
  readonly quantized: boolean;

  constructor(tensors: readonly Tensor[]) {
    super();
    this.tensors = tensors;
    this.quantized = tensors.some((t) => t.storage !== undefined);
  }

  /** Defines an axis in the current scope. Its value does not change and is in [0, extent). */
  define(axis: string, text: string, extent: Dim): void {
    const named = WORD.test(text);
    if (!named && constantOf(extent) !== 1) this.line(`let ${axis} = ${text};`);
    this.alias(axis, { text: named ? text : axis, depth: this.depth, atomic: true }, extent);
  }

  /** Gives an axis a value that has a name or is one. Its value does not change and is in [0, extent). */
  alias(axis: string, value: Value, extent: Dim): void {
    this.axes.set(axis, value, extent);
  }

  /** A size as WGSL. */
  size(d: Dim): string {
    if (constantOf(d) === undefined) this.usesTokens = true;
    return sizeText(d);
  }

  int(e: IntExpr): string {
    return this.sum(polyOf(e, this.axes.ranges)).text;
  }

  /** WGSL for the address of an element, in elements. */
  address(shape: readonly Dim[], index: readonly IntExpr[]): string {
    return this.sum(this.position(shape, index)).text;
  }

  /** WGSL for the element of an array of vectors at a variable index. */
  partAt(name: string, place: string, depth = this.depth): string {
    const at = this.name(`u32(${place})`, depth).text;
    return `${name}[${at} >> 2][${at} & 3u]`;
  }

  /** WGSL for the address of the vector that begins with an element, in vectors. */
  vectorAddress(shape: readonly Dim[], index: readonly IntExpr[]): string {
    return this.sum(vectorAt(this.position(shape, index))!.vector).text;
  }

  /** WGSL for the value of a float expression. */
  float = (e: Expr): string => this.value(e).text;

  bool(e: BoolExpr): string {
    return this.condition(e).text;
  }

  /** The row-major position of an element. */
  position(shape: readonly Dim[], index: readonly IntExpr[]): Poly {
    const indices = index.map((i) => polyOf(i, this.axes.ranges));
    return recombine(rowMajor(shape, indices), this.axes.ranges);
  }

  /** A sum. Terms are added from the outermost scope inwards and a constant last, so that sums share prefixes. */
  sum(p: Poly): Value {
    let constant = 0;
    let deepest = 0;
    const terms: Addend[] = [];
    for (const t of p) {
      if (t.atoms.length === 0) {
        constant = t.coef;
        continue;
      }
      const parts = t.atoms.map((a) => this.atom(a));
      const depth = parts.reduce((d, v) => Math.max(d, v.depth), 0);
      deepest = Math.max(deepest, depth);
      terms.push({ text: product(Math.abs(t.coef), parts), isTaken: t.coef < 0, depth });
    }
    let sum: Value | undefined;
    const least = deepest < this.computedIn.outer ? 0 : this.computedIn.inner;
    for (let depth = least; depth <= Math.max(least, deepest); depth++) {
      const here = terms.filter((t) => Math.max(t.depth, least) === depth);
      if (here.length === 0) continue;
      const text = sumText(here, sum?.text);
      sum = WORD.test(text) ? { text, depth, atomic: true } : this.name(text, depth);
    }
    if (sum === undefined) return { text: i32Literal(constant), depth: 0, atomic: constant >= 0 };
    if (constant === 0) return sum;
    const text =
      constant < 0 ? `${sum.text} - ${i32Literal(-constant)}` : `${sum.text} + ${i32Literal(constant)}`;
    return { text, depth: sum.depth, atomic: false };
  }

  intValue(e: IntExpr): Value {
    return this.sum(polyOf(e, this.axes.ranges));
  }

  private atom(e: IntExpr): Value {
    switch (e.k) {
      case 'axis':
        return this.axes.value(e.name);
      case 'extent': {
        const text = this.size(e.dim);
        return WORD.test(text) ? { text, depth: 0, atomic: true } : this.name(text, 0);
      }
      case 'idiv':
        return quotient(this.intValue(e.a), e.by, this.name.bind(this));
      case 'imod':
        return remainder(this.intValue(e.a), e.by, this.name.bind(this));
      case 'isqrt':
        return squareRoot(this.intValue(e.a), this.name.bind(this));
      case 'iload': {
        const { text, depth } = this.element(e.arg, e.index);
        return this.name(this.tensors[e.arg]!.dtype === 'i32' ? text : `i32(${text})`, depth);
      }
      case 'iselect': {
        const known = simplifyBool(e.cond, this.axes.ranges);
        if (typeof known === 'boolean') return this.intValue(known ? e.then : e.else);
        const cond = this.condition(known);
        this.conditional++;
        const [s, t] = [this.intValue(e.then), this.intValue(e.else)];
        this.conditional--;
        const depth = Math.max(cond.depth, s.depth, t.depth);
        const [least, chosen] = [`min(${s.text}, ${t.text})`, `select(${t.text}, ${s.text}, ${cond.text})`];
        return this.name(isLeast(e, this.axes.ranges) ? least : chosen, depth);
      }
      case 'int':
      case 'iadd':
      case 'isub':
      case 'imul':
        return this.intValue(e);
      default:
        throw new TypeError(`unknown integer expression ${e satisfies never}`);
    }
  }

  /**
   * A load of an element. Both branches of a selection are evaluated. An address that may be out of range in
   * one of them is clamped, and the value that it reads there is not used.
   */
  element(arg: number, at: readonly IntExpr[]): Value {
    const { index, inside } = this.guarded(this.tensors[arg]!.shape, at);
    return orZero(this.found(arg, index), inside, this.tensors[arg]!.dtype);
  }

  /** An index whose parts are clamped to their axes where they were read from a tensor. */
  guarded(shape: readonly Dim[], index: readonly IntExpr[]): Guarded {
    return guarded(shape, index, this);
  }

  /** Makes an index of a named value that is in [0, extent). */
  indexOf({ text, depth }: Value, extent: Dim): IntExpr {
    this.axes.set(text, { text, depth, atomic: true }, extent);
    return { k: 'axis', name: text };
  }

  private found(arg: number, index: readonly IntExpr[]): Value {
    const tensor = this.tensors[arg]!;
    const { shape, held, overwritten, vectors, variable, changes } = tensor;
    const inside = this.isInside(shape, index);
    if (variable !== undefined) return variable(index, inside);
    const position = this.position(shape, index);
    if (held === undefined && !overwritten) this.used.add(arg);
    const name = held ?? overwritten ?? `arg${arg}`;
    const vector = vectors ? vectorAt(position) : undefined;
    const at = this.sum(vector?.vector ?? position);
    const outermost = held === undefined ? this.loadsIn : 1;
    const depth = overwritten || changes ? this.depth : Math.max(outermost, at.depth);
    const place = inside ? at.text : clamped(at.text, this.last(shape, vector ? VECTOR : 1));
    if (vector) {
      const whole = this.name(`${name}[${place}]`, depth, 'v');
      return { text: `${whole.text}.${vector.part}`, depth, atomic: true };
    }
    const text = vectors ? this.partAt(name, place, at.depth) : `${name}[${place}]`;
    return { text, depth, atomic: true };
  }

  /** The place of a tensor's last element, or of its last vector of `width`. */
  private last(shape: readonly Dim[], width: number): string {
    const size = divDim(productDim(shape), dimConst(width));
    const constant = constantOf(size);
    return constant === undefined ? `u32(${this.size(size)}) - 1u` : `${Math.max(0, constant - 1)}`;
  }

  private decoded(arg: number, storage: Storage, given: readonly IntExpr[]): Value {
    this.used.add(arg);
    const { shape, dtype } = this.tensors[arg]!;
    const { index, inside: there } = this.guarded(shape, given);
    const inside = this.isInside(shape, index);
    const whole = index.map((i) => polyOf(i, this.axes.ranges));
    const value = dequantized(storage, shape, whole, {
      ranges: this.axes.ranges,
      shuffles: this.shuffles,
      word: (p) => {
        const at = this.sum(recombine(p, this.axes.ranges));
        const place = inside ? at.text : `min(u32(${at.text}), arrayLength(&arg${arg}) - 1u)`;
        return this.name(`arg${arg}[${place}]`, at.depth, 'w');
      },
      int: this.sum.bind(this),
      name: this.name.bind(this),
      atom: ({ text, depth }) => {
        this.axes.name(text, { text, depth, atomic: true }, dimConst(2 ** 31));
        return atomPoly({ k: 'axis', name: text });
      },
    });
    return orZero(value, there, dtype);
  }

  private isInside(shape: readonly Dim[], index: readonly IntExpr[]): boolean {
    return this.conditional === 0 || index.every((i, d) => this.inRange(i, shape[d]!));
  }

  inRange(index: IntExpr, size: Dim): boolean {
    const e = fromPoly(polyOf(index, this.axes.ranges));
    if (e.k === 'axis' && equalDim(this.axes.extent(e.name), size)) return true;
    const r = rangeInt(e, this.axes.ranges);
    return r.lo >= 0 && r.hi < (constantOf(size) ?? 0);
  }

  private condition(e: BoolExpr): Value {
    const s = simplifyBool(e, this.axes.ranges);
    if (typeof s === 'boolean') return { text: String(s), depth: 0, atomic: true };
    switch (s.k) {
      case 'ilt':
      case 'ieq': {
        const [a, b] = [this.intValue(s.a), this.intValue(s.b)];
        const text = `${paren(a)} ${s.k === 'ilt' ? '<' : '=='} ${paren(b)}`;
        return { text, depth: Math.max(a.depth, b.depth), atomic: false };
      }
      case 'flt': {
        const [a, b] = [this.value(s.a), this.value(s.b)];
        return { text: `${paren(a)} < ${paren(b)}`, depth: Math.max(a.depth, b.depth), atomic: false };
      }
      case 'and':
      case 'or': {
        const [a, b] = [this.condition(s.a), this.condition(s.b)];
        const text = `${paren(a)} ${s.k === 'and' ? '&&' : '||'} ${paren(b)}`;
        return { text, depth: Math.max(a.depth, b.depth), atomic: false };
      }
      case 'not': {
        const a = this.condition(s.a);
        return { text: `!${paren(a)}`, depth: a.depth, atomic: false };
      }
      default:
        throw new TypeError(`unknown condition ${s satisfies never}`);
    }
  }

  value(e: Expr): Value {
    switch (e.k) {
      case 'const': {
        const text = f32Literal(e.value);
        return { text, depth: 0, atomic: !text.startsWith('-') };
      }
      case 'fromInt': {
        const a = this.intValue(e.a);
        return { text: `f32(${a.text})`, depth: a.depth, atomic: true };
      }
      case 'load': {
        const { dtype, storage } = this.tensors[e.arg]!;
        if (storage) return this.decoded(e.arg, storage, e.index);
        const at = this.element(e.arg, e.index);
        // A value that came by a shuffle has a name already.
        if (WORD.test(at.text)) return at;
        const text = dtype === 'f32' ? at.text : `f32(${at.text})`;
        return this.tensors[e.arg]!.changes ? { ...at, text } : this.name(text, at.depth, 'f');
      }
      case 'select': {
        const known = simplifyBool(e.cond, this.axes.ranges);
        if (typeof known === 'boolean') return this.value(known ? e.then : e.else);
        const cond = this.condition(known);
        this.conditional++;
        const [s, t] = [this.value(e.then), this.value(e.else)];
        this.conditional--;
        const depth = Math.max(cond.depth, s.depth, t.depth);
        if (s.text === '1.0f' && t.text === '0.0f') return { text: `f32(${cond.text})`, depth, atomic: true };
        const [then, otherwise] = [this.hoisted(s, depth), this.hoisted(t, depth)];
        return { text: `select(${otherwise.text}, ${then.text}, ${cond.text})`, depth, atomic: true };
      }
      case 'call': {
        const args = e.args.map((a) => this.value(a));
        // A call of literals alone would be a constant expression: if it overflows or is NaN, compilation fails.
        if (e.args.every((a) => a.k === 'const')) args[0] = this.name(args[0]!.text, 0, 'f');
        const depth = Math.max(...args.map((v) => v.depth));
        const text = callText(
          e.fn,
          args.map((v) => this.hoisted(v, depth)),
        );
        return EXPENSIVE.has(e.fn) ? this.name(text, depth, 'f') : { text, depth, atomic: !INFIX.has(e.fn) };
      }
      default:
        throw new TypeError(`unknown expression ${e satisfies never}`);
    }
  }

  /** Names a value outside the loops that it does not depend on, unless it is a name or a literal. */
  hoisted(v: Value, depth: number, prefix = 'f'): Value {
    return v.depth < depth && !/^-?[\w.+-]+$/.test(v.text) ? this.name(v.text, v.depth, prefix) : v;
  }
}
