/** Single and sharded checkpoints: written tensors are read back, and a refusal names the damaged file and tensor. */
import { readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCheckpoint, openTensors } from '../../../src/formats/checkpoint/store.ts';
import { type PendingWeight, writeCheckpoint } from '../../../src/formats/checkpoint/write.ts';
import {
  decodeBF16,
  decodeF16,
  SafetensorsError,
  type TensorData,
} from '../../../src/formats/safetensors/index.ts';
import { runs } from '../../support/runs.ts';
import { serializeSafetensors } from '../../support/safetensors.ts';
import { f32, newFolder, refused, root, thrown, writeFiles } from './models.ts';
import { tensorsArb } from './safetensors-helpers.ts';

const pending = (tensors: readonly TensorData[]): PendingWeight[] =>
  tensors.map((t) => ({ bytes: t.data.byteLength, tensors: async () => [t] }));

const bytesOf = ({ data }: TensorData): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const INDEX = 'model.safetensors.index.json';

/** Writes two shards and their index into a new folder. */
const sharded = (): string =>
  writeFiles(newFolder(), {
    'model-00001-of-00002.safetensors': serializeSafetensors([f32('a', [3]), f32('b', [2, 2])]),
    'model-00002-of-00002.safetensors': serializeSafetensors([f32('c', [5])]),
    [INDEX]: {
      metadata: { total_size: 48 },
      weight_map: {
        a: 'model-00001-of-00002.safetensors',
        b: 'model-00001-of-00002.safetensors',
        c: 'model-00002-of-00002.safetensors',
      },
    },
  });

describe('a checkpoint', () => {
  it('gives back what was written, in shards of any size', async () => {
    let shards = 0;
    await fc.assert(
      fc.asyncProperty(tensorsArb, fc.integer({ min: 1, max: 64 }), async (tensors, maxShardBytes) => {
        const folder = newFolder();
        await writeCheckpoint(folder, pending(tensors), { maxShardBytes, metadata: { format: 'pt' } });
        const store = await openCheckpoint(folder);
        expect([...store.tensors.keys()].sort()).toEqual(tensors.map((t) => t.name).sort());
        for (const t of tensors) {
          expect(store.tensors.get(t.name)).toMatchObject({ dtype: t.dtype, shape: t.shape });
          expect(await store.bytes(t.name)).toEqual(bytesOf(t));
        }
        expect(store.metadata).toEqual(new Map([['format', 'pt']]));
        if (store.files.length > 1) {
          shards++;
          expect(store.claimedBytes).toBe(tensors.reduce((sum, t) => sum + t.data.byteLength, 0));
          for (const file of store.files) {
            const own = tensors.filter((t) => store.tensors.get(t.name)!.file === file);
            const bytes = own.reduce((sum, t) => sum + t.data.byteLength, 0);
            // A shard is above the limit only where it holds a single tensor that is.
            if (own.filter((t) => t.data.byteLength > 0).length > 1)
              expect(bytes).toBeLessThanOrEqual(maxShardBytes);
          }
        }
        await store.close();
        rmSync(folder, { recursive: true });
      }),
      runs(150, 2000),
    );
    expect(shards).toBeGreaterThan(5);
  });

  it('is split as huggingface_hub splits it, with its index', async () => {
    const folder = newFolder();
    const tensors = [f32('a', [3]), f32('large', [9]), f32('b', [2]), f32('c', [4])];
    await writeCheckpoint(folder, pending(tensors), { maxShardBytes: 20, files: { 'config.json': '{}\n' } });
    // The large tensor gets a shard of its own, and a and b still share one of exactly the limit.
    expect(readFileSync(join(folder, INDEX), 'utf8')).toBe(`{
  "metadata": {
    "total_size": 72
  },
  "weight_map": {
    "a": "model-00002-of-00003.safetensors",
    "b": "model-00002-of-00003.safetensors",
    "c": "model-00003-of-00003.safetensors",
    "large": "model-00001-of-00003.safetensors"
  }
}
`);
    expect(readdirSync(folder).sort()).toEqual([
      'config.json',
      'model-00001-of-00003.safetensors',
      'model-00002-of-00003.safetensors',
      'model-00003-of-00003.safetensors',
      INDEX,
    ]);
  });

  it('keeps a tensor of exactly the limit among the others', async () => {
    const folder = newFolder();
    await writeCheckpoint(folder, pending([f32('a', [3]), f32('exact', [5])]), { maxShardBytes: 20 });
    const store = await openCheckpoint(folder);
    expect(['a', 'exact'].map((n) => basename(store.tensors.get(n)!.file))).toEqual([
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
    ]);
    await store.close();
  });

  it('widens bf16 and f16 exactly, for every bit pattern', async () => {
    const patterns = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const folder = writeFiles(newFolder(), {
      'model.safetensors': serializeSafetensors([
        { name: 'bf16', dtype: 'BF16', shape: [65536], data: patterns },
        { name: 'f16', dtype: 'F16', shape: [65536], data: patterns },
        { name: 'i64', dtype: 'I64', shape: [1], data: BigInt64Array.of(-3n) },
        { name: 'f64', dtype: 'F64', shape: [1], data: Float64Array.of(0.1) },
        { name: 'i8', dtype: 'I8', shape: [2], data: Int8Array.of(-128, 127) },
      ]),
    });
    const store = await openCheckpoint(folder);
    expect(await store.f32('bf16')).toEqual(decodeBF16(patterns));
    expect(await store.f32('f16')).toEqual(decodeF16(patterns));
    expect(await store.array('i64')).toEqual(BigInt64Array.of(-3n));
    expect(await store.array('i8')).toEqual(Int8Array.of(-128, 127));
    for (const name of ['i64', 'f64', 'i8'])
      expect(await thrown(() => store.f32(name))).toMatchObject({ code: 'UnsupportedDtype', tensor: name });
    await store.close();
  });

  it('is the single file where there are both, as transformers has it', async () => {
    const folder = writeFiles(sharded(), { 'model.safetensors': serializeSafetensors([f32('x', [1])]) });
    const store = await openCheckpoint(folder);
    expect([...store.tensors.keys()]).toEqual(['x']);
    await store.close();
  });

  it('may be links, as in the cache of the hub', async () => {
    const from = sharded();
    const folder = newFolder();
    for (const name of readdirSync(from)) symlinkSync(join(from, name), join(folder, name));
    const store = await openCheckpoint(folder);
    expect([...store.tensors.keys()]).toEqual(['a', 'b', 'c']);
    expect(await store.f32('c')).toEqual(f32('c', [5]).data);
    await store.close();
  });

  it('reads names that objects treat specially', async () => {
    const names = ['__proto__', 'constructor', 'toString', '7', '03'];
    const folder = newFolder();
    await writeCheckpoint(folder, pending(names.map((n) => f32(n, [2]))), { maxShardBytes: 8 });
    const store = await openCheckpoint(folder);
    expect(store.files).toHaveLength(5);
    expect([...store.tensors.keys()].sort()).toEqual(names.toSorted());
    await store.close();
  });
});

describe('a damaged checkpoint', () => {
  const edited = (edit: (map: Record<string, string>) => void): string => {
    const folder = sharded();
    const index = JSON.parse(readFileSync(join(folder, INDEX), 'utf8'));
    edit(index.weight_map);
    return writeFiles(folder, { [INDEX]: index });
  };

  it('is named by its file and tensor', async () => {
    const missing = sharded();
    rmSync(join(missing, 'model-00002-of-00002.safetensors'));
    await refused(
      () => openCheckpoint(missing),
      'MissingFile',
      /00002-of-00002\.safetensors: .*puts 1 tensors/,
    );
    await refused(
      () => openCheckpoint(edited((m) => Object.assign(m, { d: m.a }))),
      'ShardMismatch',
      /00001-of-00002\.safetensors: "d": .* does not hold it/,
    );
    await refused(
      () => openCheckpoint(edited((m) => Object.assign(m, { b: m.c }))),
      'ShardMismatch',
      /00001-of-00002\.safetensors: "b": the shard holds this tensor, and .* into "model-00002-of-00002/,
    );
    await refused(
      () => openCheckpoint(edited((m) => delete m.b)),
      'ShardMismatch',
      /"b": the shard holds this tensor, and .* does not name it/,
    );
    const twice = sharded();
    writeFiles(twice, {
      'model-00002-of-00002.safetensors': serializeSafetensors([f32('c', [5]), f32('a', [3])]),
    });
    await refused(() => openCheckpoint(twice), 'ShardMismatch', /00002\.safetensors: "a": the shard holds/);
    const short = sharded();
    truncateSync(join(short, 'model-00001-of-00002.safetensors'), 200);
    expect(await thrown(() => openCheckpoint(short))).toMatchObject({
      name: 'SafetensorsError',
      file: join(short, 'model-00001-of-00002.safetensors'),
    });
  });

  it.each([
    '../model-00001-of-00002.safetensors',
    '/etc/passwd.safetensors',
    'sub/a.safetensors',
    'sub\\a.safetensors',
    'C:a.safetensors',
    '..safetensors',
    'a\0.safetensors',
    'model.bin',
    '',
  ])('is refused with a shard outside its folder: %j', async (shard) => {
    await refused(
      () => openCheckpoint(edited((m) => Object.assign(m, { a: shard }))),
      'InvalidIndex',
      'beside',
    );
  });

  it('is refused with an index that names a tensor twice', async () => {
    const folder = sharded();
    writeFileSync(join(folder, INDEX), '{"weight_map": {"a": "x.safetensors", "a": "y.safetensors"}}');
    await refused(() => openCheckpoint(folder), 'InvalidJson', 'occurs twice');
    for (const index of [{}, { weight_map: [] }, { weight_map: { a: 1 } }, { weight_map: {} }, 3, null])
      await refused(() => openCheckpoint(writeFiles(sharded(), { [INDEX]: index })), 'InvalidIndex', INDEX);
    writeFileSync(join(folder, INDEX), Uint8Array.of(0x7b, 0xff, 0x7d));
    await refused(() => openCheckpoint(folder), 'InvalidJson', 'not UTF-8');
  });

  it('is refused where it is missing, or in another format', async () => {
    const folder = newFolder();
    await refused(() => openCheckpoint(folder), 'MissingFile', 'neither model.safetensors nor');
    writeFileSync(join(folder, 'pytorch_model.bin'), '');
    await refused(() => openCheckpoint(folder), 'MissingFile', /but "pytorch_model.bin"\. Save the model as/);
    for (const name of ['model.gguf', 'tf_model.h5', 'flax_model.msgpack', 'model.npz']) {
      await refused(
        () => openCheckpoint(writeFiles(newFolder(), { [name]: new Uint8Array(8) })),
        'MissingFile',
        'neither model.safetensors nor',
      );
      const file = join(writeFiles(newFolder(), { [name]: new Uint8Array(8) }), name);
      expect(await thrown(() => openTensors(file))).toBeInstanceOf(SafetensorsError);
    }
    await refused(() => openTensors(join(folder, INDEX)), 'MissingFile', 'no such file');
    expect(await thrown(() => openCheckpoint(join(folder, 'no')))).toMatchObject({ code: 'IoError' });
    expect(await thrown(() => openTensors(join(folder, 'x.safetensors')))).toBeInstanceOf(SafetensorsError);
  });

  it('is named by its tensors where an unknown one is asked for', async () => {
    const store = await openCheckpoint(sharded());
    for (const name of ['d', '__proto__'])
      expect(await thrown(() => store.bytes(name))).toMatchObject({ code: 'TensorNotFound', tensor: name });
    expect(String(await thrown(() => store.f32('d')))).toMatch(/among the 3 here.*such as "a", "b", "c"/);
    await store.close();
    expect(await thrown(() => store.bytes('a'))).toMatchObject({ code: 'IoError' });
  });
});

describe('writeCheckpoint', () => {
  it('leaves the folder as it was, and nothing beside it, when a tensor fails', async () => {
    const parent = newFolder();
    const folder = join(parent, 'out');
    await writeCheckpoint(folder, pending([f32('a', [2]), f32('b', [2])]), { maxShardBytes: 8 });
    const before = readdirSync(folder).map((f) => [f, readFileSync(join(folder, f))]);
    const failing: PendingWeight = {
      bytes: 8,
      tensors: () => {
        throw new Error('of the caller');
      },
    };
    const work = writeCheckpoint(folder, [...pending([f32('a', [2])]), failing], { maxShardBytes: 8 });
    await expect(work).rejects.toThrow('of the caller');
    expect(readdirSync(folder).map((f) => [f, readFileSync(join(folder, f))])).toEqual(before);
    expect(readdirSync(parent)).toEqual(['out']);
    await refused(
      () => writeCheckpoint(folder, pending([f32('a', [2]), f32('a', [2])])),
      'ShardMismatch',
      '"a": two tensors have this name',
    );
    const wrong = writeCheckpoint(folder, pending([{ ...f32('a', [2]), shape: [3] }]));
    await expect(wrong).rejects.toMatchObject({ code: 'InvalidTensorView' });
    expect(readdirSync(folder).map((f) => [f, readFileSync(join(folder, f))])).toEqual(before);
  });

  it('replaces what it wrote, and no folder with a file that would be lost', async () => {
    const folder = join(newFolder(), 'out');
    await writeCheckpoint(folder, pending([f32('a', [2])]));
    await writeCheckpoint(folder, pending([f32('b', [2])]));
    const store = await openCheckpoint(folder);
    expect([...store.tensors.keys()]).toEqual(['b']);
    await store.close();
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    await refused(() => writeCheckpoint(folder, pending([f32('c', [2])])), 'FolderInUse', '"notes.txt"');
    expect(readdirSync(folder).sort()).toEqual(['model.safetensors', 'notes.txt']);
    expect(readdirSync(join(folder, '..'))).toEqual([basename(folder)]);
  });

  it('makes the folders above, and refuses a file in the way', async () => {
    const folder = join(root, 'deep', 'er', 'out');
    await writeCheckpoint(folder, pending([f32('a', [1])]));
    expect(readdirSync(folder)).toEqual(['model.safetensors']);
    const error = await thrown(() =>
      writeCheckpoint(join(folder, 'model.safetensors'), pending([f32('a', [1])])),
    );
    expect(error).toMatchObject({ code: 'IoError' });
  });
});
