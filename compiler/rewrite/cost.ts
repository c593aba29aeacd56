/** The cost of one product in an expression. */
import type { Cost } from '../associate/cost.ts';
import { addDim, type Dim, dimConst, mulDim, ofTokens, productDim } from '../dims/dims.ts';
import type { Node, OpNode } from '../ir/node.ts';
import { projectedBy, structureOf } from '../ir/operator.ts';
import { isOp } from '../ops/nodes.ts';

const width = (n: Node): Dim => dimConst(n.type.dtype === 'f16' ? 2 : 4);

/** The bytes that a matrix occupies; a structured matrix has only the elements that determine it. */
function storedBytes(n: Node): Dim {
  const s = structureOf(n);
  return mulDim(s ? s.elements(n as OpNode) : productDim(n.type.shape), width(n));
}

/**
 * The cost of one product of two factors, or of the parts of it that a projection keeps. `memory` is the size of the
 * result: the caller knows whether that is an intermediate.
 */
export function productCost(node: OpNode): Cost {
  if (isOp(node, 'blockDiag')) return productCost(node.args[0] as OpNode);
  const whole = projectedBy(node);
  const [left, right] = ((whole ?? node) as OpNode).args as [Node, Node];
  const bytes = [storedBytes(left), storedBytes(right), storedBytes(node)].reduce(addDim);
  return {
    ops: productOps(node, left, right, whole !== undefined),
    bytes,
    memory: storedBytes(node),
    launches: 1,
  };
}

const hasTokens = (n: Node): boolean => n.type.shape.some(ofTokens);

/** The factor by which a product counts more that would form a weight of each expert. */
const FORMED = dimConst(1 << 20);

/** Whether a matrix is the frozen weight of an expert, which is one of many. */
const isOfExpert = (m: Node): boolean =>
  isOp(m, 'transpose') || isOp(m, 'scale')
    ? isOfExpert(m.args[0]!)
    : isOp(m, 'ofExpert') && m.args[0]!.kind === 'input' && m.args[0]!.role === 'frozen';

function productOps(node: OpNode, left: Node, right: Node, projected: boolean): Dim {
  // Few experts run for a token, so a second weight of each costs more than it looks like for one.
  const forms = (isOfExpert(left) || isOfExpert(right)) && !hasTokens(left) && !hasTokens(right);
  return forms ? mulDim(FORMED, opsOf(node, left, right, projected)) : opsOf(node, left, right, projected);
}

function opsOf(node: OpNode, left: Node, right: Node, projected: boolean): Dim {
  const inner = left.type.shape.at(-1)!;
  if (projected) return productDim([dimConst(2), ...node.type.shape, inner]);
  const [l, r] = [structureOf(left), structureOf(right)];
  if (r) return r.ops(right as OpNode, productDim(left.type.shape.slice(0, -1)));
  if (l)
    return l.ops(left as OpNode, productDim([...right.type.shape.slice(0, -2), right.type.shape.at(-1)!]));
  return productDim([dimConst(2), ...node.type.shape, inner]);
}
