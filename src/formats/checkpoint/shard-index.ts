/** `model.safetensors.index.json`: the shard of each tensor. Source: transformers, `get_checkpoint_shard_files`. */
import * as v from 'valibot';
import { limits } from '../../../compiler/limits.ts';
import { checkLimit, FormatError, listed } from '../error.ts';
import { type Json, readJsonFile } from '../json.ts';
import { byName, checked, isText } from '../schema.ts';

export interface ShardIndex {
  readonly path: string;
  /** The name of the shard that holds each tensor. */
  readonly shardOf: ReadonlyMap<string, string>;
  /** The total of the tensors' bytes that the file states, wrongly in many checkpoints. */
  readonly totalSize: number | undefined;
}

const schema = v.looseObject({
  metadata: v.optional(v.looseObject({ total_size: v.optional(v.number()) })),
  weight_map: byName(isText, 'file names by tensor are expected'),
});

/** Reads an index. Throws MissingFile, InvalidJson (for a tensor named twice, too) or InvalidIndex. */
export async function readShardIndex(path: string): Promise<ShardIndex> {
  return parseShardIndex(await readJsonFile(path, 'Download the checkpoint again.'), path);
}

export function parseShardIndex(json: Json, path: string): ShardIndex {
  const index = checked(schema, json, { file: path }, 'InvalidIndex', 'Download the index again.');
  const shardOf = new Map(Object.entries(index.weight_map));
  if (shardOf.size === 0)
    throw new FormatError('InvalidIndex', { file: path }, 'it names no tensor', 'Download the index again.');
  const remedy = 'Save the model with fewer and larger shards, and tensors of whole weights.';
  checkLimit(shardOf.size, limits.tensors, 'InvalidIndex', { file: path }, remedy);
  checkLimit(new Set(shardOf.values()).size, limits.shards, 'InvalidIndex', { file: path }, remedy);
  const elsewhere = [...new Set(shardOf.values())].filter((name) => !isPlainName(name));
  if (elsewhere.length > 0) {
    throw new FormatError(
      'InvalidIndex',
      { file: path },
      `shards lie beside the index, and it names ${listed(elsewhere)}`,
      'Put the shards into the folder of the index and name them by their file names.',
    );
  }
  return { path, shardOf, totalSize: index.metadata?.total_size };
}

/** Whether a name is that of a safetensors file without a path, on any system. */
const isPlainName = (name: string): boolean =>
  /^[^/\\:\0]+\.safetensors$/.test(name) && !name.startsWith('..');

/** The index's text, as `save_pretrained` writes it: names sorted. */
export function shardIndexText(shardOf: ReadonlyMap<string, string>, totalSize: number): string {
  const names = [...shardOf.keys()].sort();
  // Write entries by hand: an object would put names that are numbers first.
  const entries = names.map((n) => `    ${JSON.stringify(n)}: ${JSON.stringify(shardOf.get(n))}`);
  return `{\n  "metadata": {\n    "total_size": ${totalSize}\n  },\n  "weight_map": {\n${entries.join(',\n')}\n  }\n}\n`;
}
