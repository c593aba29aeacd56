/**
 * The portable schedule of fused blocks: a workgroup computes all nests for its block, one after another. Each invocation
 * has some results of every nest, and the workgroup's memory holds what later nests load.
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import { axisRefs, classify, count, extents, longest } from '../../fuse/axes.ts';
import { BLOCK, type FusedBlocks, type Nest, THREADS, writesOf } from '../../fuse/blocks.ts';
import { type ContractionKernel, productsOf, type ReductionKernel } from '../../fuse/kernel.ts';
import { joined } from '../../loops/join.ts';
import type { Memory, Scheduled } from '../../loops/type.ts';
import type { Replaced } from '../../memory/buffers.ts';
import { printWgsl } from '../../print/wgsl.ts';
import { flatten } from '../../schedule/steps/flatten.ts';
import { spread } from '../../schedule/steps/spread.ts';
import { type LoopStep, scheduled } from '../../schedule/steps/step.ts';
import { canonical } from '../contraction/root.ts';
import { productSteps } from '../contraction/schedule.ts';
import type { Tile } from '../contraction/tile.ts';
import { tileSteps } from '../contraction/tile-steps.ts';
import type { Emitted } from '../family.ts';
import { numbered } from '../map/schedule.ts';
import { canonical as canonicalReduction, type Shape, sharedSteps } from '../reduction/schedule.ts';
import {
  type Access,
  flatIndex,
  inSlot,
  mapLoops,
  memoriesOf,
  productLoops,
  reductionLoops,
  toArray,
  toOutput,
} from './naive.ts';

/** The largest number of rows of an invocation's tile, and of columns. */
const EACH = 4;

export const emitInThreads = (group: FusedBlocks, over: readonly Replaced[]): Emitted =>
  printWgsl(blocksLoops(group, over));

function blocksLoops(group: FusedBlocks, over: readonly Replaced[]): Scheduled {
  const memories = memoriesOf(group, over);
  return joinedNests(
    group.nests.map((n) => nestLoops(group, n, memories)),
    memories.length,
  );
}

/** The scheduled loops of nests, one after another, with the first `shared` memories in common. */
export function joinedNests(
  nests: readonly Scheduled[],
  shared: number,
  scope?: 'subgroup' | 'workgroup',
): Scheduled {
  const all = (of: 'naive' | 'loops') =>
    joined(
      nests.map((n) => n[of]),
      shared,
      scope,
    );
  return {
    naive: all('naive'),
    steps: nests.flatMap(({ steps }, n) => steps.map((s) => `in nest ${n}: ${s}`)),
    loops: all('loops'),
  };
}

/** The scheduled loops of one nest, as a kernel of its own. */
function nestLoops(
  group: FusedBlocks,
  { kernel, slot, stored }: Nest,
  memories: readonly Memory[],
): Scheduled {
  const { slotOf, args } = group;
  const access: Access = {
    load: () => inSlot(group),
    store: (axes, value) => [
      ...(slot === undefined
        ? []
        : [toArray(slotOf.indexOf(slot), flatIndex(extents(axes), axisRefs(axes)), value)]),
      ...(stored ? [toOutput(args.length + writesOf(group).indexOf(stored), axes, value)] : []),
    ],
  };
  if (kernel.root.kind === 'map') {
    const root = numbered(kernel.root);
    const axes = root.axes.map((a) => a.name);
    return scheduled(mapLoops(group, root, memories, access), mapSteps(axes, THREADS));
  }
  if (kernel.root.kind === 'reduce') {
    const own = canonicalReduction({ ...kernel, root: kernel.root });
    return scheduled(reductionLoops(group, own, memories, access), shareSteps(own, { threads: THREADS }));
  }
  const own = canonical({ ...kernel, root: kernel.root });
  return scheduled(productLoops(group, own, memories, access), tiledSteps(own, THREADS));
}

/** Each invocation computes every `threads`-th element. */
export const mapSteps = (axes: readonly string[], threads: number, as = 'n'): readonly LoopStep[] => [
  flatten(axes, 'at'),
  spread(['at'], BLOCK, { threads, as, free: ['at'] }),
];

/** All invocations of a workgroup share a reduction. */
export const shareSteps = ({ root }: ReductionKernel, by: Pick<Shape, 'threads' | 'subgroup'>) =>
  sharedSteps(root.over, longest(root.over)!, by);

/** All `threads` invocations compute one product, each a tile of it. */
export function tiledSteps(kernel: ContractionKernel, threads: number): readonly LoopStep[] {
  const { steps, each } = tileSteps(kernel, tileOf(kernel, threads), { isInBlock: true });
  return [...steps, ...productSteps(productsOf(kernel), each)];
}

/** The tile by which `threads` invocations compute one product of a block. */
function tileOf({ root }: ContractionKernel, threads: number): Tile {
  const { m, n } = classify(root);
  const [rows, cols] = [m, n].map((axes) => constantOf(count(axes))!) as [number, number];
  const rowThreads = Math.min(8, threads, 2 ** Math.ceil(Math.log2(rows)));
  const colThreads = threads / rowThreads;
  const each = (size: number, across: number) => Math.min(EACH, Math.ceil(size / across));
  return {
    rows: each(rows, rowThreads),
    cols: each(cols, colThreads),
    batchThreads: 1,
    rowThreads,
    colThreads,
  };
}
