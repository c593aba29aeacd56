/** Finds the rotations in a layer's merged weight, and replaces truncated ones by exact ones. */
import { apply, reapply, topological } from '../../compiler/ir/build.ts';
import type { Node, Program } from '../../compiler/ir/node.ts';
import { factsOf, operator } from '../../compiler/ir/operator.ts';
import { fold } from '../../compiler/ir/walk.ts';
import { isOp } from '../../compiler/ops/nodes.ts';

/** Whether a layer's merged weight has a rotation: one that the author claims, or one that an operator makes. */
export function rotates({ claims }: Program): boolean {
  if (!claims?.weight) return false;
  const rotation = (n: Node) => n.kind === 'op' && operator(n.op).rotates === true;
  return (claims.orthogonal?.length ?? 0) > 0 || topological([claims.weight]).some(rotation);
}

/** Whether a node is a truncated series of the Cayley transform. */
const isTruncated = (n: Node): boolean =>
  isOp(n, 'polynomial') && factsOf(n).orthogonal?.kind === 'approximate';

/** The merged weight with the Cayley transform itself in place of each truncated series; undefined without a series. */
export function exactWeight({ claims }: Program): Node | undefined {
  const weight = claims?.weight;
  if (!weight || !topological([weight]).some(isTruncated)) return undefined;
  return fold<Node>((n, of) => {
    if (n.kind === 'input') return n;
    return isTruncated(n) ? apply('cayley', [of(n.args[0]!)]) : reapply(n, n.args.map(of));
  })(weight);
}
