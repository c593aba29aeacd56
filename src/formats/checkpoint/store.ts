/** Reads the tensors of a checkpoint, in one file or many shards, one at a time. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FormatError, listed } from '../error.ts';
import { sizeOf } from '../json.ts';
import { SafetensorsError, shown } from '../safetensors/error.ts';
import {
  type BytePart,
  openSafetensors,
  type SafetensorsDtype,
  type SafetensorsFile,
  type TensorArray,
  type TensorInfo,
} from '../safetensors/index.ts';
import { io } from '../safetensors/io.ts';
import { closeAll, findTensor, naturalArray } from '../safetensors/read.ts';
import { readShardIndex, type ShardIndex } from './shard-index.ts';

/** Float dtypes that are read as float32 exactly. */
const F32_READABLE: ReadonlySet<SafetensorsDtype> = new Set(['F32', 'F16', 'BF16', 'F8_E5M2', 'F8_E4M3']);

export const SINGLE = 'model.safetensors';
export const INDEX = 'model.safetensors.index.json';

export interface StoredTensor extends TensorInfo {
  /** The file that holds the tensor. */
  readonly file: string;
  /** Its name in the file, where the store gives it another. */
  readonly stored?: string;
}

/** The tensors of a checkpoint. Headers are in memory; every read of a tensor goes to the disk. */
export interface TensorStore {
  /** The path of the single file, or of the index of the shards. */
  readonly path: string;
  readonly files: readonly string[];
  /** The tensors by name, in the order of the files and of their data. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string> | undefined;
  /** The total of the tensors' bytes that the index states. */
  readonly claimedBytes: number | undefined;
  /** The bytes of a tensor or of a part of it, freshly read into their own buffer. */
  bytes(name: string, part?: BytePart): Promise<Uint8Array>;
  /** The tensor's elements, freshly read: floats of 16 and 8 bits widened, exactly, to float32. */
  array(name: string): Promise<TensorArray>;
  /** A float tensor as float32, exactly. Throws SafetensorsError with UnsupportedDtype for any other, float64 too. */
  f32(name: string): Promise<Float32Array>;
  /** Rows of a tensor along its first axis, as `f32` gives them, without reading the others. */
  rows(name: string, first: number, count: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Opens the checkpoint in a folder: `model.safetensors` if there is one, as transformers prefers it, else the shards
 * of its index. Throws MissingFile, InvalidJson, InvalidIndex, ShardMismatch, or SafetensorsError with the file's
 * name.
 */
export async function openCheckpoint(folder: string): Promise<TensorStore> {
  if ((await sizeOf(join(folder, SINGLE))) !== undefined) return openTensors(join(folder, SINGLE));
  if ((await sizeOf(join(folder, INDEX))) !== undefined) return openTensors(join(folder, INDEX));
  const others = (await io(folder, 'cannot list it', readdir(folder))).filter((f) =>
    /\.(?:bin|pt|pth|gguf|h5|msgpack|safetensors)$/.test(f),
  );
  throw new FormatError(
    'MissingFile',
    { file: folder },
    `it has neither ${SINGLE} nor ${INDEX}${others.length > 0 ? `, but ${listed(others)}` : ''}`,
    others.length > 0 ? 'Save the model as safetensors.' : 'Name the folder of a model.',
  );
}

/** Opens one safetensors file, or the shards of an index. Throws FormatError or SafetensorsError. */
export async function openTensors(path: string): Promise<TensorStore> {
  if (!path.endsWith('.json')) return storeOf(path, [await openSafetensors(path)], undefined);
  const index = await readShardIndex(path);
  const opened: SafetensorsFile[] = [];
  try {
    for (const shard of new Set(index.shardOf.values())) opened.push(await openShard(shard, index));
    return storeOf(path, opened, index);
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

async function openShard(shard: string, { path, shardOf }: ShardIndex): Promise<SafetensorsFile> {
  const file = join(dirname(path), shard);
  if ((await sizeOf(file)) !== undefined) return openSafetensors(file);
  const tensors = [...shardOf].filter(([, name]) => name === shard);
  throw new FormatError(
    'MissingFile',
    { file },
    `there is no such shard, and ${path} puts ${tensors.length} tensors into it`,
    'Download the missing shard.',
  );
}

function storeOf(
  path: string,
  opened: readonly SafetensorsFile[],
  index: ShardIndex | undefined,
): TensorStore {
  const home = new Map<string, SafetensorsFile>();
  const tensors = new Map<string, StoredTensor>();
  for (const file of opened) {
    for (const info of file.tensors.values()) {
      if (index) checkShard(info.name, file, index);
      home.set(info.name, file);
      tensors.set(info.name, { ...info, file: file.path });
    }
  }
  if (index) checkComplete(tensors, index);
  const of = (name: string): SafetensorsFile => {
    findTensor({ tensors, metadata: undefined }, name, path);
    return home.get(name)!;
  };
  const array = (name: string): Promise<TensorArray> => of(name).array(name);
  const rows = async (name: string, first: number, count: number): Promise<Float32Array> => {
    const file = of(name);
    const info = tensors.get(name)!;
    const width = (info.end - info.begin) / (info.shape[0] ?? 1);
    const bytes = await file.bytes(name, { from: first * width, length: count * width });
    return asF32(naturalArray(info, bytes, file.path), info);
  };
  return {
    path,
    files: opened.map((f) => f.path),
    tensors,
    metadata: opened[0]?.metadata,
    claimedBytes: index?.totalSize,
    bytes: (name, part) => of(name).bytes(name, part),
    array,
    f32: async (name) => asF32(await array(name), tensors.get(name)!),
    rows,
    close: () => closeAll(opened),
  };
}

function asF32(array: TensorArray, tensor: StoredTensor): Float32Array {
  if (array instanceof Float32Array) return array;
  throw noFloats(tensor);
}

/** Throws UnsupportedDtype for a tensor that cannot be read as float32, judging by its dtype alone. */
export function checkFloats(tensor: StoredTensor): void {
  if (!F32_READABLE.has(tensor.dtype)) throw noFloats(tensor);
}

function noFloats({ name, dtype, file }: StoredTensor): SafetensorsError {
  return new SafetensorsError(
    'UnsupportedDtype',
    { file, tensor: name },
    `its elements are ${dtype}, which are not floats of at most 32 bits`,
    'Convert the tensor to F32, F16 or BF16.',
  );
}

/** Throws ShardMismatch unless the index puts the tensor in this shard: otherwise two shards could hold it. */
function checkShard(name: string, { path: file }: SafetensorsFile, { path, shardOf }: ShardIndex): void {
  const shard = shardOf.get(name);
  if (shard === basename(file)) return;
  throw new FormatError(
    'ShardMismatch',
    { file, name },
    shard === undefined
      ? `the shard holds this tensor, and ${path} does not name it`
      : `the shard holds this tensor, and ${path} puts it into ${shown(shard)}`,
    'Download the index and its shards from one checkpoint.',
  );
}

function checkComplete(tensors: ReadonlyMap<string, StoredTensor>, { path, shardOf }: ShardIndex): void {
  for (const [name, shard] of shardOf) {
    if (tensors.has(name)) continue;
    throw new FormatError(
      'ShardMismatch',
      { file: join(dirname(path), shard), name },
      `${path} puts this tensor into the shard, which does not hold it`,
      'Download the index and its shards from one checkpoint.',
    );
  }
}
