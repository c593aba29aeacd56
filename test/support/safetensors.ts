/** Safetensors files in memory. */
import type { TensorArray } from '../../src/formats/safetensors/dtype.ts';
import {
  type Header,
  headerLength,
  PREFIX_BYTES,
  parseHeader,
} from '../../src/formats/safetensors/header.ts';
import { findTensor, naturalArray } from '../../src/formats/safetensors/read.ts';
import { layOut, type Metadata, type TensorData } from '../../src/formats/safetensors/serialize.ts';

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

/** A whole file in memory. Its layout and errors are those of `layOut`. */
export function serializeSafetensors(tensors: Iterable<TensorData>, metadata?: Metadata): Uint8Array {
  const pieces = layOut(tensors, metadata, 'safetensors bytes');
  const file = new Uint8Array(pieces.reduce((total, piece) => total + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    file.set(piece, at);
    at += piece.byteLength;
  }
  return file;
}
