/**
 * config.json of models like Llama: which fields are read, which are refused by name, and which are only reported.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseModelConfig } from '../../../src/finetune/models/config.ts';
import { expectedWeights } from '../../../src/finetune/models/weights.ts';
import { windowOf } from '../../../src/finetune/models/windows.ts';
import { type Rope, ropeFrequencies } from '../../../src/formats/config/rope.ts';
import { isObject, type Json, parseJson } from '../../../src/formats/json.ts';
import { CONFIG, refused } from './models.ts';

const parse = (json: Json) => parseModelConfig(json, 'config.json');
const read = (name: string): Json => {
  const path = fileURLToPath(new URL(`../../fixtures/models/${name}`, import.meta.url));
  return parseJson(readFileSync(path, 'utf8'), path);
};

/** The fields of Llama-3.1-8B's config.json. */
const LLAMA31 = {
  architectures: ['LlamaForCausalLM'],
  attention_bias: false,
  attention_dropout: 0.0,
  bos_token_id: 128000,
  eos_token_id: [128001, 128008, 128009],
  hidden_act: 'silu',
  hidden_size: 4096,
  initializer_range: 0.02,
  intermediate_size: 14336,
  max_position_embeddings: 131072,
  mlp_bias: false,
  model_type: 'llama',
  num_attention_heads: 32,
  num_hidden_layers: 32,
  num_key_value_heads: 8,
  pretraining_tp: 1,
  rms_norm_eps: 1e-5,
  rope_scaling: {
    factor: 8.0,
    low_freq_factor: 1.0,
    high_freq_factor: 4.0,
    original_max_position_embeddings: 8192,
    rope_type: 'llama3',
  },
  rope_theta: 500000.0,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
  transformers_version: '4.42.3',
  use_cache: true,
  vocab_size: 128256,
};

const QWEN2 = {
  ...CONFIG,
  architectures: ['Qwen2ForCausalLM'],
  model_type: 'qwen2',
  max_window_layers: 28,
  sliding_window: 32,
  use_sliding_window: false,
  tie_word_embeddings: true,
};

const QWEN3 = { ...QWEN2, architectures: ['Qwen3ForCausalLM'], model_type: 'qwen3', head_dim: 6 };

const PHI3 = {
  ...CONFIG,
  architectures: ['Phi3ForCausalLM'],
  model_type: 'phi3',
  sliding_window: 40,
  original_max_position_embeddings: 16,
  rope_scaling: { type: 'longrope', short_factor: [1, 1.25, 1.5, 2], long_factor: [1, 2, 3, 4] },
};

const MISTRAL = {
  ...CONFIG,
  architectures: ['MistralForCausalLM'],
  model_type: 'mistral',
  sliding_window: null,
};

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

const isObjectOf = (json: Json) => (isObject(json) ? json : {});

describe('rotary frequencies', () => {
  /** Compares with numbers computed in Python from the formulas of transformers' modeling_rope_utils.py. */
  const close = (rope: Rope, headDim: number, length: number, expected: Readonly<Record<number, number>>) => {
    const { inverse } = ropeFrequencies(rope, headDim, length);
    expect(inverse).toHaveLength(headDim / 2);
    for (const [i, f] of Object.entries(expected)) expect(inverse[Number(i)]! / f).toBeCloseTo(1, 12);
  };

  it('are those of transformers: llama3', () => {
    close(parse(LLAMA31).rope, 128, 1, {
      0: 1,
      20: 0.016560440080994446,
      28: 0.0032114459947525913,
      30: 0.0013718935677611381,
      35: 9.556212353964683e-5,
      36: 7.78465527393245e-5,
      50: 4.411534674558404e-6,
      63: 3.068925988914511e-7,
    });
  });

  it('are those of transformers: yarn', () => {
    const { rope } = parse({
      ...QWEN2,
      rope_theta: 1e6,
      rope_scaling: { factor: 4.0, original_max_position_embeddings: 32768, type: 'yarn' },
    });
    close(rope, 128, 1, {
      0: 1,
      10: 0.1154781984689458,
      25: 0.004131738022518394,
      30: 0.0010643609812470017,
      40: 4.445698525097307e-5,
      63: 3.102344401879299e-7,
    });
    expect(ropeFrequencies(rope, 128, 1).attentionFactor).toBeCloseTo(1.138629436111989, 14);
    const fine = parse({
      ...CONFIG,
      rope_scaling: { rope_type: 'yarn', factor: 8, original_max_position_embeddings: 256, truncate: false },
    }).rope;
    close(fine, 32, 1, {
      0: 1,
      3: 0.11113981613868129,
      5: 0.018799993111229703,
      8: 0.00125,
      15: 2.2228492625486534e-5,
    });
    const deep = { rope_type: 'yarn', factor: 4, mscale: 1, mscale_all_dim: 0.5 };
    expect(parse({ ...CONFIG, rope_scaling: deep }).rope).toMatchObject({
      attentionFactor: (0.1 * Math.log(4) + 1) / (0.05 * Math.log(4) + 1),
      originalMaxPositions: 64,
    });
    // The ramp's end is clamped to the last dimension.
    const long = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 1e6, beta_fast: 1e5 };
    close(parse({ ...CONFIG, rope_theta: 10, rope_scaling: long }).rope, 8, 1, {
      0: 1,
      1: 0.5020904689199546,
      2: 0.24846467329894412,
      3: 0.12066895996692689,
    });
    expect(parse({ ...CONFIG, rope_scaling: { rope_type: 'yarn', factor: 1 } }).rope).toMatchObject({
      attentionFactor: 1,
    });
    expect(parse({ ...CONFIG, rope_scaling: { ...deep, attention_factor: 2 } }).rope).toMatchObject({
      attentionFactor: 2,
    });
  });

  it('are those of transformers: dynamic, by the length', () => {
    const { rope } = parse({
      ...CONFIG,
      max_position_embeddings: 256,
      rope_scaling: { type: 'dynamic', factor: 2.0 },
    });
    close(rope, 32, 512, { 0: 1, 5: 0.03899056978540051, 15: 5.9275980334630766e-5 });
    for (const length of [1, 256])
      expect(ropeFrequencies(rope, 32, length)).toEqual(
        ropeFrequencies({ kind: 'default', theta: 10000 }, 32, 1),
      );
  });

  it('are those of transformers: linear', () => {
    const { rope } = parse({ ...CONFIG, rope_scaling: { type: 'linear', factor: 4 } });
    close(rope, 32, 1, { 0: 0.25, 5: 0.014058533129758726, 15: 4.445698525097307e-5 });
    expect(ropeFrequencies(rope, 32, 1).attentionFactor).toBe(1);
  });

  it.each([
    [{ rope_type: 'ntk', factor: 2 }, 'UnsupportedOption', /"ntk" is not computed.*default, linear, dyn/],
    [{ rope_type: 'toString' }, 'UnsupportedOption', 'toString'],
    [{ rope_type: 'linear', factor: 2, beta_fast: 3 }, 'UnsupportedOption', /"beta_fast" is not a parameter/],
    [{ rope_type: 'default', partial_rotary_factor: 0.5 }, 'UnsupportedOption', 'partial_rotary_factor'],
    [{ rope_type: 'linear' }, 'InvalidConfig', /config.json: "rope_scaling.factor": .*missing/],
    [{ rope_type: 'llama3', factor: 8 }, 'InvalidConfig', 'low_freq_factor'],
    [{ rope_type: 'linear', factor: -1 }, 'InvalidConfig', 'a number above 0'],
    ['linear', 'InvalidConfig', 'expected'],
  ] as const)('refuses %j', async (rope_scaling, code, text) => {
    await refused(() => parse({ ...CONFIG, rope_scaling }), code, text);
  });
});

describe('a quantisation', () => {
  const of = (quantization_config: Json) => parse({ ...CONFIG, quantization_config }).quantization;

  it('is one of those that are read', () => {
    const nf4 = { quant_method: 'bitsandbytes', load_in_4bit: true, bnb_4bit_quant_type: 'nf4' };
    expect(of(nf4)).toEqual({ method: 'nf4', doubleQuantization: false });
    expect(of({ ...nf4, bnb_4bit_use_double_quant: true, _load_in_4bit: true })).toEqual({
      method: 'nf4',
      doubleQuantization: true,
    });
    expect(of({ quant_method: 'bitsandbytes', load_in_8bit: true, llm_int8_threshold: 6 })).toEqual({
      method: 'int8',
    });
    // Older files have no quant_method.
    expect(of({ load_in_4bit: false, load_in_8bit: true })).toEqual({ method: 'int8' });
    const gptq = { quant_method: 'gptq', bits: 4, group_size: 128, desc_act: true, damp_percent: 0.1 };
    expect(of(gptq)).toEqual({ method: 'gptq', groupSize: 128, format: 'gptq' });
    expect(of({ ...gptq, checkpoint_format: 'gptq_v2' })).toMatchObject({ format: 'gptq_v2' });
    expect(of({ quant_method: 'awq', bits: 4, group_size: 64, version: 'GEMM', zero_point: true })).toEqual({
      method: 'awq',
      groupSize: 64,
    });
    expect(of(null)).toBeUndefined();
  });

  it.each([
    [{ quant_method: 'bitsandbytes', load_in_4bit: true }, 'bnb_4bit_quant_type is "fp4"'],
    [
      {
        quant_method: 'bitsandbytes',
        load_in_4bit: true,
        bnb_4bit_quant_type: 'nf4',
        bnb_4bit_quant_storage: 'bfloat16',
      },
      'bnb_4bit_quant_storage',
    ],
    [{ quant_method: 'gptq', bits: 8, group_size: 128 }, 'bits is 8'],
    [{ quant_method: 'gptq', bits: 4, group_size: 128, checkpoint_format: 'marlin' }, 'marlin'],
    [{ quant_method: 'gptq', bits: 4, group_size: 128, dynamic: { '-:x': {} } }, 'dynamic'],
    [{ quant_method: 'awq', bits: 4, group_size: 128, version: 'gemv' }, 'version is "gemv"'],
    [{ quant_method: 'awq', bits: 4, group_size: 128, zero_point: false }, 'zero_point'],
    [{ quant_method: 'fp8' }, 'quant_method is "fp8"'],
    [{}, 'quant_method'],
  ])('is refused by name: %j', async (config, text) => {
    await refused(() => of(config), 'UnsupportedOption', text);
  });

  it.each([
    [{ quant_method: 'bitsandbytes' }, 'neither is'],
    [{ quant_method: 'bitsandbytes', load_in_4bit: true, load_in_8bit: true }, 'both are'],
    [{ quant_method: 'gptq', bits: 4 }, '"quantization_config.group_size"'],
    ['gptq', 'expected'],
  ])('is refused as invalid: %j', async (config, text) => {
    await refused(() => of(config), 'InvalidConfig', text);
  });
});
