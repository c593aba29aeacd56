/** `oftc inspect` on real files and damaged ones. */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { nf4TensorData, quantizeNf4 } from '../../../src/formats/quantized/index.ts';
import { serializeSafetensors } from '../../support/safetensors.ts';
import { CONFIG, modelFolder, newFolder, weightsFor, writeFiles } from '../formats/models.ts';
import { oftc } from './harness.ts';

const fixture = (path: string): string => fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url));

it('shows a model: its configuration, its tensors by layer, and no problem', async () => {
  const folder = modelFolder({ ...CONFIG, num_hidden_layers: 3, strange: 1 });
  const { exit, stdout, stderr } = await oftc('inspect', folder);
  expect(stderr).toBe('');
  expect(exit).toBe(0);
  expect(stdout.replaceAll(folder, 'M')).toBe(`M: LlamaForCausalLM, 7.79k parameters
  layers          3
  width           16, in the MLP 32
  heads           2 of 8, over 1 key-value heads
  positions       64, rotary: default theta=10000
  slowest wave    6.28k positions
  vocabulary      24
  RMS norm        ε = 0.00001
  biases          none
  dtype           not said
  quantisation    none
30 tensors in M/model.safetensors, 31.2kB
  tensor                                                 shape  stored  ×   bytes
  lm_head.weight                                       [24×16]     f32  1   1.54k
  model.embed_tokens.weight                            [24×16]     f32  1   1.54k
  model.layers.{0..2}.input_layernorm.weight              [16]     f32  3   192
  model.layers.{0..2}.mlp.down_proj.weight             [16×32]     f32  3   6.14k
  model.layers.{0..2}.mlp.gate_proj.weight             [32×16]     f32  3   6.14k
  model.layers.{0..2}.mlp.up_proj.weight               [32×16]     f32  3   6.14k
  model.layers.{0..2}.post_attention_layernorm.weight     [16]     f32  3   192
  model.layers.{0..2}.self_attn.k_proj.weight           [8×16]     f32  3   1.54k
  model.layers.{0..2}.self_attn.o_proj.weight          [16×16]     f32  3   3.07k
  model.layers.{0..2}.self_attn.q_proj.weight          [16×16]     f32  3   3.07k
  model.layers.{0..2}.self_attn.v_proj.weight           [8×16]     f32  3   1.54k
  model.norm.weight                                       [16]     f32  1   64
note: config.json has fields that are not known here and not read: "strange"
`);
});

it('--model is allowed only for adapters', async () => {
  const folder = modelFolder(CONFIG);
  for (const path of [folder, join(folder, 'model.safetensors')])
    expect(await oftc('inspect', path, '--model', folder)).toMatchObject({
      exit: 2,
      stdout: '',
      stderr: expect.stringMatching(/--model is for checking an adapter, and .* is none/),
    });
});

it('names the adapter of a run, and refuses a text', async () => {
  const run = newFolder();
  writeFileSync(join(run, 'metrics.jsonl'), '{"text":"a"}\n');
  const { stderr } = await oftc('inspect', run);
  expect(stderr).toMatch(/it is the folder of a run\. Name its adapter: .*adapter\./);
  const text = await oftc('inspect', join(run, 'metrics.jsonl'));
  expect(text.stderr).toMatch(/it is a text, and no file of a model or an adapter\. Name a folder/);
  expect([text.exit, text.stdout]).toEqual([1, '']);
});

it('shows an adapter, alone and against its model', async () => {
  const folder = fixture('adapters/oft-b16-exact');
  const { exit, stdout } = await oftc('inspect', folder);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/OFT adapter on 28 modules, 34.6k parameters\n {2}base model +shakespeare-llama\n/);
  expect(stdout).toContain('configuration   cayley=exact terms=5 series=peft-0.18');
  expect(stdout).toMatch(/model\.layers\.\{0\.\.3\}\.mlp\.down_proj +oft +4 {3}r=24 b=16 in=384\n/);
  const model = fixture('models/shakespeare');
  const held = await oftc('inspect', folder, '--model', model);
  expect(held.exit).toBe(0);
  expect(held.stdout).toMatch(/self_attn\.k_proj +oft +4 {3}(?=.*out=64)(?=.*in=128)/);
  const other = await oftc('inspect', folder, '--model', modelFolder(CONFIG));
  expect(other.exit).toBe(1);
  expect(other.stderr).toMatch(/^error InvalidAdapter: .*model\.layers\.\d\./);
  // The report still lists everything that can be read.
  expect(other.stdout).toContain('28 tensors in');
});

it('shows the windows of a model, and a list by its length', async () => {
  const folder = modelFolder({
    ...CONFIG,
    ...{ architectures: ['Qwen2ForCausalLM'], model_type: 'qwen2', num_hidden_layers: 2 },
    ...{ use_sliding_window: true, sliding_window: 16, max_window_layers: 1 },
    rope_scaling: { type: 'longrope', short_factor: [1, 1, 2, 2], long_factor: [1, 2, 3, 4] },
  });
  const { exit, stdout } = await oftc('inspect', folder);
  expect(exit).toBe(0);
  expect(stdout).toContain('  windows         16 tokens in 1 of 2 layers\n');
  expect(stdout).toMatch(/rotary: longrope .*shortFactor=\(4 numbers\)/);
});

it('prints everything as JSON', async () => {
  const folder = newFolder();
  cpSync(fixture('adapters/lora-r8'), folder, { recursive: true });
  cpSync(fixture('models/shakespeare/tokenizer.json'), join(folder, 'tokenizer.json'));
  const { exit, stdout, stderr } = await oftc('inspect', folder, '--json');
  expect([exit, stderr]).toEqual([0, '']);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({
    path: folder,
    adapter: { method: 'LORA', peftVersion: '0.20.1.dev0', parameters: 77824, configs: [{ scale: 2 }] },
    tokenizer: { kind: 'BPE', words: 512, size: 512 },
    tensors: { tensors: 56, bytes: 311296, metadata: { format: 'pt' } },
    notes: [],
    problems: [],
  });
  expect(report.adapter.modules).toHaveLength(7);
  expect(report.tensors.groups).toHaveLength(14);
});

it('shows a quantised model, with shapes from its quant states', async () => {
  const name = 'model.layers.0.mlp.up_proj.weight';
  const values = Float32Array.from({ length: 512 }, (_, i) => Math.sin(i));
  const tensors = nf4TensorData(name, quantizeNf4(values, [32, 16], { doubleQuantization: true }));
  const config = {
    ...CONFIG,
    quantization_config: { quant_method: 'bitsandbytes', load_in_4bit: true, bnb_4bit_quant_type: 'nf4' },
  };
  const folder = modelFolder(config, [...weightsFor(CONFIG).filter((t) => t.name !== name), ...tensors]);
  const { exit, stdout } = await oftc('inspect', folder);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/up_proj\.weight +\[32×16\] +nf4 +1 {3}1\.\d+k\n/);
  expect(stdout).toContain('quantisation    nf4 doubleQuantization=false');
  const file = join(folder, 'model.safetensors');
  const alone = JSON.parse((await oftc('inspect', file, '--json')).stdout);
  expect(alone.model).toBeUndefined();
  expect(alone.tensors.groups).toContainEqual(
    expect.objectContaining({ pattern: name, shape: [32, 16], stored: 'nf4' }),
  );
});

it('shows several problems at once, each with its code, and the rest', async () => {
  const folder = modelFolder(CONFIG);
  writeFiles(folder, { 'tokenizer.json': { model: 1 } });
  writeFileSync(join(folder, 'config.json'), '{');
  const { exit, stdout, stderr } = await oftc('inspect', folder);
  expect(exit).toBe(1);
  expect(stderr.split('\n').map((l) => l.slice(0, 30))).toEqual([
    expect.stringMatching(/^error InvalidJson: /),
    expect.stringMatching(/^error InvalidTokenizer: /),
    '',
  ]);
  expect(stdout).toMatch(/^12 tensors in /);
  const json = JSON.parse((await oftc('inspect', folder, '--json')).stdout);
  expect(json.problems).toEqual([
    { code: 'InvalidJson', message: expect.any(String), at: join(folder, 'config.json') },
    { code: 'InvalidTokenizer', message: expect.any(String), at: join(folder, 'tokenizer.json') },
  ]);
});

it('shows a tokenizer alone or an index, and names what a folder lacks', async () => {
  const tokenizer = await oftc('inspect', fixture('models/shakespeare/tokenizer.json'));
  expect(tokenizer).toEqual({ exit: 0, stdout: 'tokenizer: BPE, 512 tokens, the largest 511\n', stderr: '' });
  const folder = writeFiles(newFolder(), { 'tokenizer.json': { model: 1 } });
  expect((await oftc('inspect', folder)).stderr).toMatch(/^error InvalidTokenizer/);
  const empty = newFolder();
  expect((await oftc('inspect', empty)).stderr).toMatch(
    /error MissingFile: .*config.json.*\n.*error MissingFile: .*neither/,
  );
  const index = writeFiles(newFolder(), {
    'a.safetensors': serializeSafetensors([
      { name: 'x.0', dtype: 'I8', shape: [2], data: Int8Array.of(1, 2) },
    ]),
    'b.safetensors': serializeSafetensors([
      { name: 'x.1', dtype: 'I8', shape: [2], data: Int8Array.of(1, 2) },
    ]),
    'model.safetensors.index.json': { weight_map: { 'x.0': 'a.safetensors', 'x.1': 'b.safetensors' } },
  });
  const sharded = await oftc('inspect', join(index, 'model.safetensors.index.json'));
  expect(sharded.stdout).toBe(`2 tensors in 2 files, 4B
  tensor    shape  stored  ×   bytes
  x.{0..1}    [2]      i8  2   4
`);
  const gone = await oftc('inspect', join(empty, 'no'), '--json');
  expect([gone.exit, JSON.parse(gone.stdout).error.code]).toEqual([1, 'IoError']);
});
