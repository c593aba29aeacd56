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
    const parts = partsFrom(NOTHING, first, pads);
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

const NOTHING: Dim = { terms: [] };

/** Pads that fill the axis of `first` one after another from `end` on; undefined where there are gaps. */
function partsFrom(end: Dim, first: OpNode, pads: readonly OpNode[]): OpNode[] | undefined {
  const { axis, size } = first.attrs;
  if (equalDim(end, size as Dim)) return [];
  const next = [first, ...pads].find((p) => p.attrs.axis === axis && equalDim(p.attrs.start as Dim, end));
  if (!next) return undefined;
  const length = next.args[0]!.type.shape[Number(axis)]!;
  if (equalDim(length, NOTHING)) return undefined;
  const rest = partsFrom(addDim(end, length), first, pads);
  return rest && [next, ...rest];
}
