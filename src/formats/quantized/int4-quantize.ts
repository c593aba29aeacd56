import { checkMatrix } from './checks.ts';
import type { ErrorLocation } from './error.ts';
import { consecutiveGroups, type Grouped4, LARGEST_CODE } from './groups.ts';

export interface Grouped4Options {
  /** The group of each input, for GPTQ's g_idx; by default, groups are consecutive inputs. */
  readonly group?: Int32Array;
  /** The smallest zero that the packing holds: 1 in GPTQ v1. */
  readonly smallestZero?: 0 | 1;
  /** Rounds the scales to the dtype that stores them, before codes are chosen by them. */
  readonly rounded?: (scales: Float32Array) => Float32Array;
}

/**
 * Quantises a weight (out, in) to 4-bit groups by rounding to nearest. For each output and group of `groupSize`
 * inputs, scale = (largest − smallest) / 15 over its values and 0. Then zero = −smallest / scale and code = value /
 * scale + zero, both rounded half up. The scale is float32. A group of zeros has scale 0 and the smallest zero. A zero
 * below the smallest becomes the smallest, and scale = largest / (15 − zero). No value is off by more than half a
 * scale, besides rounding. GPTQ and AWQ choose better codes for the same format. Throws InvalidWeight, InvalidGroups.
 */
export function quantizeGrouped4(
  weights: Float32Array,
  shape: readonly [outputs: number, inputs: number],
  groupSize: number,
  at: ErrorLocation = {},
  { group: given, smallestZero = 0, rounded = (s) => s }: Grouped4Options = {},
): Grouped4 {
  checkMatrix(weights, shape, at);
  const [outs, ins] = shape;
  const neighbours = consecutiveGroups(ins, groupSize, at);
  const group = given ?? neighbours;
  const entries = (neighbours.at(-1)! + 1) * outs;
  const [low, high] = [new Float32Array(entries), new Float32Array(entries)];
  const entryOf = (i: number) => group[i % ins]! * outs + Math.floor(i / ins);
  weights.forEach((value, i) => {
    const entry = entryOf(i);
    low[entry] = Math.min(low[entry]!, value);
    high[entry] = Math.max(high[entry]!, value);
  });
  const zeroOf = (scale: number, i: number) => (scale === 0 ? 0 : nearest(-low[i]! / scale));
  const scales = rounded(
    high.map((most, i) => {
      const scale = (most - low[i]!) / LARGEST_CODE;
      return zeroOf(scale, i) < smallestZero ? most / (LARGEST_CODE - smallestZero) : scale;
    }),
  );
  const zeros = Uint8Array.from(scales, (scale, i) => Math.max(smallestZero, zeroOf(scale, i)));
  const codes = Uint8Array.from(weights, (value, i) => {
    const entry = entryOf(i);
    const scale = scales[entry]!;
    return scale === 0 ? zeros[entry]! : nearest(value / scale + zeros[entry]!);
  });
  return { shape: [outs, ins], codes, group, scales, zeros };
}

const nearest = (code: number): number => Math.max(0, Math.min(LARGEST_CODE, Math.round(code)));
