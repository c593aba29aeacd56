/** Models with quantised projections: as stored in the checkpoint, or quantised as they are read. */
import { describe, expect, it } from 'vitest';
import { layoutOf, type Storage, storageName } from '../../../compiler/primitives/storage.ts';
import { padded } from '../../../runtime/schedule.ts';
import { dora } from '../../../src/adapters/lora.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { psoft } from '../../../src/adapters/psoft.ts';
import { nextTokens, packed } from '../../../src/finetune/batch.ts';
import { Model, type Weights } from '../../../src/finetune/model-run.ts';
import { moduleOf, projectionsOf, shapeOf, type Target } from '../../../src/finetune/models/linear-layers.ts';
import { quantisedAs } from '../../../src/finetune/quantised.ts';
import { sitesOf, startOf, tensorPath } from '../../../src/finetune/start.ts';
import { rowsOf } from '../../../src/finetune/uploads.ts';
import type { ModelShape } from '../../../src/formats/config/model-config.ts';
import {
  dequantize,
  type QuantizedTensor,
  quantize,
  storageOf,
} from '../../../src/formats/quantized/index.ts';
import { singularVectors } from '../../../src/start/singular-vectors.ts';
import { testDevice } from '../../support/device.ts';
import { oftc } from '../cli/harness.ts';
import { from, random, randomWeights, SMALL } from './support.ts';
import { argumentsOf, at, DATA, finetune, MODEL } from './tiny.ts';

/** Sizes for which some quantised blocks end within a row, and others at the end of one. */
const CONFIG: ModelShape = { ...SMALL, hiddenSize: 24, intermediateSize: 40, heads: 4, headDim: 6 };
const weights = from(randomWeights(CONFIG, 1));
const ADAPTER = { source: oft, dims: { b: 4 }, targets: ['q', 'up', 'down'] as const };
const batch = packed([nextTokens([1, 5, 3, 10, 0, 2]), nextTokens([4, 4, 7])], CONFIG);

const sitesOfAll = Array.from({ length: CONFIG.layers }, (_, n) =>
  projectionsOf(CONFIG).map((p) => ({ n, p, path: `model.layers.${n}.${moduleOf(CONFIG, p)}.weight` })),
).flat();

/** An adapter whose tensors are moved away from their start, so that every gradient depends on the weights. */
const next = random(7);
const adapter = await startOf(CONFIG, sitesOf(CONFIG, ADAPTER), weights, 0);
for (const [path, { data, shape }] of adapter)
  adapter.set(path, { data: Float32Array.from(data, () => 0.2 * next() - 0.1), shape });

const open = (of: Weights, device: 'cpu' | GPUDevice) =>
  Model.open({ config: CONFIG, weights: of, adapter: { ...ADAPTER, tensors: from(adapter) }, device });

/** The logits, loss and gradients of a model. */
async function results(model: Model): Promise<Record<string, ArrayLike<number>>> {
  const all: Record<string, ArrayLike<number>> = { logits: (await model.logits(batch)).data };
  const g = await model.gradients(batch);
  all.loss = [g.loss];
  for (const path of g.values.keys()) all[path] = await g.read(path);
  g.free();
  return all;
}

const elements = (p: Target): number => shapeOf(CONFIG, p)[0] * shapeOf(CONFIG, p)[1];

describe('a plain checkpoint, quantised as it is read', () => {
  it('reads the embedding by rows, as the checkpoint does', async () => {
    const name = 'model.embed_tokens.weight';
    const of = quantisedAs(
      { ...weights, rows: (tensor) => rowsOf(weights, tensor, CONFIG.hiddenSize) },
      CONFIG,
      'nf4',
    );
    const { data } = await weights.read(name);
    expect(await (await of.rows!(name))(2, 1)).toEqual(data.subarray(2 * 24, 3 * 24));
  });

  it.each(['nf4', 'nf4-double:32', 'int8', 'int4:8'])('%s: projections alone', async (format) => {
    const of = quantisedAs(weights, CONFIG, format);
    const name = 'model.embed_tokens.weight';
    expect(await of.read(name)).toEqual(await weights.read(name));
    expect(await of.quantised!(name)).toBeUndefined();
    for (const { path } of sitesOfAll) {
      const tensor = (await of.quantised!(path))!;
      const { data, shape } = await weights.read(path);
      expect(tensor).toEqual(quantize(Float32Array.from(data), shape, storageOf(tensor)));
      expect((await of.read(path)).data).toEqual(dequantize(tensor));
    }
  });

  it('an adapter starts from the values that the weights then stand for', async () => {
    const own = sitesOf(CONFIG, { source: dora, dims: { r: 2 } });
    const of = quantisedAs(weights, CONFIG, 'nf4:32');
    const start = await startOf(CONFIG, own, of, 0);
    const { module, adapted } = own[0]!;
    const magnitude = adapted.own.find((i) => typeof i.init === 'object' && 'rowNorms' in i.init)!;
    const { data, shape } = await of.read(`${module}.weight`);
    const row = Array.from(data.subarray(0, shape[1]));
    const { data: norms } = start.get(tensorPath(module, magnitude))!;
    expect(norms[0]).toBeCloseTo(Math.hypot(...row), 5);
    const principal = sitesOf(CONFIG, { source: psoft, dims: { r: 2 } });
    const { data: A } = (await startOf(CONFIG, principal, of, 0)).get(`${module}.A`)!;
    const { right } = singularVectors(data, [shape[0]!, shape[1]!], 2);
    expect(A).toEqual(Float32Array.from(right.flatMap((v) => [...v])));
  });
});

/** A format for each projection. `indexed` groups have inputs in any order, as GPTQ's may. */
const FORMATS: Readonly<Record<Target, Storage | undefined>> = {
  q: { format: 'nf4', block: 32, nested: 256 },
  k: { format: 'int8' },
  v: { format: 'int4', group: 8, indexed: true },
  o: { format: 'int4', group: 8 },
  gate: { format: 'nf4', block: 64 },
  up: undefined,
  down: { format: 'nf4', block: 32, nested: 256 },
};
/** The format of a projection of transformer block n: those above, but only block 0 has q quantised. */
const formatAt = (n: number, p: Target) => (n > 0 && p === 'q' ? undefined : FORMATS[p]);

async function mixed(): Promise<Weights> {
  const tensors = new Map<string, QuantizedTensor>();
  for (const { n, p, path } of sitesOfAll) {
    const format = formatAt(n, p);
    if (!format) continue;
    const { data, shape } = await weights.read(path);
    const made = quantize(Float32Array.from(data), shape, format, {});
    const groups = shape[1]! / 8;
    const turned = 'group' in made ? { ...made, group: made.group.map((_, i) => i % groups) } : made;
    tensors.set(path, format.format === 'int4' && format.indexed ? turned : made);
  }
  return {
    quantised: async (name) => tensors.get(name),
    read: async (name) => {
      const tensor = tensors.get(name);
      return tensor ? { data: dequantize(tensor), shape: tensor.shape } : weights.read(name);
    },
  };
}

it('a device holds every form as it is, block by block, and computes with what it stands for', async () => {
  const of = await mixed();
  const [reference, device] = [await open(of, 'cpu'), await open(of, await testDevice())];
  const [expected, actual] = [await results(reference), await results(device)];
  for (const [name, values] of Object.entries(expected))
    Array.from(values, (x, i) => expect(Math.abs(actual[name]![i]! - x), name).toBeLessThan(1e-5));
  // The device holds the words of quantised weights, and no float32 copy of them.
  const bytes: Record<string, number> = { ...reference.bytes };
  for (const { n, p } of sitesOfAll) {
    const format = formatAt(n, p);
    if (!format) continue;
    const name = storageName(format);
    bytes[name] = (bytes[name] ?? 0) + padded(4 * layoutOf(format, shapeOf(CONFIG, p)).words);
    bytes.f32 = bytes.f32! - padded(4 * elements(p));
  }
  expect(device.bytes).toEqual(bytes);
  expect(Object.keys(bytes)).toHaveLength(2 + 5);
  // A decoder shares these words.
  const decoder = await device.decoder(CONFIG.maxPositions);
  const ids = [1, 4, 2, 7];
  const last = await decoder.read(ids);
  decoder.dispose();
  const { data } = await reference.logits(packed([{ ids, labels: ids }], CONFIG));
  const logits = data.subarray(-CONFIG.vocabSize);
  Array.from(logits, (x, i) => expect(Math.abs(last[i]! - x)).toBeLessThan(1e-5));
  reference.dispose();
  device.dispose();
});

describe('refuses', () => {
  it('an unknown format, a weight that is quantised already, and another size', async () => {
    expect(() => quantisedAs(weights, CONFIG, 'nf5')).toThrow(
      expect.objectContaining({
        code: 'OFT4012',
        message: expect.stringMatching(/projections are .* 'nf5'/),
      }),
    );
    const twice = quantisedAs(quantisedAs(weights, CONFIG, 'nf4'), CONFIG, 'int8');
    await expect(open(twice, 'cpu')).rejects.toMatchObject({
      code: 'OFT4011',
      message: expect.stringMatching(/q_proj.weight' cannot be held as int8: it is stored as nf4:64/),
    });
    const wide: Weights = {
      ...quantisedAs(weights, CONFIG, 'nf4'),
      quantised: async () => quantize(new Float32Array(64), [8, 8], { format: 'nf4', block: 64 }),
    };
    await expect(open(wide, await testDevice())).rejects.toMatchObject({ code: 'OFT6002' });
    await expect(open(quantisedAs(weights, CONFIG, 'nf4:33'), 'cpu')).rejects.toMatchObject({
      code: 'InvalidBlockSize',
    });
  });
});

describe('on the command line', () => {
  const evaluated = async (...more: string[]) => {
    const given = ['--model', MODEL, '--device', 'cpu', '--json', '--data', DATA, '--length', '7'];
    const { exit, stdout, stderr } = await oftc('eval', ...given, ...more);
    expect(exit, stderr).toBe(0);
    return { loss: JSON.parse(stdout).loss as number, stderr };
  };

  it('finetune, eval and generate hold quantised projections', async () => {
    const trained = await finetune('q', '--quantize', 'nf4-double', '--steps', '4', '--lr', '0.05');
    expect(trained.exit, trained.stderr).toBe(0);
    expect(Object.keys(JSON.parse(trained.stdout).bytes).sort()).toEqual(['adapter', 'f32']);
    const used = ['--adapter', at('q/adapter')];
    const [plain, same] = [await evaluated(...used), await evaluated(...used, '--quantize', 'nf4-double')];
    expect(plain.loss).not.toBe(same.loss);
    const other =
      'the adapter was trained with projections held in nf4-double, and this command holds them as the';
    expect(plain.stderr).toContain(`note: ${at('q/run.json')}: ${other}`);
    expect(same.stderr).not.toContain('was trained with');
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
