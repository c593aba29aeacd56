import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cascadeMean, cascadeSum } from '../../../../src/formats/quantized/cascade-sum.ts';
import { midpoints, nearestCode } from '../../../../src/formats/quantized/code-book.ts';
import {
  dequantizeNf4,
  type NestedAbsmax,
  type Nf4Tensor,
  nf4Absmax,
  nf4CodeBook,
  nf4Codes,
  quantizeNf4,
} from '../../../../src/formats/quantized/index.ts';
import { runs } from '../../../support/runs.ts';
import { absmaxOf, bitsOf, refusal, weightsArb } from './support.ts';

/** Half the gap between a code's value and its neighbour on x's side; past the ends, the whole gap to ±1. */
function halfGap(book: Float32Array, code: number, x: number): number {
  const value = book[code]!;
  const neighbour = x > value ? (book[code + 1] ?? 1) : (book[code - 1] ?? -1);
  const past = (x > value ? code === book.length - 1 : code === 0) ? 1 : 0.5;
  return Math.abs(neighbour - value) * past;
}

/** The largest error that double quantisation may make in the absmax of a block. */
function nestedBound(nested: NestedAbsmax, block: number, absmax: number): number {
  const scale = nested.absmax[Math.floor(block / nested.blocksize)]!;
  const centred = absmax - nested.offset;
  const gap = scale === 0 ? 0 : halfGap(nested.codeBook, nested.codes[block]!, centred / scale);
  return gap * scale + (scale + absmax + Math.abs(nested.offset)) * 2 ** -20 + 2 ** -147;
}

describe('quantizeNf4', () => {
  it.each([false, true])(
    'is off by half a gap of the code book at most; double quantisation: %s',
    (double) => {
      fc.assert(
        fc.property(weightsArb(400), fc.constantFrom(32, 64, 128), (weights, blocksize) => {
          fc.pre(!double || absmaxOf(weights) < 2 ** 120);
          const tensor = quantizeNf4(weights, [weights.length], { blocksize, doubleQuantization: double });
          const codes = nf4Codes(tensor);
          const values = dequantizeNf4(tensor);
          weights.forEach((weight, i) => {
            const block = Math.floor(i / blocksize);
            const absmax = absmaxOf(weights.subarray(block * blocksize, (block + 1) * blocksize));
            const nested = tensor.absmax.kind === 'nested' ? nestedBound(tensor.absmax, block, absmax) : 0;
            const gap = absmax === 0 ? 0 : halfGap(tensor.codeBook, codes[i]!, weight / absmax);
            const book = Math.abs(tensor.codeBook[codes[i]!]!);
            const bound = gap * absmax + nested * book + absmax * 2 ** -20 + 2 ** -148;
            if (!(Math.abs(values[i]! - weight) <= bound))
              expect.fail(`element ${i}: ${weight} became ${values[i]}, further than ${bound}`);
          });
        }),
        runs(150, 15_000),
      );
    },
  );

  const blockArb = fc.tuple(
    fc.constantFrom(0, 15),
    fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 63, maxLength: 63 }),
    fc.float({ min: Math.fround(2 ** -90), max: Math.fround(2 ** 90), noNaN: true }),
    fc.integer({ min: 0, max: 255 }),
  );

  it('gives back the codes of what was dequantised, where each block has a code of ±absmax', () => {
    fc.assert(
      fc.property(fc.array(blockArb, { minLength: 1, maxLength: 5 }), fc.boolean(), (blocks, nested) => {
        const codes = blocks.flatMap(([end, others]) => [...others.slice(0, 31), end, ...others.slice(31)]);
        const tensor: Nf4Tensor = {
          shape: [blocks.length, 64],
          dtype: 'float32',
          blocksize: 64,
          packed: Uint8Array.from(
            { length: codes.length / 2 },
            (_, i) => codes[2 * i]! * 16 + codes[2 * i + 1]!,
          ),
          codeBook: nf4CodeBook(),
          absmax: nested
            ? {
                kind: 'nested',
                codes: Uint8Array.from(blocks, (block) => block[3]),
                blocksize: 256,
                codeBook: Float32Array.from({ length: 256 }, (_, i) => (i - 128) / 128),
                absmax: Float32Array.of(0.25),
                offset: 0.5,
              }
            : { kind: 'plain', values: Float32Array.from(blocks, (block) => block[2]) },
        };
        expect([...nf4Codes(tensor)]).toEqual(codes);
        const again = quantizeNf4(dequantizeNf4(tensor), tensor.shape);
        expect(again.packed).toEqual(tensor.packed);
        expect(nf4Absmax(again)).toEqual(nf4Absmax(tensor));
      }),
      runs(100, 10_000),
    );
  });

  it('makes zeros of a block of zeros, whatever double quantisation makes of its scale', () => {
    for (const doubleQuantization of [false, true]) {
      const weights = Float32Array.from({ length: 192 }, (_, i) => (i < 64 ? [0, -0][i % 2]! : i / 1000));
      const values = dequantizeNf4(quantizeNf4(weights, [192], { doubleQuantization }));
      expect(values.subarray(0, 64).every((value) => value === 0)).toBe(true);
      expect(absmaxOf(values.subarray(64))).toBeGreaterThan(0.1);
    }
  });

  it('keeps ±absmax exactly, at either end of float32, and one element', () => {
    for (const size of [2 ** -149, 2 ** -140, 2 ** -126, 1, 3.4028234663852886e38]) {
      const weights = Float32Array.of(size, -size, 0, -0);
      expect(bitsOf(dequantizeNf4(quantizeNf4(weights, [2, 2])))).toEqual(
        bitsOf(Float32Array.of(size, -size, 0, 0)),
      );
    }
    for (const doubleQuantization of [false, true])
      expect(dequantizeNf4(quantizeNf4(Float32Array.of(-0.7), [1, 1], { doubleQuantization }))).toEqual(
        Float32Array.of(-0.7),
      );
  });

  it('rounds the midpoint of two values of a code book to the lower one', () => {
    const middles = midpoints(nf4CodeBook());
    expect(middles.length).toBe(15);
    middles.forEach((middle, i) => {
      expect(nearestCode(middle, middles)).toBe(i);
      expect(nearestCode(middle + 2 ** -30, middles)).toBe(i + 1);
    });
  });

  it.each<[string, Float32Array, number[], RegExp]>([
    ['infinity', Float32Array.of(1, Infinity), [2], /"w": element 1 is Infinity.*all finite/],
    ['NaN', Float32Array.of(Number.NaN, 1), [2], /element 0 is NaN/],
    ['the wrong size', Float32Array.of(1, 1), [3], /shape \[3\] has 3 elements and 2 are given/],
    ['no elements', new Float32Array(0), [0, 4], /shape \[0,4\] is not a list of whole numbers above 0/],
    ['no shape', Float32Array.of(1), [], /shape \[\] is not/],
    [
      'a mean that overflows',
      new Float32Array(256).fill(3e38),
      [256],
      /the mean of its scales overflows float32. Quantise it without double/,
    ],
  ])('refuses %s', async (_, weights, shape, message) => {
    const error = await refusal(() =>
      quantizeNf4(weights, shape, { doubleQuantization: true }, { tensor: 'w' }),
    );
    expect(error.code).toBe('InvalidWeight');
    expect(error.tensor).toBe('w');
    expect(error.message).toMatch(message);
  });

  it.each([0, 16, 48, 64.5, 8192, Number.NaN])('refuses blocks of %s', async (blocksize) => {
    const error = await refusal(() => quantizeNf4(Float32Array.of(1), [1], { blocksize }));
    expect(error.code).toBe('InvalidBlockSize');
  });
});

describe('cascadeSum', () => {
  it('is the sum in float32, and exact where no partial sum needs rounding', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9000 }), fc.integer({ min: 1, max: 97 }), (length, step) => {
        const values = Float32Array.from({ length }, (_, i) => (i * step) % 101);
        expect(cascadeSum(values)).toBe(values.reduce((sum, value) => sum + value, 0));
      }),
      runs(60, 6000),
    );
  });

  it('adds lanes, then rows of four vectors, then chunks of sixteen rows', () => {
    const big = 2 ** 24;
    const sumOf = (length: number, places: Readonly<Record<number, number>>): number => {
      const values = new Float32Array(length);
      for (const [place, value] of Object.entries(places)) values[Number(place)] = value;
      return cascadeSum(values);
    };
    // float32 loses 1 when it is added to 2^24. Two ones that are added to each other first are kept.
    expect(sumOf(64, { 0: big, 32: 1, 33: 1 })).toBe(big);
    expect(sumOf(64, { 0: big, 1: 1, 2: 1 })).toBe(big);
    expect(sumOf(64, { 0: 1, 32: 1, 1: big })).toBe(big + 2);
    expect(sumOf(64, { 8: 1, 40: 1, 0: big })).toBe(big + 2);
    expect(sumOf(1024, { 0: big, 512: 1, 544: 1 })).toBe(big + 2);
    expect(sumOf(1024, { 0: big, 32: 1, 64: 1 })).toBe(big);
    expect(sumOf(16384, { 0: big, 8192: 1, 8704: 1 })).toBe(big + 2);
    expect(sumOf(16384, { 0: big, 512: 1, 1024: 1 })).toBe(big);
    expect(sumOf(2 ** 18, { 0: big, 131072: 1, 139264: 1 })).toBe(big + 2);
    // Elements after the last whole vector are added first. Below 8 elements, there are no lanes.
    expect(sumOf(18, { 0: big, 16: 1, 17: 1 })).toBe(big + 2);
    expect(sumOf(7, { 0: big, 1: 1, 5: 1 })).toBe(big);
    expect(sumOf(7, { 0: 1, 5: 1, 1: big })).toBe(big + 2);
  });
});

it('cascadeSum has four levels: the fourth takes the sums of all further rows one by one', () => {
  // A level of 16³ rows of 32 values is full at each of these places, and 2²⁴ + 1 is 2²⁴ in float32.
  const values = new Float32Array(32 * 18 * 16 ** 3);
  values[0] = 2 ** 24;
  for (const level of [16, 17]) values[level * 32 * 16 ** 3] = 1;
  expect(cascadeSum(values)).toBe(2 ** 24);
});

it('cascadeMean divides: the mean of ones is 1, which a product with the rounded reciprocal misses', () => {
  const means = Array.from({ length: 200 }, (_, i) => cascadeMean(new Float32Array(i + 1).fill(1)));
  expect(means).toEqual(new Array(200).fill(1));
});

it('nf4Absmax takes the offset as a float32', () => {
  const decoded = (offset: number): number => {
    const codeBook = Float32Array.from({ length: 256 }, (_, i) => i / 255);
    const tensor = quantizeNf4(Float32Array.of(1), [1], { doubleQuantization: true });
    const absmax = {
      ...tensor.absmax,
      codes: Uint8Array.of(255),
      codeBook,
      absmax: Float32Array.of(1),
      offset,
    };
    return nf4Absmax({ ...tensor, absmax: absmax as NestedAbsmax })[0]!;
  };
  expect(decoded(0.5)).toBe(1.5);
  // In float64 the offset lies above the tie between 1 and the next float32. Rounded to float32, it lies on the tie.
  expect(decoded(2 ** -24 + 2 ** -50)).toBe(1);
});
