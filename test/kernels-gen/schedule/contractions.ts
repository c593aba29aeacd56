/** Kernels of contractions, for tests of their schedules. */
import { type DeviceClass, gpu } from '../../../compiler/devices/index.ts';
import type { PrimProgram } from '../../../compiler/primitives/prim.ts';
import { canonical } from '../../../kernels-gen/families/contraction/root.ts';
import type { ScheduleOptions } from '../../../kernels-gen/families/family.ts';
import type { ContractionKernel } from '../../../kernels-gen/fuse/kernel.ts';
import type { Strategy } from '../../../kernels-gen/index.ts';
import { contraction, input, load, program, type Size } from '../build.ts';
import { type Layout, matmul } from '../layers.ts';

export function kernelOf(p: PrimProgram): ContractionKernel {
  const y = p.outputs[0]!.prim;
  if (y.kind !== 'contraction') throw new TypeError(`${y.kind} is no contraction`);
  return canonical({ tensor: y, root: y, epilogue: null, spans: [] });
}

export const options = (strategy?: Strategy, tokens = 1, device: DeviceClass = gpu): ScheduleOptions => ({
  device,
  tokens,
  one: false,
  strategy,
  printed: new Map(),
});

export const matrices = (layout: Layout, m: Size, n: Size, k: Size) => kernelOf(matmul(layout, m, n, k));

/** A batch of b products, whose results' axes are in the order of `order`. */
export const batches = (
  b: Size,
  m: Size,
  n: Size,
  k: Size,
  layout: Layout = 'NN',
  order: 'bmn' | 'mnb' = 'bmn',
) => {
  const extents = { b, m, n, k };
  const sizes = (names: readonly (keyof typeof extents)[]) => names.map((name) => extents[name]);
  const at = layout === 'TN' ? (['b', 'k', 'm'] as const) : (['b', 'm', 'k'] as const);
  const from = layout === 'NT' ? (['b', 'n', 'k'] as const) : (['b', 'k', 'n'] as const);
  const axes = [...order].map((name) => [name, extents[name as keyof typeof extents]] as const);
  const args = [input('a', sizes(at)), input('u', sizes(from))];
  return kernelOf(program({ y: contraction('y', args, axes, [['k', k]], load(0, ...at), load(1, ...from)) }));
};
