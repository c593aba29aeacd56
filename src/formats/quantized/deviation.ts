import type { ErrorLocation } from './error.ts';
import { nf4Absmax } from './nf4.ts';
import { dequantize, isInt4, isNf4, type QuantizedTensor } from './stored.ts';

/** Measures the distance of a quantised tensor from the values that it was made from. */
export interface Deviation {
  /** The sum Σ (decoded − value)². */
  readonly squares: number;
  /** The largest |decoded − value| in steps; a step is the distance of neighbouring codes, the widest one for NF4. */
  readonly largest: number;
  /** The mean step over all elements, in the weight's units, which shows the range that the codes cover. */
  readonly step: number;
}

/** The deviation of a tensor from `values`, which it was quantised from. Throws as `dequantize`. */
export function deviation(tensor: QuantizedTensor, values: Float32Array, at: ErrorLocation = {}): Deviation {
  const decoded = dequantize(tensor, at);
  const stepAt = steps(tensor, at);
  let [squares, largest, sum] = [0, 0, 0];
  for (let i = 0; i < decoded.length; i++) {
    const error = Math.abs(decoded[i]! - values[i]!);
    const step = stepAt(i);
    squares += error * error;
    if (error > 0) largest = Math.max(largest, error / step);
    sum += step;
  }
  return { squares, largest, step: sum / decoded.length };
}

/**
 * The distance of neighbouring codes at an element: the absolute value of its scale, which may be negative in GPTQ and
 * after double quantisation. For NF4 it is the widest distance.
 */
function steps(tensor: QuantizedTensor, at: ErrorLocation): (i: number) => number {
  if (isNf4(tensor)) {
    const { blocksize, codeBook } = tensor;
    const widest = codeBook.reduce((most, value, i) => Math.max(most, value - (codeBook[i - 1] ?? value)), 0);
    const absmax = nf4Absmax(tensor, at);
    return (i) => Math.abs(absmax[Math.floor(i / blocksize)]!) * widest;
  }
  const { scales, shape } = tensor;
  const [outs, ins] = shape;
  if (!isInt4(tensor)) return (i) => scales[Math.floor(i / ins)]!;
  return (i) => Math.abs(scales[tensor.group[i % ins]! * outs + Math.floor(i / ins)]!);
}
