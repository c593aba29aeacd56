/** Reverse mode over expressions: cotangents flow from roots through every operator's vjp. */
import { withSpans } from '../ir/build.ts';
import type { Node } from '../ir/node.ts';
import { operator } from '../ir/operator.ts';
import { fold } from '../ir/walk.ts';
import { total } from './nodes.ts';

/** Whether a node depends differentiably on an input that is not frozen. Other nodes get no cotangent. */
export const needsGradient: (node: Node) => boolean = fold(
  (node, of) =>
    node.kind === 'input'
      ? node.role !== 'frozen' && node.type.dtype !== 'i32'
      : node.op !== 'detach' && node.args.some(of),
  new WeakMap<Node, boolean>(),
);

/**
 * The cotangents that reach each node, from those of the roots. Their sum is the node's cotangent. `order` has every
 * node that a cotangent may pass, arguments before their uses. Only nodes that `wants` accepts get one.
 */
export function cotangents(
  order: readonly Node[],
  roots: readonly (readonly [Node, Node])[],
  wants: (node: Node) => boolean,
): ReadonlyMap<Node, readonly Node[]> {
  const sums = new Map<Node, Node[]>();
  const give = (to: Node, g: Node): void => {
    const all = sums.get(to);
    if (all) all.push(g);
    else sums.set(to, [g]);
  };
  for (const [root, g] of roots) give(root, g);
  for (const node of order.toReversed()) {
    const incoming = sums.get(node);
    if (!incoming || node.kind === 'input') continue;
    withSpans(node.spans, () => {
      operator(node.op)
        .vjp(node, total(incoming))
        .forEach((g, i) => {
          const arg = node.args[i]!;
          if (g && wants(arg)) give(arg, g);
        });
    });
  }
  return sums;
}
