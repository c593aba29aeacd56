import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type TensorArray, toTypedArray } from './dtype.ts';
import { SafetensorsError, shown } from './error.ts';
import { type Header, headerLength, PREFIX_BYTES, parseHeader, type TensorInfo } from './header.ts';
import { io } from './io.ts';

/** A part of a tensor's bytes. */
export interface BytePart {
  readonly from: number;
  readonly length: number;
}

/** A safetensors file on disk. Its header is in memory; every read goes to the disk. */
export interface SafetensorsFile extends Header {
  readonly path: string;
  /** Reads the tensor's bytes, or a part of them, into a new buffer. */
  bytes(name: string, part?: BytePart): Promise<Uint8Array>;
  /** Reads the tensor's elements into the typed array of `toTypedArray`. */
  array(name: string): Promise<TensorArray>;
  /** Releases the file; later reads fail. */
  close(): Promise<void>;
}

/** Opens a file and reads only its header. Throws SafetensorsError, with IoError for the system's errors. */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  // Open without blocking, so that opening a pipe returns instead of waiting for its writer.
  const handle = await io(path, 'cannot open it', open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  try {
    const stat = await io(path, 'cannot read its size', handle.stat());
    if (!stat.isFile()) {
      throw new SafetensorsError('IoError', { file: path }, 'it is not a regular file', 'Name a file.');
    }
    const prefix = await readExactly(handle, path, 0, Math.min(PREFIX_BYTES, stat.size));
    const dataStart = PREFIX_BYTES + headerLength(prefix, stat.size, path);
    const json = await readExactly(handle, path, PREFIX_BYTES, dataStart - PREFIX_BYTES);
    const header = parseHeader(json, stat.size - dataStart, path);
    const bytes = async (name: string, part?: BytePart): Promise<Uint8Array> => {
      const { begin, end } = findTensor(header, name, path);
      const { from, length } = part ?? { from: 0, length: end - begin };
      if (from < 0 || length < 0 || from + length > end - begin)
        throw new RangeError(`'${name}' has ${end - begin} bytes, and not ${length} from ${from} on`);
      return readExactly(handle, path, dataStart + begin + from, length);
    };
    return {
      ...header,
      path,
      bytes,
      array: async (name) => naturalArray(findTensor(header, name, path), await bytes(name), path),
      close: () => io(path, 'cannot close it', handle.close()),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

export async function closeAll(files: readonly SafetensorsFile[]): Promise<void> {
  for (const file of files) await file.close();
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

/**
 * The elements from `owned`, a buffer of exactly the tensor's bytes, which the result may share. Throws
 * UnsupportedDtype if no typed array holds them.
 */
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

/** The bytes of one read: a system call reads at most just below 2^31. */
const READ_BYTES = 2 ** 30;

async function readExactly(
  handle: FileHandle,
  path: string,
  from: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = await io(path, `cannot hold ${length} bytes in memory`, async () => new Uint8Array(length));
  for (let done = 0; done < length; ) {
    const want = Math.min(READ_BYTES, length - done);
    const { bytesRead } = await io(path, 'cannot read it', handle.read(bytes, done, want, from + done));
    if (bytesRead === 0) {
      throw new SafetensorsError(
        'MetadataIncompleteBuffer',
        { file: path },
        `the file ended at byte ${from + done} where ${length - done} more were expected: it shrank while open`,
      );
    }
    done += bytesRead;
  }
  return bytes;
}
