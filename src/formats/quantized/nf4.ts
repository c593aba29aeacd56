import { shown } from '../../../runtime/arguments.ts';
import { shownShape } from '../safetensors/error.ts';
import { checkCodeBook, checkLength, checkScales, elementsOf, partsOf } from './checks.ts';
import { companion, type ErrorLocation, QuantizationError } from './error.ts';

/** The weight's dtype before quantising, to which bitsandbytes rounds the dequantised values. */
export type Nf4Dtype = 'float32' | 'float16' | 'bfloat16';

/** The scale of each block, in float32. */
export interface PlainAbsmax {
  readonly kind: 'plain';
  readonly values: Float32Array;
}

/** Doubly quantised scales: absmax = codeBook[code] · absmax of its block of absmax values + offset. */
export interface NestedAbsmax {
  readonly kind: 'nested';
  /** The codes of the scales, one for each block of weights. */
  readonly codes: Uint8Array;
  /** The number of absmax values that share a scale: 256 in bitsandbytes. */
  readonly blocksize: number;
  /** The 256 rising values in [−1, 1]. */
  readonly codeBook: Float32Array;
  readonly absmax: Float32Array;
  /** The mean of the absmax values, used as a float32. */
  readonly offset: number;
}

/** A weight in bitsandbytes' 4-bit NF4, as checkpoints store it. */
export interface Nf4Tensor {
  /** The weight's own shape, row-major; blocks run over the flat weight, across the ends of rows. */
  readonly shape: readonly number[];
  readonly dtype: Nf4Dtype;
  /** The number of weights that share a scale: a power of two from 32 to 4096; the last block may be short. */
  readonly blocksize: number;
  /** Two codes a byte, the first in the high nibble; after an odd number of codes the last low nibble is unused. */
  readonly packed: Uint8Array;
  /** The 16 rising values in [−1, 1]. */
  readonly codeBook: Float32Array;
  readonly absmax: PlainAbsmax | NestedAbsmax;
}

/**
 * The weight, flat in its own shape: codeBook[nibble] · absmax in float32, with `nf4Absmax`'s absmax. It equals
 * bitsandbytes' `dequantize_4bit` to float32 to the last bit; for a narrower `dtype` bitsandbytes then rounds to
 * that. Throws QuantizationError for a structure whose parts do not fit.
 */
export function dequantizeNf4(tensor: Nf4Tensor, at: ErrorLocation = {}): Float32Array {
  const absmax = nf4Absmax(tensor, at);
  const codes = nf4Codes(tensor, at);
  const out = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) {
    // A Float32Array rounds the exact product once, as float32 arithmetic does.
    out[i] = tensor.codeBook[codes[i]!]! * absmax[Math.floor(i / tensor.blocksize)]!;
  }
  return out;
}

/** The codes 0 … 15, one for each weight, in the weight's order. Throws as `checkNf4`. */
export function nf4Codes(tensor: Nf4Tensor, at: ErrorLocation = {}): Uint8Array {
  checkNf4(tensor, at);
  const { shape, packed } = tensor;
  return Uint8Array.from({ length: elementsOf(shape, at) }, (_, i) =>
    i % 2 === 0 ? packed[i >> 1]! >> 4 : packed[i >> 1]! & 15,
  );
}

/** Packs codes 0 … 15, two a byte, the first in the high nibble. An odd end is padded with 7, the code of 0. */
export function packNf4(codes: Uint8Array): Uint8Array {
  return Uint8Array.from(
    { length: Math.ceil(codes.length / 2) },
    (_, i) => (codes[2 * i]! << 4) | (codes[2 * i + 1] ?? 7),
  );
}

/**
 * The scale of each block of weights. Doubly quantised scales are computed in float32, each operation rounded:
 * nestedCodeBook[code] · nestedAbsmax, then + offset; a small one may come out below 0. Source: bitsandbytes,
 * `dequantize_4bit`. Throws QuantizationError for a structure whose parts do not fit.
 */
export function nf4Absmax(tensor: Nf4Tensor, at: ErrorLocation = {}): Float32Array {
  checkNf4(tensor, at);
  const { absmax } = tensor;
  if (absmax.kind === 'plain') return absmax.values;
  const offset = Math.fround(absmax.offset);
  const out = new Float32Array(absmax.codes.length);
  for (let i = 0; i < out.length; i++) {
    const scale = absmax.absmax[Math.floor(i / absmax.blocksize)]!;
    out[i] = Math.fround(absmax.codeBook[absmax.codes[i]!]! * scale) + offset;
  }
  checkScales(out, true, companion(at, 'absmax'));
  return out;
}

/** Throws QuantizationError for the first part that does not fit. */
export function checkNf4(tensor: Nf4Tensor, at: ErrorLocation): void {
  const { shape, blocksize, packed, codeBook, absmax } = partsOf(tensor, at);
  const elements = elementsOf(shape, at);
  const bytes = Math.ceil(elements / 2);
  checkLength(packed, bytes, `two codes a byte for shape ${shownShape(shape)}`, at);
  checkBlocksize('blocksize', blocksize, at);
  checkCodeBook(codeBook, 16, companion(at, 'quant_map'));
  const blocks = Math.ceil(elements / blocksize);
  const because = `one for each ${blocksize} of ${elements} weights`;
  checkKind(absmax, at);
  if (absmax.kind === 'plain') {
    checkLength(absmax.values, blocks, because, companion(at, 'absmax'));
    checkScales(absmax.values, false, companion(at, 'absmax'));
    return;
  }
  checkLength(absmax.codes, blocks, because, companion(at, 'absmax'));
  checkBlocksize('nested_blocksize', absmax.blocksize, at);
  checkCodeBook(absmax.codeBook, 256, companion(at, 'nested_quant_map'));
  checkLength(
    absmax.absmax,
    Math.ceil(blocks / absmax.blocksize),
    `one for each ${absmax.blocksize} of ${blocks} absmax values`,
    companion(at, 'nested_absmax'),
  );
  checkScales(absmax.absmax, false, companion(at, 'nested_absmax'));
  if (typeof absmax.offset === 'number' && Number.isFinite(Math.fround(absmax.offset))) return;
  throw new QuantizationError(
    'InvalidScale',
    at,
    `nested_offset ${shown(absmax.offset)} is not a finite float32`,
    'The file is damaged: download or quantise it again.',
  );
}

/** Throws InvalidQuantState for scales that are neither plain nor nested. */
function checkKind(absmax: Nf4Tensor['absmax'], at: ErrorLocation): void {
  const given = absmax as { readonly kind?: unknown } | null | undefined;
  if (given?.kind === 'plain' || given?.kind === 'nested') return;
  throw new QuantizationError(
    'InvalidQuantState',
    companion(at, 'absmax'),
    "its kind is neither 'plain' nor 'nested'",
    'Give the scales that the weight was made with.',
  );
}

/** Throws InvalidBlockSize for a size that is no power of two from 32 to 4096; `name` is its field. */
export function checkBlocksize(name: string, blocksize: number, at: ErrorLocation): void {
  if (
    typeof blocksize === 'number' &&
    Number.isInteger(Math.log2(blocksize)) &&
    blocksize >= 32 &&
    blocksize <= 4096
  )
    return;
  throw new QuantizationError(
    'InvalidBlockSize',
    at,
    `${name} ${shown(blocksize)} is not a power of two from 32 to 4096`,
    'Quantise it with a block size that bitsandbytes has, such as 64.',
  );
}
