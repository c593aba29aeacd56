/** Writes a checkpoint's tensors as shards, as transformers' `save_pretrained` does. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FormatError } from '../error.ts';
import { writeFolder } from '../folder.ts';
import { makeFolders } from '../make-folders.ts';
import { type Metadata, type TensorData, writeSafetensors } from '../safetensors/index.ts';
import { io } from '../safetensors/io.ts';
import { shardIndexText } from './shard-index.ts';
import { INDEX, SINGLE } from './store.ts';

/** A weight's tensors, which are produced when their shard is written and stay together. */
export interface PendingWeight {
  /** The bytes of all tensors of the weight, by which shards are cut: for a quantised weight, an estimate. */
  readonly bytes: number;
  tensors(): readonly TensorData[] | Promise<readonly TensorData[]>;
}

export interface CheckpointOptions {
  /** The most bytes of tensors in a shard; a larger weight gets its own shard. Default 5 GB, as in transformers 4. */
  readonly maxShardBytes?: number;
  readonly metadata?: Metadata;
  /** Other files by their paths in the folder, such as config.json. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

/**
 * Writes the folder whole or not at all (`writeFolder`), one shard in memory at a time: `model.safetensors`, or
 * `model-00001-of-00003.safetensors` and so on with their index. Throws FormatError or SafetensorsError.
 */
export async function writeCheckpoint(
  folder: string,
  weights: Iterable<PendingWeight>,
  { maxShardBytes = 5e9, metadata = { format: 'pt' }, files = {} }: CheckpointOptions = {},
): Promise<void> {
  const shards = split(weights, maxShardBytes);
  await writeFolder(folder, async (into) => {
    const shardOf = new Map<string, string>();
    let total = 0;
    for (const [i, shard] of shards.entries()) {
      const file =
        shards.length === 1 ? SINGLE : `model-${five(i + 1)}-of-${five(shards.length)}.safetensors`;
      const read: TensorData[] = [];
      for (const weight of shard.weights) read.push(...(await weight.tensors()));
      for (const { name, data } of read) {
        if (shardOf.has(name)) {
          throw new FormatError(
            'ShardMismatch',
            { file: folder, name },
            'two tensors have this name',
            'Rename one of them.',
          );
        }
        shardOf.set(name, file);
        total += data.byteLength;
      }
      await writeSafetensors(join(into, file), read, metadata, join(folder, file));
    }
    const others = shards.length === 1 ? files : { ...files, [INDEX]: shardIndexText(shardOf, total) };
    for (const [name, bytes] of Object.entries(others))
      await io(join(folder, name), 'cannot write it', async () => {
        makeFolders(dirname(join(into, name)));
        await writeFile(join(into, name), bytes);
      });
  });
}

const five = (n: number): string => String(n).padStart(5, '0');

interface Shard {
  readonly weights: PendingWeight[];
  bytes: number;
}

/**
 * Splits weights into shards, in the given order; a shard ends when the next weight would exceed the limit. Source:
 * huggingface_hub, `split_state_dict_into_shards_factory`.
 */
function split(weights: Iterable<PendingWeight>, limit: number): Shard[] {
  const shards: Shard[] = [];
  let open: Shard = { weights: [], bytes: 0 };
  for (const weight of weights) {
    if (weight.bytes > limit) {
      shards.push({ weights: [weight], bytes: weight.bytes });
      continue;
    }
    if (open.bytes + weight.bytes > limit) {
      shards.push(open);
      open = { weights: [], bytes: 0 };
    }
    open.weights.push(weight);
    open.bytes += weight.bytes;
  }
  if (open.weights.length > 0 || shards.length === 0) shards.push(open);
  return shards;
}
