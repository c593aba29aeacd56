/** Spells operators for people: views as indices, permutations and stacked matrices as mathematics writes them. */
import { addDim, type Dim, dimConst, equalDim, printDim } from '../../../compiler/dims/dims.ts';
import { fromNumber, printQ, type Rational, rational, toNumber } from '../../../compiler/dims/rational.ts';
import { printAttr, printShape } from '../../../compiler/ir/build.ts';
import type { Node, OpNode } from '../../../compiler/ir/node.ts';
import { type LayerPrinter, operator } from '../../../compiler/ir/operator.ts';
import { atom, printOperation, superscript, type Text } from '../../../compiler/ir/print.ts';
import { isOp } from '../../../compiler/ops/nodes.ts';
import { foldSum } from './families.ts';

const word = (text: string): Text => ({ text, level: 2 });
/** A text in the form that a superscript may follow. */
const base = (t: Text): string => (t.level < 2 || /[ᵀ⁰¹²³⁴⁵⁶⁷⁸⁹]$/.test(t.text) ? `(${t.text})` : t.text);
const power = (q: string, k: number): string => (k === 1 ? q : `${q}${superscript(k)}`);

/** The text of an application, from the texts of its arguments. */
export function spell(n: OpNode, text: (n: Node) => Text): Text {
  const args = n.args.map(text);
  const [a] = args as [Text];
  switch (n.op) {
    case 'matmul':
      return product(n, args);
    case 'add':
      return total(n, args);
    case 'transpose':
      return word(`${base(a)}ᵀ`);
    case 'scale':
      return scaled(n.attrs.by as Rational, a);
    case 'polynomial':
      return polynomial(n.attrs.coefs as readonly number[], base(a));
    case 'literal':
      return word(signed(toNumber(n.attrs.value as Rational)));
    case 'sum':
    case 'sumTo':
      return word(`Σ[${summed(n).map(printDim).join(', ')}](${bare(a.text)})`);
    case 'expand':
      return word(`(${a.text} over ${printShape(n.type.shape)})`);
    case 'reshape':
      return regrouped(n, a);
    case 'slice':
      return sliced(n, a);
    case 'pad':
      return padded(n, a);
    case 'concat':
      return concatenated(n, args);
    case 'permuteAxes':
      return permuted(n.attrs.order as readonly number[], a);
    case 'shuffle': {
      const order = (n.attrs.order as readonly number[]).join(', ');
      return word(`columns ${printShape(n.attrs.digits as readonly Dim[])} → (${order})`);
    }
    case 'mul':
    case 'div':
    case 'identity':
    case 'size':
      return printOperation(n, text);
    default: {
      // An argument of a call needs no parentheses of its own.
      const inside = (m: Node) => ({ ...text(m), text: bare(text(m).text) });
      const { print } = operator(n.op);
      if (typeof print !== 'function') return printOperation(n, inside);
      return word(
        print(
          n,
          calling((m) => inside(m).text),
        ).replace(/\.T$/, 'ᵀ'),
      );
    }
  }
}

/** Writes what a layer calls, with the texts of a formula. */
const calling = (text: (n: Node) => string): LayerPrinter => ({
  text,
  operand: text,
  dim: printDim,
  number: (q) => signed(toNumber(q)),
  call: (name, args) => `${name}(${args.join(', ')})`,
});

/** The text without parentheses around all of it. */
export const bare = (text: string): string =>
  text.startsWith('(') && closing(text) === text.length - 1 ? text.slice(1, -1) : text;

/** The position where the first parenthesis closes. */
function closing(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    depth += text[i] === '(' ? 1 : text[i] === ')' ? -1 : 0;
    if (depth === 0) return i;
  }
  return -1;
}

/** A product; equal adjacent factors become a power. A permutation costs no product: its association is not shown. */
function product(n: OpNode, args: readonly Text[]): Text {
  const [first] = n.args;
  const loose =
    first &&
    isOp(first, 'matmul') &&
    args[0]!.level === 1 &&
    (isPermutation(first.args.at(-1)!) || isPermutation(n.args[1]!));
  const factors: string[] = [];
  for (let i = 0; i < args.length; ) {
    let same = i + 1;
    while (n.args[same] === n.args[i]) same++;
    const t = args[i]!;
    factors.push(same - i > 1 ? power(base(t), same - i) : i === 0 && loose ? t.text : atom(t));
    i = same;
  }
  return { text: factors.join('·'), level: factors.length === 1 ? 2 : 1 };
}

const isPermutation = (n: Node): boolean =>
  isOp(n, 'shuffle') || (isOp(n, 'transpose') && isOp(n.args[0]!, 'shuffle'));

/** A sum in which equal terms become a multiple. */
function total(n: OpNode, args: readonly Text[]): Text {
  const terms = [...new Set(n.args)].map((a): Text => {
    const count = n.args.filter((b) => b === a).length;
    const t = args[n.args.indexOf(a)]!;
    return count === 1 ? t : scaled(rational(BigInt(count)), t);
  });
  return { text: sum(terms), level: terms.length > 1 ? 0 : 1 };
}

function sum(args: readonly Text[]): string {
  const terms = args.map((t) => t.text);
  // A sum within a sum prints as its terms, but not under Σ.
  const folded = args.some((t) => t.level === 0) ? terms : foldSum(terms);
  return folded.reduce((all, t) => (t.startsWith('−') ? `${all} − ${t.slice(1)}` : `${all} + ${t}`));
}

/** The extents of the axes that a sum runs over. */
export function summed(n: OpNode): Dim[] {
  const [from, to] = [n.args[0]!.type.shape, n.type.shape];
  const lead = from.length - to.length;
  return from.filter((d, i) => i < lead || !equalDim(d, to[i - lead]!));
}

/** A permutation of axes; an exchange of the last two prints as a transpose. */
const permuted = (order: readonly number[], a: Text): Text =>
  word(exchangesLast(order) ? `${base(a)}ᵀ` : `permute(${a.text}; ${order.join(', ')})`);

/** Whether an order of axes exchanges the last two and leaves the others. */
export function exchangesLast(order: readonly number[]): boolean {
  const [last, before] = [order.length - 1, order.length - 2];
  return order.every((o, i) => o === (i === last ? before : i === before ? last : i));
}

/**
 * A reshape. It prints as its operand if it only adds or drops leading axes of size 1 or axes that an index dropped,
 * or views elements as 1×1 matrices. A vector seen as a column is shown.
 */
function regrouped(n: OpNode, a: Text): Text {
  return readsAsOperand(n) ? a : word(`(${a.text} as ${printShape(n.type.shape)})`);
}

/** Whether a formula shows a reshape's operand in its place. */
export function readsAsOperand(n: OpNode): boolean {
  const [from, to] = [readShape(n.args[0]!), n.type.shape].map((s) => s.slice(leadingOnes(s)));
  const [short, long] = from!.length < to!.length ? [from!, to!] : [to!, from!];
  const more = long.length - short.length;
  const same = short.every((d, i) => equalDim(d, long[i]!)) && long.slice(short.length).every(isOne);
  return same && more !== 1;
}

const isOne = (d: Dim): boolean => equalDim(d, dimConst(1));

function leadingOnes(s: readonly Dim[]): number {
  const other = s.findIndex((d) => !isOne(d));
  return other < 0 ? s.length : other;
}

/** The shape that the formula shows: an index drops its axis. */
function readShape(n: Node): readonly Dim[] {
  const dropped = (m: Node): number[] =>
    isOp(m, 'slice') ? [...dropped(m.args[0]!), ...(isIndex(m) ? [m.attrs.axis as number] : [])] : [];
  const axes = dropped(n);
  return n.type.shape.filter((_, i) => !axes.includes(i));
}

const isIndex = (n: OpNode): boolean => n.type.shape.length > 1 && isOne(n.attrs.length as Dim);

/** A slice; the ranges of a slice of a slice share one pair of brackets. */
function sliced(n: OpNode, a: Text): Text {
  const axis = n.attrs.axis as number;
  const own = range(n.attrs.start as Dim, n.attrs.length as Dim, n.type.shape.length);
  const nested = isOp(n.args[0]!, 'slice') && a.text.endsWith(']');
  const at = nested ? a.text.lastIndexOf('[') : a.text.length;
  const ranges = nested ? a.text.slice(at + 1, -1).split(', ') : [];
  while (ranges.length <= axis) ranges.push(':');
  if (ranges[axis] !== ':') return word(`${atom(a)}[${[...Array<string>(axis).fill(':'), own].join(', ')}]`);
  return word(`${nested ? a.text.slice(0, at) : atom(a)}[${ranges.with(axis, own).join(', ')}]`);
}

/** A padding: zeros outside a range of one axis. */
function padded(n: OpNode, a: Text): Text {
  const axis = n.attrs.axis as number;
  const own = range(n.attrs.start as Dim, n.args[0]!.type.shape[axis]!, n.type.shape.length);
  return { text: `${atom(a)} at [${[...Array<string>(axis).fill(':'), own].join(', ')}]`, level: 1 };
}

/** The range of a slice: `3` for one element of an axis of several, else `3:5`. */
const range = (start: Dim, length: Dim, rank: number): string =>
  bounds(start, length, rank).map(printDim).join(':');

/** The one index, or the first and the the end, of a range of an axis. */
export const bounds = (start: Dim, length: Dim, rank: number): readonly Dim[] =>
  rank > 1 && isOne(length) ? [start] : [start, addDim(start, length)];

/** A concatenation: [a, b] side by side and [a; b] one below the other, as matrices; other axes are named. */
function concatenated(n: OpNode, args: readonly Text[]): Text {
  const fromEnd = n.type.shape.length - (n.attrs.axis as number);
  const parts = args.map((a) => bare(a.text));
  if (fromEnd === 1) return word(`[${parts.join(', ')}]`);
  if (fromEnd === 2) return word(`[${parts.join('; ')}]`);
  return word(`[${parts.join(', ')} along axis ${printAttr(n.attrs.axis!)}]`);
}

const signed = (c: number): string => `${c < 0 ? '−' : ''}${coefficient(Math.abs(c))}`;

function scaled(by: Rational, a: Text): Text {
  const c = toNumber(by);
  const of = a.level >= 1 && !a.text.startsWith('−') ? a.text : `(${a.text})`;
  return { text: c === -1 ? `−${of}` : `${signed(c)}·${of}`, level: 1 };
}

/** A coefficient as a short text: exact if short, 1/6 for a number within rounding of it, else four digits. */
export function coefficient(c: number): string {
  const exact = printQ(fromNumber(c));
  if (exact.length <= 6) return exact;
  const inverse = Math.round(1 / c);
  return inverse < 1e7 && Math.abs(c * inverse - 1) < 1e-12 ? `1/${inverse}` : `${Number(c.toPrecision(4))}`;
}

/** The polynomial p(Q) written out: I + Q + Q²/2. */
function polynomial(coefs: readonly number[], q: string): Text {
  const terms = coefs.flatMap((c, k) => {
    if (c === 0) return [];
    const of = k === 0 ? 'I' : power(q, k);
    const size = coefficient(Math.abs(c));
    const term = size === '1' ? of : size.startsWith('1/') ? `${of}${size.slice(1)}` : `${size}${of}`;
    return [word(c < 0 ? `−${term}` : term)];
  });
  return terms.length === 0 ? word('0') : { text: sum(terms), level: terms.length > 1 ? 0 : 1 };
}
