import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeBF16,
  decodeF8E4M3,
  decodeF8E5M2,
  decodeF16,
  encodeBF16,
  encodeF16,
} from '../../../src/formats/safetensors/index.ts';

const patterns = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

describe.each([
  { format: 'F16', decode: decodeF16, encode: encodeF16, infinity: 0x7c00, quietNaN: 0x7e00 },
  { format: 'BF16', decode: decodeBF16, encode: encodeBF16, infinity: 0x7f80, quietNaN: 0x7fc0 },
])('$format', ({ decode, encode, infinity, quietNaN }) => {
  const values = decode(patterns);
  const one = (value: number): number => encode([value])[0]!;

  it('encodes every decoded pattern back to itself, NaNs to the quiet NaN', () => {
    const expected = patterns.map((bits) => ((bits & 0x7fff) > infinity ? quietNaN : bits));
    expect(encode(values)).toEqual(expected);
    expect(values.filter(Number.isNaN).length).toBe(2 * (0x7fff - infinity));
  });

  it('decodes in increasing order, to infinity', () => {
    for (let bits = 1; bits <= infinity; bits++) {
      if (!(values[bits]! > values[bits - 1]!)) expect.fail(`pattern ${bits} is not above the one before`);
    }
    expect(values[infinity]).toBe(Infinity);
    expect(Object.is(values[0x8000], -0)).toBe(true);
  });

  it('rounds the tie between any neighbours to the even one, and either side of it to the nearer', () => {
    for (let bits = 0; bits < infinity - 1; bits++) {
      const [low, high] = [values[bits]!, values[bits + 1]!];
      const middle = (low + high) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      const side = (high - low) * 2 ** -30;
      if (one(middle) !== even || one(middle - side) !== bits || one(middle + side) !== bits + 1) {
        expect.fail(`between patterns ${bits} and ${bits + 1}`);
      }
    }
  });

  it('overflows to infinity from half a step past the largest value', () => {
    const [last, before] = [values[infinity - 1]!, values[infinity - 2]!];
    const half = (last - before) / 2;
    expect(one(last + half)).toBe(infinity);
    expect(one(last + half * (1 - 2 ** -30))).toBe(infinity - 1);
    expect(one(-Number.MAX_VALUE)).toBe(0x8000 | infinity);
    expect(one(-Number.MIN_VALUE)).toBe(0x8000);
  });

  it('is odd: a sign is only a bit', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        expect(one(-value)).toBe(one(value) ^ 0x8000);
      }),
      { seed: 1 },
    );
  });
});

it('has the values that IEEE 754 and bfloat16 give', () => {
  expect([...decodeF16(Uint16Array.of(0x3c00, 0x3555, 0x7bff, 0x0400, 0x0001, 0xc000))]).toEqual([
    1,
    0.333251953125,
    65504,
    2 ** -14,
    2 ** -24,
    -2,
  ]);
  expect([...decodeBF16(Uint16Array.of(0x3f80, 0x4049, 0x0001, 0xc000))]).toEqual([
    1,
    3.140625,
    2 ** -133,
    -2,
  ]);
});

it('decodes F8 as OCP says: E5M2 is the upper half of F16; E4M3 reaches 448 and has no infinity', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, bits) => bits);
  expect(decodeF8E5M2(bytes)).toEqual(decodeF16(Uint16Array.from(bytes, (bits) => bits << 8)));
  const e4m3 = decodeF8E4M3(bytes);
  expect([e4m3[0x7e], e4m3[0x78], e4m3[0x08], e4m3[0x07], e4m3[0xb8]]).toEqual([
    448,
    256,
    2 ** -6,
    7 * 2 ** -9,
    -1,
  ]);
  expect(e4m3.filter(Number.isNaN).length).toBe(2);
});
