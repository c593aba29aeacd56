import { shown } from '../../../runtime/arguments.ts';
import {
  checkCount,
  checkDequantized,
  checkLength,
  checkScales,
  elementsOfMatrix,
  partsOf,
} from './checks.ts';
import { companion, type ErrorLocation, QuantizationError } from './error.ts';
import { checkFillsWords, PER_WORD } from './words.ts';

/** A weight in 4-bit integers, with a scale and a zero point for each output and group of inputs. */
export interface Grouped4 {
  readonly shape: readonly [outputs: number, inputs: number];
  /** The codes 0 … 15, row-major in `shape`: the codes of one input lie `in` apart. */
  readonly codes: Uint8Array;
  /** The group of each input, 0 … groups − 1: consecutive inputs in order, or as GPTQ's g_idx has it. */
  readonly group: Int32Array;
  /** The scales, row-major [groups, out]. They are finite, of either sign. */
  readonly scales: Float32Array;
  /** The codes that mean 0: 0 … 16, row-major [groups, out]. 16 lies above every code. */
  readonly zeros: Uint8Array;
}

export const LARGEST_CODE = 15;
const LARGEST_ZERO = 16;

/**
 * The weight (out, in), row-major: (code − zero) · scale, the exact difference times the scale, rounded once to
 * float32. Throws QuantizationError for a structure whose parts do not fit.
 */
export function dequantizeGrouped4(weight: Grouped4, at: ErrorLocation = {}): Float32Array {
  checkGrouped4(weight, at);
  const { shape, codes, group, scales, zeros } = weight;
  const [outs, ins] = shape;
  const values = new Float32Array(codes.length);
  for (let out = 0; out < outs; out++) {
    for (let i = 0; i < ins; i++) {
      const entry = group[i]! * outs + out;
      values[out * ins + i] = (codes[out * ins + i]! - zeros[entry]!) * scales[entry]!;
    }
  }
  return checkDequantized(values, at);
}

/** Throws CompanionLength, InvalidGroups, InvalidPacking or InvalidScale for the first part that does not fit. */
export function checkGrouped4(weight: Grouped4, at: ErrorLocation): void {
  const { shape, codes, group, scales, zeros } = partsOf(weight, at);
  const elements = elementsOfMatrix(shape, at);
  const [outs, ins] = shape;
  checkLength(codes, elements, `one for each element of [${outs},${ins}]`, at);
  checkNibbles(codes, LARGEST_CODE, at);
  checkLength(group, ins, 'one for each input', companion(at, 'g_idx'));
  checkScales(scales, true, companion(at, 'scales'));
  const groups = scales.length / outs;
  if (!Number.isInteger(groups)) {
    throw new QuantizationError(
      'CompanionLength',
      companion(at, 'scales'),
      `its ${scales.length} elements are not a whole number of groups of ${outs} outputs`,
      'Take the weight and its companions from one checkpoint.',
    );
  }
  checkLength(zeros, scales.length, 'one for each scale', companion(at, 'qzeros'));
  checkNibbles(zeros, LARGEST_ZERO, companion(at, 'qzeros'));
  checkGroups(group, groups, at);
}

/** Checks that every input is in a group that there is. Throws InvalidGroups. */
export function checkGroups(group: ArrayLike<number | bigint>, groups: number, at: ErrorLocation): void {
  const wrong = Array.from(group).findIndex((index) => index < 0 || index >= groups);
  if (wrong < 0) return;
  throw new QuantizationError(
    'InvalidGroups',
    companion(at, 'g_idx'),
    `input ${wrong} is in group ${group[wrong]}, and there are ${groups} groups, counted from 0`,
    'Take g_idx from the checkpoint that the weight is from.',
  );
}

/**
 * The group of each of `ins` inputs if groups are consecutive: floor(i / groupSize), so that the last group may be
 * short; groupSize −1 is one group, as in the checkpoints' configuration. Throws InvalidGroups.
 */
export function consecutiveGroups(ins: number, groupSize: number, at: ErrorLocation): Int32Array {
  const size = groupSize === -1 ? ins : groupSize;
  if (Number.isInteger(size) && size > 0)
    return Int32Array.from({ length: ins }, (_, i) => Math.floor(i / size));
  throw new QuantizationError(
    'InvalidGroups',
    at,
    `group size ${shown(groupSize)} is neither a whole number above 0 nor -1 for one group`,
    'Take group_size from the quantization_config of the checkpoint.',
  );
}

interface Sized {
  readonly length: number;
}

/**
 * Checks that the tensors of a packed weight have the sizes that its shape and groups imply. Returns the groups of
 * consecutive inputs. Throws InvalidPacking for sizes that do not fill words, CompanionLength or InvalidGroups.
 */
export function checkPackedSizes(
  packing: 'gptq' | 'awq',
  shape: readonly [outputs: number, inputs: number],
  groupSize: number,
  { qweight, qzeros, scales }: { readonly qweight: Sized; readonly qzeros: Sized; readonly scales: Sized },
  at: ErrorLocation,
): Int32Array {
  const elements = elementsOfMatrix(shape, at);
  const [outs, ins] = shape;
  checkFillsWords(shape, at);
  const neighbours = consecutiveGroups(ins, groupSize, at);
  const groups = neighbours.at(-1)! + 1;
  const words = `${packing === 'gptq' ? '[in / 8, out]' : '[in, out / 8]'} words of [out, in] = [${shape}]`;
  checkCount(qweight, elements / PER_WORD, words, companion(at, 'qweight'));
  const zeros = `[groups, out / 8] of ${groups} groups`;
  checkCount(qzeros, (groups * outs) / PER_WORD, zeros, companion(at, 'qzeros'));
  checkCount(scales, groups * outs, `[groups, out] of ${groups} groups`, companion(at, 'scales'));
  return neighbours;
}

/** Checks that a weight has as many groups as packing by `groupSize` makes. Throws InvalidGroups. */
export function checkGroupCount({ shape, scales }: Grouped4, groupSize: number, at: ErrorLocation): void {
  const [outs, ins] = shape;
  const groups = consecutiveGroups(ins, groupSize, at).at(-1)! + 1;
  if (scales.length === groups * outs) return;
  throw new QuantizationError(
    'InvalidGroups',
    at,
    `group size ${groupSize} makes ${groups} groups of ${ins} inputs, and the weight has ${scales.length / outs}`,
    'Pack it with the group size that it was quantised with.',
  );
}

function checkNibbles(codes: Uint8Array, largest: number, at: ErrorLocation): void {
  const wrong = codes.findIndex((code) => code > largest);
  if (wrong < 0) return;
  throw new QuantizationError(
    'InvalidPacking',
    at,
    `element ${wrong} is ${codes[wrong]}, above ${largest}`,
    'Quantise the weight to 4 bits.',
  );
}
