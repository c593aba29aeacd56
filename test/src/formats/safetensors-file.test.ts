import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openSafetensors,
  SafetensorsError,
  type TensorData,
  writeSafetensors,
} from '../../../src/formats/safetensors/index.ts';
import { serializeSafetensors } from '../../support/safetensors.ts';
import { fileOf } from './safetensors-helpers.ts';

const tensors: TensorData[] = [
  { name: 'w', dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
  { name: 'h', dtype: 'F16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) },
  { name: 'n', dtype: 'I64', shape: [], data: BigInt64Array.of(-5n) },
  { name: 'none', dtype: 'F32', shape: [0, 3], data: new Float32Array(0) },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function rejection(work: Promise<unknown>): Promise<SafetensorsError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SafetensorsError);
  return error as SafetensorsError;
}

describe('openSafetensors', () => {
  it('reads what writeSafetensors wrote', async () => {
    const path = join(folder, 'a.safetensors');
    await writeSafetensors(path, tensors, { format: 'pt' });
    expect(new Uint8Array(await readFile(path))).toEqual(serializeSafetensors(tensors, { format: 'pt' }));
    const file = await openSafetensors(path);
    expect(file.metadata).toEqual(new Map([['format', 'pt']]));
    expect([...file.tensors.keys()]).toEqual(['n', 'none', 'w', 'h']);
    expect(await file.array('w')).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(await file.array('h')).toEqual(Float32Array.of(1, -2));
    expect(await file.array('n')).toEqual(BigInt64Array.of(-5n));
    expect(await file.array('none')).toEqual(new Float32Array(0));
    expect(await file.bytes('h')).toEqual(Uint8Array.of(0, 0x3c, 0, 0xc0));
    expect((await rejection(file.bytes('x'))).code).toBe('TensorNotFound');
    await file.close();
    expect((await rejection(file.bytes('w'))).code).toBe('IoError');
  });

  it('reads no data before it is asked, and tells when the file shrank', async () => {
    const path = join(folder, 'shrinks.safetensors');
    await writeSafetensors(path, tensors);
    const file = await openSafetensors(path);
    await truncate(path, (await readFile(path)).length - 2);
    const error = await rejection(file.bytes('h'));
    expect(error.code).toBe('MetadataIncompleteBuffer');
    expect(await file.array('w')).toEqual(Float32Array.of(1, 2, 3, 4));
    await file.close();
  });

  it('refuses what is missing, a folder, a pipe or damaged, with the path', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const path of [join(folder, 'missing'), folder, pipe]) {
      const error = await rejection(openSafetensors(path));
      expect(error).toMatchObject({ code: 'IoError', file: path });
    }
    const damaged = join(folder, 'damaged');
    await writeFile(damaged, fileOf('{}', 0, 2n ** 63n));
    expect(await rejection(openSafetensors(damaged))).toMatchObject({
      code: 'HeaderTooLarge',
      file: damaged,
    });
    await writeFile(damaged, '');
    expect((await rejection(openSafetensors(damaged))).code).toBe('HeaderTooSmall');
  });

  it.each([
    [
      'my weights.pt',
      [0x50, 0x4b, 3, 4, 0, 0, 8, 8],
      'safetensors.torch.save_file(torch.load("my weights.pt"), "my weights.safetensors")',
    ],
    [
      'old.bin',
      [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x46, 0x9c],
      'safetensors.torch.save_file(torch.load("old.bin"), "old.safetensors")',
    ],
    [
      'short.pth',
      [0x80, 2, 0x7d, 0, 0, 0, 0, 0],
      'safetensors.torch.save_file(torch.load("short.pth"), "short.safetensors")',
    ],
    [
      'a.npz',
      [0x50, 0x4b, 3, 4, 0, 0, 0, 0],
      'safetensors.numpy.save_file(dict(numpy.load("a.npz")), "a.safetensors")',
    ],
    [
      'a.npy',
      [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0],
      'safetensors.numpy.save_file({"x": numpy.load("a.npy")}, "a.safetensors")',
    ],
  ])('says how to convert %s', async (name, bytes, command) => {
    const path = join(folder, name);
    await writeFile(path, Uint8Array.from([...bytes, ...Array<number>(56).fill(0)]));
    expect((await rejection(openSafetensors(path))).message).toContain(
      `: write it with ${command}, and name that file.`,
    );
  });
});

describe('writeSafetensors', () => {
  it('leaves what was there, and no temporary file, when it fails', async () => {
    const place = join(folder, 'fails');
    await mkdir(join(place, 'taken'), { recursive: true });
    expect((await rejection(writeSafetensors(join(place, 'taken'), tensors))).code).toBe('IoError');
    expect((await rejection(writeSafetensors(join(place, 'no', 'folder'), tensors))).code).toBe('IoError');

    const path = join(place, 'kept');
    await writeSafetensors(path, tensors);
    const before = await readFile(path);
    const bad: TensorData = { name: 'bad', dtype: 'F32', shape: [2], data: new Float32Array(1) };
    expect((await rejection(writeSafetensors(path, [...tensors, bad]))).code).toBe('InvalidTensorView');
    const thrown = new Error('from the caller');
    const interrupted = (function* () {
      yield* tensors;
      throw thrown;
    })();
    await expect(writeSafetensors(path, interrupted)).rejects.toBe(thrown);
    expect(await readFile(path)).toEqual(before);
    expect((await readdir(place)).sort()).toEqual(['kept', 'taken']);
  });

  it('shows readers either the old file or the new, whole', async () => {
    const place = join(folder, 'race');
    await mkdir(place);
    const path = join(place, 'x');
    const filled = (value: number): TensorData[] => [
      { name: 'x', dtype: 'F32', shape: [1 << 20], data: new Float32Array(1 << 20).fill(value) },
    ];
    await writeSafetensors(path, filled(0));
    let writing = true;
    const writes = Promise.all([1, 2, 3, 4].map((value) => writeSafetensors(path, filled(value)))).finally(
      () => {
        writing = false;
      },
    );
    while (writing) {
      const file = await openSafetensors(path);
      const values = (await file.array('x')) as Float32Array;
      expect(values.every((value) => value === values[0])).toBe(true);
      await file.close();
    }
    await writes;
    expect(await readdir(place)).toEqual(['x']);
  });
});
