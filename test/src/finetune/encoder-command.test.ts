/** The commands on a tiny BART, computed by the float64 reference: finetune, eval, generate, merge. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { expectedWeights } from '../../../src/finetune/models/weights.ts';
import { writeSafetensors } from '../../../src/formats/safetensors/index.ts';
import { parseSafetensors, serializeSafetensors } from '../../support/safetensors.ts';
import { NIGHTLY } from '../../support/sample.ts';
import { PYTHON } from '../../support/torch.ts';
import { oftc } from '../cli/harness.ts';
import { coarse, random, readConfig } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'oftc-encoder-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

const WORDS = '<s> <pad> </s> a b c d e'.split(' ');
mkdirSync(at('model'));
writeFileSync(
  at('model/config.json'),
  JSON.stringify({
    architectures: ['BartForConditionalGeneration'],
    ...{ d_model: 8, vocab_size: WORDS.length, max_position_embeddings: 12 },
    ...{ encoder_layers: 1, encoder_attention_heads: 2, encoder_ffn_dim: 12 },
    ...{ decoder_layers: 2, decoder_attention_heads: 1, decoder_ffn_dim: 8 },
    ...{ bos_token_id: 0, pad_token_id: 1, eos_token_id: 2, decoder_start_token_id: 2 },
  }),
);
writeFileSync(
  at('model/tokenizer.json'),
  JSON.stringify({
    added_tokens: [0, 1, 2].map((id) => ({ id, content: WORDS[id], special: true })),
    normalizer: null,
    pre_tokenizer: null,
    post_processor: { type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 0] },
    decoder: { type: 'Fuse' },
    model: { type: 'BPE', vocab: Object.fromEntries(WORDS.map((w, id) => [w, id])), merges: [] },
  }),
);
const next = random(4);
writeFileSync(
  at('model/model.safetensors'),
  serializeSafetensors(
    [...expectedWeights(readConfig(at('model')))].map(([name, shape]) => {
      const middle = /norm(_embedding)?\.weight$/.test(name) ? 1 : 0;
      const count = shape.reduce((a, b) => a * b, 1);
      const data = Float32Array.from({ length: count }, () => middle + coarse(next, 0.5));
      return { name, dtype: 'F32' as const, shape, data };
    }),
  ),
);
const letters = (count: number): string =>
  Array.from({ length: count }, () => 'abcde'[Math.floor(5 * next())]!).join('');
writeFileSync(
  at('pairs.jsonl'),
  Array.from({ length: 12 }, (_, n) => {
    const prompt = letters(3 + (n % 4));
    return `${JSON.stringify({ prompt, completion: prompt.slice(0, 2) })}\n`;
  }).join(''),
);

const PAIRS = ['--data', at('pairs.jsonl'), '--length', '6'];
const run = async (command: string, ...more: string[]) => {
  const { exit, stdout, stderr } = await oftc(
    command,
    '--model',
    at('model'),
    '--device',
    'cpu',
    ...more,
    '--json',
  );
  expect(exit, stderr).toBe(0);
  return JSON.parse(stdout);
};

it('trains on pairs, stores PEFT’s names, and is generated from, measured and merged', async () => {
  const training = [
    '--adapter',
    'oft',
    '--set',
    'b=4',
    '--targets',
    'q_proj,fc1',
    '--steps',
    '6',
    '--lr',
    '0.05',
  ];
  const trained = await run(
    'finetune',
    ...PAIRS,
    ...training,
    '--batch',
    '4',
    '--hold-out',
    '1/4',
    '--out',
    at('run'),
  );
  expect(trained.format).toBe('peft');
  expect(trained.heldOut.at(-1).loss).toBeLessThan(trained.heldOut[0].loss);
  const file = at('run/adapter/adapter_model.safetensors');
  const names = [...parseSafetensors(readFileSync(file), file).tensors.keys()].sort();
  const modules = [
    'decoder.layers.0.encoder_attn.q_proj',
    'decoder.layers.0.fc1',
    'decoder.layers.0.self_attn.q_proj',
    'decoder.layers.1.encoder_attn.q_proj',
    'decoder.layers.1.fc1',
    'decoder.layers.1.self_attn.q_proj',
    'encoder.layers.0.fc1',
    'encoder.layers.0.self_attn.q_proj',
  ];
  expect(names).toEqual(modules.map((module) => `base_model.model.model.${module}.oft_R.weight`));
  expect(JSON.parse(readFileSync(at('run/adapter/adapter_config.json'), 'utf8'))).toMatchObject({
    target_modules: ['q_proj', 'fc1'],
    task_type: 'SEQ_2_SEQ_LM',
  });

  const adapter = ['--adapter', at('run/adapter')];
  const searching = ['--generate', '--rouge', '--beams', '3'];
  const measured = await run('eval', ...PAIRS, ...adapter, ...searching, '--answers', at('answers.jsonl'));
  expect(measured.asked).toBe(12);
  for (const part of ['rouge1', 'rouge2', 'rougeL']) expect(measured[part]).toBeGreaterThanOrEqual(0);
  expect(readFileSync(at('answers.jsonl'), 'utf8').trim().split('\n')).toHaveLength(12);

  await run('merge', ...adapter, '--out', at('merged'));
  const prompt = ['--prompt', 'abcd', '--tokens', '5', '--temperature', '0'];
  const ids = async (...more: string[]) => (await run('generate', ...prompt, ...more)).ids;
  const own = await ids(...adapter);
  const { stdout } = await oftc('generate', '--model', at('merged'), '--device', 'cpu', ...prompt, '--json');
  expect(JSON.parse(stdout).ids).toEqual(own);
  expect(await ids(...adapter, '--beams', '1')).toEqual(own);
});

it('reads a BartModel as BartForConditionalGeneration without a bias of the logits', async () => {
  const file = at('model/model.safetensors');
  const read = parseSafetensors(readFileSync(file), file);
  const tensors = [...read.tensors.values()].map(({ name, dtype, shape }) => ({
    ...{ name, dtype, shape },
    data: name === 'final_logits_bias' ? new Uint8Array(4 * WORDS.length) : read.bytes(name),
  }));
  for (const name of ['zero', 'bare']) cpSync(at('model'), at(name), { recursive: true });
  await writeSafetensors(at('zero/model.safetensors'), tensors);
  const own = tensors.filter(({ name }) => name !== 'final_logits_bias');
  await writeSafetensors(
    at('bare/model.safetensors'),
    own.map((t) => ({ ...t, name: t.name.replace(/^model\./, '') })),
  );
  const config = JSON.parse(readFileSync(at('model/config.json'), 'utf8'));
  writeFileSync(at('bare/config.json'), JSON.stringify({ ...config, architectures: ['BartModel'] }));
  const on = ['--device', 'cpu', ...PAIRS, '--adapter', at('run/adapter'), '--no-angles', '--json'];
  const loss = async (model: string) => {
    const { exit, stdout, stderr } = await oftc('eval', '--model', at(model), ...on);
    expect(exit, stderr).toBe(0);
    return JSON.parse(stdout).loss;
  };
  const merging = ['--model', at('bare'), '--adapter', at('run/adapter'), '--out', at('merged-bare')];
  expect((await oftc('merge', '--device', 'cpu', ...merging)).exit).toBe(0);
  expect(await loss('bare')).toBe(await loss('zero'));
  const plain = ['eval', '--model', at('merged-bare'), '--device', 'cpu', ...PAIRS, '--json'];
  const merged = JSON.parse((await oftc(...plain)).stdout);
  expect(merged.loss).toBeCloseTo(await loss('zero'), 5);
});

it.runIf(PYTHON && NIGHTLY).each([
  ['by DDP', []],
  ['by FSDP2', ['--fsdp']],
])('takes the same steps in two processes of PyTorch, %s', async (how, more) => {
  const training = ['--adapter', 'oft', '--set', 'b=4', '--targets', 'q_proj,k_proj,fc1', '--steps', '4'];
  const options = [...PAIRS, ...training, '--batch', '3', '--accumulate', '2', '--hold-out', '1/4'];
  const generating = ['--eval-generate', '--dropout', '0.6', '--quantize', 'nf4-double'];
  const out = at(how.replaceAll(' ', '-'));
  const own = await run('finetune', ...options, ...generating, '--out', `${out}-own`);
  const torch = ['--engine', 'torch', '--processes', '2', ...more];
  const other = await run('finetune', ...options, ...generating, ...torch, '--out', out);
  for (const [n, { loss }] of own.heldOut.entries()) expect(other.heldOut[n].loss).toBeCloseTo(loss, 5);
  expect(other.exactMatch).toEqual(own.exactMatch);
  expect(Math.abs(other.loss - own.loss)).toBeLessThan(2e-5);
});

it.each([
  [['generate', '--prompt', 'abcdeabcdeabcde'], /the encoder reads at most 12/],
  [['eval', '--data', at('model/config.json'), '--length', '6'], /rename it to .jsonl|no pairs of texts/],
  [['generate', '--prompt', 'a', '--length-penalty', '2'], /of a search with beams/],
])('refuses %j', async ([command, ...more], says) => {
  const { exit, stderr } = await oftc(command!, '--model', at('model'), '--device', 'cpu', ...more);
  expect(exit).not.toBe(0);
  expect(stderr).toMatch(says);
});

it('is not trained with activations in 16 bits', async () => {
  const options = ['--adapter', 'oft', '--set', 'b=4', '--targets', 'q_proj', '--activations', 'f16'];
  const { exit, stdout } = await oftc(
    ...['finetune', '--model', at('model'), ...PAIRS, ...options, '--out', at('half'), '--json'],
  );
  expect(exit).toBe(2);
  expect(JSON.parse(stdout).error.message).toMatch(/^--activations f16 is of models without an encoder/);
  expect(existsSync(at('half'))).toBe(false);
});
