/** Quantised tensors with one fault each, at and beside every limit: all messages are in a golden file. */
import { expect, it } from 'vitest';
import type { Storage } from '../../../../compiler/primitives/storage.ts';
import {
  consecutiveGroups,
  dequantize,
  deviation,
  nf4Absmax,
  nf4Codes,
  nf4TensorData,
  packAwq,
  packGptq,
  QuantizationError,
  quantize,
  quantizeGrouped4,
  quantizeInt8Rows,
  quantizeNf4,
  storageOf,
  unpackAwq,
  unpackGptq,
  wordsOf,
} from '../../../../src/formats/quantized/index.ts';
import { stackNf4 } from '../../../../src/formats/quantized/nf4-stack.ts';
import { isInt4, isNf4 } from '../../../../src/formats/quantized/stored.ts';
import { digest } from '../../../support/digest.ts';

const W = Float32Array.from({ length: 128 }, (_, i) => Math.sin(i + 1));
const at = { file: 'm', tensor: 'w' };

type Parts = Readonly<Record<string, unknown>>;
type Numbers = Float32Array | Uint8Array | Int8Array | Int32Array;
const isNumbers = (value: unknown): value is Numbers =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

/** Numbers at and beside the limits of an array's elements. */
const limitsOf = (name: string, values: Numbers): readonly number[] => {
  if (values instanceof Float32Array)
    return name === 'codeBook' ? [-1.5, -1, 1, 1.5, Number.NaN] : [-1, 0, Number.NaN, Infinity, -Infinity];
  return { group: [-1, 0, 1, 2, 3], zeros: [0, 15, 16, 17], codes: [0, 15, 16, 127] }[name] ?? [];
};

/** Each change of one part: another length, or another first or last element. */
function changes(parts: Parts): (readonly [string, Parts])[] {
  return Object.entries(parts).flatMap(([name, part]): (readonly [string, Parts])[] => {
    const put = (what: string, value: unknown) => [`${name}${what}`, { ...parts, [name]: value }] as const;
    if (isNumbers(part)) {
      const longer = part.slice();
      const Numbers = part.constructor as new (length: number) => Numbers;
      return [
        put(' empty', part.slice(0, 0)),
        put(' shorter', part.slice(0, -1)),
        put(' longer', Object.assign(new Numbers(part.length + 1), [...longer])),
        put(' a list', [...part]),
        put(' a view', new DataView(part.slice().buffer)),
        ...limitsOf(name, part).flatMap((n) =>
          [0, part.length - 1].map((i) => put(`[${i}] = ${n}`, Object.assign(part.slice(), { [i]: n }))),
        ),
      ];
    }
    if (name === 'absmax' && typeof part === 'object' && part !== null)
      return changes({ ...part }).map(([what, value]) => put(`.${what}`, value));
    const others: Readonly<Record<string, readonly unknown[]>> = {
      shape: [
        [8, 15],
        [8, 17],
        [7, 16],
        [16, 8],
        [128],
        [0, 16],
        [8, -16],
        [],
        128,
        [8, 16, 1],
        [2, 4, 16],
        ['8', 16],
      ],
      blocksize: [0, 16, 31, 32, 33, 64, 128, 4096, 8192, '32', 2 ** 31],
      offset: [-1, 3.5e38, Number.NaN, '1'],
      kind: ['plain', 'nested', 'other'],
    };
    return (others[name] ?? []).map((value) => put(` = ${JSON.stringify(value)}`, value));
  });
}

/** A short form of a result: an array is its length and the digest of its elements. */
const shortened = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    isNumbers(part) ? `${part.length}:${digest([...part].join(' '))}` : part,
  ) ?? '';

/** The result of a call, or its refusal. */
function outcome(run: () => unknown): string {
  try {
    return shortened(run());
  } catch (error) {
    if (!(error instanceof QuantizationError)) throw error;
    return `${error.code} ${error.tensor}: ${error.message}`;
  }
}

/** The outcomes of several calls, one line for those that agree. */
function lines(calls: Readonly<Record<string, () => unknown>>): string {
  const by = new Map<string, string[]>();
  for (const [name, run] of Object.entries(calls)) {
    const of = outcome(run);
    by.set(of, [...(by.get(of) ?? []), name]);
  }
  return [...by].map(([of, names]) => `  ${names.join(', ')}: ${of}`).join('\n');
}

const report = (parts: Parts, calls: (parts: never) => Readonly<Record<string, () => unknown>>): string =>
  [['as it is', parts] as const, ...changes(parts)]
    .map(([what, changed]) => `${what}\n${lines(calls(changed as never))}\n`)
    .join('');

const STORAGES: Readonly<Record<string, Storage>> = {
  'nf4-plain': { format: 'nf4', block: 32 },
  'nf4-nested': { format: 'nf4', block: 32, nested: 32 },
  int8: { format: 'int8' },
  int4: { format: 'int4', group: 6 },
};

it.each(Object.entries(STORAGES))('%s', async (name, storage) => {
  const text = report({ ...quantize(W, [8, 16], storage) }, (parts) => ({
    decoded: () => dequantize(parts, at),
    storage: () => storageOf(parts, at),
    words: () => wordsOf(parts, storage, at),
    deviation: () => deviation(parts, W, at),
    ...(isNf4(parts)
      ? {
          codes: () => nf4Codes(parts, at),
          absmax: () => nf4Absmax(parts, at),
          tensors: () => nf4TensorData('w', parts).length,
        }
      : {}),
    ...(isInt4(parts)
      ? {
          awq: () => packAwq(parts, 6, at),
          gptq: () => packGptq(parts, 6, 'gptq', at),
          'gptq v2': () => packGptq(parts, 6, 'gptq_v2', at),
        }
      : {}),
  }));
  await expect(text).toMatchFileSnapshot(`every-fault/${name}.txt`);
});

it('packed by GPTQ and AWQ', async () => {
  const weight = quantizeGrouped4(W, [8, 16], 6, {}, { smallestZero: 1 });
  const both = [
    report({ ...packGptq(weight, 6, 'gptq') }, (parts) => ({ unpacked: () => unpackGptq(parts, at) })),
    report({ ...packAwq(weight, 6) }, (parts) => ({ unpacked: () => unpackAwq(parts, at) })),
  ];
  const sizes = [-1, 0, 1, 5, 6, 7, 8, 15, 16, 17, 6.5, '6'].map((size) => {
    const groupSize = size as number;
    const calls = {
      groups: () => consecutiveGroups(16, groupSize, at),
      awq: () => packAwq(weight, groupSize, at),
      gptq: () => packGptq(weight, groupSize, 'gptq', at),
      quantised: () => quantizeGrouped4(W, [8, 16], groupSize, at),
    };
    return `group size ${JSON.stringify(size)}\n${lines(calls)}\n`;
  });
  await expect([...both, ...sizes].join('')).toMatchFileSnapshot('every-fault/packed.txt');
});

it('weights that are quantised', async () => {
  const edited = (i: number, n: number) => Object.assign(W.slice(), { [i]: n });
  const weights: Readonly<Record<string, unknown>> = {
    'as they are': W,
    'one less': W.slice(1),
    'one more': new Float32Array(129),
    none: new Float32Array(0),
    'NaN first': edited(0, Number.NaN),
    'infinite last': edited(127, Infinity),
    'the largest float32': edited(5, 3.4028234663852886e38),
    'a list': [...W],
  };
  const text = Object.entries(weights).map(([what, given]) => {
    const values = given as Float32Array;
    const calls = {
      nf4: () => quantizeNf4(values, [8, 16], {}, at),
      'nf4 nested': () => quantizeNf4(values, [128], { doubleQuantization: true, dtype: 'float16' }, at),
      'nf4 blocks of 4096': () => quantizeNf4(values, [2, 64], { blocksize: 4096, nestedBlocksize: 32 }, at),
      'nf4 blocks of 4097': () => quantizeNf4(values, [8, 16], { blocksize: 4097 }, at),
      'nf4 nested in 16': () => quantizeNf4(values, [8, 16], { nestedBlocksize: 16 }, at),
      int8: () => quantizeInt8Rows(values, [8, 16], at),
      'int8 of three axes': () => quantizeInt8Rows(values, [8, 16, 1] as unknown as [8, 16], at),
      'int4 of one axis': () => quantizeGrouped4(values, [128] as unknown as [8, 16], 5, at),
      int4: () => quantizeGrouped4(values, [8, 16], 5, at),
      'int4 from 1': () => quantizeGrouped4(values, [8, 16], -1, at, { smallestZero: 1 }),
    };
    return `${what}\n${lines(calls)}\n`;
  });
  await expect(text.join('')).toMatchFileSnapshot('every-fault/weights.txt');
});

it('weights are stacked where all are alike and no block spans two', () => {
  const of = (blocksize: number, shape: readonly number[], dtype: 'float32' | 'float16' = 'float32') =>
    quantizeNf4(W.subarray(0, shape[0]! * shape[1]!), shape, { blocksize, dtype });
  const nested = quantizeNf4(W, [8, 16], { blocksize: 32, doubleQuantization: true });
  const [first, second] = [
    of(32, [8, 16]),
    { ...of(32, [8, 16]), packed: of(32, [8, 16]).packed.toReversed() },
  ];
  const stack = stackNf4([first, nested, second], at);
  expect({ ...stack, packed: [...stack.packed], absmax: 0 }).toEqual({
    ...{ shape: [3, 8, 16], dtype: 'float32', blocksize: 32, codeBook: first.codeBook, absmax: 0 },
    packed: [first, nested, second].flatMap((t) => [...t.packed]),
  });
  expect(dequantize(stack)).toEqual(
    Float32Array.from([first, nested, second].flatMap((t) => [...dequantize(t)])),
  );
  const differ =
    'InvalidPacking w: m: tensor "w": experts have weights of several shapes, dtypes or block sizes. Leave the experts unquantised.';
  const book = { ...first, codeBook: first.codeBook.map((v, i) => (i === 3 ? v + 0.01 : v)) };
  for (const other of [of(64, [8, 16]), of(32, [16, 8]), of(32, [8, 16], 'float16'), book])
    expect(outcome(() => stackNf4([first, first, other], at))).toBe(differ);
  expect(outcome(() => stackNf4([of(64, [8, 10])], at))).toBe(
    'InvalidPacking w: m: tensor "w": an expert\'s 80 weights do not fill blocks of 64, and a block would span two experts. Leave the experts unquantised.',
  );
});
