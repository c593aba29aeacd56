/** Models in folders: config.json and weights in every supported form. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openModel } from '../../../src/finetune/models/open.ts';
import { openTensors } from '../../../src/formats/checkpoint/store.ts';
import { readQuantized, storedShape, storedWeights } from '../../../src/formats/checkpoint/weights.ts';
import type { Json } from '../../../src/formats/json.ts';
import {
  dequantize,
  dequantizeGrouped4,
  dequantizeInt8Rows,
  dequantizeNf4,
  type Grouped4,
  nf4TensorData,
  packAwq,
  packGptq,
  quantizeInt8Rows,
  quantizeNf4,
} from '../../../src/formats/quantized/index.ts';
import { encodeBF16, encodeF16, type TensorData } from '../../../src/formats/safetensors/index.ts';
import { CONFIG, f32, modelFolder, refused, thrown, weightsFor, writeFiles } from './models.ts';

const Q = 'model.layers.0.self_attn.q_proj';
const WEIGHT = `${Q}.weight`;
const SHAPE = [16, 16] as const;
const values = Float32Array.from({ length: 256 }, (_, i) => Math.sin(1 + i));

/** The model's tensors, with one projection stored as the given ones. */
const withQ = (tensors: readonly TensorData[]): TensorData[] => [
  ...weightsFor(CONFIG).filter((t) => t.name !== WEIGHT),
  ...tensors,
];

describe('a model', () => {
  it('gives its weights as float32, whatever floats they are stored as', async () => {
    const stored = weightsFor(CONFIG).map((t, i): TensorData => {
      const floats = new Float32Array(t.data.buffer, t.data.byteOffset, t.data.byteLength / 4);
      if (i % 3 === 0) return t;
      return i % 3 === 1
        ? { ...t, dtype: 'F16', data: encodeF16(floats) }
        : { ...t, dtype: 'BF16', data: encodeBF16(floats) };
    });
    const model = await openModel(modelFolder(CONFIG, stored));
    expect([...model.weights.keys()].sort()).toEqual(stored.map((t) => t.name).sort());
    for (const { name, dtype, data, shape } of stored) {
      expect(model.weights.get(name)).toMatchObject({ form: 'plain', shape });
      const floats = await model.weight(name);
      const again = { F32: floats, F16: encodeF16(floats), BF16: encodeBF16(floats) }[String(dtype)];
      expect(again).toEqual(data);
      expect(await model.quantised(name)).toBeUndefined();
    }
    expect(model.notes).toEqual([]);
    await model.close();
    expect(await thrown(() => model.weight(WEIGHT))).toMatchObject({ code: 'IoError' });
  });

  it('must have every weight that its configuration means, in its shape', async () => {
    const all = weightsFor(CONFIG);
    await refused(
      () =>
        openModel(
          modelFolder(
            CONFIG,
            all.filter((t) => t.name !== WEIGHT),
          ),
        ),
      'WeightMismatch',
      /lacks 1 of the 12 weights that the configuration means: "model.layers.0.self_attn.q_proj.weight"/,
    );
    await refused(
      () => openModel(modelFolder({ ...CONFIG, head_dim: 4 }, all)),
      'WeightMismatch',
      /q_proj.weight": the configuration means \[8,16\], and the tensor has \[16,16\]/,
    );
    await refused(
      () => openModel(modelFolder({ ...CONFIG, num_hidden_layers: 3 }, all)),
      'WeightMismatch',
      'lacks 18',
    );
    const flat = all.map((t) => (t.name === 'model.norm.weight' ? { ...t, shape: [16, 1] } : t));
    await refused(() => openModel(modelFolder(CONFIG, flat)), 'WeightMismatch', 'the tensor has [16,1]');
  });

  it('says what it holds and does not read', async () => {
    const config = { ...CONFIG, tie_word_embeddings: true, logit_scale: 2 };
    const model = await openModel(
      modelFolder(config, [
        ...weightsFor(CONFIG),
        f32('model.layers.0.self_attn.rotary_emb.inv_freq', [4]),
        f32(`${Q}.bias`, [16]),
      ]),
    );
    expect(model.notes).toEqual([
      'config.json has fields that are not known here and not read: "logit_scale"',
      'lm_head.weight is stored and not read: the output layer is tied to model.embed_tokens.weight',
      `1 tensors are none of the architecture's and not read: "${Q}.bias"`,
    ]);
    expect(model.weights.has('lm_head.weight')).toBe(false);
    await model.close();
    const biased = { ...CONFIG, quantization_config: { quant_method: 'gptq', bits: 4, group_size: 8 } };
    const plain = await openModel(modelFolder(biased));
    expect(plain.notes).toEqual(['config.json says gptq, and no weight is quantised']);
    await plain.close();
  });

  it('opens its tokenizer, held against the vocabulary', async () => {
    const folder = modelFolder(CONFIG);
    const model = await openModel(folder);
    await refused(() => model.tokenizer(), 'MissingFile', 'tokenizer.json');
    const parts = {
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
    };
    const of = (vocab: Json) => ({ ...parts, model: { type: 'BPE', vocab, merges: [] } });
    writeFiles(folder, { 'tokenizer.json': of({ a: 0, b: 23 }) });
    expect((await model.tokenizer()).size).toBe(24);
    writeFiles(folder, { 'tokenizer.json': of({ a: 0, b: 24 }) });
    await refused(() => model.tokenizer(), 'VocabularyMismatch', /config.json has vocab_size 24/);
    await model.close();
  });

  it('lies in a folder with config.json', async () => {
    const folder = modelFolder(CONFIG);
    writeFileSync(
      join(folder, 'config.json'),
      readFileSync(join(folder, 'config.json'), 'utf8').slice(0, -3),
    );
    await refused(() => openModel(folder), 'InvalidJson', /config.json: character \d+/);
    await refused(() => openModel(join(folder, 'none')), 'MissingFile', 'config.json');
  });
});

/** A 16 × 16 weight in 4-bit groups of 8 inputs. */
const grouped: Grouped4 = {
  shape: SHAPE,
  codes: Uint8Array.from({ length: 256 }, (_, i) => (i * 7 + (i >> 4)) % 16),
  group: Int32Array.from({ length: 16 }, (_, i) => i >> 3),
  scales: Float32Array.from({ length: 32 }, (_, i) => (i + 1) / 64),
  zeros: Uint8Array.from({ length: 32 }, (_, i) => 1 + (i % 15)),
};

const i32 = (name: string, shape: readonly number[], data: Int32Array): TensorData => ({
  name,
  dtype: 'I32',
  shape,
  data,
});
const scalesF16: TensorData = {
  name: `${Q}.scales`,
  dtype: 'F16',
  shape: [2, 16],
  data: encodeF16(grouped.scales),
};

function gptq(format: 'gptq' | 'gptq_v2', group = grouped.group): TensorData[] {
  const packed = packGptq({ ...grouped, group }, 8, format);
  return [
    i32(`${Q}.qweight`, [2, 16], packed.qweight),
    i32(`${Q}.qzeros`, [2, 2], packed.qzeros),
    scalesF16,
    i32(`${Q}.g_idx`, [16], packed.gIdx!),
  ];
}

describe('a quantised checkpoint', () => {
  const config = (quantization_config: Json) => ({ ...CONFIG, quantization_config });
  const NF4 = config({ quant_method: 'bitsandbytes', load_in_4bit: true, bnb_4bit_quant_type: 'nf4' });
  const INT8 = config({ quant_method: 'bitsandbytes', load_in_8bit: true });
  const GPTQ = { quant_method: 'gptq', bits: 4, group_size: 8 };

  it.each([false, true])('of NF4 is read, doubly quantised: %s', async (doubleQuantization) => {
    const tensor = quantizeNf4(values, SHAPE, { doubleQuantization });
    const model = await openModel(modelFolder(NF4, withQ(nf4TensorData(WEIGHT, tensor))));
    const stored = model.weights.get(WEIGHT)!;
    expect(stored.form).toBe('nf4');
    expect(stored.tensors).toHaveLength(doubleQuantization ? 6 : 4);
    expect(await model.quantised(WEIGHT)).toEqual(tensor);
    expect(await model.weight(WEIGHT)).toEqual(dequantizeNf4(tensor));
    expect(model.notes).toEqual([]);
    await refused(() => model.weight(`${WEIGHT}.absmax`), 'WeightMismatch', 'part of a quantised weight');
    expect(await thrown(() => model.weight('no'))).toMatchObject({ code: 'TensorNotFound' });
    await model.close();
  });

  it('of NF4 is refused where its quant state has another shape, or its codes are too few', async () => {
    const turned = quantizeNf4(values, [8, 32]);
    const model = await openModel(modelFolder(NF4, withQ(nf4TensorData(WEIGHT, turned))));
    await refused(
      () => model.weight(WEIGHT),
      'WeightMismatch',
      /means \[16,16\], and its quant state says \[8,32\]/,
    );
    await model.close();
    const few = quantizeNf4(values.subarray(0, 128), [8, 16]);
    await refused(
      () => openModel(modelFolder(NF4, withQ(nf4TensorData(WEIGHT, few)))),
      'WeightMismatch',
      'the nf4 weight has [128]',
    );
  });

  it('of NF4 with an odd number of weights is read', async () => {
    const odd = { ...NF4, hidden_size: 9, intermediate_size: 5, num_attention_heads: 1, head_dim: 2 };
    const name = 'model.layers.0.mlp.gate_proj.weight';
    const tensor = quantizeNf4(values.subarray(0, 45), [5, 9]);
    const others = weightsFor(odd).filter((t) => t.name !== name);
    const model = await openModel(modelFolder(odd, [...others, ...nf4TensorData(name, tensor)]));
    expect(await model.weight(name)).toEqual(dequantizeNf4(tensor));
    await model.close();
  });

  it('of int8 rows is read', async () => {
    const rows = quantizeInt8Rows(values, SHAPE);
    const scb = rows.scales.map((s) => s * 127);
    const tensors: TensorData[] = [
      { name: WEIGHT, dtype: 'I8', shape: SHAPE, data: rows.codes },
      { name: `${Q}.SCB`, dtype: 'F32', shape: [16], data: scb },
      { name: `${Q}.weight_format`, dtype: 'U8', shape: [], data: Uint8Array.of(0) },
    ];
    const model = await openModel(modelFolder(INT8, withQ(tensors)));
    const weight = { shape: [16, 16] as const, codes: rows.codes, scales: scb.map((s) => s / 127) };
    expect(await model.quantised(WEIGHT)).toEqual(weight);
    expect(await model.weight(WEIGHT)).toEqual(dequantizeInt8Rows(weight));
    await model.close();
    const problem = async (changed: readonly TensorData[]) => {
      const opened = await openModel(modelFolder(INT8, withQ(changed)));
      const error = await thrown(() => opened.weight(WEIGHT));
      await opened.close();
      return error;
    };
    const [codes, scales, layout] = tensors as [TensorData, TensorData, TensorData];
    expect(await problem([codes, scales, { ...layout, data: Uint8Array.of(1) }])).toMatchObject({
      code: 'InvalidPacking',
    });
    expect(await problem([codes, { ...scales, shape: [8], data: scb.subarray(0, 8) }])).toMatchObject({
      code: 'CompanionLength',
      tensor: `${Q}.SCB`,
    });
    expect(await problem([codes, { ...scales, dtype: 'I32', data: new Int32Array(16) }])).toMatchObject({
      code: 'CompanionDtype',
    });
    expect(await problem([{ ...codes, dtype: 'U8', data: new Uint8Array(256) }, scales])).toMatchObject({
      code: 'CompanionDtype',
      tensor: WEIGHT,
    });
    const without = await openModel(modelFolder(INT8, withQ([codes, scales])));
    expect(await without.weight(WEIGHT)).toEqual(dequantizeInt8Rows(weight));
    await without.close();
  });

  it.each(['gptq', 'gptq_v2'] as const)('of %s is read', async (format) => {
    const model = await openModel(
      modelFolder(config({ ...GPTQ, checkpoint_format: format }), withQ(gptq(format))),
    );
    expect(model.weights.get(WEIGHT)).toMatchObject({ form: 'gptq', shape: [16, 16] });
    expect(await model.quantised(WEIGHT)).toEqual(grouped);
    expect(await model.weight(WEIGHT)).toEqual(dequantizeGrouped4(grouped));
    await model.close();
  });

  it('of GPTQ is read by its order of activation, or with groups in order and no g_idx', async () => {
    const group = Int32Array.from({ length: 16 }, (_, i) => i % 2);
    const acted = await openModel(modelFolder(config(GPTQ), withQ(gptq('gptq', group))));
    expect(await acted.weight(WEIGHT)).toEqual(dequantizeGrouped4({ ...grouped, group }));
    await acted.close();
    const plain = await openModel(modelFolder(config(GPTQ), withQ(gptq('gptq').slice(0, 3))));
    expect(await plain.weight(WEIGHT)).toEqual(dequantizeGrouped4(grouped));
    await plain.close();
  });

  it('of AWQ is read', async () => {
    const packed = packAwq(grouped, 8);
    const tensors = [
      i32(`${Q}.qweight`, [16, 2], packed.qweight),
      i32(`${Q}.qzeros`, [2, 2], packed.qzeros),
      scalesF16,
    ];
    const awq = config({ quant_method: 'awq', bits: 4, group_size: 8, version: 'gemm', zero_point: true });
    const model = await openModel(modelFolder(awq, withQ(tensors)));
    expect(model.weights.get(WEIGHT)).toMatchObject({ form: 'awq', shape: [16, 16] });
    expect(await model.quantised(WEIGHT)).toEqual(grouped);
    await model.close();
  });

  it('is refused where it lacks a part, or has one of another kind', async () => {
    const [qweight, qzeros, scales] = gptq('gptq') as [TensorData, TensorData, TensorData];
    const problem = async (tensors: readonly TensorData[], json: Json = config(GPTQ)) => {
      const model = await openModel(modelFolder(json, withQ(tensors)));
      const error = await thrown(() => model.quantised(WEIGHT));
      await model.close();
      return error;
    };
    expect(await problem([qweight, scales])).toMatchObject({
      code: 'MissingCompanion',
      tensor: `${Q}.qzeros`,
    });
    expect(await problem([qweight, qzeros])).toMatchObject({
      code: 'MissingCompanion',
      tensor: `${Q}.scales`,
    });
    expect(
      await problem([{ ...qweight, dtype: 'U32', data: new Uint32Array(32) }, qzeros, scales]),
    ).toMatchObject({
      code: 'CompanionDtype',
      tensor: `${Q}.qweight`,
    });
    expect(await problem([qweight, qzeros, scales], CONFIG)).toMatchObject({ code: 'UnknownQuantType' });
    const unsaid = await openModel(modelFolder(CONFIG, withQ([qweight, qzeros, scales])));
    expect(unsaid.notes).toEqual(['weights are quantised, and config.json has no quantization_config']);
    await unsaid.close();
    expect(
      await problem([{ ...qweight, shape: [2, 4, 4] }, qzeros, scales]).catch((e: unknown) => e),
    ).toMatchObject({
      code: 'WeightMismatch',
    });
  });

  it('that bitsandbytes wrote is read as it dequantised it', async () => {
    const at = (name: string) => fileURLToPath(new URL(`../../fixtures/quantized/${name}`, import.meta.url));
    const store = await openTensors(at('nf4.safetensors'));
    const expected = await openTensors(at('dequantized.safetensors'));
    let count = 0;
    for (const weight of storedWeights(store.tensors, undefined).values()) {
      if (weight.form === 'plain') continue;
      expect(await storedShape(store, weight)).toEqual(expected.tensors.get(weight.name)!.shape);
      const packed = await readQuantized(store, weight, undefined);
      expect(dequantize(packed!, {})).toEqual(await expected.f32(weight.name));
      count++;
    }
    expect(count).toBe(3);
    await store.close();
    await expected.close();
  });
});
