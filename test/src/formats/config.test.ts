/**
 * config.json of models like Llama: which fields are read, which are refused by name, and which are only reported.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseModelConfig } from '../../../src/finetune/models/config.ts';
import { expectedWeights } from '../../../src/finetune/models/weights.ts';
import { windowOf } from '../../../src/finetune/models/windows.ts';
import { isObject, type Json, parseJson } from '../../../src/formats/json.ts';
import { LLAMA31, MISTRAL, PHI3, QWEN2, QWEN3 } from './configs.ts';
import { CONFIG, refused } from './models.ts';

const parse = (json: Json) => parseModelConfig(json, 'config.json');
const read = (name: string): Json => {
  const path = fileURLToPath(new URL(`../../fixtures/models/${name}`, import.meta.url));
  return parseJson(readFileSync(path, 'utf8'), path);
};

const isObjectOf = (json: Json) => (isObject(json) ? json : {});

describe('a configuration', () => {
  it('is read as it is written', () => {
    expect(parse(read('shakespeare/config.json'))).toEqual({
      architecture: 'LlamaForCausalLM',
      family: 'llama',
      vocabSize: 512,
      hiddenSize: 128,
      intermediateSize: 384,
      layers: 4,
      heads: 4,
      kvHeads: 2,
      headDim: 32,
      maxPositions: 256,
      rmsNormEps: 1e-5,
      rope: { kind: 'default', theta: 10000 },
      tiedEmbeddings: true,
      bias: { qkv: false, output: false, mlp: false },
      dtype: 'float32',
      quantization: undefined,
      bosTokenId: 0,
      eosTokenIds: [1],
      padTokenId: undefined,
      unknown: [],
    });
    const llama = parse(LLAMA31);
    expect(llama).toMatchObject({ headDim: 128, kvHeads: 8, dtype: 'bfloat16', unknown: [] });
    expect(llama.eosTokenIds).toEqual([128001, 128008, 128009]);
  });

  it('has the defaults of its class', () => {
    expect(parse(CONFIG)).toMatchObject({
      rope: { kind: 'default', theta: 10000 },
      tiedEmbeddings: false,
      headDim: 8,
      eosTokenIds: [],
      bosTokenId: undefined,
      dtype: undefined,
    });
    const { num_key_value_heads: _, ...one } = CONFIG;
    expect(parse(one).kvHeads).toBe(2);
    expect(parse({ ...one, num_key_value_heads: null }).kvHeads).toBe(2);
    expect(parse({ ...CONFIG, head_dim: 6 }).headDim).toBe(6);
    expect(parse({ ...CONFIG, pad_token_id: -1 }).padTokenId).toBeUndefined();
    expect(parse({ ...CONFIG, pad_token_id: 0 }).padTokenId).toBe(0);
  });

  it('has biases where its architecture or its fields say so', () => {
    expect(parse(QWEN2).bias).toEqual({ qkv: true, output: false, mlp: false });
    expect(parse({ ...CONFIG, attention_bias: true }).bias).toEqual({ qkv: true, output: true, mlp: false });
    expect(parse({ ...CONFIG, mlp_bias: true }).bias).toEqual({ qkv: false, output: false, mlp: true });
    const biases = (json: Json) =>
      [...expectedWeights(parse(json)).keys()].filter((n) => n.endsWith('.bias'));
    expect(biases(CONFIG)).toEqual([]);
    expect(biases(QWEN2)).toEqual(['q', 'k', 'v'].map((p) => `model.layers.0.self_attn.${p}_proj.bias`));
    expect(biases({ ...CONFIG, mlp_bias: true })).toEqual(
      ['gate', 'up', 'down'].map((p) => `model.layers.0.mlp.${p}_proj.bias`),
    );
  });

  it('means weights of these shapes', () => {
    expect(
      Object.fromEntries(expectedWeights(parse({ ...CONFIG, attention_bias: true, head_dim: 6 }))),
    ).toEqual({
      'model.embed_tokens.weight': [24, 16],
      'model.norm.weight': [16],
      'model.layers.0.input_layernorm.weight': [16],
      'model.layers.0.post_attention_layernorm.weight': [16],
      'model.layers.0.self_attn.q_proj.weight': [12, 16],
      'model.layers.0.self_attn.q_proj.bias': [12],
      'model.layers.0.self_attn.k_proj.weight': [6, 16],
      'model.layers.0.self_attn.k_proj.bias': [6],
      'model.layers.0.self_attn.v_proj.weight': [6, 16],
      'model.layers.0.self_attn.v_proj.bias': [6],
      'model.layers.0.self_attn.o_proj.weight': [16, 12],
      'model.layers.0.self_attn.o_proj.bias': [16],
      'model.layers.0.mlp.gate_proj.weight': [32, 16],
      'model.layers.0.mlp.up_proj.weight': [32, 16],
      'model.layers.0.mlp.down_proj.weight': [16, 32],
      'lm_head.weight': [24, 16],
    });
    expect(expectedWeights(parse({ ...CONFIG, tie_word_embeddings: true })).has('lm_head.weight')).toBe(
      false,
    );
    expect(expectedWeights(parse({ ...CONFIG, num_hidden_layers: 3 })).size).toBe(3 + 9 * 3);
  });

  it('may be of transformers 5, with rope_parameters and dtype', () => {
    const { rope_scaling, rope_theta, torch_dtype, ...rest } = LLAMA31;
    const five = { ...rest, dtype: torch_dtype, rope_parameters: { ...rope_scaling, rope_theta } };
    expect(parse(five)).toEqual(parse(LLAMA31));
    expect(parse({ ...CONFIG, rope_parameters: { rope_type: 'default', rope_theta: 5e5 } }).rope).toEqual({
      kind: 'default',
      theta: 5e5,
    });
  });

  it('says what it does not know, and is silent about what asks for nothing', () => {
    const strange = {
      attention_scale: 2,
      new_thing: null,
      off: false,
      none: [],
      constructor: 'x',
      layers: {},
    };
    expect(parse({ ...CONFIG, ...strange }).unknown).toEqual(['attention_scale', 'constructor']);
  });

  it.each([
    ['vocab_size', undefined, /"vocab_size": it is missing/],
    ['hidden_size', '16', /"hidden_size": number is expected, and it is "16"/],
    ['num_hidden_layers', 1.5, /a whole number above 0 is expected, and it is 1.5/],
    ['intermediate_size', 0, 'a whole number above 0'],
    ['rms_norm_eps', 0, 'a number above 0'],
    ['num_attention_heads', 3, '3 heads do not divide hidden_size'],
    ['num_attention_heads', 16, 'it is 1, and rotary embeddings turn pairs'],
    ['num_key_value_heads', 4, '4 do not divide the 2 attention heads'],
    ['eos_token_id', 'x', '"eos_token_id"'],
    ['tie_word_embeddings', 1, 'boolean is expected'],
  ])('is refused for %s = %j', async (name, value, text) => {
    const { [name]: _, ...rest }: Record<string, Json> = { ...CONFIG };
    await refused(
      () => parse(value === undefined ? rest : { ...rest, [name]: value }),
      'InvalidConfig',
      text,
    );
  });

  it.each([
    [{ hidden_act: 'gelu' }, 'hidden_act'],
    [{ partial_rotary_factor: 0.5 }, 'partial_rotary_factor'],
    [{ layer_types: ['full_attention', 'sliding_attention'] }, 'sliding_attention'],
    [{ use_sliding_window: true, sliding_window: 32 }, 'sliding_window'],
  ])('is refused for what is not computed: %j', async (fields, text) => {
    await refused(() => parse({ ...CONFIG, ...fields }), 'UnsupportedOption', text);
  });

  it('of Mistral has a window in all layers, and names its heads', async () => {
    const { sliding_window: __, ...silent } = MISTRAL;
    expect(parse(MISTRAL).windows).toBeUndefined();
    expect(parse({ ...MISTRAL, sliding_window: 63 }).windows).toEqual([63]);
    expect(parse(silent).windows).toEqual([4096]);
    expect(windowOf(parse({ ...MISTRAL, sliding_window: 63 }), 0)).toBe(63);
    expect(windowOf(parse({ ...MISTRAL, sliding_window: 64 }), 0), 'hides nothing').toBeUndefined();
    const { num_key_value_heads: _, ...rest } = MISTRAL;
    await refused(() => parse(rest), 'InvalidConfig', 'num_key_value_heads');
  });

  it('of Qwen has windows in the layers that it says', async () => {
    const four = { ...QWEN2, num_hidden_layers: 4, use_sliding_window: true };
    expect(parse(QWEN2).windows).toBeUndefined();
    expect(parse(four).windows, '28 layers come first').toBeUndefined();
    expect(parse({ ...four, max_window_layers: 2 }).windows).toEqual([null, null, 32, 32]);
    const types = ['sliding_attention', 'full_attention', 'full_attention', 'sliding_attention'];
    expect(parse({ ...four, layer_types: types }).windows).toEqual([32, null, null, 32]);
    for (const [fields, code, text] of [
      [{ layer_types: types.slice(1) }, 'InvalidConfig', 'it has 3 layers, and num_hidden_layers is 4'],
      [{ layer_types: [...types.slice(1), 'chunked_attention'] }, 'UnsupportedOption', 'chunked_attention'],
      [{ layer_types: types, use_sliding_window: false }, 'InvalidConfig', 'use_sliding_window is not set'],
      [{ layer_types: types, sliding_window: null }, 'InvalidConfig', 'sliding_window is null'],
    ] as const)
      await refused(() => parse({ ...four, ...fields } as Json), code, text);
  });

  it('of Qwen3 has a head width of its own, and norms of heads', async () => {
    const qwen3 = parse({ ...QWEN3, attention_bias: true });
    expect(qwen3).toMatchObject({ headDim: 6, bias: { qkv: true, output: true, mlp: false } });
    const weights = expectedWeights(qwen3);
    expect(weights.get('model.layers.0.self_attn.q_norm.weight')).toEqual([6]);
    expect(weights.get('model.layers.0.self_attn.k_norm.weight')).toEqual([6]);
    expect(weights.get('model.layers.0.self_attn.o_proj.weight')).toEqual([16, 12]);
    const { head_dim: _, ...rest } = QWEN3;
    await refused(() => parse(rest), 'InvalidConfig', '"head_dim": it is missing');
  });

  it('of Phi-3 has fused layers, and a longrope of as many factors as frequencies', async () => {
    const phi3 = parse(PHI3);
    expect(phi3).toMatchObject({
      windows: [40],
      rope: { kind: 'longrope', originalMaxPositions: 16, attentionFactor: Math.sqrt(1.5) },
      unknown: [],
    });
    const names = [...expectedWeights(phi3)].filter(([name]) => name.includes('_proj'));
    expect(Object.fromEntries(names)).toEqual({
      'model.layers.0.self_attn.qkv_proj.weight': [32, 16],
      'model.layers.0.self_attn.o_proj.weight': [16, 16],
      'model.layers.0.mlp.gate_up_proj.weight': [64, 16],
      'model.layers.0.mlp.down_proj.weight': [16, 32],
    });
    const scaled = (fields: object) =>
      ({ ...PHI3, rope_scaling: { ...PHI3.rope_scaling, ...fields } }) as Json;
    expect(parse(scaled({ type: 'su' })).rope).toEqual(phi3.rope);
    await refused(
      () => parse(scaled({ short_factor: [1] })),
      'InvalidConfig',
      'short_factor has 1 numbers, and long_factor 4',
    );
    await refused(
      () => parse(scaled({ short_factor: [1], long_factor: [1] })),
      'InvalidConfig',
      'its factors are 1, and a head of 8 channels has 4 frequencies',
    );
    await refused(
      () => parse({ ...PHI3, partial_rotary_factor: 0.75 }),
      'UnsupportedOption',
      'partial_rotary_factor',
    );
  });

  it('of another architecture is refused with those that are read', async () => {
    for (const other of [
      { architectures: ['GemmaForCausalLM'] },
      { architectures: ['LlamaForCausalLM'], model_type: 'mistral' },
      { architectures: ['LlamaModel'] },
      { architectures: undefined, model_type: 'gpt2' },
    ]) {
      const json = parseJson(JSON.stringify({ ...CONFIG, ...other }), 'config.json');
      await refused(
        () => parse(json),
        'UnsupportedModel',
        /one of "LlamaForCausalLM", "MistralForCausalLM", "Qwen2/,
      );
    }
    await refused(() => parse({}), 'UnsupportedModel', 'neither its architecture nor its type');
    const byType = { ...isObjectOf(CONFIG), architectures: null };
    expect(parse(byType).architecture).toBe('LlamaForCausalLM');
    await refused(() => parse([CONFIG]), 'UnsupportedModel', 'neither its architecture nor its type');
    for (const json of [null, 3, 'x']) await refused(() => parse(json), 'InvalidConfig', 'expected');
  });
});
