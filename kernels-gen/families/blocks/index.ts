/** Generates the kernel of fused blocks: a workgroup computes all nests for its block. */
import { printDim } from '../../../compiler/dims/dims.ts';
import { getOrMake } from '../../../compiler/keyed.ts';
import { keyOf } from '../../../compiler/primitives/affine.ts';
import { dtypeBytes, type Extent } from '../../../runtime/plan.ts';
import { flopsOfMember } from '../../flops.ts';
import { type FusedBlocks, type Nest, writesOf } from '../../fuse/blocks.ts';
import { expressionsIn } from '../../fuse/kernel.ts';
import type { Replaced } from '../../memory/buffers.ts';
import { addExtent, extentOf, mulExtent, productExtent } from '../../wgsl/size.ts';
import { canonical, keyOfAxes, keyOfSums, keysOfArgs } from '../contraction/root.ts';
import { chosen, type Generated, lazily, type ScheduleOptions, tensorsLoaded, type Ways } from '../family.ts';
import { numbered } from '../map/schedule.ts';
import { canonical as canonicalReduction, keyOfReduction } from '../reduction/schedule.ts';
import { emitInThreads } from './schedule.ts';

/** Fused blocks, and the tensors that their results overwrite. */
export interface BlocksOver {
  readonly group: FusedBlocks;
  readonly over: readonly Replaced[];
}

/** The code of fused blocks. `over` lists the tensors that the results overwrite. */
export function generateBlocks(
  group: FusedBlocks,
  options: ScheduleOptions,
  ways: Ways<BlocksOver>,
  over: readonly Replaced[] = [],
): Generated {
  const loads = group.nests.flatMap((s) => expressionsIn(s.kernel));
  const reads = tensorsLoaded(loads, group.args).filter(
    (p) => group.slotOf[group.args.indexOf(p)] === undefined,
  );
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
    const replaced = over.map(({ tensor, by }) => [
      group.args.indexOf(tensor),
      group.nests.findIndex((n) => n.stored === by),
    ]);
    const key = `${keyOfGroup(group)}; over ${replaced.map((r) => r.join(' by ')).join()}`;
    return getOrMake(options.printed, key, () =>
      chosen(options, () => emitInThreads(group, over), ways({ group, over }, options)),
    );
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
  if (root.kind === 'reduce') return keyOfReduction(canonicalReduction({ ...kernel, root }));
  const { axes, body } = numbered(root);
  return `${keyOfAxes(axes)} ${keyOf(body)}`;
}
