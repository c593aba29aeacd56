import { checkCompanions, partsOf } from './checks.ts';
import { companion, type ErrorLocation, QuantizationError } from './error.ts';
import { checkGroupCount, checkGrouped4, checkPackedSizes, type Grouped4, LARGEST_CODE } from './groups.ts';
import { checkFillsWords, IN_ORDER, PER_WORD, packWords, transposed, unpackWords } from './words.ts';

/**
 * The form of qzeros, by the checkpoint's `checkpoint_format`: `gptq` (v1) stores zero − 1, so zeros are 1 … 16;
 * `gptq_v2` stores the zero itself, 0 … 15.
 */
export type GptqFormat = 'gptq' | 'gptq_v2';

/** A weight in GPTQ's packing: each word holds eight codes, the first in the lowest nibble. */
export interface GptqWeight {
  /** The weight's own shape. Both sizes are multiples of 8. */
  readonly shape: readonly [outputs: number, inputs: number];
  /**
   * The number of consecutive inputs that share a scale, without g_idx; −1 for one group. The last group may be short.
   */
  readonly groupSize: number;
  readonly format: GptqFormat;
  /** The codes, row-major [in / 8, out]: a word holds eight inputs of one output. */
  readonly qweight: Int32Array;
  /** The zeros, row-major [groups, out / 8]: a word holds eight outputs of one group. */
  readonly qzeros: Int32Array;
  /** The scales, row-major [groups, out]; F16 in most checkpoints, widened. */
  readonly scales: Float32Array;
  /** The group of each input [in], with `desc_act`; without it, groups are consecutive inputs in order. */
  readonly gIdx?: Int32Array;
}

/**
 * Unpacks a GPTQ weight. Source: AutoGPTQ, `QuantLinear.pack`. A stored v1 zero of 15 is 16, as in vLLM's kernel, and
 * does not wrap to 0. Throws InvalidPacking for sizes that do not fill words, CompanionLength, InvalidGroups or
 * InvalidScale.
 */
export function unpackGptq(weight: GptqWeight, at: ErrorLocation = {}): Grouped4 {
  const { shape, groupSize, format, qweight, qzeros, scales, gIdx } = partsOf(weight, at);
  const companions = { qweight, qzeros, scales };
  checkCompanions(companions, at);
  const neighbours = checkPackedSizes('gptq', shape, groupSize, companions, at);
  const [outs, ins] = shape;
  const stored = unpackWords(qzeros, IN_ORDER);
  const unpacked: Grouped4 = {
    shape,
    codes: unpackWords(transposed(qweight, ins / PER_WORD, outs), IN_ORDER),
    group: gIdx ?? neighbours,
    scales,
    zeros: format === 'gptq' ? stored.map((zero) => zero + 1) : stored,
  };
  checkGrouped4(unpacked, at);
  return unpacked;
}

/**
 * Packs a weight for GPTQ, always with g_idx. Throws InvalidPacking for sizes that do not fill words, and for a zero
 * that the format cannot hold: 0 in `gptq`, 16 in `gptq_v2`; InvalidGroups if `groupSize` makes another number of
 * groups.
 */
export function packGptq(
  weight: Grouped4,
  groupSize: number,
  format: GptqFormat,
  at: ErrorLocation = {},
): GptqWeight {
  checkGrouped4(weight, at);
  const { shape, codes, group, scales, zeros } = weight;
  const [outs, ins] = shape;
  checkFillsWords(shape, at);
  checkGroupCount(weight, groupSize, at);
  const less = format === 'gptq' ? 1 : 0;
  const wrong = zeros.findIndex((zero) => zero < less || zero > LARGEST_CODE + less);
  if (wrong >= 0) {
    throw new QuantizationError(
      'InvalidPacking',
      companion(at, 'qzeros'),
      `zero ${wrong} is ${zeros[wrong]}, and ${format} holds ${less} to ${LARGEST_CODE + less}`,
      `Write ${format === 'gptq' ? 'gptq_v2' : 'gptq'}, or move the zero.`,
    );
  }
  return {
    shape,
    groupSize,
    format,
    qweight: transposed(packWords(codes, IN_ORDER), outs, ins / PER_WORD),
    qzeros: packWords(
      zeros.map((zero) => zero - less),
      IN_ORDER,
    ),
    scales,
    gIdx: group,
  };
}
