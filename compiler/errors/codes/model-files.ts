/** The files of a model, for the examples of refusals. */
import type { Setup } from '../code.ts';

type Files = NonNullable<Setup['files']>;

export const json = (value: object): string => `${JSON.stringify(value)}\n`;

/** The smallest model: one block with two heads of two channels. */
export const CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: 8,
  hidden_size: 4,
  intermediate_size: 6,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  max_position_embeddings: 16,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: true,
};

const BLOCK = 'model.layers.0';
export const WEIGHTS = {
  'model.embed_tokens.weight': [8, 4],
  [`${BLOCK}.input_layernorm.weight`]: [4],
  [`${BLOCK}.self_attn.q_proj.weight`]: [4, 4],
  [`${BLOCK}.self_attn.k_proj.weight`]: [2, 4],
  [`${BLOCK}.self_attn.v_proj.weight`]: [2, 4],
  [`${BLOCK}.self_attn.o_proj.weight`]: [4, 4],
  [`${BLOCK}.post_attention_layernorm.weight`]: [4],
  [`${BLOCK}.mlp.gate_proj.weight`]: [6, 4],
  [`${BLOCK}.mlp.up_proj.weight`]: [6, 4],
  [`${BLOCK}.mlp.down_proj.weight`]: [4, 6],
  'model.norm.weight': [4],
} as const;

export const MODEL: Files = { 'config.json': json(CONFIG), 'model.safetensors': WEIGHTS };

export const TOKENIZER = {
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: { type: 'BPE', vocab: { a: 0, b: 1 }, merges: [] },
};
