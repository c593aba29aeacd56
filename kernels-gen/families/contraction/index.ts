/**
 * Contractions: out[batch, m, n] = Σ_k a[batch, m, k]·b[batch, k, n], where batch, m, n and k are groups of
 * axes. Each thread has a tile of results in registers. Strategies differ in how operands get there.
 */
import { expressionsIn } from '../../fuse/kernel.ts';
import { tunedWays } from '../../schedule/choices.ts';
import { RECIPES } from '../../schedule/index.ts';
import {
  chosen,
  type Generated,
  lazily,
  type Printed,
  type ScheduleOptions,
  tensorsLoaded,
  trafficOf,
  type Way,
} from '../family.ts';
import { wholeOf } from '../overwrite.ts';
import { directly } from './direct.ts';
import { emitContraction } from './emit.ts';
import { flops } from './flops.ts';
import type { Schedule } from './frame.ts';
import { type ContractionKernel, canonical, exchanged, keyOfKernel, sizesOf } from './root.ts';
import { chooseTile, wholeTile } from './tile.ts';

export function generateContraction(written: ContractionKernel, options: ScheduleOptions): Generated {
  const kernel = canonical(written);
  const reads = tensorsLoaded(expressionsIn(kernel), kernel.root.args);
  const bytes = trafficOf(reads, kernel);
  return lazily({ family: 'contraction', reads, scratch: null, flops: flops(kernel), bytes }, () => {
    const key = keyOfKernel(kernel);
    const printed = options.printed.get(key) ?? print(kernel, options);
    options.printed.set(key, printed);
    return printed;
  });
}

function print(kernel: ContractionKernel, options: ScheduleOptions): Printed {
  const ways = RECIPES.flatMap((r) => r.contraction?.(kernel, options) ?? []);
  const few = (w: Way) => w.maxTokens ?? Infinity;
  // Tuning measures the kernel as one that overwrites nothing.
  const { overwrites: _, ...alone } = kernel;
  const all = [...tunedWays(kernel, keyOfKernel(alone), options), ...ways].sort((a, b) => few(a) - few(b));
  return chosen(options, () => emitContraction(directSchedule(kernel, options)), all);
}

function directSchedule(kernel: ContractionKernel, options: ScheduleOptions): Schedule {
  const { batch, m, n } = sizesOf(kernel, options.tokens);
  const whole = wholeOf(kernel);
  if (whole.rows > 1) return directSchedule(exchanged(kernel), options);
  const tile = whole.cols > 1 ? wholeTile(m, n) : chooseTile(batch, m, n, options.device);
  return directly(kernel, tile);
}
