/** Refuses results in which an operator element by element pairs every token with every other one. */
import { constantOf, equalDim, printDim, RUNTIME_DIM } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { printShape, topological } from './build.ts';
import type { Node, TensorType } from './node.ts';
import { operator } from './operator.ts';

type Shape = TensorType['shape'];

const tokenAxes = (shape: Shape): number => shape.filter((d) => printDim(d) === RUNTIME_DIM).length;

/**
 * Throws OFT2002 for a result with tokens on two axes that come from operands of different ranks, such as (tokens, 1, out)
 * and (tokens, out). An author who means every pair of tokens gives both the same rank.
 */
export function refuseCrossed(name: string, result: Node): void {
  if (tokenAxes(result.type.shape) < 2) return;
  for (const node of topological([result])) {
    if (node.kind !== 'op' || !operator(node.op).broadcasts || tokenAxes(node.type.shape) < 2) continue;
    const [a, b] = node.args.map((n) => n.type.shape);
    if (!a || !b || a.length === b.length || tokenAxes(a) > 1 || tokenAxes(b) > 1) continue;
    const [more, fewer] = a.length > b.length ? [a, b] : [b, a];
    throw new OftcError(
      'OFT2002',
      `${node.op}: ${printShape(a)} and ${printShape(b)} are aligned at the last axis, so that '${name}' has tokens on two axes, ${printShape(result.type.shape)}: ${remedy(more, fewer)}`,
      node.spans,
    );
  }
}

/** Advice to drop the axes of size 1, where the shapes are then equal. */
function remedy(more: Shape, fewer: Shape): string {
  const rest = more.filter((d) => constantOf(d) !== 1);
  const fit = rest.length === fewer.length && rest.every((d, i) => equalDim(d, fewer[i]!));
  if (!fit) return 'reshape one of them, so that both have their tokens on the same axis';
  const axes = rest.map((d) => `'${printDim(d)}'`).join(', ');
  return `sum(…) keeps its axis, with size 1; drop it from ${printShape(more)} by reshape(${axes})`;
}
