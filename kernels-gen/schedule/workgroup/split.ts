/**
 * Splits long sums among workgroups, where there are so few results that a GPU would be idle. Each workgroup stores
 * its part of a sum in a temporary, and a second dispatch adds up the parts and finishes the results. Gradients of
 * parameters are such sums, over tokens.
 */
import { launchOperations } from '../../../compiler/devices/index.ts';
import { dimConst } from '../../../compiler/dims/dims.ts';
import type { InputPrim, ReducePrim } from '../../../compiler/primitives/prim.ts';
import { sizesOf } from '../../families/contraction/root.ts';
import type { Tile } from '../../families/contraction/tile.ts';
import type { Emitted, ScheduleOptions } from '../../families/family.ts';
import { emitReduction } from '../../families/reduction/schedule.ts';
import { axisRefs, count, extents, longest } from '../../fuse/axes.ts';
import { type ContractionKernel, MAX_STORAGE_BINDINGS } from '../../fuse/kernel.ts';
import { printWgsl } from '../../print/wgsl.ts';
import { LEAST, partLoops, stagedTile } from './shared.ts';

/** The largest number of parts of a sum. Adding up more parts takes as long as they save. */
export const MOST_PARTS = 16;
/** The smallest number of steps of a part. */
const LEAST_STEPS = 128;

/** The number of workgroups that share each sum of a kernel; 1 where a split does not pay. */
export function partsOf(
  kernel: ContractionKernel,
  { tokens, strategy, device }: Pick<ScheduleOptions, 'tokens' | 'strategy' | 'device'>,
): number {
  const { batch, m, n, k } = sizesOf(kernel, tokens);
  if (longest(kernel.root.over) === undefined) return 1;
  const { tiles } = stagedTile(batch, m, n, device);
  const parts = Math.min(MOST_PARTS, Math.floor(k / LEAST_STEPS), Math.ceil(device.workgroups / tiles));
  if (strategy === 'split') return Math.max(2, parts);
  // Multiply-adds that take as long as the second launch.
  const least = launchOperations(device.chosenBy) / 2;
  return Math.min(m, n) < LEAST || batch * m * n * k < least ? 1 : Math.max(1, parts);
}

export function emitSplit(kernel: ContractionKernel, options: ScheduleOptions): Emitted | undefined {
  const parts = partsOf(kernel, options);
  if (parts === 1) return undefined;
  const { batch, m, n } = sizesOf(kernel, options.tokens);
  return emitParts(kernel, parts, stagedTile(batch, m, n, options.device).tile);
}

/** The two dispatches of a split kernel; undefined where it would take too many bindings. */
export function emitParts(kernel: ContractionKernel, parts: number, tile: Tile): Emitted | undefined {
  const { root, tensor } = kernel;
  const sums: InputPrim = {
    kind: 'input',
    name: 'parts',
    label: `parts of ${root.label}`,
    shape: [dimConst(parts), ...extents(root.axes)],
    dtype: 'f32',
    args: [],
    spans: root.spans,
  };
  const first = printWgsl(partLoops({ ...kernel, tensor: sums, epilogue: null }, tile, parts));
  const total: ReducePrim = {
    kind: 'reduce',
    label: root.label,
    shape: extents(root.axes),
    dtype: tensor.dtype,
    args: [...root.args, sums],
    spans: root.spans,
    axes: root.axes,
    over: [{ name: 'part', extent: dimConst(parts) }],
    combine: 'sum',
    body: { k: 'load', arg: root.args.length, index: [{ k: 'axis', name: 'part' }, ...axisRefs(root.axes)] },
  };
  const added = emitReduction({
    kernel: { ...kernel, tensor, root: total },
    spread: undefined,
    shape: { results: 64, threads: 1 },
  });
  if (added.reads.length >= MAX_STORAGE_BINDINGS) return undefined;
  return {
    ...added,
    reads: added.reads.filter((r) => r < root.args.length),
    before: { ...first, elements: count([...total.over, ...root.axes]) },
  };
}
