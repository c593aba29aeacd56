/** TeX of operators, dimensions and names. */
import { type Dim, dimNames, dimVar, equalDim, type Term, tri } from '../../../compiler/dims/dims.ts';
import { isNegativeQ, type Rational, toNumber } from '../../../compiler/dims/rational.ts';
import { printAttr } from '../../../compiler/ir/build.ts';
import type { Attr, Node, OpNode } from '../../../compiler/ir/node.ts';
import type { Text } from '../../../compiler/ir/print.ts';
import { isOp } from '../../../compiler/ops/nodes.ts';
import { bounds, coefficient, exchangesLast, readsAsOperand, summed } from './spelling.ts';

const word = (text: string): Text => ({ text, level: 2 });
/** A text in parentheses, which grow with what is higher than a line. */
const parens = (text: string): string =>
  /\\(?:frac|begin|sum|left)/.test(text) ? `\\left(${text}\\right)` : `(${text})`;
/** A text without parentheses around all of it. */
export function bareTex(text: string): string {
  const inside = /^(?:\\left)?\((.*?)(?:\\right)?\)$/s.exec(text)?.[1];
  if (inside === undefined) return text;
  let depth = 0;
  for (const c of inside) {
    depth += c === '(' ? 1 : c === ')' ? -1 : 0;
    if (depth < 0) return text;
  }
  return inside;
}

const atom = (t: Text): string => (t.level === 2 ? t.text : parens(t.text));
/** A text in the form that a superscript may follow. */
const base = (t: Text): string => (t.level < 2 || /\^\{[^{}]*\}$/.test(t.text) ? parens(t.text) : t.text);
const power = (q: string, k: number): string => (k === 1 ? q : `${q}^{${k}}`);
const call = (name: string, args: readonly string[]): Text =>
  word(`\\mathrm{${escaped(name)}}${parens(args.map(bareTex).join(',\\, '))}`);

const GREEK =
  /^(?:alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega)$/;
/** A text in which TeX's own signs, and spaces, stand for themselves. */
const escaped = (text: string): string => text.replaceAll(/[_#$%& ]/g, '\\$&');

/** A name: a letter as it is, a Greek letter that is spelt out, and other words in one piece, as they stand in the source. */
export function texName(name: string): string {
  const [, letters, index, primes, turned] = /^(.*?)([₀-₉]*)(′*)(ᵀ?)$/u.exec(name)!;
  const stem =
    [...letters!].length === 1
      ? letters!
      : GREEK.test(letters!)
        ? `\\${letters}`
        : `\\mathit{${escaped(letters!)}}`;
  const number = [...index!].map((d) => d.codePointAt(0)! - 0x2080).join('');
  return `${stem}${"'".repeat(primes!.length)}${number ? `_{${number}}` : ''}${turned ? '^{\\top}' : ''}`;
}

/** A size, with a name for each dimension. */
export function texDim(d: Dim): string {
  const [only, ...others] = dimNames(d);
  if (only !== undefined && others.length === 0 && equalDim(d, tri(dimVar(only))))
    return `\\tfrac{1}{2}${texSize(only)}(${texSize(only)} - 1)`;
  if (d.terms.length === 0) return '0';
  return d.terms.map(texTerm).reduce((all, t) => (t.startsWith('-') ? `${all} ${t}` : `${all} + ${t}`));
}

export const texSize = (name: string): string =>
  [...name].length === 1 ? name : `\\mathrm{${escaped(name)}}`;

function texTerm({ coef, powers }: Term): string {
  const factors = (sign: 1 | -1): string[] =>
    powers.filter(([, p]) => p * sign > 0).map(([n, p]) => power(texSize(n), p * sign));
  const size = isNegativeQ(coef) ? -coef.num : coef.num;
  const up = [...(size === 1n && factors(1).length > 0 ? [] : [String(size)]), ...factors(1)].join('\\,');
  const down = [...(coef.den === 1n ? [] : [String(coef.den)]), ...factors(-1)].join('\\,');
  return `${isNegativeQ(coef) ? '- ' : ''}${down ? `${up}/${down.includes('\\,') ? `(${down})` : down}` : up}`;
}

const texShape = (shape: readonly Dim[]): string => `(${shape.map(texDim).join(', ')})`;

/** A factor before a term: a short fraction, a multiple of π, or a decimal. */
export function texNumber(c: number): string {
  const size = Math.abs(c);
  const text = coefficient(size);
  const shown = size === 2 * Math.PI ? '2\\pi' : text.includes('e') ? scientific(text) : fraction(text);
  return c < 0 ? `-${shown}` : shown;
}

/** A decimal such as 2.5e-12. */
function scientific(text: string): string {
  const [mantissa, exponent] = text.split('e') as [string, string];
  return `${mantissa === '1' ? '' : `${mantissa} \\cdot `}10^{${Number(exponent)}}`;
}

function fraction(text: string): string {
  const [num, den] = text.split('/');
  return den ? `\\tfrac{${num}}{${den}}` : text;
}

/** The TeX of an application, from the TeX of its arguments. */
export function texSpell(n: OpNode, text: (n: Node) => Text): Text {
  const args = n.args.map(text);
  const [a, b] = args as [Text, Text];
  return (
    TABLE[n.op]?.(n, a, b, args) ??
    call(n.op, [...args.map((t) => t.text), ...Object.entries(n.attrs).map(option)])
  );
}

const option = ([name, value]: readonly [string, Attr]): string =>
  `\\text{${escaped(name)}: ${escaped(printAttr(value))}}`;

type Spell = (n: OpNode, a: Text, b: Text, args: readonly Text[]) => Text;

const transposed = (a: Text): Text => word(`${base(a)}^{\\top}`);
const named =
  (name: string): Spell =>
  (_n, _a, _b, args) =>
    word(`\\${name}${parens(args.map((t) => bareTex(t.text)).join(',\\, '))}`);

const TABLE: Readonly<Record<string, Spell>> = {
  matmul: product,
  add: (n, _a, _b, args) => total(n, args),
  mul: (_n, _a, _b, args) => ({ text: args.map(atom).join(' \\odot '), level: 1 }),
  div: (_n, a, b) => word(`\\frac{${bareTex(a.text)}}{${bareTex(b.text)}}`),
  scale: (n, a) => scaled(toNumber(n.attrs.by as Rational), a),
  transpose: (_n, a) => transposed(a),
  polynomial: (n, a) => polynomial(n.attrs.coefs as readonly number[], base(a)),
  identity: () => word('I'),
  literal: (n) => word(texNumber(toNumber(n.attrs.value as Rational))),
  size: (n) => ({ text: texDim(n.attrs.dim as Dim), level: (n.attrs.dim as Dim).terms.length > 1 ? 0 : 2 }),
  sum: (n, a) => ({
    text: `\\sum_{${summed(n).map(texDim).join(', ')}} ${a.level === 0 ? parens(a.text) : a.text}`,
    level: 1,
  }),
  sumTo: (n, a, b, args) => TABLE.sum!(n, a, b, args),
  expand: (n, a) => word(parens(`${a.text} \\text{ over } ${texShape(n.type.shape)}`)),
  reshape: (n, a) =>
    readsAsOperand(n) ? a : word(parens(`${a.text} \\text{ as } ${texShape(n.type.shape)}`)),
  slice: (n, a) => sliced(n, a),
  pad: (n, a) => padded(n, a),
  concat: concatenated,
  permuteAxes: (n, a) => {
    const order = n.attrs.order as readonly number[];
    return exchangesLast(order)
      ? transposed(a)
      : word(`\\mathrm{permute}_{${order.join(', ')}}${parens(bareTex(a.text))}`);
  },
  shuffle: (n) =>
    word(
      `\\text{columns } ${texShape(n.attrs.digits as readonly Dim[])} \\to (${(n.attrs.order as readonly number[]).join(', ')})`,
    ),
  blockDiag: (_n, a) => call('diag', [a.text]),
  diagBlocks: (_n, a) => call('blocks', [a.text]),
  kronecker: (_n, _a, _b, args) => ({ text: args.map(atom).join(' \\otimes '), level: 1 }),
  inverse: (_n, a) => word(`${base(a)}^{-1}`),
  solve: (_n, a, b) => ({ text: `${base(a)}^{-1}\\, ${atom(b)}`, level: 1 }),
  expm: named('exp'),
  sqrt: (_n, a) => word(`\\sqrt{${bareTex(a.text)}}`),
  abs: (_n, a) => word(`\\left|${bareTex(a.text)}\\right|`),
  ...Object.fromEntries(['exp', 'log', 'sin', 'cos', 'tanh', 'max', 'min'].map((f) => [f, named(f)])),
};

/**
 * A product, without the parentheses of products in it: the order is for the compiler to choose. Equal adjacent factors
 * become a power.
 */
function product(n: OpNode, _a: Text, _b: Text, args: readonly Text[]): Text {
  const factors: string[] = [];
  for (let i = 0; i < args.length; ) {
    let same = i + 1;
    while (n.args[same] === n.args[i]) same++;
    factors.push(same - i > 1 ? power(base(args[i]!), same - i) : factor(n.args[i]!, args[i]!));
    i = same;
  }
  return { text: factors.join('\\, '), level: factors.length === 1 ? 2 : 1 };
}

const factor = (n: Node, t: Text): string => (isOp(n, 'matmul') && t.level === 1 ? t.text : atom(t));

/** A sum in which equal terms become a multiple. */
function total(n: OpNode, args: readonly Text[]): Text {
  const terms = [...new Set(n.args)].map((a): Text => {
    const count = n.args.filter((b) => b === a).length;
    const t = args[n.args.indexOf(a)]!;
    return count === 1 ? t : scaled(count, t);
  });
  return { text: joined(terms.map((t) => t.text)), level: terms.length > 1 ? 0 : 1 };
}

const joined = (terms: readonly string[]): string =>
  terms.reduce((all, t) => (t.startsWith('-') ? `${all} - ${t.slice(1).trimStart()}` : `${all} + ${t}`));

function scaled(c: number, a: Text): Text {
  const of = a.level >= 1 && !a.text.startsWith('-') ? a.text : parens(a.text);
  // A number before a number would read as one.
  const between = /^[\d.]/.test(of) ? ' \\cdot ' : '\\,';
  return { text: c === -1 ? `-${of}` : `${texNumber(c)}${between}${of}`, level: 1 };
}

/** The polynomial p(Q) written out: I + Q + ½Q². */
function polynomial(coefs: readonly number[], q: string): Text {
  const terms = coefs.flatMap((c, k) => {
    if (c === 0) return [];
    const of = k === 0 ? 'I' : power(q, k);
    return [c === 1 ? of : c === -1 ? `-${of}` : `${texNumber(c)}\\,${of}`];
  });
  return terms.length === 0 ? word('0') : { text: joined(terms), level: terms.length > 1 ? 0 : 1 };
}

/** A slice; the ranges of a slice of a slice share one pair of brackets. */
function sliced(n: OpNode, a: Text): Text {
  const axis = n.attrs.axis as number;
  const own = bounds(n.attrs.start as Dim, n.attrs.length as Dim, n.type.shape.length)
    .map(texDim)
    .join('{:}');
  const at = isOp(n.args[0]!, 'slice') ? a.text.lastIndexOf('\\lbrack ') : -1;
  const ranges = at < 0 ? [] : a.text.slice(at + '\\lbrack '.length, -'\\rbrack'.length).split(',\\, ');
  while (ranges.length <= axis) ranges.push('{:}');
  if (ranges[axis] !== '{:}') return sliceText(atom(a), [...Array<string>(axis).fill('{:}'), own]);
  return sliceText(at < 0 ? atom(a) : a.text.slice(0, at), ranges.with(axis, own));
}

const sliceText = (of: string, ranges: readonly string[]): Text =>
  word(`${of}\\lbrack ${ranges.join(',\\, ')}\\rbrack`);

/** A padding: zeros outside a range of one axis. */
function padded(n: OpNode, a: Text): Text {
  const axis = n.attrs.axis as number;
  const own = bounds(n.attrs.start as Dim, n.args[0]!.type.shape[axis]!, n.type.shape.length)
    .map(texDim)
    .join('{:}');
  return {
    text: `${atom(a)} \\text{ at } \\lbrack ${[...Array<string>(axis).fill('{:}'), own].join(',\\, ')}\\rbrack`,
    level: 1,
  };
}

/** A concatenation: side by side or one below the other, as matrices; other axes are named. */
function concatenated(n: OpNode, _a: Text, _b: Text, args: readonly Text[]): Text {
  const fromEnd = n.type.shape.length - (n.attrs.axis as number);
  const parts = args.map((t) => bareTex(t.text));
  if (fromEnd === 1) return word(`\\begin{bmatrix} ${parts.join(' & ')} \\end{bmatrix}`);
  if (fromEnd === 2) return word(`\\begin{bmatrix} ${parts.join(' \\\\ ')} \\end{bmatrix}`);
  return word(`\\left[${parts.join(',\\, ')}\\right]_{\\text{along axis }${n.attrs.axis as number}}`);
}
