/** Packs quantised weights into the words that devices hold, in the layout of compiler/primitives/storage.ts. */
import { layoutOf, PER_WORD, type Storage, storageName } from '../../../compiler/primitives/storage.ts';
import { shown } from '../../../runtime/arguments.ts';
import { partsOf } from './checks.ts';
import { nf4CodeBook } from './code-book.ts';
import { type ErrorLocation, QuantizationError } from './error.ts';
import { checkGrouped4, consecutiveGroups, dequantizeGrouped4, type Grouped4 } from './groups.ts';
import { quantizeGrouped4 } from './int4-quantize.ts';
import { dequantizeInt8Rows, type Int8Rows, quantizeInt8Rows } from './int8.ts';
import { checkNf4, dequantizeNf4, type Nf4Tensor, nf4Codes } from './nf4.ts';
import { quantizeNf4 } from './nf4-quantize.ts';

/** A weight in one of the quantised forms. */
export type QuantizedTensor = Nf4Tensor | Int8Rows | Grouped4;

export const isNf4 = (t: QuantizedTensor): t is Nf4Tensor => 'packed' in t;
export const isInt4 = (t: QuantizedTensor): t is Grouped4 => 'zeros' in t;

export const isQuantized = (value: unknown): value is QuantizedTensor =>
  typeof value === 'object' && value !== null && hasCodes(value);

const hasCodes = (value: object): boolean => 'packed' in value || ('codes' in value && 'scales' in value);

/** Throws InvalidPacking for a value that is no quantised tensor. */
function checkWhole(tensor: QuantizedTensor, at: ErrorLocation): void {
  if (isQuantized(tensor)) return;
  throw new QuantizationError(
    'InvalidPacking',
    at,
    "it has neither NF4's `packed` nor `codes` and `scales`",
    'Give what quantize() or a checkpoint gives.',
  );
}

/** The decoded values, row-major. Throws QuantizationError for a structure whose parts do not fit. */
export function dequantize(tensor: QuantizedTensor, at: ErrorLocation = {}): Float32Array {
  checkWhole(tensor, at);
  if (isNf4(tensor)) return dequantizeNf4(tensor, at);
  return isInt4(tensor) ? dequantizeGrouped4(tensor, at) : dequantizeInt8Rows(tensor, at);
}

/** Quantises values for a storage. Throws QuantizationError for values that it cannot hold. */
export function quantize(
  values: Float32Array,
  shape: readonly number[],
  storage: Storage,
  at: ErrorLocation = {},
): QuantizedTensor {
  partsOf(storage, at);
  const matrix = (): [number, number] => [shape[0]!, shape[1]!];
  switch (storage.format) {
    case 'nf4':
      return quantizeNf4(
        values,
        shape,
        {
          blocksize: storage.block,
          ...(storage.nested === undefined
            ? {}
            : { doubleQuantization: true, nestedBlocksize: storage.nested }),
        },
        at,
      );
    case 'int8':
      return quantizeInt8Rows(values, matrix(), at);
    case 'int4':
      return quantizeGrouped4(values, matrix(), storage.group, at);
    default:
      throw new QuantizationError(
        'InvalidPacking',
        at,
        `its storage is ${shown((storage satisfies never as { format: unknown }).format)}, and there are nf4, int8 and int4`,
        'Name one of them.',
      );
  }
}

/** The storage that fits a quantised tensor; groups that are not in order get a table. */
export function storageOf(tensor: QuantizedTensor, at: ErrorLocation = {}): Storage {
  checkWhole(tensor, at);
  if (isNf4(tensor)) {
    checkNf4(tensor, at);
    const { blocksize: block, absmax } = tensor;
    return { format: 'nf4', block, ...(absmax.kind === 'nested' ? { nested: absmax.blocksize } : {}) };
  }
  if (!isInt4(tensor)) return { format: 'int8' };
  checkGrouped4(tensor, at);
  const [outs, ins] = tensor.shape;
  const group = Math.ceil(ins / (tensor.scales.length / outs));
  return { format: 'int4', group, ...(inOrder(tensor, group) ? {} : { indexed: true }) };
}

const inOrder = ({ shape, group }: Grouped4, size: number): boolean =>
  consecutiveGroups(shape[1], size, {}).every((g, i) => g === group[i]);

/**
 * The words of a tensor in a storage. Throws QuantizationError for a structure whose parts do not fit, and
 * InvalidPacking for another format, other blocks or groups, or a code book that is not NF4's.
 */
export function wordsOf(
  tensor: QuantizedTensor,
  storage: Storage,
  at: ErrorLocation = {},
): Uint32Array<ArrayBuffer> {
  checkWhole(tensor, at);
  if (isNf4(tensor)) checkNf4(tensor, at);
  else if (isInt4(tensor)) checkGrouped4(tensor, at);
  else dequantizeInt8Rows(tensor, at);
  checkFits(tensor, storage, at);
  const layout = layoutOf(storage, tensor.shape);
  const words = new Uint32Array(layout.words);
  const floats = new Float32Array(words.buffer);
  if (isNf4(tensor)) {
    pack(words, layout.codes, nf4Codes(tensor, at), PER_WORD.bits4);
    const { absmax } = tensor;
    if (absmax.kind === 'plain') {
      floats.set(absmax.values, layout.scales);
    } else {
      pack(words, layout.scales, absmax.codes, PER_WORD.bits8);
      floats.set(absmax.absmax, layout.nested);
      floats.set(absmax.codeBook, layout.book);
      floats[layout.offset] = absmax.offset;
    }
  } else if (isInt4(tensor)) {
    pack(words, layout.codes, tensor.codes, PER_WORD.bits4);
    floats.set(tensor.scales, layout.scales);
    pack(words, layout.zeros, tensor.zeros, PER_WORD.bits8);
    if (storage.format === 'int4' && storage.indexed) words.set(tensor.group, layout.groups);
  } else {
    pack(words, layout.codes, new Uint8Array(Int8Array.from(tensor.codes).buffer), PER_WORD.bits8);
    floats.set(tensor.scales, layout.scales);
  }
  return words;
}

/** Packs codes into words, the first code in the lowest bits. */
function pack(words: Uint32Array, first: number, codes: Uint8Array, per: number): void {
  const bits = 32 / per;
  codes.forEach((code, i) => {
    const word = first + Math.floor(i / per);
    words[word] = words[word]! | (code << (bits * (i % per)));
  });
}

function checkFits(tensor: QuantizedTensor, storage: Storage, at: ErrorLocation): void {
  const own = storageOf(tensor);
  const book = isNf4(tensor) && nf4CodeBook().some((value, i) => value !== tensor.codeBook[i]);
  const problem = book
    ? 'its code book is not NF4’s'
    : fits(tensor, own, storage)
      ? undefined
      : `it is ${storageName(own)} and the layer is compiled for ${storageName(storage)}`;
  if (problem === undefined) return;
  throw new QuantizationError(
    'InvalidPacking',
    at,
    problem,
    book
      ? 'Dequantise it, and quantise it to NF4.'
      : `Compile for ${storageName(own)}, or give its values as float32.`,
  );
}

function fits(tensor: QuantizedTensor, own: Storage, storage: Storage): boolean {
  if (!isInt4(tensor) || storage.format !== 'int4') return storageName(own) === storageName(storage);
  const [outs, ins] = tensor.shape;
  const asMany = Math.ceil(ins / storage.group) * outs === tensor.scales.length;
  return asMany && (storage.indexed === true || inOrder(tensor, storage.group));
}
