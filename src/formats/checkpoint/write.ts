/** A checkpoint's tensors as shards, as transformers' `save_pretrained` writes them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError } from '../error.ts';
import { writeFolder } from '../folder.ts';
import { tensorBytes } from '../safetensors/header.ts';
import { type Metadata, type SafetensorsDtype, writeSafetensors } from '../safetensors/index.ts';
import { io } from '../safetensors/io.ts';
import { shardIndexText } from './shard-index.ts';
import { INDEX, SINGLE } from './store.ts';

/** A tensor that is produced when its shard is written. */
export interface PendingTensor {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  data(): ArrayBufferView | Promise<ArrayBufferView>;
}

export interface CheckpointOptions {
  /** In bytes of tensors; a larger tensor gets a shard of its own. transformers 4 has 5 GB. */
  readonly maxShardBytes?: number;
  readonly metadata?: Metadata;
  /** Other files of the folder by name, such as config.json. */
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * Writes the folder whole or not at all (`writeFolder`), one shard in memory at a time: `model.safetensors`, or
 * `model-00001-of-00003.safetensors` and so on with their index. Throws FormatError or SafetensorsError.
 */
export async function writeCheckpoint(
  folder: string,
  tensors: Iterable<PendingTensor>,
  { maxShardBytes = 5e9, metadata = { format: 'pt' }, files = {} }: CheckpointOptions = {},
): Promise<void> {
  const all = [...tensors];
  const shards = split(all, maxShardBytes, folder);
  await writeFolder(folder, async (into) => {
    const shardOf = new Map<string, string>();
    for (const [i, shard] of shards.entries()) {
      const file =
        shards.length === 1 ? SINGLE : `model-${five(i + 1)}-of-${five(shards.length)}.safetensors`;
      const read = [];
      for (const { name, dtype, shape, data } of shard.tensors) {
        if (shardOf.has(name)) {
          throw new FormatError(
            'ShardMismatch',
            { file: folder, name },
            'two tensors have this name',
            'Rename one of them.',
          );
        }
        shardOf.set(name, file);
        read.push({ name, dtype, shape, data: await data() });
      }
      await writeSafetensors(join(into, file), read, metadata, join(folder, file));
    }
    const total = shards.reduce((sum, { bytes }) => sum + bytes, 0);
    const texts = shards.length === 1 ? files : { ...files, [INDEX]: shardIndexText(shardOf, total) };
    for (const [name, text] of Object.entries(texts))
      await io(join(folder, name), 'cannot write it', writeFile(join(into, name), text));
  });
}

const five = (n: number): string => String(n).padStart(5, '0');

interface Shard {
  readonly tensors: PendingTensor[];
  bytes: number;
}

/**
 * In the order given; a shard is closed where the next tensor would make it larger than the limit. Source:
 * huggingface_hub, `split_state_dict_into_shards_factory`.
 */
function split(tensors: readonly PendingTensor[], limit: number, file: string): Shard[] {
  const shards: Shard[] = [];
  let open: Shard = { tensors: [], bytes: 0 };
  for (const tensor of tensors) {
    const bytes = tensorBytes(tensor.dtype, tensor.shape, { file, tensor: tensor.name });
    if (bytes > limit) {
      shards.push({ tensors: [tensor], bytes });
      continue;
    }
    if (open.bytes + bytes > limit) {
      shards.push(open);
      open = { tensors: [], bytes: 0 };
    }
    open.tensors.push(tensor);
    open.bytes += bytes;
  }
  if (open.tensors.length > 0 || shards.length === 0) shards.push(open);
  return shards;
}
