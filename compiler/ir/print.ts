/** Programs as people read them: formulas for expressions, one line per shared value. */
import { printDim } from '../dims/dims.ts';
import { printQ, type Rational, toNumber } from '../dims/rational.ts';
import { foldOver } from '../primitives/walk.ts';
import { printAttr, printShape, topological } from './build.ts';
import type { Node, OpNode, Program } from './node.ts';
import { argsOf } from './walk.ts';

const SUPERSCRIPT = '⁰¹²³⁴⁵⁶⁷⁸⁹';
export const superscript = (n: number): string => [...String(n)].map((c) => SUPERSCRIPT[Number(c)]).join('');

/** The text of p(Q), such as I + 2Q + Q². */
function printPolynomial(coefs: readonly number[], q: string): string {
  const terms = coefs.flatMap((c, k) => {
    if (c === 0) return [];
    const base = k === 0 ? 'I' : k === 1 ? q : `${q}${superscript(k)}`;
    return [c === 1 ? base : `${c}${base}`];
  });
  return terms.join(' + ') || '0';
}

/** A formula, and how strongly it binds: 0 sum, 1 product, 2 atom. */
export interface Text {
  readonly text: string;
  readonly level: 0 | 1 | 2;
}

export const atom = (t: Text): string => (t.level === 2 ? t.text : `(${t.text})`);
const factor = (t: Text): string => (t.level >= 1 ? t.text : `(${t.text})`);

/** A node as a formula; `name` gives shared nodes a name instead of their expression. */
export function printNode(node: Node, name: (n: Node) => string | undefined = () => undefined): string {
  const text = foldOver<Node, Text>(
    (n) => (name(n) === undefined ? argsOf(n) : []),
    (n, of) => {
      const known = name(n) ?? (n.kind === 'input' ? n.name : undefined);
      return known !== undefined ? { text: known, level: 2 } : printOperation(n as OpNode, of);
    },
  );
  return text(node).text;
}

/** The formula of an application. `text` gives the formulas of its arguments. */
export function printOperation(n: OpNode, text: (n: Node) => Text): Text {
  const args = n.args.map(text);
  switch (n.op) {
    case 'matmul':
      return { text: args.map(factor2).join('·'), level: 1 };
    case 'add':
      return { text: sumText(n, text), level: 0 };
    case 'mul':
      return { text: args.map(factor2).join(' ⊙ '), level: 1 };
    case 'div':
      return { text: args.map(atom).join(' / '), level: 1 };
    case 'scale':
      return { text: scaleText(n.attrs.by as Rational, args[0]!), level: 1 };
    case 'transpose':
      return { text: `${atom(args[0]!)}ᵀ`, level: 2 };
    case 'polynomial':
      return { text: printPolynomial(n.attrs.coefs as readonly number[], atom(args[0]!)), level: 0 };
    case 'identity':
      return { text: 'I', level: 2 };
    case 'literal':
      return { text: printQ(n.attrs.value as Rational), level: 2 };
    case 'diagBlocks':
      return { text: `blocks(${args[0]!.text})`, level: 2 };
    case 'blockDiag':
      return { text: `diag(${args[0]!.text})`, level: 2 };
    case 'size':
      return { text: printAttr(n.attrs.dim!), level: 2 };
    default: {
      const attrs = Object.entries(n.attrs).map(([k, v]) => `${k}: ${printAttr(v)}`);
      return { text: `${n.op}(${[...args.map((a) => a.text), ...attrs].join(', ')})`, level: 2 };
    }
  }
}

// A factor in parentheses, unless it is an atom: a product inside a product keeps them, because they are the
// association.
const factor2 = (t: Text): string => (t.level === 2 ? t.text : `(${t.text})`);

function scaleText(by: Rational, a: Text): string {
  const c = toNumber(by);
  return c === -1
    ? `−${factor(a)}`
    : `${c < 0 ? '−' : ''}${printQ({ num: by.num < 0n ? -by.num : by.num, den: by.den })}·${factor(a)}`;
}

function sumText(n: OpNode, text: (n: Node) => Text): string {
  return n.args
    .map((a, i) => {
      const t = text(a).text;
      if (i === 0) return t;
      return t.startsWith('−') ? ` − ${t.slice(1)}` : ` + ${t}`;
    })
    .join('');
}

/** The text of a program: inputs with their shapes, shared values with names, outputs. */
export function printProgram(program: Program): string {
  const roots = program.outputs.map((o) => o.node);
  const uses = countUses(roots);
  const names = new Map<Node, string>();
  const lines = program.inputs.map(
    (i) => `${i.role.padEnd(9)} ${i.name}: ${i.type.dtype}${printShape(i.type.shape)}`,
  );
  let next = 1;
  for (const n of topological(roots)) {
    if (n.kind === 'input' || (uses.get(n) ?? 0) < 2 || isTrivial(n)) continue;
    const text = printNode(n, (m) => names.get(m));
    names.set(n, `t${next++}`);
    lines.push(`          ${names.get(n)} = ${text}   ${printShape(n.type.shape)}`);
  }
  for (const o of program.outputs) {
    lines.push(
      `output    ${o.name} = ${printNode(o.node, (m) => names.get(m))}   ${printShape(o.node.type.shape)}`,
    );
  }
  const where = Object.entries(program.where).map(([n, d]) => `${n} = ${printDim(d)}`);
  return [`${program.name}${where.length ? `  where ${where.join(', ')}` : ''}`, ...lines].join('\n');
}

/** Whether a node reads better in place than under a name: a leaf, or the transpose of an input. */
const isTrivial = (n: OpNode): boolean =>
  n.op === 'identity' ||
  n.op === 'literal' ||
  n.op === 'size' ||
  (n.op === 'transpose' && n.args[0]!.kind === 'input');

export function countUses(roots: readonly Node[]): Map<Node, number> {
  const uses = new Map<Node, number>();
  for (const r of roots) uses.set(r, (uses.get(r) ?? 0) + 1);
  for (const n of topological(roots)) {
    if (n.kind === 'op') for (const a of n.args) uses.set(a, (uses.get(a) ?? 0) + 1);
  }
  return uses;
}
