/** Files of exactly a limit are read and written; of one more they are refused, with what the limit counts. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Limit, limits } from '../../../compiler/limits.ts';
import { parseShardIndex } from '../../../src/formats/checkpoint/shard-index.ts';
import { checkLimit, FormatError } from '../../../src/formats/error.ts';
import { parseJson, readText } from '../../../src/formats/json.ts';
import { readRegular, UnreadableFile } from '../../../src/formats/read-regular.ts';
import { parseSafetensors, serializeSafetensors } from '../../support/safetensors.ts';
import { f32, newFolder, thrown, writeFiles } from './files.ts';

/** Does work under another limit. */
async function under<T>(limit: Limit, most: number, work: () => T | Promise<T>): Promise<T> {
  const before = limit.most;
  Object.assign(limit, { most });
  try {
    return await work();
  } finally {
    Object.assign(limit, { most: before });
  }
}

/** Expects work to succeed under a limit of `most`, and to be refused with a message under a limit of one less. */
async function isExact(limit: Limit, most: number, work: () => unknown, message: string): Promise<void> {
  await under(limit, most, work);
  const error = await under(limit, most - 1, () => thrown(work));
  expect(error).toBeInstanceOf(Error);
  const number = `${message} ${limit.counts}: the limit is ${most - 1}, because ${limit.because}`;
  expect(String(error)).toContain(number);
}

const tensors = [f32('abc', [1, 2]), f32('de', [3]), f32('f', [])];
const file = serializeSafetensors(tensors);

it('the tensors, names and axes of a safetensors file', async () => {
  for (const work of [() => parseSafetensors(file), () => serializeSafetensors(tensors)]) {
    await isExact(limits.tensors, 3, work, 'at least 3');
    await isExact(limits.tensorName, 3, work, 'at least 3');
    await isExact(limits.tensorAxes, 2, work, 'at least 2');
  }
});

it('the length of a safetensors header', async () => {
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  await isExact(limits.headerBytes, length, () => parseSafetensors(file), `the header claims ${length}`);
  await isExact(
    limits.headerBytes,
    length,
    () => serializeSafetensors(tensors),
    `the header takes ${length}`,
  );
});

it('the values and levels of JSON', async () => {
  await isExact(limits.jsonValues, 4, () => parseJson('{"a":[1,2]}', 'j'), 'at least 4');
  await isExact(limits.jsonDepth, 2, () => parseJson('{"a":[1,2]}', 'j'), 'at least 2');
  const header = new TextEncoder().encode(
    '{"t":{"x":{"a":[1,2]},"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
  );
  const whole = new Uint8Array([header.length, 0, 0, 0, 0, 0, 0, 0, ...header]);
  await isExact(limits.jsonValues, 4, () => parseSafetensors(whole), 'at least 4');
  await isExact(limits.jsonDepth, 2, () => parseSafetensors(whole), 'at least 2');
});

it('the bytes of a text, and of a file that is read whole', async () => {
  const path = join(writeFiles(newFolder(), { 'a.json': [1, 2, 3] }), 'a.json');
  const { size } = statSync(path);
  await isExact(limits.jsonBytes, size, () => readText(path, ''), `a.json: ${size}`);
  const limit = { most: size, counts: 'bytes', because: 'so' };
  expect(`${readRegular(path, limit)}`).toBe('[1,2,3]');
  const error = await thrown(() => readRegular(path, { ...limit, most: size - 1 }));
  expect(error).toBeInstanceOf(UnreadableFile);
  expect(error).toMatchObject({ message: '7 bytes: the limit is 6, because so', code: 'UNREADABLE' });
  writeFileSync(path, '');
  expect(readRegular(path, { ...limit, most: 0 })).toHaveLength(0);
});

it('the tensors and shards of an index', async () => {
  const weight_map = { a: 'x.safetensors', b: 'y.safetensors', c: 'x.safetensors' };
  const work = () => parseShardIndex({ weight_map }, 'i');
  await isExact(limits.tensors, 3, work, 'i: 3');
  await isExact(limits.shards, 2, work, 'i: 2');
});

it('a limit of any kind', () => {
  const limit = { most: 3, counts: 'things', because: 'so' };
  const check = (n: number) => checkLimit(n, limit, 'InvalidConfig', { file: 'f', name: 'x' }, 'Have fewer.');
  check(3);
  expect(() => check(4)).toThrow(FormatError);
  expect(() => check(4)).toThrow('f: "x": 4 things: the limit is 3, because so. Have fewer.');
});
