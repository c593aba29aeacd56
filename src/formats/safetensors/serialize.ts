import { aboveLimit, limits } from '../../../compiler/limits.ts';
import {
  dtypeRank,
  isSafetensorsDtype,
  SAFETENSORS_DTYPES,
  type SafetensorsDtype,
  storageType,
} from './dtype.ts';
import { SafetensorsError, shown, shownShape } from './error.ts';
import { checkSize, PREFIX_BYTES, tensorBytes } from './header.ts';

export interface TensorData {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  /** The shape, row-major; [] is a scalar. */
  readonly shape: readonly number[];
  /** The little-endian elements: the dtype's bits in its own typed array, or in a Uint8Array or DataView. */
  readonly data: ArrayBufferView;
}

export type Metadata = ReadonlyMap<string, string> | Readonly<Record<string, string>>;

/**
 * The pieces of a file, in order: the header after its length, then each tensor's bytes (views, not copies). The
 * layout is the Rust reference's (tensor.rs: prepare), so its files are byte-identical: tensors by descending dtype
 * alignment, then by name in code points; compact JSON; spaces up to a multiple of 8. Metadata keeps its order, which
 * in the reference is that of a hash map. Throws SafetensorsError before any piece.
 */
export function layOut(
  tensors: Iterable<TensorData>,
  metadata: Metadata | undefined,
  file: string,
): Uint8Array[] {
  const names = new Set<string>();
  const pieces = Array.from(tensors, ({ name, dtype, shape, data }) => {
    checkName(name, names, file);
    return { name, dtype, shape, bytes: checkedBytes({ name, dtype, shape, data }, file) };
  });
  pieces.sort((a, b) => dtypeRank(b.dtype) - dtypeRank(a.dtype) || compareCodePoints(a.name, b.name));
  const members = metadata === undefined ? [] : [`"__metadata__":${metadataJson(metadata, file)}`];
  let begin = 0;
  for (const { name, dtype, shape, bytes } of pieces) {
    const end = begin + bytes.byteLength;
    members.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
    begin = end;
  }
  return [encodeHeader(`{${members.join(',')}}`, file), ...pieces.map(({ bytes }) => bytes)];
}

function encodeHeader(json: string, file: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.byteLength / 8) * 8;
  if (length > limits.headerBytes.most) {
    throw new SafetensorsError(
      'HeaderTooLarge',
      { file },
      `the header takes ${aboveLimit(length, limits.headerBytes)}`,
      'Split the tensors over several files, or shorten the metadata.',
    );
  }
  const header = new Uint8Array(PREFIX_BYTES + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, PREFIX_BYTES);
  return header;
}

/** Whether a text has no lone surrogates, which UTF-8, and so the format, cannot store. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function checkName(name: string, names: Set<string>, file: string): void {
  checkSize(names.size + 1, limits.tensors, { file });
  checkSize(name.length, limits.tensorName, { file, tensor: name });
  const problem =
    name === '__metadata__'
      ? 'the name is reserved for the metadata'
      : names.has(name)
        ? 'two tensors have this name'
        : isWellFormed(name)
          ? undefined
          : 'the name holds a lone surrogate, which UTF-8 cannot';
  if (problem)
    throw new SafetensorsError('InvalidTensorName', { file, tensor: name }, problem, 'Rename the tensor.');
  names.add(name);
}

function checkedBytes({ name, dtype, shape, data }: TensorData, file: string): Uint8Array {
  const at = { file, tensor: name };
  if (!isSafetensorsDtype(dtype)) {
    throw new SafetensorsError(
      'UnknownDtype',
      at,
      `dtype ${shown(String(dtype))} is none of ${SAFETENSORS_DTYPES.join(', ')}`,
      'Convert the tensor to one of these.',
    );
  }
  checkSize(shape.length, limits.tensorAxes, at);
  if (!shape.every((size) => Number.isInteger(size) && size >= 0)) {
    throw new SafetensorsError(
      'InvalidTensorView',
      at,
      `shape ${shownShape(shape)} has a dimension that is not a whole number`,
      'Give its dimensions as whole numbers of at least 0.',
    );
  }
  const Storage = storageType(dtype);
  if (!(data instanceof Storage || data instanceof Uint8Array || data instanceof DataView)) {
    throw new SafetensorsError(
      'InvalidTensorView',
      at,
      `${dtype} is stored as ${Storage.name} or raw bytes, and the data is ${data.constructor.name}`,
      'Convert the elements (encodeF16 and encodeBF16 for the 16-bit floats), or change the dtype.',
    );
  }
  const bytes = tensorBytes(dtype, shape, at);
  if (data.byteLength !== bytes) {
    throw new SafetensorsError(
      'InvalidTensorView',
      at,
      `shape ${shownShape(shape)} of ${dtype} needs ${bytes} bytes, and the data has ${data.byteLength}`,
      'Correct the shape, or pass the whole tensor.',
    );
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function metadataJson(metadata: Metadata, file: string): string {
  const entries = metadata instanceof Map ? [...metadata] : Object.entries(metadata);
  const members = entries.map(([key, value]) => {
    if (typeof value !== 'string' || !isWellFormed(key) || !isWellFormed(value)) {
      throw new SafetensorsError(
        'InvalidMetadata',
        { file },
        `metadata ${shown(key)} must be a well-formed string and is ${shown(String(value))} (${typeof value})`,
        'Convert it to a string, for example with JSON.stringify.',
      );
    }
    return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
  });
  return `{${members.join(',')}}`;
}

/** Compares texts by their UTF-8 bytes, as Rust does; UTF-16 units order surrogates before U+E000 and above. */
function compareCodePoints(a: string, b: string): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return surrogatesLast(left) - surrogatesLast(right);
  }
  return a.length - b.length;
}

function surrogatesLast(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
