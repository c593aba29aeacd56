/**
 * Compares the memory that `oftc plan` computes, from a configuration and without a device, with the memory that runs
 * take on the device at hand. Run it with `npx tsx bench/planning.ts`. It writes bench/results/planning.json.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DEFAULT_CLASS } from '../compiler/devices/index.ts';
import { requestDevice } from '../runtime/device.ts';
import { ledgerOf } from '../runtime/memory.ts';
import { nodeGpu } from '../runtime/node.ts';
import { nextTokens, packed } from '../src/finetune/batch.ts';
import { WebGpuEngine } from '../src/finetune/loop/webgpu.ts';
import { fromLibrary } from '../src/finetune/methods.ts';
import { Model } from '../src/finetune/model-run.ts';
import { parseModelConfig } from '../src/finetune/models/config.ts';
import { projectionsOf } from '../src/finetune/models/linear-layers.ts';
import { expectedWeights } from '../src/finetune/models/weights.ts';
import { quantisedAs } from '../src/finetune/quantised.ts';
import { deviceOf } from '../src/finetune/sized/device.ts';
import { planTraining } from '../src/finetune/sized/training.ts';
import { sitesOf, startOf } from '../src/finetune/start.ts';
import type { Weights } from '../src/finetune/uploads.ts';
import type { ModelConfig } from '../src/formats/config/model-config.ts';
import { classOf } from '../src/session/backends/gpu.ts';
import type { HostTensor } from '../src/session/tensors.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Sizes that a computer trains in seconds; the rest of a configuration is the published one. */
const SMALL = {
  ...{ vocab_size: 512, hidden_size: 128, intermediate_size: 384, num_hidden_layers: 4 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, head_dim: 32, max_position_embeddings: 256 },
};

interface Case {
  /** A file of test/fixtures/configs. */
  readonly config: string;
  /** Fields that replace those of the configuration. */
  readonly fields?: object;
  readonly method: string;
  readonly set: Readonly<Record<string, string>>;
  readonly targets?: readonly string[];
  readonly quantize?: string;
  readonly batch: number;
  readonly length: number;
  readonly accumulate?: number;
  /** The most numbers that are bound at once, below which the vocabulary is cut. */
  readonly numbers?: number;
}

const [OFT, LORA, BOFT] = [{ b: '32' }, { r: '16' }, { b: '8', factors: '2' }];
const CASES: readonly Case[] = [
  { config: 'llama-3.2-1b', method: 'oft', set: OFT, batch: 4, length: 64 },
  { config: 'llama-3.2-1b', method: 'lora', set: LORA, batch: 4, length: 64 },
  { config: 'llama-3.2-1b', method: 'boft', set: BOFT, batch: 4, length: 64 },
  { config: 'llama-3.2-1b', method: 'oft', set: OFT, quantize: 'nf4-double', batch: 4, length: 64 },
  { config: 'llama-2-7b', method: 'oft', set: OFT, batch: 1, length: 128, accumulate: 4 },
  { config: 'llama-2-7b', method: 'lora', set: LORA, batch: 8, length: 32, numbers: 60_000 },
  { config: 'llama-2-7b', method: 'oft', set: OFT, targets: ['q', 'v', 'head'], batch: 2, length: 64 },
  { config: 'qwen2.5-7b', method: 'lora', set: LORA, quantize: 'nf4', batch: 2, length: 256 },
  { config: 'qwen3-4b', method: 'oft', set: OFT, batch: 4, length: 64 },
  {
    config: 'mistral-7b-v0.1',
    fields: { sliding_window: 48 },
    method: 'hra',
    set: { r: '8' },
    batch: 4,
    length: 64,
  },
  {
    config: 'phi-3-mini-4k',
    fields: { sliding_window: 48 },
    method: 'oft',
    set: OFT,
    quantize: 'int4:32',
    batch: 4,
    length: 64,
  },
  {
    config: 'phi-3-medium-4k',
    fields: { sliding_window: null },
    method: 'lora',
    set: LORA,
    quantize: 'int8',
    batch: 1,
    length: 100,
    accumulate: 3,
  },
];

/** A small model with the other fields of a published configuration. */
function configOf({ config, fields }: Case): ModelConfig {
  const file = `${root}test/fixtures/configs/${config}.json`;
  const own = JSON.parse(readFileSync(file, 'utf8'));
  const ids = { bos_token_id: 1, eos_token_id: 2, pad_token_id: 0 };
  return parseModelConfig({ ...own, ...SMALL, ...ids, ...fields }, file);
}

/** Weights that no step makes infinite. */
function weightsOf(c: ModelConfig): Weights {
  const shapes = expectedWeights(c);
  return {
    read: async (name): Promise<HostTensor> => {
      const shape = shapes.get(name)!;
      const count = shape.reduce((a, b) => a * b, 1);
      const data = Float32Array.from({ length: count }, (_, i) =>
        shape.length === 1 ? 1 : 0.05 * Math.cos(7 * i),
      );
      return { data, shape };
    },
  };
}

async function measured(device: GPUDevice, of: Case) {
  const config = configOf(of);
  const { batch, length, accumulate = 1, quantize, numbers } = of;
  const { source, config: settings, dims } = fromLibrary(of.method, of.set);
  const adapter = { source, config: settings, dims, targets: of.targets ?? projectionsOf(config) };
  const absent = deviceOf(classOf(device), undefined);
  const limits = { ...absent.limits, ...(numbers ? { maxStorageBufferBindingSize: 4 * numbers } : {}) };
  const { memory } = await planTraining({
    ...{ config, adapter, quantize, batch, length, accumulate, device: { ...absent, limits } },
  });
  const ledger = ledgerOf(device);
  const before = ledger.now;
  const plain = weightsOf(config);
  const weights = quantize === undefined ? plain : quantisedAs(plain, config, quantize);
  const tensors = await startOf(config, sitesOf(config, adapter), weights, 0);
  const model = await Model.open({
    ...{ config, weights, device, tokensAtOnce: batch * length },
    ...(numbers ? { largest: 4 * numbers } : {}),
    adapter: { ...adapter, tensors: { read: async (name) => tensors.get(name)! } },
  });
  const engine = new WebGpuEngine(model);
  await engine.compile({ betas: [0.9, 0.999], decay: 0, sizes: [{ tokens: batch * length }] });
  const ids = Array.from({ length: length + 1 }, (_, i) => (31 * i) % config.vocabSize);
  const draw = () =>
    packed(
      Array.from({ length: batch }, () => nextTokens(ids)),
      config,
    );
  for (const step of [1, 2]) await engine.step(draw, { accumulate, step, rate: 1e-4, clip: undefined });
  const most = ledger.most - before;
  await engine.dispose();
  return { planned: memory.total, most };
}

const device = await requestDevice(await nodeGpu());
const rows = [];
for (const of of CASES) {
  const row = { ...of, ...(await measured(device, of)) };
  rows.push(row);
  const off = (100 * (row.planned / row.most - 1)).toFixed(3);
  console.log(
    `${of.config} ${of.method} ${of.quantize ?? 'f32'}: planned ${row.planned}, taken ${row.most}, ${off} %`,
  );
}
const report = {
  device: device.adapterInfo.description,
  class: (classOf(device) ?? DEFAULT_CLASS).name,
  rows,
};
writeFileSync(`${root}bench/results/planning.json`, `${JSON.stringify(report, null, 2)}\n`);
device.destroy();
