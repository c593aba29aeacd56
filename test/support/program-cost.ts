import { addCost, type Cost, NO_COST } from '../../compiler/associate/cost.ts';
import { topological } from '../../compiler/ir/build.ts';
import type { Node, Program } from '../../compiler/ir/node.ts';
import { isOp } from '../../compiler/ops/nodes.ts';
import { productCost } from '../../compiler/rewrite/cost.ts';
import { share } from '../../compiler/rewrite/engine.ts';

/** The cost of all distinct products in expressions. A projected product costs only its blocks. */
export function productsCost(roots: readonly Node[]): Cost {
  const program: Program = {
    name: 'cost',
    inputs: [],
    outputs: roots.map((node, i) => ({ name: `${i}`, node })),
    where: {},
  };
  const shared = share(program).outputs.map((o) => o.node);
  const isProjection = (n: Node) => isOp(n, 'diagBlocks') && isOp(n.args[0]!, 'matmul');
  const formed = new Set<Node>(shared);
  for (const n of topological(shared))
    if (n.kind === 'op' && !isProjection(n)) for (const a of n.args) formed.add(a);
  return [...formed]
    .flatMap((n) => (n.kind === 'op' && (isOp(n, 'matmul') || isProjection(n)) ? [productCost(n)] : []))
    .reduce(addCost, NO_COST);
}
