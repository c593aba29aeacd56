/** Finds the laws by which the nodes of a derived program came about. */
import { Identity, topological } from '../../../compiler/ir/build.ts';
import type { Node, OpNode } from '../../../compiler/ir/node.ts';
import { binary, type Compilation, type Variant } from '../../../compiler/pipeline.ts';

/**
 * The laws of each node of a variant's program: of those rules that fired and whose result has the node as its root, or
 * as a part that was not there before. A node that a later rule rewrote has none, so that not every law finds a node.
 */
export function lawsOf(
  { passes }: Pick<Compilation, 'passes'>,
  { symbolic, program }: Variant,
): ReadonlyMap<OpNode, readonly string[]> {
  const identity = new Identity();
  const open = topological(symbolic.outputs.map((o) => o.node));
  const bound = topological(program.outputs.map((o) => o.node));
  const places = new Map(open.map((n, at) => [identity.of(n), at]));
  const laws = new Map<OpNode, readonly string[]>();
  // Both programs have the same nodes in the same order, since binding only replaces sizes.
  if (open.length !== bound.length) return laws;
  for (const { law, before, after } of passes.flatMap((p) => p.fired)) {
    const old = new Set(topological([before]).map(identity.of));
    const made = binary({ ...symbolic, outputs: [{ name: 'y', node: after }] }).outputs[0]!.node;
    const seen = new Set<Node>();
    const visit = (n: Node): void => {
      const id = identity.of(n);
      if (n.kind === 'input' || seen.has(n) || old.has(id)) return;
      seen.add(n);
      const at = places.get(id);
      if (at === undefined) {
        n.args.forEach(visit);
        return;
      }
      const node = bound[at] as OpNode;
      const known = laws.get(node) ?? [];
      if (!known.includes(law)) laws.set(node, [...known, law]);
    };
    visit(made);
  }
  return laws;
}
