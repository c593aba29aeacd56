/** Stores of tensors in one file or in shards, their index, and checkpoints as they are written. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseShardIndex, shardIndexText } from '../../../src/formats/checkpoint/shard-index.ts';
import { checkFloats, INDEX, openCheckpoint, openTensors } from '../../../src/formats/checkpoint/store.ts';
import { type PendingWeight, writeCheckpoint } from '../../../src/formats/checkpoint/write.ts';
import { FormatError } from '../../../src/formats/error.ts';
import type { Json } from '../../../src/formats/json.ts';
import {
  encodeBF16,
  SAFETENSORS_DTYPES,
  SafetensorsError,
  type TensorData,
} from '../../../src/formats/safetensors/index.ts';
import { serializeSafetensors } from '../../support/safetensors.ts';
import { f32, newFolder, thrown, writeFiles } from './files.ts';
import { openFilesOf, tellsOpenFiles } from './open-files.ts';

/** A folder with two shards, of which the index names the second first. */
function sharded(
  change: (map: Record<string, string>, index: Record<string, Json>) => void = () => {},
): string {
  const map = { c: 'y.safetensors', a: 'x.safetensors', b: 'x.safetensors' };
  const index: Record<string, Json> = { metadata: { total_size: 9 } };
  change(map, index);
  return writeFiles(newFolder(), {
    'x.safetensors': serializeSafetensors([f32('b', [2, 2]), f32('a', [3])], { of: 'x' }),
    'y.safetensors': serializeSafetensors([f32('c', [5])], { of: 'y' }),
    [INDEX]: { ...index, weight_map: map },
  });
}

/** The message of an error without the folder. */
async function messageOf(folder: string, work: () => unknown): Promise<string> {
  const error = await thrown(work);
  if (!(error instanceof FormatError || error instanceof SafetensorsError)) throw error;
  return `${error.code}: ${error.message}`.replaceAll(`${folder}/`, '').replaceAll(folder, 'FOLDER');
}

describe('a store', () => {
  it('of shards has their tensors by the order of the index, and closes them all', async () => {
    const folder = sharded();
    const store = await openCheckpoint(folder);
    expect(store.path).toBe(join(folder, INDEX));
    expect(store.files.map((f) => basename(f))).toEqual(['y.safetensors', 'x.safetensors']);
    expect([...store.tensors.values()].map((t) => [t.name, t.begin, t.end, basename(t.file)])).toEqual([
      ['c', 0, 20, 'y.safetensors'],
      ['a', 0, 12, 'x.safetensors'],
      ['b', 12, 28, 'x.safetensors'],
    ]);
    expect([store.metadata, store.claimedBytes]).toEqual([new Map([['of', 'y']]), 9]);
    if (tellsOpenFiles) expect(openFilesOf(folder)).toHaveLength(2);
    await store.close();
    expect(openFilesOf(folder)).toEqual([]);
  });

  it('of one file claims no bytes, and gives rows, parts and floats', async () => {
    const tensors: TensorData[] = [
      f32('m', [4, 3]),
      { name: 'h', dtype: 'BF16', shape: [3, 2], data: encodeBF16([1, 2, 3, 4, 5, 6]) },
      f32('scalar', []),
      f32('none', [0, 2]),
      { name: 'i', dtype: 'I32', shape: [2], data: Int32Array.of(1, 2) },
    ];
    const folder = writeFiles(newFolder(), { 'm.safetensors': serializeSafetensors(tensors) });
    const store = await openTensors(join(folder, 'm.safetensors'));
    expect([store.claimedBytes, store.metadata]).toEqual([undefined, undefined]);
    const whole = await store.f32('m');
    for (const [first, count] of [
      [0, 4],
      [0, 1],
      [3, 1],
      [1, 2],
      [2, 0],
    ] as const)
      expect(await store.rows('m', first, count)).toEqual(whole.subarray(3 * first, 3 * (first + count)));
    expect(await store.rows('h', 1, 2)).toEqual(Float32Array.of(3, 4, 5, 6));
    expect(await store.rows('scalar', 0, 1)).toEqual(await store.f32('scalar'));
    expect(await store.bytes('i', { from: 4, length: 4 })).toEqual(Uint8Array.of(2, 0, 0, 0));
    await expect(store.rows('m', 3, 2)).rejects.toThrow(RangeError);
    const floats =
      ': its elements are I32, which are not floats of at most 32 bits. Convert the tensor to F32, F16 or BF16.';
    expect(await messageOf(folder, () => store.f32('i'))).toBe(
      `UnsupportedDtype: m.safetensors: tensor "i"${floats}`,
    );
    expect(await messageOf(folder, () => store.rows('i', 0, 1))).toBe(
      `UnsupportedDtype: m.safetensors: tensor "i"${floats}`,
    );
    expect(await messageOf(folder, () => store.array('x'))).toBe(
      'TensorNotFound: m.safetensors: tensor "x": no such tensor among the 5 here. Ask for one of them, such as "m", "none", "scalar", "i", "h".',
    );
    await store.close();
  });

  it('reads as floats exactly the dtypes that float32 holds', () => {
    const readable = SAFETENSORS_DTYPES.filter((dtype) => {
      try {
        checkFloats({ name: 't', dtype, shape: [], begin: 0, end: 0, file: 'f' });
        return true;
      } catch {
        return false;
      }
    });
    expect(readable).toEqual(['F8_E5M2', 'F8_E4M3', 'F16', 'BF16', 'F32']);
  });

  it.each<[string, (folder: string) => void, string]>([
    [
      'lacks a shard',
      (folder) => rmSync(join(folder, 'x.safetensors')),
      `MissingFile: x.safetensors: there is no such shard, and ${INDEX} puts 2 tensors into it. Download the missing shard.`,
    ],
    [
      'has a folder for a shard',
      (folder) => {
        rmSync(join(folder, 'x.safetensors'));
        mkdirSync(join(folder, 'x.safetensors'));
      },
      'MissingFile: x.safetensors: it is not a regular file. Name a file.',
    ],
    [
      'has a shard with a tensor too many',
      (folder) =>
        writeFiles(folder, { 'x.safetensors': serializeSafetensors([f32('a', [1]), f32('d', [1])]) }),
      `ShardMismatch: x.safetensors: "d": the shard holds this tensor, and ${INDEX} does not name it. Download the index and its shards from one checkpoint.`,
    ],
    [
      'has a shard with a tensor of another',
      (folder) =>
        writeFiles(folder, { 'x.safetensors': serializeSafetensors([f32('a', [1]), f32('c', [1])]) }),
      `ShardMismatch: x.safetensors: "c": the shard holds this tensor, and ${INDEX} puts it into "y.safetensors". Download the index and its shards from one checkpoint.`,
    ],
    [
      'has a shard with a tensor too few',
      (folder) => writeFiles(folder, { 'x.safetensors': serializeSafetensors([f32('a', [1])]) }),
      `ShardMismatch: x.safetensors: "b": ${INDEX} puts this tensor into the shard, which does not hold it. Download the index and its shards from one checkpoint.`,
    ],
  ])('that %s is refused, and all is closed', async (_, damage, message) => {
    const folder = sharded();
    damage(folder);
    expect(await messageOf(folder, () => openCheckpoint(folder))).toBe(message);
    expect(openFilesOf(folder)).toEqual([]);
  });

  it('is not found in a folder without safetensors, whose other weights are named', async () => {
    const nothing = newFolder();
    expect(await messageOf(nothing, () => openCheckpoint(nothing))).toBe(
      `MissingFile: FOLDER: it has neither model.safetensors nor ${INDEX}. Name the folder of a model.`,
    );
    const names = ['a.bin', 'b.pt', 'c.pth', 'd.gguf', 'e.h5', 'f.msgpack', 'g.safetensors', 'h.txt'];
    const folder = writeFiles(
      newFolder(),
      Object.fromEntries(names.map((name) => [name, new Uint8Array(0)])),
    );
    const message = await messageOf(folder, () => openCheckpoint(folder));
    expect(message).toMatch(`nor ${INDEX}, but `);
    expect(message).toMatch(/ and 2 more\. Save the model as safetensors\.$/);
    expect(message).not.toMatch('h.txt');
  });
});

describe('an index', () => {
  it('states a total of bytes, or none, and may have other fields', () => {
    const weight_map = { b: 'x.safetensors', a: 'x.safetensors' };
    const of = (json: Json) => parseShardIndex(json, 'i');
    expect(of({ weight_map })).toEqual({
      path: 'i',
      shardOf: new Map(Object.entries(weight_map)),
      totalSize: undefined,
    });
    expect(of({ weight_map, more: 1, metadata: { total_size: 7, more: [] } }).totalSize).toBe(7);
    expect(of({ weight_map, metadata: {} }).totalSize).toBeUndefined();
  });

  it.each<[Json, string]>([
    [{}, 'i: "weight_map": it is missing. Download the index again.'],
    [
      { weight_map: { a: 1 } },
      'i: "weight_map": file names by tensor are expected, and it is {"a":1}. Download',
    ],
    [
      { weight_map: ['x.safetensors'] },
      'i: "weight_map": file names by tensor are expected, and it is ["x.saf',
    ],
    [{ weight_map: null }, 'i: "weight_map": file names by tensor are expected, and it is null. Download'],
    [{ weight_map: {} }, 'i: it names no tensor. Download the index again.'],
    [
      { weight_map: { a: 'x.safetensors' }, metadata: 1 },
      'i: "metadata": Object is expected, and it is 1. Download',
    ],
    [
      { weight_map: { a: 'x.safetensors' }, metadata: { total_size: '7' } },
      'i: "metadata.total_size": number is expected, and it is "7".',
    ],
    [
      { weight_map: { a: '..x.safetensors' } },
      'i: shards lie beside the index, and it names "..x.safetensors". Put the shards',
    ],
    [{ weight_map: { a: '.safetensors' } }, 'and it names ".safetensors".'],
    [
      { weight_map: { a: 'x.safetensors.bin', b: 'a/b.safetensors', c: 'x.safetensors' } },
      'and it names "x.safetensors.bin", "a/b.safetensors".',
    ],
  ])('that is %j is refused', async (json, message) => {
    const error = await thrown(() => parseShardIndex(json, 'i'));
    expect(error).toMatchObject({ code: 'InvalidIndex', message: expect.stringContaining(message) });
  });

  it('may name shards behind a dot', () => {
    expect(parseShardIndex({ weight_map: { a: '.x.safetensors' } }, 'i').shardOf.size).toBe(1);
  });

  it('is written with its names sorted, numbers too', () => {
    const text = shardIndexText(
      new Map([
        ['b', 'x'],
        ['10', 'y'],
        ['9', 'z"'],
        ['a', 'x'],
      ]),
      12,
    );
    expect(text).toBe(
      '{\n  "metadata": {\n    "total_size": 12\n  },\n  "weight_map": {\n    "10": "y",\n    "9": "z\\"",\n    "a": "x",\n    "b": "x"\n  }\n}\n',
    );
  });
});

describe('a checkpoint that is written', () => {
  const pending = (sizes: readonly number[]): PendingWeight[] =>
    sizes.map((n, i) => ({ bytes: 4 * n, tensors: () => [f32(`t${i}`, [n])] }));
  const shardsOf = async (sizes: readonly number[], maxShardBytes?: number) => {
    const folder = join(newFolder(), 'out');
    await writeCheckpoint(folder, pending(sizes), maxShardBytes === undefined ? {} : { maxShardBytes });
    const names = readdirSync(folder)
      .filter((name) => name !== INDEX)
      .sort();
    expect(readdirSync(folder).includes(INDEX)).toBe(names.length > 1);
    const shards = await Promise.all(
      names.map(async (name) => {
        const store = await openTensors(join(folder, name));
        expect(store.metadata).toEqual(new Map([['format', 'pt']]));
        await store.close();
        return [...store.tensors.keys()].sort().join(' ');
      }),
    );
    return [names.length > 1 ? names.at(-1) : names[0], ...shards];
  };

  it.each<[readonly number[], number | undefined, readonly string[]]>([
    [[], 8, ['']],
    [[1], 8, ['t0']],
    [[2], 8, ['t0']],
    [[1, 1], 8, ['t0 t1']],
    [[1, 1, 1], 8, ['t0 t1', 't2']],
    [[1, 2, 1], 8, ['t0', 't1', 't2']],
    [[3], 8, ['t0']],
    [[1, 3, 1], 8, ['t1', 't0 t2']],
    [[3, 4], 8, ['t0', 't1']],
    [[2, 1, 1], 8, ['t0', 't1 t2']],
    [[2, 3, 2], 8, ['t1', 't0', 't2']],
    [[100, 100], undefined, ['t0 t1']],
  ])('of %j floats in shards of %s bytes', async (sizes, limit, shards) => {
    const n = String(shards.length).padStart(5, '0');
    const last = shards.length === 1 ? 'model.safetensors' : `model-${n}-of-${n}.safetensors`;
    expect(await shardsOf(sizes, limit)).toEqual([last, ...shards]);
  });

  it('has 5 GB in a shard at most, if nothing else is said', async () => {
    const folder = join(newFolder(), 'out');
    const claims = (bytes: number, name: string) => ({ bytes, tensors: () => [f32(name, [1])] });
    await writeCheckpoint(folder, [claims(4e9, 'a'), claims(1e9, 'b'), claims(1, 'c')]);
    const index = JSON.parse(readFileSync(join(folder, INDEX), 'utf8'));
    expect(index).toEqual({
      metadata: { total_size: 12 },
      weight_map: {
        a: 'model-00001-of-00002.safetensors',
        b: 'model-00001-of-00002.safetensors',
        c: 'model-00002-of-00002.safetensors',
      },
    });
  });

  it('has other files at their paths, and its own metadata', async () => {
    const folder = join(newFolder(), 'out');
    const files = { 'config.json': '{}', 'deep/er/a.bin': Uint8Array.of(1, 2) };
    await writeCheckpoint(folder, pending([1]), { files, metadata: { k: 'v' } });
    expect(readFileSync(join(folder, 'config.json'), 'utf8')).toBe('{}');
    expect([...readFileSync(join(folder, 'deep/er/a.bin'))]).toEqual([1, 2]);
    const store = await openCheckpoint(folder);
    expect(store.metadata).toEqual(new Map([['k', 'v']]));
    await store.close();
    const clash = { 'a.bin': '', 'a.bin/b': '' };
    expect(await messageOf(folder, () => writeCheckpoint(folder, pending([1]), { files: clash }))).toMatch(
      /^IoError: a\.bin\/b: cannot write it: E(EXIST|NOTDIR): /,
    );
    const wrong = { bytes: 4, tensors: () => [{ ...f32('w', [1]), shape: [2] }] };
    expect(await messageOf(folder, () => writeCheckpoint(folder, [wrong]))).toMatch(
      /^InvalidTensorView: model\.safetensors: tensor "w": shape \[2\] of F32 needs 8 bytes/,
    );
    const twice = [...pending([1]), ...pending([1])];
    expect(await messageOf(folder, () => writeCheckpoint(folder, twice, { maxShardBytes: 4 }))).toBe(
      'ShardMismatch: FOLDER: "t0": two tensors have this name. Rename one of them.',
    );
  });
});
