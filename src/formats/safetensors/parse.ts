import { type TensorArray, toTypedArray } from './dtype.ts';
import { SafetensorsError, shown } from './error.ts';
import { type Header, headerLength, PREFIX_BYTES, parseHeader, type TensorInfo } from './header.ts';

/** A safetensors file held in memory. */
export interface Safetensors extends Header {
  /** The tensor's bytes, as a view of the parsed bytes at any alignment. */
  bytes(name: string): Uint8Array;
  /** A copy of the elements in the typed array of `toTypedArray`. */
  array(name: string): TensorArray;
}

/**
 * Parses a whole file held in memory, in Node or a browser. `name` stands for the file in errors. Throws
 * SafetensorsError; reads no data until asked.
 */
export function parseSafetensors(file: Uint8Array, name = 'safetensors bytes'): Safetensors {
  const length = headerLength(file, file.byteLength, name);
  const dataStart = PREFIX_BYTES + length;
  const header = parseHeader(file.subarray(PREFIX_BYTES, dataStart), file.byteLength - dataStart, name);
  const bytes = (tensor: string): Uint8Array => {
    const { begin, end } = findTensor(header, tensor, name);
    return new Uint8Array(file.buffer, file.byteOffset + dataStart + begin, end - begin);
  };
  return {
    ...header,
    bytes,
    array: (tensor) => naturalArray(findTensor(header, tensor, name), bytes(tensor).slice(), name),
  };
}

export function findTensor(header: Header, name: string, file: string): TensorInfo {
  const info = header.tensors.get(name);
  if (info) return info;
  const some = [...header.tensors.keys()].slice(0, 5).map(shown).join(', ');
  throw new SafetensorsError(
    'TensorNotFound',
    { file, tensor: name },
    `no such tensor among the ${header.tensors.size} here`,
    some === '' ? 'The file holds none.' : `Ask for one of them, such as ${some}.`,
  );
}

/** The elements from `owned`, a buffer of exactly the tensor's bytes, which the result may share. */
export function naturalArray({ name, dtype }: TensorInfo, owned: Uint8Array, file: string): TensorArray {
  const array = toTypedArray(dtype, owned);
  if (array) return array;
  throw new SafetensorsError(
    'UnsupportedDtype',
    { file, tensor: name },
    `no typed array holds ${dtype} elements`,
    'Read them with bytes().',
  );
}
