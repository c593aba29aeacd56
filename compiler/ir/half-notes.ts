/** Notes on constants that f16 does not hold, beside tensors of f16. */

import { type Rational, toNumber } from '../dims/rational.ts';
import { LARGEST_F16 } from '../primitives/half.ts';
import { rootsOf, topological } from './build.ts';
import type { Node, OpNode, Program } from './node.ts';

/** The least f16 above 0. A number of at most half of it is rounded to 0. */
const LEAST_F16 = 2 ** -24;

/** The operators whose result is about as large as an operand. */
const SUMS: ReadonlySet<string> = new Set(['add', 'max', 'min']);

export const halfNotes = (program: Program): string[] => [
  ...new Set(
    topological(rootsOf(program)).flatMap((n) =>
      n.kind === 'op' && n.type.dtype === 'f16' ? constantsOf(n).flatMap((c) => noteOf(n, c)) : [],
    ),
  ),
];

/** The numbers that an operator combines with a tensor. */
function constantsOf(node: OpNode): number[] {
  const literals = node.args.flatMap((a) => numberOf(a) ?? []);
  return node.op === 'scale' ? [toNumber(node.attrs.by as Rational), ...literals] : literals;
}

const numberOf = (node: Node): number | undefined =>
  node.kind === 'op' && node.op === 'literal' ? toNumber(node.attrs.value as Rational) : undefined;

function noteOf({ op }: OpNode, c: number): string[] {
  const [size, what] = [Math.abs(c), SUMS.has(op) ? 'the result' : 'a tensor of ordinary numbers'];
  if (size > LARGEST_F16)
    return [
      `the constant ${c} stands beside f16, whose largest number is ${LARGEST_F16}: ${what} becomes infinite. Declare the tensors f32, or scale the constant`,
    ];
  if (size > 0 && size <= LEAST_F16 / 2)
    return [
      `the constant ${c} stands beside f16, which rounds it to 0: the least number above 0 is ${LEAST_F16.toExponential(1)}. Declare the tensors f32, or scale the constant`,
    ];
  return [];
}
