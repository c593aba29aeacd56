/** Experts in files and in the model runner: names, forms, and what is refused. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lora } from '../../../src/adapters/lora.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { readTrained, writeTrained } from '../../../src/finetune/adapter-files.ts';
import { nextTokens, packed } from '../../../src/finetune/batch.ts';
import { WebGpuEngine } from '../../../src/finetune/loop/webgpu.ts';
import { fromLibrary } from '../../../src/finetune/methods.ts';
import { Model } from '../../../src/finetune/model-run.ts';
import { parseModelConfig } from '../../../src/finetune/models/config.ts';
import { weightsFrom } from '../../../src/finetune/models/from-files.ts';
import { projectionsOf, targetsNamed } from '../../../src/finetune/models/linear-layers.ts';
import { openModel } from '../../../src/finetune/models/open.ts';
import { apart, stackedIn, together } from '../../../src/finetune/models/stacked.ts';
import { expectedWeights, linearModules } from '../../../src/finetune/models/weights.ts';
import { quantisedAs } from '../../../src/finetune/quantised.ts';
import { sitesOf, startOf } from '../../../src/finetune/start.ts';
import type { OpenModel } from '../../../src/formats/model.ts';
import { dequantize, quantize } from '../../../src/formats/quantized/index.ts';
import { openSafetensors } from '../../../src/formats/safetensors/index.ts';
import type { HostTensor } from '../../../src/index.ts';
import { testDevice } from '../../support/device.ts';
import { NIGHTLY } from '../../support/sample.ts';
import { write } from './references/harness.ts';
import { coarse, from, random } from './support.ts';

const MIXTRAL = {
  architectures: ['MixtralForCausalLM'],
  hidden_size: 16,
  intermediate_size: 8,
  max_position_embeddings: 16,
  model_type: 'mixtral',
  num_attention_heads: 2,
  num_experts_per_tok: 2,
  num_hidden_layers: 1,
  num_key_value_heads: 1,
  num_local_experts: 3,
  rms_norm_eps: 1e-5,
  sliding_window: null,
  vocab_size: 11,
};
const QWEN = {
  ...MIXTRAL,
  architectures: ['Qwen3MoeForCausalLM'],
  head_dim: 8,
  model_type: 'qwen3_moe',
  moe_intermediate_size: 4,
  norm_topk_prob: true,
  num_hidden_layers: 4,
};
const read = (config: object) => parseModelConfig(config as never, 'config.json');

describe('a configuration', () => {
  it('says which layers of Qwen3-MoE have experts', () => {
    const { num_local_experts: count, ...own } = QWEN;
    const layers = (more: object) => read({ ...own, num_experts: count, ...more }).experts?.layers;
    expect(layers({})).toBeUndefined();
    expect(layers({ decoder_sparse_step: 2 })).toEqual([false, true, false, true]);
    expect(layers({ mlp_only_layers: [0, 3] })).toEqual([false, true, true, false]);
    expect(read({ ...own, num_experts: 0 }).experts).toBeUndefined();
    // transformers 5 has another name for the count.
    expect(read(QWEN).experts?.count).toBe(3);
  });

  it.each([
    [{ num_experts_per_tok: 4 }, '"num_experts_per_tok": each token chooses 4 experts'],
    [{ num_local_experts: 0 }, '"num_local_experts": a whole number above 0'],
    [{ num_local_experts: 2000 }, 'num_local_experts'],
    [{ router_jitter_noise: 0.1 }, '"router_jitter_noise": it is 0.1, and only 0 or null'],
  ])('with %o is refused by name', (change, message) => {
    expect(() => read({ ...MIXTRAL, ...change })).toThrow(message);
  });

  it('is refused where two names of the count disagree', () => {
    expect(() => read({ ...QWEN, num_experts: 4 })).toThrow(
      '"num_experts": it is 4, and num_local_experts 3',
    );
  });
});

describe('a checkpoint', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-experts-'));
  let files: OpenModel;
  const next = random(5);
  beforeAll(async () => {
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...MIXTRAL, output_router_logits: true }));
    const all = [...expectedWeights(read(MIXTRAL))].map(([name, shape]): [string, HostTensor] => {
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => coarse(next, 1));
      return [name, { data, shape }];
    });
    await write(join(folder, 'model.safetensors'), new Map(all));
    files = await openModel(folder);
  });
  afterAll(async () => {
    await files.close();
    rmSync(folder, { recursive: true });
  });

  it('has the names of the hub, and a note on the loss of routers', () => {
    const at = 'model.layers.0.block_sparse_moe';
    expect(files.weights.get(`${at}.experts.2.w2.weight`)?.shape).toEqual([16, 8]);
    expect(files.weights.get(`${at}.gate.weight`)?.shape).toEqual([3, 16]);
    expect(files.notes).toEqual([expect.stringContaining('output_router_logits is set')]);
  });

  it('that joins the experts of a layer to one tensor is refused by that name', async () => {
    const other = mkdtempSync(join(tmpdir(), 'oftc-experts-'));
    writeFileSync(join(other, 'config.json'), JSON.stringify(MIXTRAL));
    const at = 'model.layers.0.block_sparse_moe.experts';
    const kept = [...files.weights.values()].filter(({ name }) => !name.startsWith(at));
    const all = kept.map(({ name, shape }): [string, HostTensor] => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      return [name, { data, shape }];
    });
    const joined = { data: new Float32Array(3 * 16 * 16), shape: [3, 16, 16] };
    const name = 'model.layers.0.mlp.experts.gate_up_proj';
    await write(join(other, 'model.safetensors'), new Map([...all, [name, joined]]));
    await expect(openModel(other)).rejects.toMatchObject({
      code: 'UnsupportedModel',
      message: expect.stringMatching(/"model\.layers\.0\.mlp\.experts\.gate_up_proj": it joins the experts/),
    });
    rmSync(other, { recursive: true });
  });

  it('is read with the experts of a layer as one tensor, plain or in NF4', async () => {
    const name = 'model.layers.0.block_sparse_moe.experts.*.w1.weight';
    const parts = [0, 1, 2].map((e) => name.replace('*', `${e}`));
    const values = await Promise.all(parts.map((part) => files.weight(part)));
    const plain = await stackedIn(weightsFrom(files), files.config).read(name);
    expect(plain.shape).toEqual([3, 8, 16]);
    expect([...plain.data]).toEqual(values.flatMap((v) => [...v]));
    const nf4 = { format: 'nf4', block: 64, nested: 256 } as const;
    const stacked = await stackedIn(weightsFrom(files, 'nf4-double'), files.config).quantised!(name);
    expect([...dequantize(stacked!)]).toEqual(
      values.flatMap((v) => [...dequantize(quantize(v, [8, 16], nf4))]),
    );
  });

  it.each(['int8', 'int4:16'])('is refused in %s', async (form) => {
    const weights = quantisedAs(weightsFrom(files), files.config, form);
    const name = 'model.layers.0.block_sparse_moe.experts.*.w1.weight';
    await expect(stackedIn(weights, files.config).quantised!(name)).rejects.toThrow(
      `'${name}' cannot be held as ${form}: experts are held as floats or as NF4`,
    );
  });

  it('has a router that is a target by its name alone', () => {
    expect(projectionsOf(files.config)).toEqual(['q', 'k', 'v', 'o', 'expertGate', 'expertUp', 'expertDown']);
    expect(targetsNamed(files.config, 'gate')).toEqual(['router']);
  });

  it.each([
    ['oft', { b: '4' }, oft],
    ['lora', { r: '2' }, lora],
  ] as const)('has %s on each expert in PEFT’s names, there and back', async (name, given, source) => {
    const method = fromLibrary(name, given);
    const targets = [...targetsNamed(files.config, 'w1'), ...targetsNamed(files.config, 'gate')];
    const sites = sitesOf(files.config, { ...method, source, targets });
    const start = await startOf(files.config, sites, weightsFrom(files), 3);
    for (const { data } of start.values()) for (const k of data.keys()) data[k] = coarse(next, 0.1);
    const out = join(folder, name);
    const values = new Map([...start].map(([path, { data }]) => [path, data]));
    await writeTrained(out, { name, method, modules: ['w1', 'gate'], sites, baseModel: 'tiny', values });
    const written = await openSafetensors(join(out, 'adapter_model.safetensors'));
    const ends = name === 'oft' ? ['oft_R.weight'] : ['lora_A.weight', 'lora_B.weight'];
    const modules = ['experts.0.w1', 'experts.1.w1', 'experts.2.w1', 'gate'];
    expect([...written.tensors.keys()].sort()).toEqual(
      modules
        .flatMap((m) => ends.map((e) => `base_model.model.model.layers.0.block_sparse_moe.${m}.${e}`))
        .sort(),
    );
    await written.close();
    const back = await readTrained(out, files);
    expect(back.targets.toSorted()).toEqual(targets.toSorted());
    for (const [path, { data }] of start)
      expect([...(await back.choice.tensors.read(path)).data], path).toEqual([...data]);
    await expect(
      Promise.resolve().then(() =>
        sitesOf(files.config, { ...method, source, targets, dropout: { p: 0.1, seed: 0 } }),
      ),
    ).rejects.toThrow('on w1: an adapter on experts has no dropout here');
  });

  it('gives values of experts as files have them, and takes them back', () => {
    const path = 'model.layers.0.block_sparse_moe.experts.*.w3.oft_R.weight';
    const values = new Map([
      [path, Float32Array.of(1, 2, 3, 4, 5, 6)],
      ['model.layers.0.self_attn.q_proj.oft_R.weight', Float32Array.of(7)],
    ]);
    const own = apart(values, files.config);
    expect(own.get(path.replace('*', '1'))).toEqual(Float32Array.of(3, 4));
    expect(together(new Map([...own].reverse()), files.config)).toEqual(values);
  });

  it.each(NIGHTLY ? ['cpu', 'gpu'] : ['cpu'])(
    'stops training at a router whose scores are no numbers, %s',
    async (on) => {
      const plain = weightsFrom(files);
      const broken = async (name: string): Promise<HostTensor> => {
        const tensor = await plain.read(name);
        return name.endsWith('gate.weight')
          ? { ...tensor, data: Float32Array.from(tensor.data, (x, i) => (i === 0 ? Number.NaN : x)) }
          : tensor;
      };
      const method = { source: oft, dims: { b: 4 } };
      const adapter = await startOf(files.config, sitesOf(files.config, method), plain, 0);
      const model = await Model.open({
        ...{
          config: files.config,
          weights: { ...plain, read: broken },
          device: on === 'cpu' ? on : await testDevice(),
        },
        adapter: { ...method, tensors: from(adapter) },
      });
      const engine = new WebGpuEngine(model);
      await engine.compile({ betas: [0.9, 0.999], decay: 0, sizes: [{ tokens: 5 }] });
      const batch = packed([nextTokens([1, 2, 3, 4, 5, 6])], files.config);
      await expect(
        engine.step(() => batch, { accumulate: 1, step: 1, rate: 1e-3, clip: undefined }),
      ).rejects.toMatchObject({ code: 'OFT6007' });
      await engine.dispose();
    },
  );

  it.runIf(NIGHTLY)('goes on from the state of a run', async () => {
    const method = { source: oft, dims: { b: 4 } };
    const adapter = await startOf(files.config, sitesOf(files.config, method), weightsFrom(files), 0);
    const started = async () => {
      const model = await Model.open({
        ...{ config: files.config, weights: weightsFrom(files), device: 'cpu' as const },
        adapter: { ...method, tensors: from(adapter) },
      });
      const engine = new WebGpuEngine(model);
      await engine.compile({ betas: [0.9, 0.999], decay: 0, sizes: [{ tokens: 5 }] });
      return engine;
    };
    const batch = packed([nextTokens([1, 2, 3, 4, 5, 6])], files.config);
    const step = (engine: WebGpuEngine, n: number) =>
      engine.step(() => batch, { accumulate: 1, step: n, rate: 1e-2, clip: undefined });
    const [one, other] = [await started(), await started()];
    await step(one, 1);
    const state = await one.state();
    expect([...state.moments.keys()].some((name) => name.includes('experts.2.w2'))).toBe(true);
    await other.restore({ step: 1, ...state });
    expect((await step(other, 2)).loss).toBe((await step(one, 2)).loss);
    expect(await other.adapter()).toEqual(await one.adapter());
    await Promise.all([one.dispose(), other.dispose()]);
  });

  it('lists the modules of every expert', () => {
    const names = [...linearModules(files.config).keys()];
    expect(names.filter((name) => name.includes('experts'))).toHaveLength(9);
  });
});
