/** A Vision Transformer against its definition in PyTorch (references/vit.py): logits, gradients and steps of AdamW. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oft } from '../../../../src/adapters/oft.ts';
import { AdamW } from '../../../../src/finetune/adamw.ts';
import { moduleAdapters, moduleStarts } from '../../../../src/finetune/by-module.ts';
import { ImageClassifier, labelled } from '../../../../src/finetune/images/image-classifier.ts';
import { patchedPixels } from '../../../../src/finetune/images/patches.ts';
import { blockPath, vitLinear, vitWeights } from '../../../../src/finetune/images/vit.ts';
import { parseVitConfig } from '../../../../src/finetune/images/vit-config.ts';
import { quantisedWhere } from '../../../../src/finetune/quantised.ts';
import { writeTorchClassifier } from '../../../../src/finetune/torch/image-classifier.ts';
import { CLASSIFIER } from '../../../../src/formats/config/names.ts';
import type { HostTensor } from '../../../../src/index.ts';
import { testDevice } from '../../../support/device.ts';
import { sampled } from '../../../support/sample.ts';
import { PYTHON, python } from '../../../support/torch.ts';
import { relative } from '../golden.ts';
import { write } from '../references/harness.ts';
import { coarse, from, random, type TensorFile, tensorFile } from '../support.ts';

const CONFIG = {
  architectures: ['ViTForImageClassification'],
  model_type: 'vit',
  attention_probs_dropout_prob: 0,
  encoder_stride: 16,
  hidden_act: 'gelu',
  hidden_dropout_prob: 0,
  hidden_size: 24,
  id2label: { 0: 'disc', 1: 'square', 2: 'cross' },
  image_size: [8, 12],
  initializer_range: 0.02,
  intermediate_size: 40,
  label2id: { disc: 0, square: 1, cross: 2 },
  layer_norm_eps: 1e-12,
  num_attention_heads: 3,
  num_channels: 3,
  num_hidden_layers: 2,
  patch_size: 4,
  qkv_bias: true,
  torch_dtype: 'float32',
  transformers_version: '4.50.0',
};
const RUN = { steps: 20, block: 4, rate: 1e-2, decay: 0.01 };
const IMAGES = 4;

describe.runIf(PYTHON).each(['in float32', 'in NF4'])('a Vision Transformer %s with OFT', (form) => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-vit-'));
  const next = random(7);
  const config = parseVitConfig(CONFIG, 'config.json');
  const layers = vitLinear(config);
  const choice = { source: oft, dims: { b: RUN.block }, targets: layers.map(({ module }) => module) };
  const plain = new Map<string, HostTensor>();
  const adapter = new Map<string, HostTensor>();
  const isLinear = (name: string) => layers.some(({ module }) => name.endsWith(`.${module}.weight`));
  const weights = form === 'in NF4' ? quantisedWhere(from(plain), isLinear, 'nf4-double') : from(plain);
  const batches: { readonly pixels: Float32Array; readonly labels: Int32Array }[] = [];
  let expected: TensorFile;

  const drawn = (shape: readonly number[], scale: number, middle = 0): HostTensor => {
    const count = shape.reduce((a, b) => a * b, 1);
    return { data: Float32Array.from({ length: count }, () => middle + coarse(next, scale)), shape };
  };

  beforeAll(async () => {
    for (const [name, shape] of vitWeights(config)) {
      const inner = shape.slice(1).reduce((a, b) => a * b, 1);
      const isNorm = /layernorm.*weight/.test(name);
      const scale =
        shape.length === 1
          ? 0.4
          : name.includes('embeddings.p') && shape.length === 3
            ? 0.5
            : 2 / Math.sqrt(inner);
      plain.set(name, drawn(shape, scale, isNorm ? 1 : 0));
    }
    for (let n = 0; n < config.layers; n++) {
      const at = `${blockPath(n)}.`;
      const starts = await moduleStarts(moduleAdapters(layers, choice), weights, { at, seed: n });
      for (const [path, { shape }] of starts) adapter.set(path, drawn(shape, 0.1));
    }
    for (const part of ['weight', 'bias'])
      adapter.set(`${CLASSIFIER}.${part}`, plain.get(`${CLASSIFIER}.${part}`)!);
    const decoded = new Map<string, HostTensor>();
    for (const name of plain.keys()) decoded.set(name, await weights.read(name));
    await write(join(folder, 'model.safetensors'), decoded);
    await write(join(folder, 'adapter.safetensors'), adapter);
    const images = new Map<string, HostTensor>();
    const [rows, columns] = config.image;
    for (const n of [0, 1]) {
      const { data: pixels, shape } = drawn([IMAGES, 3, rows, columns], 1);
      const labels = Int32Array.from({ length: IMAGES }, () => Math.floor(3 * next()));
      batches.push({ pixels: pixels as Float32Array, labels });
      images.set(`pixels.${n}`, { data: pixels, shape });
      images.set(`labels.${n}`, { data: Float32Array.from(labels), shape: [IMAGES] });
    }
    await write(join(folder, 'images.safetensors'), images);
    writeFileSync(join(folder, 'config.json'), JSON.stringify(CONFIG));
    writeFileSync(join(folder, 'run.json'), JSON.stringify(RUN));
    python([fileURLToPath(new URL('../references/vit.py', import.meta.url)), folder], folder);
    expected = tensorFile(join(folder, 'expected.safetensors'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const read = async (name: string) => (await expected.read(name)).data;
  const open = (device: 'cpu' | GPUDevice) =>
    ImageClassifier.open({
      ...{ config, weights, device, trainsClassifier: true },
      adapter: { ...choice, tensors: from(adapter) },
    });
  const batchOf = (step: number) => {
    const { pixels, labels } = batches[step % 2]!;
    return labelled(patchedPixels(config, pixels), labels);
  };

  async function agrees(device: 'cpu' | GPUDevice, most: number, steps: number): Promise<void> {
    const model = await open(device);
    const batch = batchOf(0);
    expect(relative((await model.logits(batch)).data, await read('logits'))).toBeLessThan(2e-6);
    const g = await model.gradients(batch);
    expect(Math.abs((await model.loss(batch)) - g.loss)).toBeLessThan(2e-6);
    expect([...g.values.keys()].sort()).toEqual([...adapter.keys()].sort());
    for (const path of g.values.keys())
      expect(relative(await g.read(path), await read(`grad.${path}`)), path).toBeLessThan(most);
    g.free();
    const optimizer = await AdamW.prepare(model, { rate: RUN.rate, decay: RUN.decay });
    const losses = await read('losses');
    for (let step = 0; step < steps; step++) {
      const g = await model.gradients(batchOf(step));
      expect(Math.abs(g.loss - losses[step]!), `step ${step}`).toBeLessThan(2e-5);
      await optimizer.step(g);
      g.free();
    }
    await optimizer.done();
    expect(losses[RUN.steps - 1]!).toBeLessThan(0.5 * losses[0]!);
    optimizer.dispose();
    model.dispose();
  }

  it('has the logits and gradients of its definition, and takes its steps', () => agrees('cpu', 1e-6, 4));

  it.runIf(sampled(form, ['in NF4']))('takes its steps in PyTorch, as printed modules', async () => {
    const at = join(folder, 'torch');
    await writeTorchClassifier(at, {
      ...{ config, weights, trainsClassifier: true, version: '0.0.0' },
      adapter: { ...choice, tensors: from(adapter) },
    });
    const patches = batches.map(({ pixels }, n): [string, HostTensor] => {
      const { patches: data } = patchedPixels(config, pixels);
      return [`patches.${n}`, { data, shape: [IMAGES, data.length / (IMAGES * 48), 48] }];
    });
    await write(join(at, 'patches.safetensors'), new Map(patches));
    python([fileURLToPath(new URL('../references/vit_printed.py', import.meta.url)), folder], folder);
  });

  it.runIf(sampled(form, ['in NF4']))('has the same on the device', async () => {
    await agrees(await testDevice(), 1e-5, RUN.steps);
  });
});
