import { aboveLimit, type Limit, limits } from '../../../compiler/limits.ts';
import { dtypeBits, isSafetensorsDtype, SAFETENSORS_DTYPES, type SafetensorsDtype } from './dtype.ts';
import { SafetensorsError, shown, shownShape } from './error.ts';
import { JsonReader } from './json.ts';

/**
 * Parses headers. A file is the header's length n, a little-endian u64; n bytes of JSON; the data. The checks are the
 * Rust reference's (safetensors/src/tensor.rs: read_metadata, validate), in its order, with its names. Its 64-bit
 * usize is 2^53 − 1 here.
 */

/** The bytes before the header, which hold its length. */
export const PREFIX_BYTES = 8;

export interface TensorInfo {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  /** The shape, row-major; [] is a scalar, and a dimension may be 0. */
  readonly shape: readonly number[];
  /** The tensor's bytes are [begin, end) of the data, which starts where the header ends. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** The tensors by name, in the order of the data. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** The entries of `__metadata__` in the file's order; undefined if the file has none. */
  readonly metadata: ReadonlyMap<string, string> | undefined;
}

/** The header's length, read from at least the first 8 bytes of a file of `fileBytes` bytes. */
export function headerLength(prefix: Uint8Array, fileBytes: number, file: string): number {
  if (fileBytes < PREFIX_BYTES) {
    throw new SafetensorsError(
      'HeaderTooSmall',
      { file },
      `the file has ${fileBytes} bytes, and its header length alone takes ${PREFIX_BYTES}`,
    );
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  if (length > limits.headerBytes.most) {
    throw new SafetensorsError(
      'HeaderTooLarge',
      { file },
      `the header claims ${aboveLimit(Number(length), limits.headerBytes)}`,
      otherFormat(prefix, file),
    );
  }
  if (PREFIX_BYTES + Number(length) > fileBytes) {
    throw new SafetensorsError(
      'InvalidHeaderLength',
      { file },
      `the header claims ${length} bytes, and only ${fileBytes - PREFIX_BYTES} follow its length`,
      otherFormat(prefix, file),
    );
  }
  return Number(length);
}

/** The first bytes of a zip archive, which torch.save writes, of a pickle, which older versions of it write, and of NumPy. */
const OTHERS = [
  [0x50, 0x4b, 0x03, 0x04],
  [0x80, 0x02],
  [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59],
];

/** The remedy for a file of another format, by its name or its first bytes; undefined for one that may be damaged. */
function otherFormat(prefix: Uint8Array, file: string): string | undefined {
  if (/\.[cm]?tsx?$/.test(file)) return `It is TypeScript: \`oftc explain ${file}\` is for a layer.`;
  if (!OTHERS.some((magic) => magic.every((byte, i) => prefix[i] === byte))) return undefined;
  const name = file.replace(/^.*[\\/]/, '');
  const [from, to] = [name, `${name.replace(/\.\w+$/, '')}.safetensors`].map((n) => JSON.stringify(n));
  const arrays = name.endsWith('.npz') ? `dict(numpy.load(${from}))` : `{"x": numpy.load(${from})}`;
  return /\.np[yz]$/.test(name)
    ? `It is NumPy's: write it with safetensors.numpy.save_file(${arrays}, ${to}), and name that file.`
    : `It starts as a file of torch.save does: write it with safetensors.torch.save_file(torch.load(${from}), ${to}), and name that file.`;
}

/** Parses and validates a header's JSON against the number of data bytes that follow it. */
export function parseHeader(json: Uint8Array, dataBytes: number, file: string): Header {
  const text = decodeUtf8(json, file);
  if (!text.startsWith('{')) {
    throw new SafetensorsError(
      'InvalidHeaderStart',
      { file },
      text === ''
        ? 'the header is empty'
        : `the header must start with "{" and starts with ${shown(text.slice(0, 8))}`,
    );
  }
  let tensor: string | undefined;
  const reader = new JsonReader(
    text,
    (problem, at) =>
      new SafetensorsError(
        'InvalidHeaderDeserialization',
        { file, tensor },
        `header character ${at}: ${problem}`,
      ),
  );
  let metadata: ReadonlyMap<string, string> | undefined;
  const tensors: TensorInfo[] = [];
  reader.object((key) => {
    if (key === '__metadata__') {
      metadata = readMetadata(reader);
      return;
    }
    checkSize(tensors.length + 1, limits.tensors, { file });
    checkSize(key.length, limits.tensorName, { file, tensor: key });
    tensor = key;
    tensors.push(readTensor(reader, key, file));
    tensor = undefined;
  });
  reader.end();
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  validate(tensors, dataBytes, file);
  return { tensors: new Map(tensors.map((info) => [info.name, info])), metadata };
}

export function checkSize(
  found: number,
  limit: Limit,
  at: { readonly file: string; readonly tensor?: string },
): void {
  if (found <= limit.most) return;
  const problem = `at least ${aboveLimit(found, limit)}`;
  throw new SafetensorsError('HeaderTooLarge', at, problem, 'Write the tensors into a smaller file.');
}

function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SafetensorsError(
      'InvalidHeader',
      { file, cause },
      `the ${bytes.length} header bytes are not UTF-8`,
    );
  }
}

function readMetadata(reader: JsonReader): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  reader.object((key) => metadata.set(key, reader.string()));
  return metadata;
}

/** Reads a tensor's entry. Fields other than the three are ignored, as in the reference. */
function readTensor(reader: JsonReader, name: string, file: string): TensorInfo {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  const naturals = (): number[] => {
    const values: number[] = [];
    reader.array(() => values.push(reader.natural()));
    return values;
  };
  reader.object((field) => {
    if (field === 'dtype') dtype = reader.string();
    else if (field === 'shape') shape = naturals();
    else if (field === 'data_offsets') offsets = naturals();
    else reader.skip();
  });
  const at = { file, tensor: name };
  checkSize(shape?.length ?? 0, limits.tensorAxes, at);
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    const missing = dtype === undefined ? 'dtype' : shape === undefined ? 'shape' : 'data_offsets';
    throw new SafetensorsError('InvalidHeaderDeserialization', at, `has no ${missing}`);
  }
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined || offsets.length !== 2) {
    throw new SafetensorsError(
      'InvalidHeaderDeserialization',
      at,
      `data_offsets must hold 2 numbers and holds ${offsets.length}`,
    );
  }
  if (!isSafetensorsDtype(dtype)) {
    throw new SafetensorsError(
      'UnknownDtype',
      at,
      `dtype ${shown(dtype)} is none of ${SAFETENSORS_DTYPES.join(', ')}`,
      'Convert the file to one of these.',
    );
  }
  return { name, dtype, shape, begin, end };
}

/** Checks that the sorted tensors tile the data exactly, each with the bytes that its shape and dtype need. */
function validate(tensors: readonly TensorInfo[], dataBytes: number, file: string): void {
  let start = 0;
  for (const { name, dtype, shape, begin, end } of tensors) {
    if (begin !== start || end < begin || end > Number.MAX_SAFE_INTEGER) {
      const problem =
        end < begin
          ? 'ends before it begins'
          : begin > start
            ? `leaves a gap: the tensors before it end at ${start}`
            : begin < start
              ? `overlaps: the tensors before it end at ${start}`
              : `ends past ${Number.MAX_SAFE_INTEGER}`;
      throw new SafetensorsError(
        'InvalidOffset',
        { file, tensor: name },
        `data_offsets [${begin},${end}] ${problem}`,
      );
    }
    const bytes = tensorBytes(dtype, shape, { file, tensor: name });
    if (bytes !== end - begin) {
      throw new SafetensorsError(
        'TensorInvalidInfo',
        { file, tensor: name },
        `shape ${shownShape(shape)} of ${dtype} needs ${bytes} bytes, and data_offsets [${begin},${end}] hold ${end - begin}`,
      );
    }
    start = end;
  }
  if (start !== dataBytes) {
    throw new SafetensorsError(
      'MetadataIncompleteBuffer',
      { file },
      start > dataBytes
        ? `the tensors need ${start} bytes of data and the file holds ${dataBytes}: it is cut short`
        : `the tensors cover ${start} bytes of data and the file holds ${dataBytes}: ${dataBytes - start} are left over`,
    );
  }
}

/** The exact number of a tensor's bytes. Throws ValidationOverflow, or MisalignedSlice for a fraction of a byte. */
export function tensorBytes(
  dtype: SafetensorsDtype,
  shape: readonly number[],
  at: { readonly file: string; readonly tensor: string },
): number {
  // A float64 product of integers is above 2^53 − 1 exactly when the true product is.
  const exact = (value: number): number => {
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    throw new SafetensorsError(
      'ValidationOverflow',
      at,
      `shape ${shownShape(shape)} of ${dtype} overflows: it needs more than ${Number.MAX_SAFE_INTEGER} bits`,
    );
  };
  const elements = shape.reduce((product, size) => exact(product * exact(size)), 1);
  const bits = exact(elements * dtypeBits(dtype));
  if (bits % 8 !== 0) {
    throw new SafetensorsError(
      'MisalignedSlice',
      at,
      `shape ${shownShape(shape)} of ${dtype} takes ${bits} bits, which is no whole number of bytes`,
      'Pad the shape to whole bytes.',
    );
  }
  return bits / 8;
}
