/**
 * Gemma 2 and the text model of Gemma 3 against their definitions (references/gemma.py) in float64: logits, gradients and
 * steps of AdamW, with OFT on every linear layer, plain and in NF4.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oft } from '../../../src/adapters/oft.ts';
import { AdamW } from '../../../src/finetune/adamw.ts';
import { nextTokens, packed } from '../../../src/finetune/batch.ts';
import { Model, type ModelOptions } from '../../../src/finetune/model-run.ts';
import { weightsFrom } from '../../../src/finetune/models/from-files.ts';
import { projectionsOf } from '../../../src/finetune/models/linear-layers.ts';
import { openModel } from '../../../src/finetune/models/open.ts';
import { expectedWeights } from '../../../src/finetune/models/weights.ts';
import { sitesOf, startOf } from '../../../src/finetune/start.ts';
import { TorchEngine } from '../../../src/finetune/torch/engine.ts';
import type { OpenModel } from '../../../src/formats/model.ts';
import { writeSafetensors } from '../../../src/formats/safetensors/index.ts';
import type { HostTensor } from '../../../src/index.ts';
import { testDevice } from '../../support/device.ts';
import { sample } from '../../support/sample.ts';
import { PACKAGE, PYTHON, python } from '../../support/torch.ts';
import { relative } from './golden.ts';
import { coarse, from, random, readConfig, type TensorFile, tensorFile } from './support.ts';

const REFERENCE = fileURLToPath(new URL('./references/gemma.py', import.meta.url));

/** The fields of the published files, at small sizes: a window is shorter than a text, and caps bend what they cap. */
const SHARED = {
  attention_bias: false,
  attention_dropout: 0,
  bos_token_id: 2,
  cache_implementation: 'hybrid',
  eos_token_id: 1,
  head_dim: 8,
  hidden_activation: 'gelu_pytorch_tanh',
  hidden_size: 24,
  initializer_range: 0.02,
  intermediate_size: 40,
  max_position_embeddings: 32,
  num_attention_heads: 4,
  pad_token_id: 0,
  query_pre_attn_scalar: 6,
  rms_norm_eps: 1e-6,
  sliding_window: 4,
  torch_dtype: 'bfloat16',
  use_cache: true,
  vocab_size: 19,
};
const CONFIGS = {
  gemma2: {
    ...SHARED,
    architectures: ['Gemma2ForCausalLM'],
    model_type: 'gemma2',
    hidden_act: 'gelu_pytorch_tanh',
    num_hidden_layers: 2,
    num_key_value_heads: 2,
    attn_logit_softcapping: 1.5,
    final_logit_softcapping: 3,
    rope_theta: 10_000,
  },
  gemma3: {
    ...SHARED,
    architectures: ['Gemma3ForCausalLM'],
    model_type: 'gemma3_text',
    num_hidden_layers: 3,
    num_key_value_heads: 1,
    attn_logit_softcapping: null,
    final_logit_softcapping: null,
    rope_local_base_freq: 10_000,
    rope_scaling: { factor: 8, rope_type: 'linear' },
    rope_theta: 1_000_000,
    sliding_window_pattern: 3,
  },
};

const next = random(21);
const ids = (count: number) => Array.from({ length: count }, () => Math.floor(SHARED.vocab_size * next()));
const BATCHES = Array.from({ length: 3 }, () => [ids(10), ids(7)]);
const RUN = { batches: BATCHES, block: 4, rate: 1e-2, decay: 0.01 };
const ADAPTER = { source: oft, dims: { b: RUN.block } };

const root = mkdtempSync(join(tmpdir(), 'oftc-gemma-'));
afterAll(() => rmSync(root, { recursive: true }));

const write = (file: string, tensors: ReadonlyMap<string, HostTensor>) =>
  writeSafetensors(
    file,
    [...tensors].map(([name, { data, shape }]) => ({
      ...{ name, shape, dtype: 'F32' as const },
      data: Float32Array.from(data),
    })),
  );

/** Random weights; those of norms are offsets from 1. */
function weightsOf(folder: string): Map<string, HostTensor> {
  const drawn = [...expectedWeights(readConfig(folder))].map(([name, shape]): [string, HostTensor] => {
    const scale = shape.length === 1 ? 0.4 : name.includes('embed') ? 0.5 : 2 / Math.sqrt(shape[1]!);
    const count = shape.reduce((a, b) => a * b, 1);
    return [name, { data: Float32Array.from({ length: count }, () => coarse(next, scale)), shape }];
  });
  return new Map(drawn);
}

const RUNS = Object.entries(CONFIGS).flatMap(([name, config]) => [
  { name, config, quantised: undefined },
  { name: `${name} in nf4`, config, quantised: 'nf4' },
]);

describe.runIf(PYTHON).each(sample(RUNS, ['gemma2', 'gemma3 in nf4']))(
  '$name',
  ({ name, config, quantised }) => {
    const folder = join(root, name);
    let files: OpenModel;
    let adapter: Map<string, HostTensor>;
    let expected: TensorFile;
    const batchOf = (step: number) => packed(BATCHES[step]!.map(nextTokens), files.config);
    const weights = () => weightsFrom(files, quantised);

    beforeAll(async () => {
      const reference = join(folder, 'reference');
      for (const at of [folder, reference]) {
        mkdirSync(at);
        writeFileSync(join(at, 'config.json'), JSON.stringify(config));
      }
      const plain = weightsOf(folder);
      await write(join(folder, 'model.safetensors'), plain);
      files = await openModel(folder);
      expect(files.notes).toEqual([]);
      const decoded = new Map<string, HostTensor>();
      for (const at of plain.keys()) decoded.set(at, await weights().read(at));
      await write(join(reference, 'model.safetensors'), decoded);
      adapter = await startOf(files.config, sitesOf(files.config, ADAPTER), weights(), 0);
      for (const [path, { data, shape }] of adapter)
        adapter.set(path, { data: Float32Array.from(data, () => 0.2 * next() - 0.1), shape });
      await write(join(reference, 'adapter.safetensors'), adapter);
      writeFileSync(join(reference, 'run.json'), JSON.stringify(RUN));
      python([REFERENCE, reference], reference);
      expected = tensorFile(join(reference, 'expected.safetensors'));
    });
    afterAll(() => files.close());

    const open = async (
      device: 'cpu' | GPUDevice,
      cut: Pick<ModelOptions, 'largest' | 'tokensAtOnce'> = {},
    ) =>
      Model.open({
        ...{ config: files.config, weights: weights(), device, ...cut },
        adapter: { ...ADAPTER, tensors: from(adapter) },
      });
    const isClose = async (model: Model, tolerance: number) => {
      const { data } = await model.logits(batchOf(0));
      expect(relative(data, (await expected.read('logits')).data)).toBeLessThan(Math.min(tolerance, 2e-6));
      const g = await model.gradients(batchOf(0));
      expect(Math.abs(g.loss - (await expected.read('losses')).data[0]!)).toBeLessThan(tolerance);
      expect(g.values.size).toBe(projectionsOf(files.config).length * files.config.layers);
      for (const path of g.values.keys())
        expect(relative(await g.read(path), (await expected.read(`grad.${path}`)).data), path).toBeLessThan(
          tolerance,
        );
      g.free();
    };

    it('has its logits and gradients in the reference, with the vocabulary whole and in pieces', async () => {
      const pieces = { largest: 4 * 8 * SHARED.hidden_size, tokensAtOnce: SHARED.hidden_size };
      for (const cut of [{}, pieces]) {
        const model = await open('cpu', cut);
        await isClose(model, 1e-6);
        model.dispose();
      }
    });

    it('has its logits, its gradients and three steps of AdamW on the device', async () => {
      const model = await open(await testDevice());
      expect(Object.keys(model.bytes).some((form) => form.startsWith('nf4'))).toBe(quantised !== undefined);
      await isClose(model, 1e-5);
      const optimizer = await AdamW.prepare(model, { rate: RUN.rate, decay: RUN.decay });
      for (const [step] of BATCHES.entries()) {
        const g = await model.gradients(batchOf(step));
        expect(Math.abs(g.loss - (await expected.read('losses')).data[step]!)).toBeLessThan(2e-5);
        await optimizer.step(g);
        g.free();
      }
      await optimizer.done();
      for (const [path, value] of model.trained)
        expect(relative(await value.read(), (await expected.read(`final.${path}`)).data), path).toBeLessThan(
          1e-3,
        );
      optimizer.dispose();
      model.dispose();
    });

    it('decodes with cached keys and values what it computes for the whole text', async () => {
      const model = await open('cpu');
      const decoder = await model.decoder(SHARED.max_position_embeddings);
      const text = BATCHES[0]![0]!;
      await decoder.read(text.slice(0, 6));
      const last = await decoder.read(text.slice(6, 9));
      const { data } = await model.logits(packed([nextTokens(text)], files.config));
      expect(relative(last, data.subarray(8 * SHARED.vocab_size))).toBeLessThan(1e-12);
      decoder.dispose();
      model.dispose();
    });

    it('takes three steps of AdamW in PyTorch', async () => {
      const engine = await TorchEngine.open({
        ...{ files, weights: weights(), version: '0.0.0', python: PYTHON!, library: PACKAGE },
        adapter: { ...ADAPTER, targets: projectionsOf(files.config), tensors: from(adapter) },
        ...{ processes: 1, fsdp: false, device: 'cpu', tell: () => {} },
      });
      try {
        await engine.compile({ betas: [0.9, 0.999], decay: RUN.decay });
        for (const [step] of BATCHES.entries()) {
          const options = { accumulate: 1, step: step + 1, rate: RUN.rate, clip: undefined };
          const { loss } = await engine.step(() => batchOf(step), options);
          expect(Math.abs(loss - (await expected.read('losses')).data[step]!)).toBeLessThan(2e-5);
        }
        for (const [path, data] of await engine.adapter())
          expect(relative(data, (await expected.read(`final.${path}`)).data), path).toBeLessThan(1e-3);
      } finally {
        await engine.dispose();
      }
    });
  },
);
