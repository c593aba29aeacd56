import { checkCompanions, partsOf } from './checks.ts';
import { companion, type ErrorLocation, QuantizationError } from './error.ts';
import {
  checkGroupCount,
  checkGrouped4,
  checkPackedSizes,
  consecutiveGroups,
  type Grouped4,
  LARGEST_CODE,
} from './groups.ts';
import { checkFillsWords, type NibbleOrder, packWords, transposed, unpackWords } from './words.ts';

/** A weight in AWQ's packing (`version: gemm`): each word holds eight outputs, interleaved. */
export interface AwqWeight {
  /** The weight's own shape. Both sizes are multiples of 8. */
  readonly shape: readonly [outputs: number, inputs: number];
  /** The number of consecutive inputs that share a scale; −1 for one group. The last group may be short. */
  readonly groupSize: number;
  /** The codes, row-major [in, out / 8]. */
  readonly qweight: Int32Array;
  /** The zeros 0 … 15, row-major [groups, out / 8], in the same order. */
  readonly qzeros: Int32Array;
  /** The scales, row-major [groups, out]; F16 in most checkpoints, widened. */
  readonly scales: Float32Array;
}

/** The output in each nibble, from the lowest up. Source: AutoAWQ, `awq/utils/packing_utils.py`, AWQ_ORDER. */
const AWQ_ORDER: NibbleOrder = [0, 2, 4, 6, 1, 3, 5, 7];

/**
 * Unpacks an AWQ weight. Throws InvalidPacking for sizes that do not fill words, CompanionLength,
 * InvalidGroups or InvalidScale.
 */
export function unpackAwq(weight: AwqWeight, at: ErrorLocation = {}): Grouped4 {
  const { shape, groupSize, qweight, qzeros, scales } = partsOf(weight, at);
  const companions = { qweight, qzeros, scales };
  checkCompanions(companions, at);
  const group = checkPackedSizes('awq', shape, groupSize, companions, at);
  const [outs, ins] = shape;
  const unpacked: Grouped4 = {
    shape,
    codes: transposed(unpackWords(qweight, AWQ_ORDER), ins, outs),
    group,
    scales,
    zeros: unpackWords(qzeros, AWQ_ORDER),
  };
  checkGrouped4(unpacked, at);
  return unpacked;
}

/**
 * Packs a weight for AWQ. Throws InvalidPacking for sizes that do not fill words or a zero of 16, and InvalidGroups
 * for groups that are not consecutive inputs in order, since AWQ has no g_idx.
 */
export function packAwq(weight: Grouped4, groupSize: number, at: ErrorLocation = {}): AwqWeight {
  checkGrouped4(weight, at);
  const { shape, codes, group, scales, zeros } = weight;
  const [outs, ins] = shape;
  checkFillsWords(shape, at);
  checkGroupCount(weight, groupSize, at);
  const neighbours = consecutiveGroups(ins, groupSize, at);
  const moved = group.findIndex((index, i) => index !== neighbours[i]);
  if (moved >= 0) {
    throw new QuantizationError(
      'InvalidGroups',
      companion(at, 'g_idx'),
      `input ${moved} is in group ${group[moved]}, and AWQ has it in group ${neighbours[moved]}`,
      'Write GPTQ, which has g_idx.',
    );
  }
  const wrong = zeros.findIndex((zero) => zero > LARGEST_CODE);
  if (wrong >= 0) {
    throw new QuantizationError(
      'InvalidPacking',
      companion(at, 'qzeros'),
      `zero ${wrong} is ${zeros[wrong]}, and AWQ holds 0 to ${LARGEST_CODE}`,
      'Write GPTQ v1, or move the zero.',
    );
  }
  return {
    shape,
    groupSize,
    qweight: packWords(transposed(codes, outs, ins), AWQ_ORDER),
    qzeros: packWords(zeros, AWQ_ORDER),
    scales,
  };
}
