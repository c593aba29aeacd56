/** Constructors that operators, rules and the differentiator share; each does the obvious simplification. */
import type { Dim } from '../dims/dims.ts';
import { eqQ, fromNumber, mulQ, ONE, type Rational } from '../dims/rational.ts';
import { apply, sameShape } from '../ir/build.ts';
import type { Node, OpNode } from '../ir/node.ts';

export const isOp = <K extends string>(node: Node, op: K): node is OpNode & { readonly op: K } =>
  node.kind === 'op' && node.op === op;

/** The product by·node. Nested scales multiply exactly while the result has few enough digits; 1·A is A. */
export function scaled(by: Rational | number, node: Node): Node {
  const c = typeof by === 'number' ? fromNumber(by) : by;
  if (eqQ(c, ONE)) return node;
  const joined = isOp(node, 'scale') ? mulQ(c, node.attrs.by as Rational) : undefined;
  if (joined && hasFewDigits(joined)) return scaled(joined, (node as OpNode).args[0]!);
  return apply('scale', [node], { by: c });
}

/**
 * The least numerator or denominator with which one more exact multiplication takes longer than a kernel that scales
 * twice.
 */
const LONG = 1n << 32_768n;
const hasFewDigits = ({ num, den }: Rational): boolean => num < LONG && -num < LONG && den < LONG;

/** A constant of rank 0. */
export const literal = (value: Rational): Node => apply('literal', [], { value });

/** The transpose Aᵀ over the last two axes; that of Aᵀ is A. */
export const transposed = (node: Node): Node =>
  isOp(node, 'transpose') ? node.args[0]! : apply('transpose', [node]);

/** The product A₁·A₂·…; a single factor is returned as it is. */
export const product = (factors: readonly Node[]): Node =>
  factors.length === 1 ? factors[0]! : apply('matmul', factors);

/** The sum A₁ + A₂ + …; a single term is returned as it is. */
export const total = (terms: readonly Node[]): Node => (terms.length === 1 ? terms[0]! : apply('add', terms));

/** Sums a broadcast result back to `shape`; a node of that shape is returned as it is. */
export const sumTo = (node: Node, shape: readonly Dim[]): Node =>
  sameShape(node.type.shape, shape) ? node : apply('sumTo', [node], { shape });

export const expand = (node: Node, shape: readonly Dim[]): Node =>
  sameShape(node.type.shape, shape) ? node : apply('expand', [node], { shape });
