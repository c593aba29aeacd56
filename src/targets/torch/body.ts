/** Prints the body of a loop as one Python expression over whole tensors. */
import { constantOf } from '../../../compiler/dims/dims.ts';
import { toNumber } from '../../../compiler/dims/rational.ts';
import { type Ranges, rangeInt, rangesOf } from '../../../compiler/primitives/affine.ts';
import type { BoolExpr, Expr, IntExpr, ScalarFn } from '../../../compiler/primitives/expr.ts';
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { axesIn } from '../../../compiler/primitives/visit.ts';
import { dimText, factorText } from './dims.ts';
import { aligned, type Operand, type View, viewOf } from './views.ts';

/** Python's operators by how strongly they bind. */
export const BINDS = { compare: 0, sum: 1, product: 2, sign: 3, atom: 4 } as const;

/** A Python expression, and how strongly its outermost operator binds. A `scalar` is a Python number. */
export interface Text {
  readonly text: string;
  readonly binds: number;
  readonly isScalar: boolean;
}

const atom = (text: string): Text => ({ text, binds: BINDS.atom, isScalar: false });
const number = (text: string): Text => ({
  text,
  binds: text.startsWith('-') ? BINDS.sign : BINDS.atom,
  isScalar: true,
});
export const within = (e: Pick<Text, 'text' | 'binds'>, binds: number): string =>
  e.binds >= binds ? e.text : `(${e.text})`;

function infix(op: string, a: Text, b: Text, binds: number): Text {
  if (op === '+' && b.binds === BINDS.sign) return infix('-', a, { ...b, text: b.text.slice(1) }, binds);
  // Python evaluates operators of one strength from left to right.
  return {
    text: `${within(a, binds)} ${op} ${within(b, binds + 1)}`,
    binds,
    isScalar: a.isScalar && b.isScalar,
  };
}

const INFIX: Partial<Record<ScalarFn, readonly [string, number]>> = {
  add: ['+', BINDS.sum],
  sub: ['-', BINDS.sum],
  mul: ['*', BINDS.product],
  div: ['/', BINDS.product],
};

/** The context of a body: its loop, the tensors that it reads, and where it states the ranges of axes. */
export interface Scope {
  /** The axes of the result, one dimension each. */
  readonly axes: readonly Axis[];
  readonly args: readonly Operand[];
  /** The text of a tensor whose dtype and device new tensors take. */
  readonly like: string;
  /** The name of a tensor with the values of an axis, which has its dimension and those after it. */
  range(axis: Axis, after: number): string;
}

/** Prints expressions as tensors that broadcast to the axes of a scope. */
export class Body {
  readonly #scope: Scope;
  readonly #ranges: Ranges;
  /** Whether loads may lie outside, in branches that are not taken. */
  #isGuarded = false;

  constructor(scope: Scope) {
    this.#scope = scope;
    this.#ranges = rangesOf(scope.axes);
  }

  print(e: Expr): Text {
    switch (e.k) {
      case 'const':
        return number(numberText(toNumber(e.value)));
      case 'fromInt': {
        const a = this.#int(e.a);
        return a.isScalar ? a : atom(`${within(a, BINDS.atom)}.to(${this.#scope.like}.dtype)`);
      }
      case 'load':
        return atom(this.#load(e.arg, e.index));
      case 'call':
        return this.#call(
          e.fn,
          e.args.map((a) => this.print(a)),
        );
      case 'select':
        return this.#select(e);
      default:
        throw new TypeError(`unknown expression ${e satisfies never}`);
    }
  }

  #call(fn: ScalarFn, args: readonly Text[]): Text {
    const [a, b] = args as [Text, Text];
    const op = INFIX[fn];
    if (fn === 'mul' && a.text === '-1.0') return this.#call('neg', [b]);
    if (op) return infix(op[0], a, b, op[1]);
    if (fn === 'neg') return { text: `-${within(a, BINDS.sign)}`, binds: BINDS.sign, isScalar: a.isScalar };
    if (fn === 'max' || fn === 'min') {
      if (b.isScalar)
        return atom(`${within(a, BINDS.atom)}.clamp(${fn === 'max' ? 'min' : 'max'}=${b.text})`);
      if (a.isScalar) return this.#call(fn, [b, a]);
      return atom(`torch.${fn === 'max' ? 'maximum' : 'minimum'}(${a.text}, ${b.text})`);
    }
    if (!a.isScalar) return atom(`torch.${fn}(${a.text})`);
    return { ...atom(`${fn === 'abs' ? fn : `math.${fn}`}(${a.text})`), isScalar: true };
  }

  #select(e: Expr & { readonly k: 'select' }): Text {
    const { cond } = e;
    const [one, zero] = [constantIn(e.then), constantIn(e.else)];
    if (cond.k === 'ieq' && cond.a.k === 'axis' && cond.b.k === 'axis' && one === 1 && zero === 0) {
      const eye = this.#eye(cond.a.name, cond.b.name);
      if (eye) return eye;
    }
    const when = this.#bool(cond);
    const before = this.#isGuarded;
    this.#isGuarded = true;
    const [then, other] = [this.print(e.then), this.print(e.else)];
    this.#isGuarded = before;
    // Where numbers alone are compared, Python chooses.
    if (when.isScalar)
      return {
        ...atom(`(${then.text} if ${when.text} else ${other.text})`),
        isScalar: then.isScalar && other.isScalar,
      };
    if (!then.isScalar || !other.isScalar)
      return atom(`torch.where(${when.text}, ${then.text}, ${other.text})`);
    const { like } = this.#scope;
    const ones = atom(`${within(when, BINDS.atom)}.to(${like}.dtype)`);
    if (one === 1 && zero === 0) return ones;
    return atom(
      `torch.where(${when.text}, ${like}.new_tensor(${then.text}), ${like}.new_tensor(${other.text}))`,
    );
  }

  /** The identity matrix over two neighbouring axes of equal extent. */
  #eye(a: string, b: string): Text | undefined {
    const { axes, like } = this.#scope;
    const [i, j] = [a, b].map((n) => axes.findIndex((x) => x.name === n)).sort((x, y) => x - y) as [
      number,
      number,
    ];
    if (j !== i + 1) return undefined;
    const [rows, cols] = [axes[i]!, axes[j]!].map((x) => dimText(x.extent));
    const size = rows === cols ? rows : `${rows}, ${cols}`;
    const after = axes.length - 1 - j;
    const places = after === 0 ? '' : `[..., ${Array(after).fill('None').join(', ')}]`;
    return atom(`torch.eye(${size}, dtype=${like}.dtype, device=${like}.device)${places}`);
  }

  #bool(e: BoolExpr): Text {
    switch (e.k) {
      case 'ilt':
        return infix('<', this.#int(e.a), this.#int(e.b), BINDS.compare);
      case 'ieq':
        return infix('==', this.#int(e.a), this.#int(e.b), BINDS.compare);
      case 'flt':
        return infix('<', this.print(e.a), this.print(e.b), BINDS.compare);
      case 'and':
      case 'or': {
        const [a, b] = [this.#bool(e.a), this.#bool(e.b)];
        return atom(`(${within(a, BINDS.sum)} ${e.k === 'and' ? '&' : '|'} ${within(b, BINDS.sum)})`);
      }
      case 'not':
        return atom(`~${within(this.#bool(e.a), BINDS.atom)}`);
      default:
        throw new TypeError(`unknown condition ${e satisfies never}`);
    }
  }

  /** An integer expression as a tensor that broadcasts to the axes, or as a Python number. */
  index(e: IntExpr): Text {
    return this.#int(e);
  }

  #int(e: IntExpr): Text {
    switch (e.k) {
      case 'axis': {
        const { axes } = this.#scope;
        const at = axes.findIndex((a) => a.name === e.name);
        return atom(this.#scope.range(axes[at]!, axes.length - 1 - at));
      }
      case 'int':
        return number(`${e.value}`);
      case 'extent':
        return number(factorText(e.dim));
      case 'iadd':
        return infix('+', this.#int(e.a), this.#int(e.b), BINDS.sum);
      case 'isub':
        return infix('-', this.#int(e.a), this.#int(e.b), BINDS.sum);
      case 'imul':
        return infix('*', this.#int(e.a), this.#int(e.b), BINDS.product);
      case 'idiv':
        return infix('//', this.#int(e.a), number(`${e.by}`), BINDS.product);
      case 'imod':
        return infix('%', this.#int(e.a), number(`${e.by}`), BINDS.product);
      case 'isqrt': {
        const a = this.#int(e.a);
        return a.isScalar ? number(`math.isqrt(${a.text})`) : atom(`oftc_torch.isqrt(${a.text})`);
      }
      case 'iload':
        return atom(`${this.#load(e.arg, e.index)}.long()`);
      case 'iselect': {
        const [cond, then, other] = [this.#bool(e.cond), this.#int(e.then), this.#int(e.else)];
        return atom(`torch.where(${cond.text}, ${then.text}, ${other.text})`);
      }
      default:
        throw new TypeError(`unknown integer expression ${e satisfies never}`);
    }
  }

  /** A tensor of indices over the axes that an expression uses. */
  #gather(e: IntExpr): View | undefined {
    const used = axesIn(e);
    if (used.size === 0 || this.#isGuarded) return undefined;
    const axes = this.#scope.axes.filter((a) => used.has(a.name));
    return { text: new Body({ ...this.#scope, axes }).index(e).text, axes };
  }

  /** A load as a view, or by tensors of indices where no view has its elements. */
  #load(arg: number, index: readonly IntExpr[]): string {
    const { axes, args } = this.#scope;
    const operand = args[arg]!;
    const view = viewOf(operand, index, axes, (e) => this.#gather(e));
    if (view) return withoutSelection(aligned(view, axes), operand);
    const indices = index.map((e) => this.#int(e).text);
    const isInside = index.every((e, d) => {
      const { lo, hi } = rangeInt(e, this.#ranges);
      return lo >= 0 && hi < (constantOf(operand.shape[d]!) ?? -1);
    });
    return this.#isGuarded && !isInside
      ? `oftc_torch.gather(${[operand.text, ...indices].join(', ')})`
      : `${operand.text}[${indices.join(', ')}]`;
  }
}

/** A column (T, 1) of which the only element of each row is selected, and made a column again, is the column itself. */
function withoutSelection(text: string, { text: own, shape }: Operand): string {
  const last = shape.at(-1);
  if (!last || constantOf(last) !== 1) return text;
  return text === `${own}[${':, '.repeat(shape.length - 1)}0][..., None]` ? own : text;
}

const constantIn = (e: Expr): number | undefined => (e.k === 'const' ? toNumber(e.value) : undefined);

/** A number as Python writes a float. */
export const numberText = (x: number): string =>
  Number.isInteger(x) && Math.abs(x) < 1e16 ? `${x}.0` : `${x}`;
