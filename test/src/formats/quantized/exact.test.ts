/** Quantised weights at their edges: sums as PyTorch makes them, the first of two faults, and weights that do not fit. */
import { describe, expect, it } from 'vitest';
import type { Storage } from '../../../../compiler/primitives/storage.ts';
import { cascadeSum } from '../../../../src/formats/quantized/cascade-sum.ts';
import { elementsOf } from '../../../../src/formats/quantized/checks.ts';
import {
  dequantize,
  dequantizeInt8Rows,
  deviation,
  type Int8Rows,
  isQuantized,
  nf4TensorData,
  packAwq,
  packGptq,
  type QuantizedTensor,
  quantize,
  quantizedWeights,
  quantizeGrouped4,
  quantizeInt8Rows,
  quantizeNf4,
  storageOf,
  wordsOf,
} from '../../../../src/formats/quantized/index.ts';
import { parseNf4State } from '../../../../src/formats/quantized/nf4-state.ts';
import { refusal } from './support.ts';

const W = Float32Array.from({ length: 128 }, (_, i) => Math.sin(i + 1));
const at = { tensor: 'w' };
const messageOf = async (run: () => unknown) => {
  const { code, message } = await refusal(run);
  return `${code}: ${message}`;
};

it('a sum of any length is PyTorch’s, to the last bit', () => {
  // torch.from_numpy(values[:length]).sum() of PyTorch 2 on a CPU with AVX2 and one thread.
  const sums = {
    ...{ 0: 0, 1: 0.002877175807952881, 7: 71.84452056884766, 8: 72.64054107666016, 9: 74.74378967285156 },
    ...{ 31: 675.3387451171875, 32: 681.9730224609375, 33: 684.440673828125, 511: 8286.30078125 },
    ...{ 512: 8300.669921875, 513: 8303.78125, 1000: 16548.666015625, 8191: 133533.859375, 8192: 133534.25 },
    ...{ 10000: 161120.53125, 131072: 2095289.5, 140000: 2238779.25, 262921: 4189646.5, 2097152: 33413608 },
    ...{ 2097664: 33423098, 2229001: 35518272 },
  };
  let x = 1;
  const values = Float32Array.from({ length: 2229001 }, () => {
    x = (x * 48271) % 2147483647;
    return (x / 2 ** 31) * 2 ** (x % 8);
  });
  const own = Object.keys(sums).map((n) => [n, cascadeSum(values.subarray(0, Number(n)))]);
  expect(Object.fromEntries(own)).toEqual(sums);
});

describe('the first of two faults is named', () => {
  const two = <T extends Float32Array | Uint8Array>(array: T, wrong: number): T =>
    Object.assign(array.slice() as T, { 2: wrong, 5: wrong });
  const int4 = quantizeGrouped4(W, [8, 16], 6, {}, { smallestZero: 1 });
  const int8 = quantizeInt8Rows(W, [8, 16]);
  it.each<[string, () => unknown, RegExp]>([
    ['a value', () => quantizeInt8Rows(two(W, Number.NaN), [8, 16]), /element 2 is NaN/],
    ['a scale', () => dequantize({ ...int8, scales: two(int8.scales, -1) }), /"scales": element 2 is -1/],
    ['a code', () => dequantize({ ...int4, codes: two(int4.codes, 16) }), /element 2 is 16, above 15/],
    ['a zero of AWQ', () => packAwq({ ...int4, zeros: two(int4.zeros, 16) }, 6), /zero 2 is 16, and AWQ/],
    [
      'a zero of GPTQ',
      () => packGptq({ ...int4, zeros: two(int4.zeros, 0) }, 6, 'gptq'),
      /zero 2 is 0, and gptq/,
    ],
    [
      'a large value',
      () =>
        dequantizeInt8Rows({
          shape: [8, 1],
          codes: new Int8Array(8).fill(127),
          scales: two(int8.scales, 3e38),
        }),
      /element 2 of the dequantised weight overflows/,
    ],
  ])('%s', async (_, run, message) => expect(await messageOf(run)).toMatch(message));
});

describe('a quantised weight', () => {
  it('is told from other values', () => {
    const values: readonly unknown[] = [
      ...[null, undefined, 3, 'packed', {}, [], { codes: 1 }, { scales: 1 }, { zeros: 1 }],
      ...[{ packed: 1 }, { codes: 1, scales: 1 }],
    ];
    expect(values.map(isQuantized)).toEqual([...Array<boolean>(9).fill(false), true, true]);
    const nothing =
      'InvalidPacking: tensor "w": it has neither NF4\'s `packed` nor `codes` and `scales`. Give what quantize() or a checkpoint gives.';
    return Promise.all(
      values.slice(0, 9).flatMap((value) => {
        const weight = value as QuantizedTensor;
        return [
          () => dequantize(weight, at),
          () => storageOf(weight, at),
          () => wordsOf(weight, { format: 'int8' }, at),
          () => deviation(weight, W, at),
        ].map(async (run) => expect(await messageOf(run)).toBe(nothing));
      }),
    );
  });

  it('has the words of its own storage alone', async () => {
    const storages: readonly Storage[] = [
      { format: 'nf4', block: 32 },
      { format: 'nf4', block: 64 },
      { format: 'nf4', block: 32, nested: 32 },
      { format: 'nf4', block: 32, nested: 64 },
      { format: 'int8' },
      { format: 'int4', group: 6 },
      { format: 'int4', group: 8 },
      { format: 'int4', group: 16 },
      { format: 'int4', group: 8, indexed: true },
    ];
    for (const own of storages) {
      const tensor = quantize(W, [8, 16], own);
      const isIndexed = own.format === 'int4' && own.indexed;
      if (!isIndexed) expect(storageOf(tensor)).toStrictEqual(own);
      for (const other of storages) {
        const run = () => wordsOf(tensor, other, at);
        const fits =
          own === other || (own.format === 'int4' && other.format === 'int4' && own.group === other.group);
        if (fits) expect(run().length).toBeGreaterThan(0);
        else
          expect(await messageOf(run)).toMatch(
            /^InvalidPacking: tensor "w": it is .* and the layer is compiled for/,
          );
      }
    }
  });

  it('has NF4’s own code book in words', async () => {
    const tensor = quantizeNf4(W, [8, 16]);
    const codeBook = tensor.codeBook.map((value, i) => (i === 3 ? value + 0.001 : value));
    const storage = { format: 'nf4', block: 64 } as const;
    expect(await messageOf(() => wordsOf({ ...tensor, codeBook }, storage, at))).toBe(
      'InvalidPacking: tensor "w": its code book is not NF4’s. Dequantise it, and quantise it to NF4.',
    );
    const flat = tensor.codeBook.map((value, i) => (i === 3 ? tensor.codeBook[2]! : value));
    expect(await messageOf(() => dequantize({ ...tensor, codeBook: flat }, at))).toMatch(
      /"w\.quant_map": a code book rises, and element 3 /,
    );
  });

  it('is refused where a scale of it would be decoded to infinity', async () => {
    const values = new Float32Array(320);
    values[0] = 3.4028234663852886e38;
    const options = { blocksize: 32, doubleQuantization: true };
    expect(await messageOf(() => quantizeNf4(values, [320], options, at))).toMatch(
      /^InvalidScale: tensor "w\.absmax": element 0 is Infinity/,
    );
    expect(quantizeNf4(values.subarray(0, 288), [288], options).absmax.kind).toBe('nested');
  });

  it('without a place is named by its part alone', async () => {
    const rows: Int8Rows = { shape: [1, 2], codes: Int8Array.of(1, 2), scales: Float32Array.of(-1) };
    expect(await messageOf(() => dequantize(rows))).toMatch(
      /^InvalidScale: tensor "scales": element 0 is -1/,
    );
  });

  it('has a shape of whole numbers', async () => {
    expect(elementsOf([3, 1, 2], {})).toBe(6);
    for (const shape of [
      [0.5, 256],
      [2 ** 27, 2 ** 26],
      [-8, -16],
    ])
      expect(await messageOf(() => elementsOf(shape, at))).toMatch(
        /^InvalidWeight: tensor "w": shape \[.*\] is not a list/,
      );
  });

  it('is quantised for a storage, which is an object of a known format', async () => {
    for (const storage of [null, undefined, 'nf4'])
      expect(await messageOf(() => quantize(W, [8, 16], storage as unknown as Storage, at))).toMatch(
        /^InvalidPacking: tensor "w": it is (null|undefined|'nf4'), not an object/,
      );
    const other = { format: 'nf5' } as unknown as Storage;
    expect(await messageOf(() => quantize(W, [8, 16], other, at))).toMatch(
      /its storage is 'nf5', and there are/,
    );
  });

  it('is written under a name, and found in a map', async () => {
    const name = 3 as unknown as string;
    expect(await messageOf(() => nf4TensorData(name, quantizeNf4(W, [8, 16])))).toBe(
      'InvalidWeight: its name is 3, not a text. Give its name.',
    );
    for (const map of [{}, null, { keys: () => [] }, { get: () => undefined }])
      expect(await messageOf(() => quantizedWeights(map as unknown as Map<string, never>))).toBe(
        `InvalidWeight: it is ${map ? 'an object' : 'null'}, not a Map of tensors by name. Give the \`tensors\` of a safetensors file that was opened.`,
      );
  });
});

describe('a quant state', () => {
  const GOOD = { quant_type: 'nf4', blocksize: 1, dtype: 'bfloat16', shape: [1, 2] };
  const of = (text: string) => () => parseNf4State(new TextEncoder().encode(text), { tensor: 's' });
  const nested = { nested_blocksize: 1, nested_dtype: 'float32', nested_offset: 0.5 };

  it('is read where its numbers are at least 1', () => {
    const { shape, dtype } = { shape: [1, 2], dtype: 'bfloat16' };
    expect(of(JSON.stringify(GOOD))()).toEqual({ blocksize: 1, dtype, shape, nested: undefined });
    expect(of(JSON.stringify({ ...GOOD, ...nested }))().nested).toEqual({ blocksize: 1, offset: 0.5 });
  });

  it.each([
    ['"abc"', 'it must be a JSON object and is "\\"abc\\""'],
    ['3', 'it must be a JSON object and is "3"'],
    ['null', 'it must be a JSON object and is "null"'],
    ['[]', 'it must be a JSON object and is "[]"'],
    ['{}', 'it has no quant_type'],
    [JSON.stringify({ ...GOOD, blocksize: 0 }), 'blocksize must be a whole number above 0 and is "0"'],
    [JSON.stringify({ ...GOOD, shape: [] }), 'shape must be a list of whole numbers above 0 and is "[]"'],
    [
      JSON.stringify({ ...GOOD, shape: [0, 2] }),
      'shape must be a list of whole numbers above 0 and is "[0,2]"',
    ],
    [
      JSON.stringify({ ...GOOD, dtype: 'float64' }),
      'dtype must be float32 or float16 or bfloat16 and is "\\"float64\\""',
    ],
    [JSON.stringify({ ...GOOD, nested_offset: 1 }), 'it has no nested_dtype'],
    [JSON.stringify({ ...GOOD, nested_dtype: 'float32' }), 'it has no nested_blocksize'],
    [JSON.stringify({ ...GOOD, nested_blocksize: 1 }), 'it has no nested_dtype'],
    [
      JSON.stringify({ ...GOOD, ...nested }).replace('0.5', '1e999'),
      'nested_offset must be a number and is "null"',
    ],
    [
      JSON.stringify({ ...GOOD, ...nested }).replace('0.5', '"1"'),
      'nested_offset must be a number and is "\\"1\\""',
    ],
  ])('%s is refused', async (text, problem) => {
    expect(await messageOf(of(text))).toMatch(`InvalidQuantState: tensor "s": ${problem}. `);
  });
});
