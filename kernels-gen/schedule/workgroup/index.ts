/**
 * The recipe for GPUs. A workgroup multiplies operands that it has staged in its memory: by threads (`shared`), by
 * subgroup matrices (`matrix`), from double buffers (`pipelined`), or with each sum split among workgroups (`split`).
 */
import type { Emitted, ScheduleOptions, Way } from '../../families/family.ts';
import type { ContractionKernel } from '../../fuse/kernel.ts';
import type { Recipe } from '../recipe.ts';
import { choices, choicesOf } from './choices.ts';
import { emitMatrix, matrixKernel, matrixShapes } from './matrix.ts';
import { emitPipelined } from './pipelined.ts';
import { emitShared, sharedTile } from './shared.ts';
import { emitSplit, partsOf } from './split.ts';

export const workgroup = {
  strategies: ['split', 'matrix', 'shared', 'pipelined'],
  contraction,
  choices,
  choicesOf,
} as const satisfies Recipe;

function contraction(kernel: ContractionKernel, options: ScheduleOptions): readonly Way[] {
  // Where a sum is split, tiles alone would be too few to keep the device busy.
  const inRows = kernel.overwrites?.by === 'rows';
  const split = options.strategy === undefined && !inRows && partsOf(kernel, options) > 1;
  return [
    { strategy: 'split', emit: () => (inRows ? undefined : emitSplit(kernel, options)) },
    ...matrixShapes(kernel).map((matrix): Way => {
      const emit = () => {
        const own = split ? undefined : matrixKernel(kernel, options);
        return own && emitMatrix(own, matrix);
      };
      return { strategy: 'matrix', matrix, emit };
    }),
    { strategy: 'shared', emit: () => (split ? undefined : shared(kernel, options)) },
    { strategy: 'pipelined', emit: () => emitPipelined(kernel, options) },
  ];
}

function shared(kernel: ContractionKernel, options: ScheduleOptions): Emitted | undefined {
  const tile = sharedTile(kernel, options);
  return tile && emitShared(kernel, tile);
}
