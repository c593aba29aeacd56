/** The config.json of models of texts and of images, and the weights that it means. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { vitModules, vitWeights } from '../../../src/finetune/images/vit.ts';
import { gridOf, isVit, parseVitConfig } from '../../../src/finetune/images/vit-config.ts';
import { parseModelConfig } from '../../../src/finetune/models/config.ts';
import { expectedWeights, modulesOf } from '../../../src/finetune/models/weights.ts';
import type { ModelConfig } from '../../../src/formats/config/model-config.ts';
import { type Json, parseJson } from '../../../src/formats/json.ts';
import { type Case, holds, same, type Target } from '../target.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/configs/', import.meta.url));

const BART = {
  architectures: ['BartForConditionalGeneration'],
  ...{
    model_type: 'bart',
    vocab_size: 40,
    d_model: 16,
    encoder_layers: 2,
    decoder_layers: 1,
    encoder_attention_heads: 2,
  },
  ...{ decoder_attention_heads: 4, encoder_ffn_dim: 24, decoder_ffn_dim: 20, max_position_embeddings: 12 },
  ...{
    activation_function: 'gelu',
    scale_embedding: true,
    is_encoder_decoder: true,
    decoder_start_token_id: 2,
  },
  ...{ bos_token_id: 0, eos_token_id: 2, pad_token_id: 1, normalize_embedding: true, forced_eos_token_id: 2 },
};
const VIT = {
  architectures: ['ViTForImageClassification'],
  ...{
    model_type: 'vit',
    hidden_size: 12,
    num_hidden_layers: 2,
    num_attention_heads: 3,
    intermediate_size: 20,
  },
  ...{
    hidden_act: 'gelu',
    image_size: 8,
    patch_size: [4, 2],
    num_channels: 3,
    qkv_bias: true,
    layer_norm_eps: 1e-6,
  },
  id2label: { 0: 'cat', 1: 'dog', 2: 'newt' },
};
const QUANTIZED = {
  ...{ quant_method: 'gptq', bits: 4, group_size: 8, desc_act: true, sym: false },
};

/** Small models, so that listing their weights takes little time. */
const small = (json: Record<string, unknown>): Record<string, unknown> => ({
  ...json,
  ...(typeof json.num_hidden_layers === 'number' ? { num_hidden_layers: 2 } : {}),
});

function seeds(): Case[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  const read = files.map((name) => small(JSON.parse(readFileSync(FOLDER + name, 'utf8'))));
  const quantized = {
    ...read.find((c) => `${c.architectures}` === 'LlamaForCausalLM')!,
    quantization_config: QUANTIZED,
  };
  return [...read, BART, VIT, { ...VIT, architectures: ['ViTModel'] }, quantized].map((json) => ({
    'config.json': JSON.stringify(json),
  }));
}

const isSize = (n: number): boolean => Number.isSafeInteger(n) && n > 0;

/** More weights than this are not listed: a case then takes no longer than others. */
const MOST_BLOCKS = 8;

function ofTexts(json: Json): string {
  const config = parseModelConfig(json, 'config.json');
  if (config.vocabSize % 8 === 0)
    same('read twice', config, parseModelConfig(JSON.parse(JSON.stringify(json)), 'config.json'));
  const { vocabSize, hiddenSize, intermediateSize, layers, heads, kvHeads, headDim, maxPositions } = config;
  const sizes = { vocabSize, hiddenSize, intermediateSize, layers, heads, kvHeads, headDim, maxPositions };
  for (const [name, size] of Object.entries(sizes)) holds(isSize(size), `${name} is ${size}`);
  holds(heads % kvHeads === 0, `${kvHeads} do not divide ${heads} heads`);
  if (isLarge(config)) return `read ${config.family}, large`;
  const weights = expectedWeights(config);
  for (const [name, shape] of weights) holds(shape.every(isSize), `${name} has the shape ${shape}`);
  for (const [path, shape] of modulesOf(config)) {
    const weight = weights.get(`${path}.weight`);
    if (weight) same(`${path} as a module and as a weight`, [...weight], [...shape]);
  }
  return `read ${config.family}`;
}

const isLarge = ({
  layers,
  experts,
  encoder,
}: ModelConfig & { readonly encoder?: { readonly layers?: number } }): boolean =>
  layers * Math.max(1, experts?.count ?? 1) + (encoder?.layers ?? 0) > MOST_BLOCKS * 8;

function ofImages(json: Json): string {
  const config = parseVitConfig(json, 'config.json');
  for (const n of [config.width, config.layers, config.heads, config.inner, ...gridOf(config)])
    holds(isSize(n), `a size is ${n}`);
  holds(config.width % config.heads === 0, 'heads do not divide the width');
  if (config.layers > MOST_BLOCKS || config.labels.length > 1000) return 'read vit, large';
  // Without a classifier, its shapes are those of no classes.
  for (const [name, shape] of vitWeights(config))
    if (!config.isBare || !name.startsWith('classifier'))
      holds(shape.every(isSize), `${name} has the shape ${shape}`);
  for (const shape of vitModules(config).values())
    holds(shape.every(isSize), `a module has the shape ${shape}`);
  return config.isBare ? 'read vit without a head' : 'read vit';
}

export const target: Target = {
  name: 'config',
  parts: { 'config.json': 'json' },
  seeds,
  words: [
    'default',
    'linear',
    'dynamic',
    'yarn',
    'llama3',
    'longrope',
    'su',
    'rope_parameters',
    'awq',
    'gptq',
    'bitsandbytes',
    'nf4',
  ],
  run: (input) => {
    const json = parseJson(input['config.json']!, 'config.json');
    return isVit(json) ? ofImages(json) : ofTexts(json);
  },
  everyTest: 300,
  faults: [
    {
      what: 'key-value heads need not divide the heads',
      file: 'src/finetune/models/fields.ts',
      from: 'if (heads % kvHeads !== 0)',
      to: 'if (heads < 0)',
      within: 20_000,
    },
    {
      what: 'a count may be a fraction',
      file: 'src/formats/schema.ts',
      from: "v.check((n) => Number.isSafeInteger(n) && n > 0, 'a whole number above 0 is expected')",
      to: "v.check((n) => n > 0, 'a whole number above 0 is expected')",
      within: 20_000,
    },
    {
      what: 'heads need not divide the width of an image model',
      file: 'src/finetune/images/vit-config.ts',
      from: 'if (c.width % c.heads !== 0)',
      to: 'if (c.width < 0)',
      within: 20_000,
    },
    {
      what: 'a patch may be larger than the image',
      file: 'src/finetune/images/vit-config.ts',
      from: 'if (c.patch.some((n, i) => n > c.image[i]!))',
      to: 'if (c.width < 0)',
      within: 20_000,
    },
  ],
};
