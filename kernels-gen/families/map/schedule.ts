/** The schedule of element-wise kernels. */
import type { MapPrim } from '../../../compiler/primitives/prim.ts';
import { renameAxes } from '../../fuse/graph.ts';
import type { Kernel } from '../../fuse/kernel.ts';
import { naiveMap } from '../../loops/naive.ts';
import type { Scheduled } from '../../loops/type.ts';
import { printWgsl } from '../../print/wgsl.ts';
import { bind, bindInvocation } from '../../schedule/steps/bind.ts';
import { flatten } from '../../schedule/steps/flatten.ts';
import { split } from '../../schedule/steps/split.ts';
import { type LoopStep, scheduled } from '../../schedule/steps/step.ts';
import { vectorise } from '../../schedule/steps/vectorise.ts';
import type { Emitted } from '../family.ts';
import { vectorsAlong } from '../vectors.ts';

export type MapKernel = Kernel & { readonly root: MapPrim };

/** The parameters of the schedule: each of `threads` invocations of a workgroup computes `each` vectors of `width`. */
export interface MapSchedule {
  readonly threads: number;
  readonly each: number;
  readonly width: number;
}

/** The map with its axes named by their place, so that equal maps print equally. */
export function numbered(root: MapPrim): MapPrim {
  const position = new Map(root.axes.map((a, i) => [a.name, `i${i}`]));
  return renameAxes(root, (n) => position.get(n)!);
}

export const canonicalMap = (kernel: MapKernel): MapKernel => ({ ...kernel, root: numbered(kernel.root) });

/** The steps for a kernel with canonical axes. */
export function mapSteps(
  { root, overwrites }: MapKernel,
  { threads, each, width }: MapSchedule,
): readonly LoopStep[] {
  const axes = root.axes.map((a) => a.name);
  const last = root.axes.at(-1);
  const vectors: LoopStep[] = [];
  if (width > 1 && last) {
    const overwritten = overwrites ? root.args.indexOf(overwrites.tensor) : -1;
    const loaded = vectorsAlong(root.body, last, root);
    const buffers = [root.args.length, ...loaded, ...(overwritten < 0 ? [] : [overwritten])];
    vectors.push(split(last.name, width, 'q', 'v'), vectorise('v', buffers));
    axes.splice(-1, 1, 'q');
  }
  const spread: readonly LoopStep[] =
    each === 1
      ? [split('i', threads, 'g', 'n'), bind('g', 'workgroup'), bindInvocation('n')]
      : [
          split('i', threads * each, 'g', 'rest'),
          split('rest', threads, 'step', 'n'),
          bind('g', 'workgroup'),
          // A driver would unroll the few steps of vectors.
          ...(width > 1 ? [bind('step', 'opaque')] : []),
          bindInvocation('n'),
        ];
  return [...vectors, flatten(axes, 'i'), ...spread];
}

/** The scheduled loops of a kernel with canonical axes. */
export const mapLoops = (kernel: MapKernel, schedule: MapSchedule): Scheduled =>
  scheduled(naiveMap(kernel, kernel.root), mapSteps(kernel, schedule));

export function emitMap(kernel: MapKernel, threads: number, each: number, width = 1): Emitted {
  return printWgsl(mapLoops(canonicalMap(kernel), { threads, each, width }));
}
