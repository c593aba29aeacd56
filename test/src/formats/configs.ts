/** Fields of published configurations of each family. */
import { CONFIG } from './models.ts';

/** The fields of Llama-3.1-8B's config.json. */
export const LLAMA31 = {
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

export const QWEN2 = {
  ...CONFIG,
  architectures: ['Qwen2ForCausalLM'],
  model_type: 'qwen2',
  max_window_layers: 28,
  sliding_window: 32,
  use_sliding_window: false,
  tie_word_embeddings: true,
};

export const QWEN3 = { ...QWEN2, architectures: ['Qwen3ForCausalLM'], model_type: 'qwen3', head_dim: 6 };

export const PHI3 = {
  ...CONFIG,
  architectures: ['Phi3ForCausalLM'],
  model_type: 'phi3',
  sliding_window: 40,
  original_max_position_embeddings: 16,
  rope_scaling: { type: 'longrope', short_factor: [1, 1.25, 1.5, 2], long_factor: [1, 2, 3, 4] },
};

export const MISTRAL = {
  ...CONFIG,
  architectures: ['MistralForCausalLM'],
  model_type: 'mistral',
  sliding_window: null,
};
