/** Notes on constants that f16 does not hold, beside tensors of f16. */

import { type Rational, toNumber } from '../dims/rational.ts';
import { LARGEST_F16 } from '../primitives/half.ts';
import { rootsOf, topological } from './build.ts';
import type { Node, OpNode, Program } from './node.ts';

/** The least f16 above 0. A number of at most half of it is rounded to 0. */
const LEAST_F16 = 2 ** -24;

/** The operators whose result is about as large as an operand. */
const SUMS: ReadonlySet<string> = new Set(['add', 'max', 'min']);

/** The operators that give a number where all operands are numbers. */
const OF_NUMBERS: Readonly<Record<string, (...numbers: number[]) => number>> = {
  add: (a, b) => a + b!,
  mul: (a, b) => a * b!,
  div: (a, b) => a / b!,
  max: Math.max,
  min: Math.min,
  ...{ abs: Math.abs, exp: Math.exp, log: Math.log, sqrt: Math.sqrt, sin: Math.sin, cos: Math.cos },
};

export const halfNotes = (program: Program): string[] => {
  const number = numbers();
  return [
    ...new Set(
      topological(rootsOf(program)).flatMap((n) => {
        // Operands come first, so that a long chain of numbers is no deep recursion.
        number(n);
        return n.kind === 'op' && n.type.dtype === 'f16'
          ? constantsOf(n, number).flatMap((c) => noteOf(n, c))
          : [];
      }),
    ),
  ];
};

/** A number beside a tensor, and how the tensor meets it. */
interface Constant {
  readonly value: number;
  readonly as: 'operand' | 'divisor';
}

type NumberOf = (node: Node) => number | undefined;

/** The numbers that an operator combines with a tensor. */
function constantsOf(node: OpNode, number: NumberOf): Constant[] {
  const given = node.args.map(number);
  // A node of numbers alone has no tensor as an operand, and the node that uses its value is noted.
  if (given.length > 0 && given.every((value) => value !== undefined)) return [];
  const operands = given.flatMap((value, i): Constant[] =>
    value === undefined ? [] : [{ value, as: node.op === 'div' && i === 1 ? 'divisor' : 'operand' }],
  );
  return node.op === 'scale' ? [{ value: byOf(node), as: 'operand' }, ...operands] : operands;
}

const byOf = ({ attrs }: OpNode): number => toNumber(attrs.by as Rational);

/** Makes a function that gives the one number that a node holds, or scales the identity by; undefined for other nodes. */
function numbers(): NumberOf {
  const known = new Map<Node, number | undefined>();
  const computed = (node: Node): number | undefined => {
    if (node.kind !== 'op') return undefined;
    if (node.op === 'literal') return toNumber(node.attrs.value as Rational);
    if (node.op === 'identity') return 1;
    if (node.op === 'scale') {
      const scaled = of(node.args[0]!);
      return scaled === undefined ? undefined : byOf(node) * scaled;
    }
    const make = Object.hasOwn(OF_NUMBERS, node.op) ? OF_NUMBERS[node.op] : undefined;
    if (make === undefined || node.type.shape.length > 0) return undefined;
    const args = node.args.map(of);
    return args.every((value) => value !== undefined) ? make(...args) : undefined;
  };
  const of: NumberOf = (node) => {
    if (!known.has(node)) known.set(node, computed(node));
    return known.get(node);
  };
  return of;
}

function noteOf({ op }: OpNode, { value, as }: Constant): string[] {
  const size = as === 'divisor' ? 1 / Math.abs(value) : Math.abs(value);
  const isQuotient = as === 'divisor' || isWrittenAsQuotient(value);
  const shown = as === 'divisor' ? `1/${value}` : isQuotient ? `1/${1 / value}` : `${value}`;
  const remedy = `Declare the tensors f32, or scale the constant`;
  if (size > LARGEST_F16) {
    const what = SUMS.has(op) || op === 'div' ? 'the result' : 'a tensor of ordinary numbers';
    return [
      `the constant ${shown} stands beside f16, whose largest number is ${LARGEST_F16}: ${what} becomes infinite. ${remedy}`,
    ];
  }
  if (size > 0 && size <= LEAST_F16 / 2)
    return [
      `the constant ${shown} stands beside f16, which rounds it to 0: the least number above 0 is ${LEAST_F16.toExponential(1)}. ${remedy}`,
    ];
  return [];
}

/** Whether a number is shorter as 1/n: `x.div(1e-9)` is a product with 999999999.9999999. */
const isWrittenAsQuotient = (value: number): boolean =>
  value !== 0 && `1/${1 / value}`.length < `${value}`.length;
