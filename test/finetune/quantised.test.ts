/** Models whose projections are held quantised: as a checkpoint has them, or made so when they are read. */
import { describe, expect, it } from 'vitest';
import { dora } from '../../src/adapters/lora.ts';
import { oft } from '../../src/adapters/oft.ts';
import { nextTokens, packed } from '../../src/finetune/batch.ts';
import { Model, type Weights } from '../../src/finetune/model-run.ts';
import {
  MODULES,
  type ModelConfig,
  PROJECTIONS,
  type Projection,
  shapeOf,
} from '../../src/finetune/models/config.ts';
import { quantisedAs } from '../../src/finetune/quantised.ts';
import { sitesOf, startOf, tensorPath } from '../../src/finetune/start.ts';
import {
  dequantize,
  type Grouped4,
  type QuantizedTensor,
  quantize,
} from '../../src/formats/quantized/index.ts';
import { oftc } from '../cli/harness.ts';
import { testDevice } from '../support/device.ts';
import { from, random, randomWeights, SMALL } from './support.ts';
import { argumentsOf, at, DATA, finetune, MODEL } from './tiny.ts';

/** Sizes at which blocks end within a row, and at the end of one. */
const CONFIG: ModelConfig = { ...SMALL, hidden: 24, intermediate: 40, heads: 4, headWidth: 6 };
const weights = from(randomWeights(CONFIG, 1));
const ADAPTER = { source: oft, dims: { b: 4 } };
const batch = packed([nextTokens([1, 5, 3, 10, 0, 2]), nextTokens([4, 4, 7])], CONFIG);

const projections = Array.from({ length: CONFIG.layers }, (_, n) =>
  PROJECTIONS.map((p) => ({ p, path: `model.layers.${n}.${MODULES[p]}.weight` })),
).flat();

/** An adapter away from its start, so that every gradient depends on the weights. */
const next = random(7);
const sites = sitesOf(CONFIG, ADAPTER);
const adapter = await startOf(CONFIG, sites, weights, 0);
for (const [path, { data, shape }] of adapter)
  adapter.set(path, { data: Float32Array.from(data, () => 0.2 * next() - 0.1), shape });

const open = (of: Weights, device: 'cpu' | GPUDevice) =>
  Model.open({ config: CONFIG, weights: of, adapter: { ...ADAPTER, tensors: from(adapter) }, device });

/** Logits, loss and gradients. */
async function results(model: Model): Promise<Record<string, ArrayLike<number>>> {
  const all: Record<string, ArrayLike<number>> = { logits: (await model.logits(batch)).data };
  const g = await model.gradients(batch);
  all.loss = [g.loss];
  for (const path of g.values.keys()) all[path] = await g.read(path);
  g.free();
  return all;
}

/** The same weights as plain numbers. */
const plain = (of: Weights): Weights => ({ read: (name) => of.read(name) });

const elements = (p: Projection): number => shapeOf(CONFIG, p)[0] * shapeOf(CONFIG, p)[1];

async function agree(of: Weights, bytes: Record<string, number>): Promise<void> {
  const [meant, reference] = [await open(plain(of), 'cpu'), await open(of, 'cpu')];
  const expected = await results(meant);
  expect(await results(reference)).toEqual(expected);
  expect(reference.bytes).toEqual(meant.bytes);
  const device = await open(of, await testDevice());
  const actual = await results(device);
  for (const [name, values] of Object.entries(expected))
    Array.from(values, (x, i) => expect(Math.abs(actual[name]![i]! - x), name).toBeLessThan(1e-5));
  // What is quantised is there once, as words, and no longer as f32.
  let numbers = 0;
  for (const { p, path } of projections) if (await of.quantised?.(path)) numbers += elements(p);
  const { f32, adapter: own, ...held } = device.bytes;
  expect(held).toEqual(bytes);
  expect(f32).toBe(meant.bytes.f32! - 4 * numbers);
  expect(own).toBe(meant.bytes.adapter);
  for (const model of [meant, reference, device]) model.dispose();
}

const total = (words: (p: Projection) => number): number =>
  4 * CONFIG.layers * PROJECTIONS.reduce((n, p) => n + words(p), 0);

describe('a plain checkpoint, quantised as it is read', () => {
  it.each([
    // Codes; a scale for each 64; with nested ones, a byte each, their scale, the code book and the offset.
    ['nf4', { 'nf4:64': total((p) => elements(p) / 8 + Math.ceil(elements(p) / 64)) }],
    [
      'nf4-double:32',
      { 'nf4:32 nested:256': total((p) => elements(p) / 8 + Math.ceil(elements(p) / 32 / 4) + 1 + 256 + 1) },
    ],
    ['int8', { int8: total((p) => elements(p) / 4 + shapeOf(CONFIG, p)[0]) }],
  ] as const)('%s: a device and the reference compute with the values that it stands for', (format, bytes) =>
    agree(quantisedAs(weights, format), bytes),
  );

  it('projections alone are quantised', async () => {
    const nf4 = quantisedAs(weights, 'nf4');
    const name = 'model.embed_tokens.weight';
    expect(await nf4.read(name)).toEqual(await weights.read(name));
    expect(await nf4.quantised!(name)).toBeUndefined();
    const { path } = projections[0]!;
    const tensor = (await nf4.quantised!(path))!;
    expect((await nf4.read(path)).data).toEqual(dequantize(tensor));
    expect((await nf4.read(path)).data).not.toEqual((await weights.read(path)).data);
  });

  it('an adapter starts from the values that the weights then stand for', async () => {
    const own = sitesOf(CONFIG, { source: dora, dims: { r: 2 } });
    const start = await startOf(CONFIG, own, quantisedAs(weights, 'nf4:32'), 0);
    const { module, adapted } = own[0]!;
    const magnitude = adapted.own.find((i) => typeof i.init === 'object' && 'rowNorms' in i.init)!;
    const { data, shape } = await quantisedAs(weights, 'nf4:32').read(`${module}.weight`);
    const row = Array.from(data.subarray(0, shape[1]));
    const { data: norms } = start.get(tensorPath(module, magnitude))!;
    expect(norms[0]).toBeCloseTo(Math.hypot(...row), 5);
  });
});

it('blocks that hold their weights in different ways', async () => {
  const tensors = new Map<string, QuantizedTensor>();
  for (const [n, { p, path }] of projections.entries()) {
    // The last block's attention stays plain, and some groups are in an order of their own, as GPTQ's may be.
    if (n >= PROJECTIONS.length && ['q', 'k', 'v', 'o'].includes(p)) continue;
    const { data, shape } = await weights.read(path);
    const made = quantize(Float32Array.from(data), shape, { format: 'int4', group: 8 }) as Grouped4;
    const turned = { ...made, group: made.group.map((_, i) => i % 3) };
    tensors.set(path, n < PROJECTIONS.length && shape[1] === 24 ? turned : made);
  }
  const mixed: Weights = {
    quantised: async (name) => tensors.get(name),
    read: async (name) => {
      const tensor = tensors.get(name);
      return tensor ? { data: dequantize(tensor), shape: tensor.shape } : weights.read(name);
    },
  };
  const words = (p: Projection) => {
    const [out, columns] = shapeOf(CONFIG, p);
    const scales = out * Math.ceil(columns / 8);
    return elements(p) / 8 + scales + Math.ceil(scales / 4);
  };
  const of = (...some: Projection[]) => some.reduce((n, p) => n + words(p), 0);
  await agree(mixed, {
    'int4:8': 4 * (of('down') + of('gate', 'up', 'down')),
    'int4:8 indexed': 4 * (of('q', 'k', 'v', 'o', 'gate', 'up') + 6 * 24),
  });
});

describe('refuses', () => {
  it('a format that there is not, one that is quantised already, and another size', async () => {
    expect(() => quantisedAs(weights, 'nf5')).toThrow(
      expect.objectContaining({
        code: 'OFT4012',
        message: expect.stringMatching(/projections are .* 'nf5'/),
      }),
    );
    const twice = quantisedAs(quantisedAs(weights, 'nf4'), 'int8');
    await expect(open(twice, 'cpu')).rejects.toMatchObject({
      code: 'OFT4011',
      message: expect.stringMatching(/q_proj.weight' cannot be held as int8: it is stored as nf4:64/),
    });
    const wide: Weights = {
      ...quantisedAs(weights, 'nf4'),
      quantised: async () => quantize(new Float32Array(64), [8, 8], { format: 'nf4', block: 64 }),
    };
    await expect(open(wide, await testDevice())).rejects.toMatchObject({ code: 'OFT6002' });
    await expect(open(quantisedAs(weights, 'nf4:33'), 'cpu')).rejects.toMatchObject({
      code: 'InvalidBlockSize',
    });
  });
});

describe('on the command line', () => {
  const evaluated = async (...more: string[]) => {
    const given = ['--model', MODEL, '--device', 'cpu', '--json', '--data', DATA, '--length', '7'];
    const { exit, stdout, stderr } = await oftc('eval', ...given, ...more);
    expect(exit, stderr).toBe(0);
    return JSON.parse(stdout).loss as number;
  };

  it('finetune, eval and generate hold projections so', async () => {
    const trained = await finetune('q', '--quantize', 'nf4-double', '--steps', '4', '--lr', '0.05');
    expect(trained.exit, trained.stderr).toBe(0);
    const { heldOut, bytes } = JSON.parse(trained.stdout);
    expect(Object.keys(bytes).sort()).toEqual(['adapter', 'f32']);
    const without = await finetune('plain', '--steps', '4', '--lr', '0.05');
    expect(JSON.parse(without.stdout).heldOut[0].loss).not.toBe(heldOut[0].loss);
    const used = ['--adapter', at('q/adapter')];
    const losses = [
      await evaluated(),
      await evaluated('--quantize', 'nf4-double'),
      await evaluated(...used),
      await evaluated(...used, '--quantize', 'nf4-double'),
    ];
    expect(new Set(losses).size).toBe(4);
    const text = async (...more: string[]) => {
      const given = ['--model', MODEL, '--device', 'cpu', '--json', '--prompt', 'ab', '--tokens', '8'];
      const { exit, stdout, stderr } = await oftc('generate', ...given, ...used, ...more);
      expect(exit, stderr).toBe(0);
      return JSON.parse(stdout).ids;
    };
    expect(await text('--quantize', 'int8', '--seed', '1')).toHaveLength(8);
  });

  it('a run is resumed with the same format only', async () => {
    const run = ['--quantize', 'int8', '--steps', '4'];
    expect((await finetune('r', ...run)).exit).toBe(0);
    const { exit, stdout } = await oftc(...argumentsOf('r', '--steps', '4', '--resume'));
    expect(exit).toBe(1);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: 'OFT6006',
      message: expect.stringMatching(/quantize was int8 and is not set/),
    });
  });

  it('an unknown format is refused before anything is written', async () => {
    const { exit, stdout } = await finetune('never', '--quantize', 'fp4');
    expect(exit).toBe(1);
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'OFT4012' });
  });
});
