/**
 * Contractions: out[batch, m, n] = Σ_k a[batch, m, k]·b[batch, k, n], where batch, m, n and k are groups of
 * axes. Each thread has a tile of results in registers. Strategies differ in how operands get there.
 */
import { getOrMake } from '../../../compiler/keyed.ts';
import { flops } from '../../flops.ts';
import { type ContractionKernel, expressionsIn } from '../../fuse/kernel.ts';
import { wholeOf } from '../../memory/overwrite.ts';
import {
  chosen,
  type Emitted,
  type Generated,
  lazily,
  type Printed,
  type ScheduleOptions,
  tensorsLoaded,
  trafficOf,
  type Way,
  type Ways,
} from '../family.ts';
import { canonical, exchanged, keyOfKernel, sizesOf } from './root.ts';
import { emitPortable } from './schedule.ts';
import { chooseTile, wholeTile } from './tile.ts';

export function generateContraction(
  written: ContractionKernel,
  options: ScheduleOptions,
  ways: Ways<ContractionKernel>,
): Generated {
  const kernel = canonical(written);
  const reads = tensorsLoaded(expressionsIn(kernel), kernel.root.args);
  const bytes = trafficOf(reads, kernel);
  return lazily({ family: 'contraction', reads, scratch: null, flops: flops(kernel), bytes }, () => {
    const key = keyOfKernel(kernel);
    return getOrMake(options.printed, key, () => print(kernel, options, ways));
  });
}

function print(kernel: ContractionKernel, options: ScheduleOptions, ways: Ways<ContractionKernel>): Printed {
  const few = (w: Way) => w.maxTokens ?? Infinity;
  const all = ways(kernel, options).toSorted((a, b) => few(a) - few(b));
  return chosen(options, () => portable(kernel, options), all);
}

function portable(kernel: ContractionKernel, options: ScheduleOptions): Emitted {
  const { batch, m, n } = sizesOf(kernel, options.tokens);
  const whole = wholeOf(kernel);
  if (whole.rows > 1) return portable(exchanged(kernel), options);
  return emitPortable(kernel, whole.cols > 1 ? wholeTile(m, n) : chooseTile(batch, m, n, options.device));
}
