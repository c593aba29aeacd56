/** `--activations f16` of `oftc finetune`: gradients near those in 32 bits, also small ones, and what goes with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { oft } from '../../../src/adapters/oft.ts';
import { type Batch, nextTokens, packed } from '../../../src/finetune/batch.ts';
import { type Gradients, Model } from '../../../src/finetune/model-run.ts';
import { weightsFrom } from '../../../src/finetune/models/from-files.ts';
import { openModel } from '../../../src/finetune/models/open.ts';
import { sitesOf, startOf } from '../../../src/finetune/start.ts';
import type { OpenModel } from '../../../src/formats/model.ts';
import { testDevice } from '../../support/device.ts';
import { NIGHTLY } from '../../support/sample.ts';
import { type Shape, writeRandomLlama } from './random-llama.ts';
import { finetune } from './tiny.ts';

const folder = mkdtempSync(join(tmpdir(), 'oftc-half-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SHAPE: Shape = {
  ...{ vocabulary: 300, hidden: 16, intermediate: 24, layers: 1 },
  ...{ heads: 2, keyHeads: 1, headWidth: 8 },
};
let files: OpenModel;
beforeAll(async () => {
  writeRandomLlama(folder, SHAPE, { shardBytes: 100_000 });
  files = await openModel(folder);
});
afterAll(() => files.close());

/** The model, with what a device binds at once: the vocabulary whole, or in pieces. */
async function open(activations: 'f32' | 'f16', rows = SHAPE.vocabulary): Promise<Model> {
  const choice = { source: oft, dims: { b: 4 }, targets: ['v'] as const };
  const { config } = files;
  const weights = weightsFrom(files);
  const tensors = await startOf(config, sitesOf(config, choice), weights, 1);
  return Model.open({
    ...{ config, weights, device: await testDevice(), activations },
    ...{ largest: 4 * rows * SHAPE.hidden, tokensAtOnce: SHAPE.hidden },
    adapter: { ...choice, tensors: { read: async (name) => tensors.get(name)! } },
  });
}

/** A batch whose labels count so little that a gradient of one token is below the least number in 16 bits. */
function lightBatch(model: Model): Batch {
  const ids = Array.from({ length: 13 }, (_, i) => (37 * i * i + 11 * i) % SHAPE.vocabulary);
  const batch = packed([nextTokens(ids)], model.config);
  return { ...batch, weight: batch.weight.map(() => 2e-5) };
}

const read = async (g: Gradients): Promise<number[]> => {
  const all: number[] = [];
  for (const path of g.values.keys()) all.push(...Array.from(await g.read(path), (x) => x / g.scale));
  return all;
};

// A software device takes 15 s to compile the kernels.
it.runIf(NIGHTLY).each([
  ['whole', SHAPE.vocabulary],
  ['in pieces', 100],
])('a gradient is that of 32 bits within 2 %%, the vocabulary %s', async (_, rows) => {
  const [single, half] = [await open('f32'), await open('f16', rows)];
  const [a, b] = [await single.gradients(lightBatch(single)), await half.gradients(lightBatch(half))];
  expect(b.scale).toBeGreaterThan(a.scale);
  expect(Math.abs(b.loss - a.loss)).toBeLessThan(2e-3 * a.loss);
  const [exact, near] = [await read(a), await read(b)];
  expect(Math.hypot(...exact)).toBeGreaterThan(0);
  expect(Math.hypot(...near.map((x, i) => x - exact[i]!))).toBeLessThan(0.02 * Math.hypot(...exact));
  for (const g of [a, b]) g.free();
  for (const m of [single, half]) m.dispose();
});

it.each([
  [['--engine', 'torch'], 'PyTorch computes in float32'],
  [['--device', 'cpu'], 'the CPU reference is float64 throughout'],
  [['--eval-generate'], '--eval-generate continues prompts in float32'],
])('%j does not go with it', async (more, message) => {
  const { exit, stdout, stderr } = await finetune('half', '--device', 'gpu', '--activations', 'f16', ...more);
  expect(exit).toBe(2);
  expect(stdout + stderr).toContain(message);
});
