import { cascadeMean } from './cascade-sum.ts';
import { checkWeights, partsOf } from './checks.ts';
import { codeBlocks, dynamicCodeBook, nf4CodeBook } from './code-book.ts';
import { type ErrorLocation, QuantizationError } from './error.ts';
import {
  checkBlocksize,
  type NestedAbsmax,
  type Nf4Dtype,
  type Nf4Tensor,
  nf4Absmax,
  type PlainAbsmax,
  packNf4,
} from './nf4.ts';

export interface Nf4Options {
  /** The number of weights that share a scale: a power of two from 32 to 4096. Default 64. */
  readonly blocksize?: number;
  /** Whether the scales are quantised too, to 8 bits. Default false, as in bitsandbytes. */
  readonly doubleQuantization?: boolean;
  /** The number of scales that share a scale: a power of two from 32 to 4096. Default 256, bitsandbytes' only one. */
  readonly nestedBlocksize?: number;
  /** The dtype that the weights had, which is only recorded. Default float32. */
  readonly dtype?: Nf4Dtype;
}

/**
 * Quantises a weight, flat in its row-major `shape`, to NF4: the scale of each block of the flat weight is its
 * largest absolute value, and each code that of the nearest value of the code book. The definition is
 * bitsandbytes' `quantize_4bit`, all in float32:
 *
 * - code = the number of midpoints of neighbouring code-book values below w · (1 / absmax), hence a tie goes
 *   to the lower value;
 * - with double quantisation, offset = the mean of the absmax values in PyTorch's order on a CPU with
 *   8-lane vectors (cascade-sum.ts), and absmax − offset is quantised the same way with the dynamic code
 *   book.
 *
 * It reproduces every byte of a real checkpoint (28 weights, 786,432 values, one of them on a midpoint). The nearest
 * value by |x − value| in float32, or w / absmax, each miss one code of it. The mean by plain or pairwise summation
 * misses 12 offsets or more. For blocks of zeros, and of values below 2^−128, see `codeBlocks`.
 *
 * Throws InvalidWeight for weights that are not finite, do not fit the shape, or have scales whose mean
 * overflows in double quantisation; InvalidScale where one of these scales then decodes to infinity;
 * InvalidBlockSize.
 */
export function quantizeNf4(
  weights: Float32Array,
  shape: readonly number[],
  options: Nf4Options = {},
  at: ErrorLocation = {},
): Nf4Tensor {
  const asked = partsOf(options, at);
  const { blocksize = 64, doubleQuantization = false, nestedBlocksize = 256, dtype = 'float32' } = asked;
  checkWeights(weights, shape, at);
  checkBlocksize('blocksize', blocksize, at);
  checkBlocksize('nested_blocksize', nestedBlocksize, at);
  const codeBook = nf4CodeBook();
  const { codes, absmax } = codeBlocks(weights, blocksize, codeBook);
  const tensor: Nf4Tensor = {
    shape: [...shape],
    dtype,
    blocksize,
    packed: packNf4(codes),
    codeBook,
    absmax: doubleQuantization
      ? nested(absmax, nestedBlocksize, at)
      : ({ kind: 'plain', values: absmax } as PlainAbsmax),
  };
  nf4Absmax(tensor, at);
  return tensor;
}

function nested(absmax: Float32Array, blocksize: number, at: ErrorLocation): NestedAbsmax {
  const offset = cascadeMean(absmax);
  if (!Number.isFinite(offset)) {
    throw new QuantizationError(
      'InvalidWeight',
      at,
      'the mean of its scales overflows float32',
      'Quantise it without double quantisation.',
    );
  }
  const codeBook = dynamicCodeBook();
  const centred = absmax.map((value) => value - offset);
  const coded = codeBlocks(centred, blocksize, codeBook);
  return {
    kind: 'nested',
    codes: coded.codes,
    blocksize,
    codeBook,
    absmax: coded.absmax,
    offset,
  };
}
