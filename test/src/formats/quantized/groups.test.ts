import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  consecutiveGroups,
  dequantizeGrouped4,
  type GptqFormat,
  type Grouped4,
  packAwq,
  packGptq,
  unpackAwq,
  unpackGptq,
} from '../../../../src/formats/quantized/index.ts';
import { runs } from '../../../support/runs.ts';
import { refusal } from './support.ts';

interface Drawn {
  readonly outs: number;
  readonly ins: number;
  readonly groupSize: number;
  readonly groups: number;
  /** Random words, signed as in a file. */
  readonly qweight: Int32Array;
  readonly qzeros: Int32Array;
  readonly scales: Float32Array;
}

/** Random packed tensors of either packing. The last group is short where the group size does not divide. */
const drawn: fc.Arbitrary<Drawn> = fc
  .record({
    outs: fc.constantFrom(8, 16, 24),
    ins: fc.constantFrom(8, 16, 40),
    groupSize: fc.constantFrom(-1, 1, 3, 8, 16, 64),
  })
  .chain(({ outs, ins, groupSize }) => {
    const groups = groupSize === -1 ? 1 : Math.ceil(ins / groupSize);
    const words = (length: number) =>
      fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { minLength: length, maxLength: length });
    const scale = fc.float({ min: -4, max: 4, noNaN: true });
    return fc
      .tuple(
        words((outs * ins) / 8),
        words((groups * outs) / 8),
        fc.array(scale, { minLength: groups * outs, maxLength: groups * outs }),
      )
      .map(([qweight, qzeros, scales]) => ({
        outs,
        ins,
        groupSize,
        groups,
        qweight: Int32Array.from(qweight),
        qzeros: Int32Array.from(qzeros),
        scales: Float32Array.from(scales),
      }));
  });

/** A nibble of a word, by arithmetic in place of shifts. */
const nibble = (word: number, place: number): number =>
  Math.floor((word < 0 ? word + 2 ** 32 : word) / 16 ** place) % 16;

describe('GPTQ', () => {
  it.each<[GptqFormat, number]>([
    ['gptq', 1],
    ['gptq_v2', 0],
  ])('%s is (code − zero) · scale of nibbles in order, zeros stored less %i', (format, less) => {
    fc.assert(
      fc.property(drawn, fc.boolean(), fc.nat(), (d, shuffled, seed) => {
        const { outs, ins, groups, qweight, qzeros, scales } = d;
        const gIdx = Int32Array.from({ length: ins }, (_, i) => (i * 7 + seed) % groups);
        const weight = { ...d, shape: [outs, ins] as const, format, ...(shuffled ? { gIdx } : {}) };
        const unpacked = unpackGptq(weight);
        const values = dequantizeGrouped4(unpacked);
        const size = d.groupSize === -1 ? ins : d.groupSize;
        for (let o = 0; o < outs; o++) {
          for (let i = 0; i < ins; i++) {
            const group = shuffled ? gIdx[i]! : Math.floor(i / size);
            const code = nibble(qweight[Math.floor(i / 8) * outs + o]!, i % 8);
            const zero = nibble(qzeros[group * (outs / 8) + Math.floor(o / 8)]!, o % 8) + less;
            const expected = Math.fround((code - zero) * scales[group * outs + o]!);
            if (values[o * ins + i] !== expected) expect.fail(`(${o}, ${i}): ${values[o * ins + i]}`);
          }
        }
        const packed = packGptq(unpacked, d.groupSize, format);
        expect([packed.qweight, packed.qzeros, packed.scales]).toEqual([qweight, qzeros, scales]);
        expect(unpackGptq(packed)).toEqual(unpacked);
      }),
      runs(60, 6000),
    );
  });

  it('takes the first input from the lowest nibble', () => {
    const { codes, zeros } = unpackGptq({
      shape: [8, 8],
      groupSize: 8,
      format: 'gptq',
      qweight: Int32Array.of(0x76543210, 0xfedcba98 | 0, 0, 0, 0, 0, 0, 0),
      qzeros: Int32Array.of(0xf6543210 | 0),
      scales: new Float32Array(8).fill(1),
    });
    expect([...codes.subarray(0, 16)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    // A stored 15 means the zero 16, and is not wrapped to 0.
    expect([...zeros]).toEqual([1, 2, 3, 4, 5, 6, 7, 16]);
  });
});

describe('AWQ', () => {
  it('is (code − zero) · scale of nibbles in the order 0, 2, 4, 6, 1, 3, 5, 7', () => {
    const place = [0, 4, 1, 5, 2, 6, 3, 7];
    fc.assert(
      fc.property(drawn, (d) => {
        const { outs, ins, qweight, qzeros, scales } = d;
        const unpacked = unpackAwq({ ...d, shape: [outs, ins] });
        const values = dequantizeGrouped4(unpacked);
        const size = d.groupSize === -1 ? ins : d.groupSize;
        const words = outs / 8;
        for (let o = 0; o < outs; o++) {
          for (let i = 0; i < ins; i++) {
            const group = Math.floor(i / size);
            const code = nibble(qweight[i * words + Math.floor(o / 8)]!, place[o % 8]!);
            const zero = nibble(qzeros[group * words + Math.floor(o / 8)]!, place[o % 8]!);
            const expected = Math.fround((code - zero) * scales[group * outs + o]!);
            if (values[o * ins + i] !== expected) expect.fail(`(${o}, ${i}): ${values[o * ins + i]}`);
          }
        }
        const packed = packAwq(unpacked, d.groupSize);
        expect([packed.qweight, packed.qzeros, packed.scales]).toEqual([qweight, qzeros, scales]);
      }),
      runs(60, 6000),
    );
  });

  it('takes the first eight outputs from nibbles 0, 4, 1, 5, 2, 6, 3, 7', () => {
    const qweight = new Int32Array(8);
    qweight[2] = 0x75316420;
    const { codes } = unpackAwq({
      shape: [8, 8],
      groupSize: -1,
      qweight,
      qzeros: Int32Array.of(0),
      scales: new Float32Array(8).fill(1),
    });
    expect(Array.from({ length: 8 }, (_, out) => codes[out * 8 + 2])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

describe('refuses', () => {
  const shape = [8, 16] as const;
  const gptq = {
    shape,
    groupSize: 6,
    format: 'gptq' as const,
    qweight: new Int32Array(16),
    qzeros: new Int32Array(3),
    scales: new Float32Array(24).fill(1),
  };
  const awq = { ...gptq, qweight: new Int32Array(16) };
  const at = { tensor: 'layer' };

  it.each([
    ['GPTQ', (change: object) => unpackGptq({ ...gptq, ...change }, at)],
    ['AWQ', (change: object) => unpackAwq({ ...awq, ...change }, at)],
  ])('%s of wrong sizes', async (_, unpack) => {
    expect(unpack({}).group.at(-1)).toBe(2);
    const of = async (change: object) => {
      const { code, tensor, message } = await refusal(() => unpack(change));
      return `${code} ${tensor}: ${message}`;
    };
    expect(await of({ shape: [8, 12] })).toMatch(
      /^InvalidPacking layer: .*in size 12 is not a multiple of 8/,
    );
    expect(await of({ shape: [7, 16] })).toMatch(
      /^InvalidPacking layer: .*out size 7 is not a multiple of 8/,
    );
    expect(await of({ shape: [0, 16] })).toMatch(/^InvalidWeight layer/);
    expect(await of({ qweight: new Int32Array(15) })).toMatch(
      /^CompanionLength layer.qweight: .*must have 16 elements .* has 15/,
    );
    expect(await of({ qzeros: new Int32Array(2) })).toMatch(
      /^CompanionLength layer.qzeros: .*3 elements \(\[groups, out \/ 8\] of 3 groups\)/,
    );
    expect(await of({ scales: new Float32Array(16) })).toMatch(/^CompanionLength layer.scales: .*24 .* 16/);
    expect(await of({ scales: new Float32Array(24).fill(Number.NaN) })).toMatch(/^InvalidScale layer.scales/);
    for (const groupSize of [0, -2, 1.5, Number.NaN])
      expect(await of({ groupSize })).toMatch(/^InvalidGroups layer: .*group size/);
  });

  it('a g_idx of wrong length or with a group that is not there', async () => {
    const of = (gIdx: Int32Array) => refusal(() => unpackGptq({ ...gptq, gIdx }, at));
    expect(await of(new Int32Array(15))).toMatchObject({ code: 'CompanionLength', tensor: 'layer.g_idx' });
    for (const wrong of [-1, 3]) {
      const error = await of(new Int32Array(16).fill(wrong, 5));
      expect(error).toMatchObject({ code: 'InvalidGroups', tensor: 'layer.g_idx' });
      expect(error.message).toMatch(`input 5 is in group ${wrong}, and there are 3 groups`);
    }
  });

  it('to pack what the packing cannot hold', async () => {
    const weight: Grouped4 = { ...unpackAwq(awq), zeros: new Uint8Array(24).fill(16) };
    expect(await refusal(() => packAwq(weight, 6, at))).toMatchObject({
      code: 'InvalidPacking',
      tensor: 'layer.qzeros',
    });
    expect((await refusal(() => packGptq(weight, 6, 'gptq_v2', at))).message).toMatch(
      /gptq_v2 holds 0 to 15/,
    );
    expect(unpackGptq(packGptq(weight, 6, 'gptq', at)).zeros).toEqual(weight.zeros);
    const zero = { ...weight, zeros: new Uint8Array(24) };
    expect((await refusal(() => packGptq(zero, 6, 'gptq', at))).message).toMatch(/gptq holds 1 to 16/);
    const moved = { ...zero, group: Int32Array.from(weight.group).reverse() };
    expect((await refusal(() => packAwq(moved, 6, at))).message).toMatch(/input 0 is in group 2.*in group 0/);
    for (const size of [16, 3]) {
      expect(await refusal(() => packGptq(weight, size, 'gptq', at))).toMatchObject({
        code: 'InvalidGroups',
      });
      expect(await refusal(() => packAwq(zero, size, at))).toMatchObject({ code: 'InvalidGroups' });
    }
    const unused = { ...zero, group: consecutiveGroups(16, 8, {}) };
    expect((await refusal(() => packAwq(unused, 8, at))).message).toMatch(
      /group size 8 makes 2 groups of 16 inputs, and the weight has 3/,
    );
    const odd: Grouped4 = {
      shape: [3, 5],
      codes: new Uint8Array(15),
      group: consecutiveGroups(5, 2, {}),
      scales: new Float32Array(9).fill(1),
      zeros: new Uint8Array(9),
    };
    expect(dequantizeGrouped4(odd).length).toBe(15);
    expect((await refusal(() => packAwq(odd, 2, at))).message).toMatch(/out size 3 is not a multiple/);
    expect((await refusal(() => packGptq(odd, 2, 'gptq_v2', at))).code).toBe('InvalidPacking');
  });

  it('a structure whose parts do not fit', async () => {
    const weight = unpackGptq(gptq);
    const of = async (change: Partial<Grouped4>) => {
      const { code, tensor } = await refusal(() => dequantizeGrouped4({ ...weight, ...change }, at));
      return `${code} ${tensor}`;
    };
    expect(await of({ codes: new Uint8Array(127) })).toBe('CompanionLength layer');
    expect(await of({ codes: new Uint8Array(128).fill(16, 100) })).toBe('InvalidPacking layer');
    expect(await of({ zeros: new Uint8Array(24).fill(17) })).toBe('InvalidPacking layer.qzeros');
    expect(await of({ zeros: new Uint8Array(23) })).toBe('CompanionLength layer.qzeros');
    expect(await of({ scales: new Float32Array(23) })).toBe('CompanionLength layer.scales');
    expect(await of({ scales: new Float32Array(24).fill(Infinity) })).toBe('InvalidScale layer.scales');
    const codes = new Uint8Array(128).fill(15);
    expect(await of({ codes, scales: new Float32Array(24).fill(3e38) })).toBe('InvalidScale layer');
  });
});
