/** Puts a concatenation in place of a sum of padded tensors that do not overlap, as gradients of slices are. */
import { addDim, type Dim, equalDim } from '../../../compiler/dims/dims.ts';
import { apply, reapply, rebuild, sameShape } from '../../../compiler/ir/build.ts';
import type { Node, OpNode, Program } from '../../../compiler/ir/node.ts';
import { isOp } from '../../../compiler/ops/nodes.ts';

/** The program with `concat` where padded tensors fill an axis. PyTorch then writes each element once. */
export function joinedPads(program: Program): Program {
  const of = rebuild(new Map<Node, Node>(), (node, args) => {
    const made = reapply(node, args);
    return isOp(made, 'add') ? joined(made) : made;
  });
  return { ...program, outputs: program.outputs.map((o) => ({ ...o, node: of(o.node) })) };
}

function joined(sum: OpNode): Node {
  const pads = sum.args.flatMap((a) =>
    isOp(a, 'pad') && sameShape(a.type.shape, sum.type.shape) ? [a] : [],
  );
  for (const first of pads) {
    const parts = partsAlong(first, pads);
    if (!parts) continue;
    const whole = apply(
      'concat',
      parts.map((p) => p.args[0]!),
      { axis: first.attrs.axis! },
    );
    const rest = sum.args.filter((a) => !parts.some((p) => p === a));
    return rest.length === 0 ? whole : joined(apply('add', [whole, ...rest]) as OpNode);
  }
  return sum;
}

/** Pads that fill the axis of the given pad one after another; undefined where there are gaps. */
function partsAlong({ attrs }: OpNode, pads: readonly OpNode[]): OpNode[] | undefined {
  const { axis, size } = attrs;
  const along = Number(axis);
  const parts: OpNode[] = [];
  let end: Dim = { terms: [] };
  while (!equalDim(end, size as Dim)) {
    const next = pads.find(
      (p) => p.attrs.axis === axis && !parts.includes(p) && equalDim(p.attrs.start as Dim, end),
    );
    if (!next) return undefined;
    const length = next.args[0]!.type.shape[along]!;
    if (equalDim(length, { terms: [] })) return undefined;
    parts.push(next);
    end = addDim(end, length);
  }
  return parts;
}
