/** config.json of Gemma 2 and 3: windows, rotary embeddings, scales and caps, and what is refused by name. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseModelConfig } from '../../../src/finetune/models/config.ts';
import { openModel } from '../../../src/finetune/models/open.ts';
import { expectedWeights } from '../../../src/finetune/models/weights.ts';
import type { Json } from '../../../src/formats/json.ts';

const parse = (json: Json) => parseModelConfig(json, 'config.json');

/** The fields of gemma-2-9b's config.json. */
const GEMMA2 = {
  architectures: ['Gemma2ForCausalLM'],
  attention_bias: false,
  attention_dropout: 0,
  attn_logit_softcapping: 50,
  bos_token_id: 2,
  cache_implementation: 'hybrid',
  eos_token_id: 1,
  final_logit_softcapping: 30,
  head_dim: 256,
  hidden_act: 'gelu_pytorch_tanh',
  hidden_activation: 'gelu_pytorch_tanh',
  hidden_size: 3584,
  initializer_range: 0.02,
  intermediate_size: 14336,
  max_position_embeddings: 8192,
  model_type: 'gemma2',
  num_attention_heads: 16,
  num_hidden_layers: 42,
  num_key_value_heads: 8,
  pad_token_id: 0,
  query_pre_attn_scalar: 256,
  rms_norm_eps: 1e-6,
  rope_theta: 10_000,
  sliding_window: 4096,
  sliding_window_size: 4096,
  torch_dtype: 'float32',
  use_cache: true,
  vocab_size: 256_000,
};

/** The fields of gemma-3-1b-it's config.json. */
const GEMMA3 = {
  architectures: ['Gemma3ForCausalLM'],
  attention_bias: false,
  attention_dropout: 0,
  attn_logit_softcapping: null,
  bos_token_id: 2,
  cache_implementation: 'hybrid',
  eos_token_id: [1, 106],
  final_logit_softcapping: null,
  head_dim: 256,
  hidden_activation: 'gelu_pytorch_tanh',
  hidden_size: 1152,
  initializer_range: 0.02,
  intermediate_size: 6912,
  max_position_embeddings: 32_768,
  model_type: 'gemma3_text',
  num_attention_heads: 4,
  num_hidden_layers: 26,
  num_key_value_heads: 1,
  pad_token_id: 0,
  query_pre_attn_scalar: 256,
  rms_norm_eps: 1e-6,
  rope_local_base_freq: 10_000,
  rope_scaling: null,
  rope_theta: 1_000_000,
  sliding_window: 512,
  sliding_window_pattern: 6,
  torch_dtype: 'bfloat16',
  use_cache: true,
  vocab_size: 262_144,
};

const parameters = (json: Json) =>
  [...expectedWeights(parse(json)).values()].reduce((n, shape) => n + shape.reduce((a, b) => a * b, 1), 0);

it('Gemma 2 bounds scores and logits, ties its head, and has a window in every second block', () => {
  const c = parse(GEMMA2);
  expect(c.unknown).toEqual([]);
  expect(c.tiedEmbeddings).toBe(true);
  expect(c.scores).toEqual({ scale: 1 / 16, softCap: 50 });
  expect(c.logitCap).toBe(30);
  expect(c.windows).toHaveLength(42);
  expect(c.windows!.slice(0, 3)).toEqual([4096, null, 4096]);
  expect(c.embeddingScale).toBe(Math.fround(Math.sqrt(3584)));
  expect(parameters(GEMMA2)).toBe(9_241_705_984);
});

it('Gemma 3 has windows with a rotary embedding of their own, and rounds its scale to bfloat16', () => {
  const c = parse(GEMMA3);
  expect(c.unknown).toEqual([]);
  expect(c.scores).toEqual({ scale: 1 / 16 });
  expect(c.logitCap).toBeUndefined();
  expect(c.windows!.slice(0, 7)).toEqual([512, 512, 512, 512, 512, null, 512]);
  expect([c.rope, c.windowRope]).toEqual([
    { kind: 'default', theta: 1_000_000 },
    { kind: 'default', theta: 10_000 },
  ]);
  expect(c.embeddingScale).toBe(34);
  expect(parameters(GEMMA3)).toBe(999_885_952);
});

it('as transformers 5 writes it, Gemma 3 means the same', () => {
  const { rope_local_base_freq, rope_scaling, rope_theta, sliding_window_pattern, torch_dtype, ...rest } =
    GEMMA3;
  const types = Array.from({ length: 26 }, (_, n) => (n % 6 === 5 ? 'full_attention' : 'sliding_attention'));
  const written = {
    ...rest,
    dtype: torch_dtype,
    layer_types: types,
    rope_parameters: {
      full_attention: { rope_theta, rope_type: 'default' },
      sliding_attention: { rope_theta: rope_local_base_freq, rope_type: 'default' },
    },
    _sliding_window_pattern: sliding_window_pattern,
    use_bidirectional_attention: false,
  };
  expect(rope_scaling).toBeNull();
  expect(parse(written)).toEqual(parse(GEMMA3));
});

it.each<readonly [field: string, json: Json, message: RegExp]>([
  ['hidden_activation', { ...GEMMA2, hidden_activation: 'silu' }, /only "gelu_pytorch_tanh"/],
  ['use_bidirectional_attention', { ...GEMMA3, use_bidirectional_attention: true }, /it is true/],
  ['sliding_window_size', { ...GEMMA2, sliding_window_size: 512 }, /it is 512, and only 4096/],
  ['layer_types', { ...GEMMA3, layer_types: ['full_attention'] }, /1 layers, and num_hidden_layers is 26/],
  ['layer_types', { ...GEMMA2, layer_types: Array(42).fill('chunked') }, /"chunked"/],
  ['attn_logit_softcapping', { ...GEMMA2, attn_logit_softcapping: -1 }, /-1/],
  ['final_logit_softcapping', { ...GEMMA2, final_logit_softcapping: undefined! }, /it is missing/],
  ['query_pre_attn_scalar', { ...GEMMA2, query_pre_attn_scalar: undefined! }, /it is missing/],
  ['architecture', { ...GEMMA3, architectures: ['Gemma3ForConditionalGeneration'] }, /is not read/],
])('a configuration is refused for its %s', (_, json, message) => {
  expect(() => parse(JSON.parse(JSON.stringify(json)))).toThrow(message);
});

it('the text model of a model of images and text has its own fields, those beside it, and the defaults', () => {
  const vision = { model_type: 'siglip_vision_model', hidden_size: 1152 };
  const whole = (text: Json) =>
    parse({
      architectures: ['Gemma3ForConditionalGeneration'],
      model_type: 'gemma3',
      eos_token_id: [1, 106],
      torch_dtype: 'bfloat16',
      vision_config: vision,
      text_config: text,
    });
  const { architectures: _, ...text } = GEMMA3;
  const { isPart, architecture, ...config } = whole(text);
  const { architecture: own, ...alone } = parse(GEMMA3);
  expect([isPart, architecture, own]).toEqual([true, 'Gemma3ForConditionalGeneration', 'Gemma3ForCausalLM']);
  expect(config).toEqual(alone);
  const few = whole({
    hidden_size: 2560,
    intermediate_size: 10_240,
    num_hidden_layers: 34,
    sliding_window: 1024,
  });
  expect(few).toMatchObject({ heads: 8, kvHeads: 4, headDim: 256, vocabSize: 262_208, tiedEmbeddings: true });
  expect(() => whole(null)).toThrow(/text_config.*the text model has no configuration/);
});

it('weights of a model of images and text are refused by name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-images-'));
  const { architectures: _, ...text } = GEMMA3;
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({
      architectures: ['Gemma3ForConditionalGeneration'],
      model_type: 'gemma3',
      text_config: text,
    }),
  );
  await expect(openModel(folder)).rejects.toThrow(
    /is a model of images and text, of which only the configuration/,
  );
  rmSync(folder, { recursive: true });
});
