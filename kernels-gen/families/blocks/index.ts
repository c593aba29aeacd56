/** Generates the kernel of fused blocks: a workgroup computes all nests for its block. */
import { printDim } from '../../../compiler/dims/dims.ts';
import { keyOf } from '../../../compiler/primitives/affine.ts';
import { dtypeBytes, type Extent } from '../../../runtime/plan.ts';
import type { FusedBlocks, Nest } from '../../fuse/blocks.ts';
import { flopsOf } from '../../fuse/cost.ts';
import { expressionsIn } from '../../fuse/kernel.ts';
import type { Replaced } from '../../memory/buffers.ts';
import { RECIPES } from '../../schedule/index.ts';
import { addExtent, extentOf, mulExtent, productExtent } from '../../wgsl/size.ts';
import { flops } from '../contraction/flops.ts';
import { canonical, keyOfAxes, keyOfSums, keysOfArgs } from '../contraction/root.ts';
import {
  chosen,
  count,
  type Generated,
  lazily,
  type Printed,
  type ScheduleOptions,
  tensorsLoaded,
} from '../family.ts';
import { numbered, writesOf } from './stages.ts';
import { emitBlocks, inThreads } from './threads.ts';

/** The code of fused blocks. `over` lists the tensors that the results overwrite. */
export function generateBlocks(
  group: FusedBlocks,
  options: ScheduleOptions,
  over: readonly Replaced[] = [],
): Generated {
  const inStorage = group.args.filter((_, i) => group.slotOf[i] === undefined);
  const loaded = new Set(
    tensorsLoaded(
      group.nests.flatMap((s) => expressionsIn(s.kernel)),
      group.args,
    ),
  );
  const reads = inStorage.filter((p) => loaded.has(p));
  const ofBlocks = (e: Extent) => mulExtent(extentOf(group.blocks), e);
  const facts = {
    family: 'blocks',
    reads,
    scratch: null,
    flops: group.nests.map((s) => ofBlocks(flopsOfMember(s.kernel))).reduce(addExtent),
    bytes: [...reads, ...writesOf(group)]
      .map((p) => mulExtent(productExtent(p.shape.map(extentOf)), dtypeBytes(p.dtype)))
      .reduce(addExtent),
  };
  return lazily(facts, () => {
    const key = `${keyOfGroup(group)}; over ${over.map((o) => group.args.indexOf(o.tensor)).join()}`;
    const printed = options.printed.get(key) ?? print(group, options, over);
    options.printed.set(key, printed);
    return printed;
  });
}

/** The key of fused blocks. Equal keys have the same code. */
function keyOfGroup(group: FusedBlocks): string {
  const nests = group.nests.map(({ kernel, slot, stored: out }) =>
    [keyOfNest(kernel), slot, out?.dtype].join(' to '),
  );
  const { blocks, args, slotOf, slots } = group;
  const mirrored = args.map((a) => a.mirrored ?? 0);
  return [
    'blocks',
    printDim(blocks),
    ...keysOfArgs(args),
    mirrored.join(),
    slotOf.join(),
    slots.join(),
    ...nests,
  ].join('; ');
}

function keyOfNest({ root, ...kernel }: Nest['kernel']): string {
  if (root.kind === 'contraction') return keyOfSums(canonical({ ...kernel, root }));
  const { axes, body } = numbered(root);
  return `${keyOfAxes(axes)} ${keyOf(body)}`;
}

function print(group: FusedBlocks, options: ScheduleOptions, over: readonly Replaced[]): Printed {
  const ways = RECIPES.flatMap((r) => r.blocks?.({ group, over }, options) ?? []);
  return chosen(options, () => emitBlocks(group, inThreads, over), ways);
}

/** The operations of a map or a product over all of its axes. */
export function flopsOfMember(kernel: Nest['kernel']): Extent {
  const { root } = kernel;
  if (root.kind === 'contraction') return flops({ ...kernel, root });
  return mulExtent(extentOf(count(root.axes)), flopsOf(root.body));
}
