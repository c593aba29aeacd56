/**
 * Merging into a quantised base: requantised in the same form, or dense, and the error of each. Runs on the
 * reference.
 */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../../../src/finetune/models/open.ts';
import { linearModules } from '../../../src/finetune/models/weights.ts';
import { entryOf, type Requantisations, summarised } from '../../../src/finetune/requantisation.ts';
import type { OpenModel } from '../../../src/formats/model.ts';
import {
  nf4TensorData,
  packGptq,
  quantizeGrouped4,
  quantizeInt8Rows,
  quantizeNf4,
} from '../../../src/formats/quantized/index.ts';
import { type TensorData, writeSafetensors } from '../../../src/formats/safetensors/index.ts';
import { oftc } from '../cli/harness.ts';
import { at, DATA, finetune, MODEL } from './tiny.ts';

const WEIGHTS = 'model.safetensors';
const on = (...argv: string[]) => oftc(...argv, '--device', 'cpu', '--json');

/** Writes the tiny model with its projections quantised. */
async function quantisedModel(
  name: string,
  quantization_config: object,
  form: (weight: string, values: Float32Array, shape: readonly [number, number]) => readonly TensorData[],
): Promise<string> {
  const folder = at(name);
  cpSync(MODEL, folder, { recursive: true });
  const config = { ...JSON.parse(readFileSync(join(MODEL, 'config.json'), 'utf8')), quantization_config };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const plain = await openModel(MODEL);
  const modules = new Map([...linearModules(plain.config)].filter(([m]) => m !== 'lm_head'));
  const tensors: TensorData[] = [];
  for (const [weight, { tensors: stored }] of plain.weights) {
    const shape = modules.get(weight.replace(/\.weight$/, ''));
    const values = await plain.weight(weight);
    if (shape) tensors.push(...form(weight, values, shape));
    else tensors.push({ name: weight, dtype: 'F32', shape: stored[0]!.shape, data: values });
  }
  await plain.close();
  await writeSafetensors(join(folder, WEIGHTS), tensors, { format: 'pt', made: 'by a test' });
  return folder;
}

const NF4 = { quant_method: 'bitsandbytes', load_in_4bit: true, bnb_4bit_quant_type: 'nf4' };
const MODELS = {
  nf4: () =>
    quantisedModel('nf4', NF4, (name, values, shape) => nf4TensorData(name, quantizeNf4(values, shape))),
  'nf4-double': () =>
    quantisedModel('nf4-double', { ...NF4, bnb_4bit_use_double_quant: true }, (name, values, shape) =>
      nf4TensorData(name, quantizeNf4(values, shape, { blocksize: 32, doubleQuantization: true })),
    ),
  int8: () =>
    quantisedModel(
      'int8',
      { quant_method: 'bitsandbytes', load_in_8bit: true },
      (name, values, [rows, columns]) => [
        { name, dtype: 'I8', shape: [rows, columns], data: quantizeInt8Rows(values, [rows, columns]).codes },
        {
          name: name.replace(/weight$/, 'SCB'),
          ...{ dtype: 'F32', shape: [rows] },
          data: Float32Array.from({ length: rows }, (_, r) =>
            Math.max(...values.subarray(r * columns, (r + 1) * columns).map(Math.abs)),
          ),
        },
      ],
    ),
  /** Quantises q and o, whose outputs and inputs are multiples of 8; the others stay float32. */
  gptq: () =>
    quantisedModel('gptq', { quant_method: 'gptq', bits: 4, group_size: 4 }, (name, values, shape) => {
      if (!/[qo]_proj/.test(name)) return [{ name, dtype: 'F32', shape, data: values }];
      const weight = quantizeGrouped4(values, shape, 4, {}, { smallestZero: 1 });
      const { qweight, qzeros, scales } = packGptq(weight, 4, 'gptq');
      const part = (suffix: string, data: Int32Array | Float32Array, shape: number[]): TensorData => ({
        name: name.replace(/weight$/, suffix),
        dtype: data instanceof Int32Array ? 'I32' : 'F32',
        shape,
        data,
      });
      return [
        part('qweight', qweight, [1, 8]),
        part('qzeros', qzeros, [2, 1]),
        part('scales', scales, [2, 8]),
      ];
    }),
};

const perplexity = async (...argv: string[]): Promise<number> => {
  const { exit, stdout, stderr } = await on('eval', '--data', DATA, '--length', '7', ...argv);
  expect(exit, stderr).toBe(0);
  return JSON.parse(stdout).loss;
};

async function merge(out: string, ...argv: string[]): Promise<Requantisations | null> {
  const { exit, stdout, stderr } = await on('merge', '--out', at(out), ...argv);
  expect(exit, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ out: at(out) });
  return JSON.parse(stdout).requantised;
}

async function opened<T>(folder: string, work: (model: OpenModel) => T | Promise<T>): Promise<T> {
  const model = await openModel(folder);
  try {
    return await work(model);
  } finally {
    await model.close();
  }
}

/** A file's metadata and its tensors' names, types and shapes. A quant state is JSON text, whose length may vary. */
const layout = (folder: string) =>
  opened(folder, ({ tensors: { tensors, metadata } }) => ({
    metadata,
    tensors: [...tensors.values()].map(({ name, dtype, shape }) => [
      name,
      dtype,
      name.includes('quant_state') ? [] : shape,
    ]),
  }));

describe.each(Object.entries(MODELS))('an adapter on a base in %s', (name, make) => {
  let model = '';
  const adapter = at(`${name}-run/adapter`);
  const TARGETS = 'q_proj,o_proj,gate_proj,down_proj';

  beforeAll(async () => {
    model = await make();
    const run = await finetune(`${name}-run`, '--model', model, '--lr', '0.05', '--targets', TARGETS);
    expect(run.exit, run.stderr).toBe(0);
  });

  it('is merged into the same form, and eval finds it nearly as good', async () => {
    const out = `${name}-merged`;
    const requantised = await merge(out, '--model', model, '--adapter', adapter);
    expect(await layout(at(out))).toEqual(await layout(model));
    expect(readFileSync(join(at(out), 'config.json'))).toEqual(readFileSync(join(model, 'config.json')));
    const base = await perplexity('--model', model);
    const adapted = await perplexity('--model', model, '--adapter', adapter);
    const merged = await perplexity('--model', at(out));
    expect(adapted).toBeLessThan(base - 0.2);
    expect(Math.abs(merged - adapted)).toBeLessThan(name.startsWith('nf4') ? 0.03 : 0.003);
    const { all, ...each } = requantised!;
    expect(Object.keys(each)).toEqual(name === 'gptq' ? ['q_proj', 'o_proj'] : TARGETS.split(','));
    for (const of of Object.values(each)) {
      expect(of.relative).toBeGreaterThan(0);
      expect(of.relative).toBeLessThan(0.2);
      expect(of.ofUpdate).toBeGreaterThan(of.relative);
      expect(of.range).toBeGreaterThan(0.5);
      expect(of.range).toBeLessThan(2);
    }
    expect(all.largest).toBe(Math.max(...Object.values(each).map((of) => of.largest)));
    // Tensors without an adapter keep their bytes.
    const of = (folder: string) =>
      opened(folder, (m) =>
        Promise.all(
          m.weights.get('model.layers.1.mlp.up_proj.weight')!.tensors.map((t) => m.tensors.bytes(t.name)),
        ),
      );
    expect(await of(at(out))).toEqual(await of(model));
  });

  it('is merged into plain floats where that is asked for', async () => {
    const out = `${name}-dense`;
    expect(await merge(out, '--model', model, '--adapter', adapter, '--dtype', 'f16')).toBeNull();
    const { quantization_config, ...config } = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8'));
    expect(quantization_config).toBeDefined();
    expect(JSON.parse(readFileSync(join(at(out), 'config.json'), 'utf8'))).toEqual({
      ...config,
      torch_dtype: 'float16',
    });
    await opened(at(out), ({ tensors, weights, notes }) => {
      expect(notes).toEqual([]);
      expect([...tensors.tensors.keys()].sort()).toEqual([...weights.keys()].sort());
      expect(new Set([...tensors.tensors.values()].map((t) => t.dtype))).toEqual(new Set(['F16']));
    });
    const adapted = await perplexity('--model', model, '--adapter', adapter);
    expect(Math.abs((await perplexity('--model', at(out))) - adapted)).toBeLessThan(1e-3);
  });
});

it('an adapter that changes nothing leaves the file byte for byte, where scales are not quantised', async () => {
  const model = await MODELS.nf4();
  const run = await finetune('still', '--model', model, '--steps', '1', '--lr', '1e-30');
  expect(run.exit, run.stderr).toBe(0);
  const requantised = await merge('same', '--model', model, '--adapter', at('still/adapter'));
  // The adapter rotates by 1e-30, so weights of 0 become tiny.
  expect(requantised!.all).toMatchObject({ base: { relative: 0, largest: 0 }, range: 1 });
  expect(requantised!.all.largest).toBeLessThan(1e-20);
  expect(readFileSync(join(at('same'), WEIGHTS))).toEqual(readFileSync(join(model, WEIGHTS)));
});

it('reports the error by projection, and for GPTQ how codes are chosen', async () => {
  const shown = async (form: keyof typeof MODELS) => {
    const model = await MODELS[form]();
    const run = await finetune(`${form}-shown`, '--model', model, '--steps', '1');
    expect(run.exit, run.stderr).toBe(0);
    const { stdout } = await oftc(
      ...['merge', '--model', model, '--adapter', at(`${form}-shown/adapter`)],
      ...['--out', at(`${form}-out`), '--device', 'cpu'],
    );
    return stdout;
  };
  const text = await shown('nf4-double');
  expect(text).toMatch(/-out: the model with 6 weights merged, requantised as they were\n/);
  for (const line of ['q_proj', 'v_proj', 'down_proj', 'all'])
    expect(text).toMatch(
      new RegExp(`^ *${line} +\\d+\\.\\d\\d % +\\d\\.\\d\\d +\\d\\.\\d\\d % .* \\d\\.\\d{3}$`, 'm'),
    );
  expect(text).not.toMatch(/rounded to nearest/);
  expect(await shown('gptq')).toMatch(/rounded to nearest in the base’s groups; GPTQ itself/);
});

it('a merge is refused where a weight does not fit the dtype, and writes nothing', async () => {
  const run = await finetune(
    'large',
    '--steps',
    '2',
    '--lr',
    '1e4',
    '--adapter',
    'lora',
    '--set',
    'r=2',
    '--schedule',
    'constant',
  );
  expect(run.exit, run.stderr).toBe(0);
  const before = readdirSync(at('.'));
  const argv = ['merge', '--model', MODEL, '--adapter', at('large/adapter'), '--out', at('overflown')];
  const { exit, stdout } = await on(...argv, '--dtype', 'f16');
  expect(exit).toBe(1);
  expect(JSON.parse(stdout).error).toMatchObject({
    code: 'InvalidWeight',
    message: expect.stringMatching(
      /"model\.layers\.\d.*": element \d+ is .*, and F16 has no such number\. .*bf16 or f32/,
    ),
  });
  expect(readdirSync(at('.'))).toEqual(before);
  expect((await on(...argv, '--dtype', 'bf16')).exit).toBe(0);
});

it('errors of a projection add up as the norm over all its weights', () => {
  const int8 = (...values: number[]) => ({
    values: Float32Array.from(values),
    tensor: quantizeInt8Rows(Float32Array.from(values), [1, values.length]),
  });
  // The two weights have steps of 1 and 2, errors of 0.25 and 0.5, and updates of 3 and 4.
  const entries = [
    entryOf('q_proj', int8(127, 0), int8(127, 3.25)),
    entryOf('q_proj', int8(254, 0, 0, 0), int8(254, 4.5, 0, 0)),
    entryOf('down_proj', int8(0, 0), int8(127, 127)),
  ];
  const { all, q_proj, down_proj, ...none } = summarised(entries, ['q_proj', 'k_proj', 'down_proj']);
  expect(none).toEqual({});
  expect(summarised([entryOf('k_proj', int8(127, 1), int8(127, 1))], ['k_proj']).all.ofUpdate).toBeNull();
  const norm = 127 ** 2 + 3.25 ** 2 + 254 ** 2 + 4.5 ** 2;
  expect(q_proj).toEqual({
    relative: Math.sqrt((0.0625 + 0.25) / norm),
    largest: 0.25,
    base: { relative: 0, largest: 0 },
    ofUpdate: Math.sqrt((0.0625 + 0.25) / (3.25 ** 2 + 4.5 ** 2)),
    range: 1,
  });
  expect(down_proj).toMatchObject({ relative: 0, range: Infinity });
  expect(all.range).toBeCloseTo((2 + 8 + 2) / (2 + 8), 12);
  expect(all.relative).toBeCloseTo(Math.sqrt((0.0625 + 0.25) / (norm + 2 * 127 ** 2)), 12);
});
