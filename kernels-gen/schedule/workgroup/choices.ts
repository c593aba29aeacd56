/** The schedules of contractions for GPUs: those that tuning can ask for, and those that it measures. */

import type { DeviceClass } from '../../../compiler/devices/index.ts';
import type { MatrixShape } from '../../../runtime/plan.ts';
import { sizesOf } from '../../families/contraction/root.ts';
import { isWhole } from '../../families/contraction/schedule.ts';
import { longest } from '../../fuse/axes.ts';
import type { ContractionKernel } from '../../fuse/kernel.ts';
import { isOf, neighbours, ONE, type ScheduleChoice, type Sizes, sized, WHOLE } from '../choice.ts';
import { directChoices } from '../portable.ts';
import type { ChosenSchedule } from '../recipe.ts';
import { emitMatrix, isWholeTile, matrixKernel, matrixShapes } from './matrix.ts';
import { pipelined, pipelinedChoice } from './pipelined.ts';
import { emitShared, MOST, stagedTile, TILE_SIZES, tileOfGroup } from './shared.ts';
import { emitParts, MOST_PARTS, partsOf } from './split.ts';

const tile: Sizes = { rows: TILE_SIZES, cols: TILE_SIZES, most: MOST * MOST, parts: WHOLE };
const parts: Sizes = { ...tile, parts: new Set([2, 3, 4, 6, 8, 12, MOST_PARTS]) };

const matrixOf = (kernel: ContractionKernel, component: MatrixShape['component']) =>
  matrixShapes(kernel).find((shape) => shape.component === component);

/** The schedule for subgroup matrices of these elements. */
const matrix = (component: MatrixShape['component']): ChosenSchedule => ({
  strategy: 'matrix',
  sizes: { rows: ONE, cols: ONE, most: 1, parts: WHOLE },
  matrix: (kernel) => matrixOf(kernel, component),
  emit(_, kernel, options) {
    const shape = matrixOf(kernel, component);
    const own = shape && matrixKernel(kernel, { ...options, strategy: 'matrix' });
    return own && isWholeTile(own) ? emitMatrix(own, shape) : undefined;
  },
});

export const choices = {
  /** A workgroup stages its tile's operands in its memory; with `split`, workgroups share each sum. */
  shared: {
    strategy: 'shared',
    sizes: tile,
    emit({ rows, cols }, kernel) {
      if (longest(kernel.root.over) === undefined) return undefined;
      const own = tileOfGroup(rows, cols);
      return isWhole(kernel, own) ? emitShared(kernel, own) : undefined;
    },
  },
  split: {
    strategy: 'split',
    sizes: parts,
    emit({ rows, cols, parts: shares }, kernel) {
      if (longest(kernel.root.over) === undefined || kernel.overwrites?.by === 'rows') return undefined;
      return emitParts(kernel, shares, tileOfGroup(rows, cols));
    },
  },
  pipelined,
  'matrix f32': matrix('f32'),
  'matrix f16': matrix('f16'),
} satisfies Record<string, ChosenSchedule>;

export function choicesOf(
  kernel: ContractionKernel,
  tokens: number,
  device: DeviceClass,
): readonly ScheduleChoice[] | undefined {
  if (!device.strategies.includes('shared') || longest(kernel.root.over) === undefined) return undefined;
  const { batch, m, n } = sizesOf(kernel, tokens);
  const { tile: own } = stagedTile(batch, m, n, device);
  const [rows, cols] = [own.rows * own.rowThreads, own.cols * own.colThreads];
  const shared = sized('shared', rows, cols);
  const shares = partsOf(kernel, { tokens, strategy: 'split', device });
  const split = [shares, 2 * shares, shares >> 1]
    .map((of) => sized('split', rows, cols, of))
    .filter((c) => isOf(parts, c));
  const matrices = matrixShapes(kernel).map(({ component }) => sized(`matrix ${component}`));
  return [
    shared,
    ...neighbours(shared, tile),
    pipelinedChoice(batch, m, n, device),
    ...split,
    ...matrices,
    ...directChoices(kernel, tokens, device),
  ];
}
