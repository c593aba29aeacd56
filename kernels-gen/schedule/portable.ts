/** The portable schedule of a contraction: each thread computes a tile, with operands loaded from storage. */
import type { DeviceClass } from '../../compiler/devices/index.ts';
import { sizesOf } from '../families/contraction/root.ts';
import { emitPortable, isWhole } from '../families/contraction/schedule.ts';
import { chooseTile, tileOf } from '../families/contraction/tile.ts';
import { DIRECT } from '../families/family.ts';
import type { ContractionKernel } from '../fuse/kernel.ts';
import { neighbours, type ScheduleChoice, type Sizes, sized, WHOLE } from './choice.ts';
import type { ChosenSchedule } from './recipe.ts';

const EACH = [1, 2, 4, 8];
const sizes: Sizes = { rows: EACH, cols: EACH, most: 32, parts: WHOLE };

export const direct: ChosenSchedule = {
  strategy: DIRECT,
  sizes,
  emit({ rows, cols }, kernel, { tokens }) {
    const tile = tileOf(rows, cols, sizesOf(kernel, tokens));
    return isWhole(kernel, tile) ? emitPortable(kernel, tile) : undefined;
  },
};

/** The choice that the cost model prefers. */
export function directChoice(kernel: ContractionKernel, tokens: number, device: DeviceClass): ScheduleChoice {
  const { batch, m, n } = sizesOf(kernel, tokens);
  const { rows, cols } = chooseTile(batch, m, n, device);
  return sized(DIRECT, rows, cols);
}

/** The choice that the cost model prefers, and those next to it. */
export function directChoices(
  kernel: ContractionKernel,
  tokens: number,
  device: DeviceClass,
): ScheduleChoice[] {
  const own = directChoice(kernel, tokens, device);
  return [own, ...neighbours(own, sizes)];
}
