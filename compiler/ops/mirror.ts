/** Sums that are symmetric or skew-symmetric by their form: A + Aᵀ and A − Aᵀ. */
import { eqQ, negQ, ONE, type Rational } from '../dims/rational.ts';
import { sameExpression } from '../ir/build.ts';
import type { Node, OpNode } from '../ir/node.ts';
import { isOp } from './nodes.ts';

/** The sign of a sum: 1 for A + Aᵀ, −1 for A − Aᵀ, each scaled alike. */
export function mirror(sum: OpNode): 1 | -1 | undefined {
  if (sum.args.length !== 2) return undefined;
  const [a, b] = sum.args as [Node, Node];
  if (!isTransposeOf(bare(a), bare(b)) && !isTransposeOf(bare(b), bare(a))) return undefined;
  if (eqQ(scaleOf(a), scaleOf(b))) return 1;
  return eqQ(scaleOf(a), negQ(scaleOf(b))) ? -1 : undefined;
}

const scaleOf = (a: Node): Rational => (isOp(a, 'scale') ? (a.attrs.by as Rational) : ONE);
const bare = (a: Node): Node => (isOp(a, 'scale') ? a.args[0]! : a);

function isTransposeOf(a: Node, b: Node): boolean {
  if (!isOp(a, 'transpose')) return false;
  return sameExpression(a.args[0]!, b);
}
