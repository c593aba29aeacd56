/** Requantising: other values in a quantised weight's form give tensors of the same names, dtypes and shapes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openModel } from '../../../src/finetune/models/open.ts';
import { requantize, requantizedTensors } from '../../../src/formats/checkpoint/requantize.ts';
import type { Json } from '../../../src/formats/json.ts';
import {
  dequantize,
  deviation,
  type Grouped4,
  nf4TensorData,
  packAwq,
  packGptq,
  type QuantizedTensor,
  quantizeGrouped4,
  quantizeInt8Rows,
  quantizeNf4,
} from '../../../src/formats/quantized/index.ts';
import { isInt4 } from '../../../src/formats/quantized/stored.ts';
import {
  decodeF16,
  encodeBF16,
  encodeF16,
  type SafetensorsDtype,
  type TensorData,
} from '../../../src/formats/safetensors/index.ts';
import { runs } from '../../support/runs.ts';
import { CONFIG, modelFolder, weightsFor } from './models.ts';

const Q = 'model.layers.0.self_attn.q_proj';
const WEIGHT = `${Q}.weight`;
const SHAPE = [16, 16] as const;
const GROUP = 8;
const values = Float32Array.from({ length: 256 }, (_, i) => Math.sin(0.7 * i) * (1 + (i % 5)));

const i32 = (name: string, shape: readonly number[], data: Int32Array): TensorData => ({
  name: `${Q}.${name}`,
  dtype: 'I32',
  shape,
  data,
});
const scalesOf = ({ scales }: Grouped4, dtype: SafetensorsDtype): TensorData => ({
  name: `${Q}.scales`,
  dtype,
  shape: [2, 16],
  data: dtype === 'F16' ? encodeF16(scales) : dtype === 'BF16' ? encodeBF16(scales) : scales,
});

/** A g_idx of two groups to which inputs belong in turn. */
const ACTED = Int32Array.from({ length: 16 }, (_, i) => i % 2);

function gptq(format: 'gptq' | 'gptq_v2', dtype: SafetensorsDtype, group?: Int32Array): TensorData[] {
  const options = { ...(group ? { group } : {}), smallestZero: 1 } as const;
  const weight = quantizeGrouped4(values, SHAPE, GROUP, {}, options);
  const { qweight, qzeros } = packGptq(weight, GROUP, format);
  return [
    i32('qweight', [2, 16], qweight),
    i32('qzeros', [2, 2], qzeros),
    scalesOf(weight, dtype),
    ...(group ? [i32('g_idx', [16], group)] : []),
  ];
}

function awq(): TensorData[] {
  const weight = quantizeGrouped4(values, SHAPE, GROUP);
  const { qweight, qzeros } = packAwq(weight, GROUP);
  return [i32('qweight', [16, 2], qweight), i32('qzeros', [2, 2], qzeros), scalesOf(weight, 'F16')];
}

const SCB = Float32Array.from({ length: 16 }, (_, row) =>
  Math.max(...values.subarray(16 * row, 16 * row + 16).map(Math.abs)),
);
const int8 = (): TensorData[] => [
  { name: WEIGHT, dtype: 'I8', shape: SHAPE, data: quantizeInt8Rows(values, SHAPE).codes },
  { name: `${Q}.SCB`, dtype: 'F32', shape: [16], data: SCB },
  { name: `${Q}.weight_format`, dtype: 'U8', shape: [], data: Uint8Array.of(0) },
];

const NF4 = { quant_method: 'bitsandbytes', load_in_4bit: true, bnb_4bit_quant_type: 'nf4' };
const INT8 = { quant_method: 'bitsandbytes', load_in_8bit: true };
const GPTQ = { quant_method: 'gptq', bits: 4, group_size: GROUP };
const AWQ = { quant_method: 'awq', bits: 4, group_size: GROUP };
const nf4 = (doubleQuantization: boolean) =>
  nf4TensorData(WEIGHT, quantizeNf4(values, SHAPE, { blocksize: 32, doubleQuantization, dtype: 'bfloat16' }));

/** Each form with its bound of errors, in steps: half a step, and more where the scale itself is rounded. */
const FORMS: readonly [string, Json, TensorData[], number][] = [
  ['NF4', NF4, nf4(false), 0.501],
  // Scales of 8 bits are inaccurate where blocks differ as much as these.
  ['NF4 with double quantisation', NF4, nf4(true), 1],
  ['int8', INT8, int8(), 0.501],
  ['int8 without weight_format', INT8, int8().slice(0, 2), 0.501],
  ['GPTQ', GPTQ, gptq('gptq', 'F16'), 0.51],
  ['GPTQ with g_idx', { ...GPTQ, desc_act: true }, gptq('gptq', 'F16', ACTED), 0.51],
  ['GPTQ v2 with scales in bf16', { ...GPTQ, checkpoint_format: 'gptq_v2' }, gptq('gptq_v2', 'BF16'), 0.57],
  ['GPTQ v2 with scales in f32', { ...GPTQ, checkpoint_format: 'gptq_v2' }, gptq('gptq_v2', 'F32'), 0.501],
  ['AWQ', AWQ, awq(), 0.51],
];

const others = weightsFor(CONFIG).filter((t) => t.name !== WEIGHT);
const folderOf = (quantization_config: Json, tensors: readonly TensorData[]): string =>
  modelFolder({ ...CONFIG, quantization_config }, [...others, ...tensors]);

/** Requantises a model's weight to other values: the base, the result, and the tensors to write. */
async function changed(config: Json, tensors: readonly TensorData[], to: Float32Array) {
  const model = await openModel(folderOf(config, tensors));
  try {
    const weight = (await model.quantised(WEIGHT))!;
    const base = { stored: model.weights.get(WEIGHT)!, weight, quantization: model.config.quantization };
    const made = requantize(to, base);
    return { base, made, written: await requantizedTensors(made, to, base, model.tensors) };
  } finally {
    await model.close();
  }
}

const bytesOf = ({ data }: TensorData): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const weightsArb = fc
  .array(fc.integer({ min: -1000, max: 1000 }), { minLength: 256, maxLength: 256 })
  .chain((whole) =>
    fc
      .constantFrom(1, 2 ** -10, 0)
      .map((negative) => Float32Array.from(whole, (x) => (x < 0 ? x * negative : x) / 1000)),
  );

describe.each(FORMS)('%s', (_, config, tensors, bound) => {
  it('is read back as what was quantised, from tensors of the same names, dtypes and shapes', async () => {
    await fc.assert(
      fc.asyncProperty(weightsArb, async (to) => {
        const { made, written } = await changed(config, tensors, to);
        const state = /quant_state/;
        expect(written.map((t) => t.name)).toEqual(tensors.map((t) => t.name));
        for (const [i, { name, dtype, shape }] of written.entries()) {
          expect(dtype).toBe(tensors[i]!.dtype);
          if (!state.test(name)) expect(shape).toEqual(tensors[i]!.shape);
        }
        const back = await openModel(folderOf(config, written));
        expect(await back.quantised(WEIGHT)).toEqual(made);
        expect(await back.weight(WEIGHT)).toEqual(dequantize(made, {}));
        await back.close();
        expect(deviation(made, to).largest).toBeLessThanOrEqual(bound);
      }),
      runs(15, 1500),
    );
  });

  it('keeps its groups, blocks and dtype', async () => {
    const { base, made } = await changed(
      config,
      tensors,
      values.map((x) => -3 * x),
    );
    const kept = (weight: QuantizedTensor) => {
      const { blocksize, dtype, group, shape } = { blocksize: 0, dtype: '', group: [], ...weight };
      return { parts: Object.keys(weight), blocksize, dtype, group, shape };
    };
    expect(kept(made)).toEqual(kept(base.weight));
  });
});

describe('of the base’s own values', () => {
  const unchanged = async (config: Json, tensors: readonly TensorData[]) => {
    const model = await openModel(folderOf(config, tensors));
    const own = await model.weight(WEIGHT);
    await model.close();
    return (await changed(config, tensors, own)).written;
  };

  it('NF4 has the base’s bytes, where scales are not quantised', async () => {
    expect((await unchanged(NF4, nf4(false))).map(bytesOf)).toEqual(nf4(false).map(bytesOf));
  });

  it('int8 has the base’s codes, and SCB but for what its division by 127 rounds', async () => {
    const [codes, scb, format] = await unchanged(INT8, int8());
    expect([codes, format].map((t) => bytesOf(t!))).toEqual([int8()[0]!, int8()[2]!].map(bytesOf));
    const of = (data: ArrayBufferView | undefined) => (data instanceof Float32Array ? [...data] : []);
    const own = of(scb?.data);
    expect(own).toHaveLength(16);
    for (const [i, x] of own.entries()) expect(Math.abs(x / SCB[i]! - 1)).toBeLessThan(2 ** -22);
  });
});

it('codes are chosen by the scales as stored', async () => {
  // The scale 15.006 / 15 = 1.0004 is stored in f16 as 1. A value of 7.5 is code 8 by that scale, and 7 by 1.0004.
  const to = new Float32Array(256).fill(0);
  to[0] = 15.006;
  to[1] = 7.5;
  const { made } = await changed(AWQ, awq(), to);
  if (!isInt4(made)) throw new Error('it has no groups');
  expect(made.scales[0]).toBe(1);
  expect([...made.codes.subarray(0, 2)]).toEqual([15, 8]);
  expect(decodeF16(encodeF16(made.scales))).toEqual(made.scales);
});

it('the zero is one that GPTQ v1 can store, even where no value is negative', async () => {
  const to = Float32Array.from({ length: 256 }, (_, i) => (i % 8 < 7 ? i % 3 : 14));
  const { made } = await changed(GPTQ, gptq('gptq', 'F16'), to);
  if (!isInt4(made)) throw new Error('it has no groups');
  expect(new Set(made.zeros)).toEqual(new Set([1]));
  expect(new Set(made.scales)).toEqual(new Set([1]));
  expect(dequantize(made, {})).toEqual(to);
});

it('refuses values that no form can hold', async () => {
  const to = values.slice();
  to[7] = Number.NaN;
  for (const [, config, tensors] of FORMS)
    await expect(changed(config, tensors, to)).rejects.toMatchObject({
      code: 'InvalidWeight',
      tensor: WEIGHT,
      message: expect.stringMatching(/element 7 is NaN/),
    });
});
