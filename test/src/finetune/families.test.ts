/** Every family against its definition in PyTorch (references/), with OFT on all linear layers. */
import { sample, sampled } from '../../support/sample.ts';
import { agrees, type Reference } from './references/harness.ts';

/** The fields that the families share, at small sizes. Windows are shorter than the longest text. */
const SHARED = {
  bos_token_id: 1,
  eos_token_id: 2,
  hidden_act: 'silu',
  hidden_size: 32,
  initializer_range: 0.02,
  intermediate_size: 40,
  max_position_embeddings: 32,
  num_attention_heads: 4,
  num_hidden_layers: 2,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1000,
  torch_dtype: 'bfloat16',
  use_cache: true,
  vocab_size: 19,
};

const { hidden_act: _, ...OF_ANY_ACTIVATION } = SHARED;
/** The fields that the Gemma models share. Caps bend the numbers that they bound. */
const GEMMA = {
  ...OF_ANY_ACTIVATION,
  attention_bias: false,
  attention_dropout: 0,
  cache_implementation: 'hybrid',
  head_dim: 8,
  hidden_activation: 'gelu_pytorch_tanh',
  hidden_size: 24,
  query_pre_attn_scalar: 6,
  sliding_window: 4,
};

const FAMILIES: readonly Reference[] = [
  {
    name: 'llama',
    script: 'llama.py',
    config: {
      ...SHARED,
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      tie_word_embeddings: true,
      rope_scaling: {
        factor: 8,
        high_freq_factor: 4,
        low_freq_factor: 1,
        original_max_position_embeddings: 16,
        rope_type: 'llama3',
      },
    },
  },
  {
    name: 'mistral',
    script: 'mistral.py',
    config: { ...SHARED, architectures: ['MistralForCausalLM'], model_type: 'mistral', sliding_window: 4 },
  },
  {
    name: 'qwen2',
    script: 'qwen2.py',
    config: {
      ...SHARED,
      architectures: ['Qwen2ForCausalLM'],
      model_type: 'qwen2',
      max_window_layers: 1,
      sliding_window: 3,
      use_sliding_window: true,
      tie_word_embeddings: true,
    },
  },
  {
    name: 'qwen3',
    script: 'qwen3.py',
    config: {
      ...SHARED,
      architectures: ['Qwen3ForCausalLM'],
      model_type: 'qwen3',
      attention_bias: true,
      head_dim: 12,
      layer_types: ['sliding_attention', 'full_attention'],
      sliding_window: 5,
      use_sliding_window: true,
      tie_word_embeddings: false,
    },
  },
  {
    name: 'phi3',
    script: 'phi3.py',
    config: {
      ...SHARED,
      architectures: ['Phi3ForCausalLM'],
      model_type: 'phi3',
      // The texts of a batch lie on both sides of it.
      original_max_position_embeddings: 8,
      rope_scaling: {
        type: 'longrope',
        long_factor: [1, 1.5, 4, 8],
        short_factor: [1, 1.05, 1.1, 1.2],
      },
      sliding_window: 7,
      tie_word_embeddings: false,
    },
  },
  {
    name: 'gemma2',
    script: 'gemma.py',
    norms: 0,
    pieces: true,
    config: {
      ...GEMMA,
      architectures: ['Gemma2ForCausalLM'],
      model_type: 'gemma2',
      hidden_act: 'gelu_pytorch_tanh',
      attn_logit_softcapping: 1.5,
      final_logit_softcapping: 3,
      rope_theta: 10_000,
    },
  },
  {
    name: 'gemma3',
    script: 'gemma.py',
    norms: 0,
    config: {
      ...GEMMA,
      architectures: ['Gemma3ForCausalLM'],
      model_type: 'gemma3_text',
      num_hidden_layers: 3,
      num_key_value_heads: 1,
      attn_logit_softcapping: null,
      final_logit_softcapping: null,
      rope_local_base_freq: 10_000,
      rope_scaling: { factor: 8, rope_type: 'linear' },
      rope_theta: 1_000_000,
      sliding_window_pattern: 3,
    },
  },
];

const BART: Reference = {
  name: 'bart',
  script: 'bart.py',
  pieces: true,
  steps: 20,
  config: {
    _num_labels: 3,
    activation_dropout: 0.1,
    activation_function: 'gelu',
    add_bias_logits: false,
    add_final_layer_norm: false,
    architectures: ['BartForConditionalGeneration'],
    attention_dropout: 0.1,
    bos_token_id: 0,
    classif_dropout: 0.1,
    classifier_dropout: 0,
    d_model: 24,
    decoder_attention_heads: 2,
    decoder_ffn_dim: 40,
    decoder_layerdrop: 0,
    decoder_layers: 2,
    decoder_start_token_id: 2,
    dropout: 0.1,
    early_stopping: true,
    encoder_attention_heads: 4,
    encoder_ffn_dim: 32,
    encoder_layerdrop: 0,
    encoder_layers: 2,
    eos_token_id: 2,
    forced_bos_token_id: 0,
    forced_eos_token_id: 2,
    gradient_checkpointing: false,
    id2label: { 0: 'LABEL_0', 1: 'LABEL_1', 2: 'LABEL_2' },
    init_std: 0.02,
    is_encoder_decoder: true,
    label2id: { LABEL_0: 0, LABEL_1: 1, LABEL_2: 2 },
    max_position_embeddings: 32,
    model_type: 'bart',
    no_repeat_ngram_size: 3,
    normalize_before: false,
    normalize_embedding: true,
    num_beams: 4,
    num_hidden_layers: 2,
    pad_token_id: 1,
    scale_embedding: true,
    task_specific_params: { summarization: { length_penalty: 1, max_length: 128, num_beams: 4 } },
    torch_dtype: 'float32',
    transformers_version: '4.12.0',
    use_cache: true,
    vocab_size: 19,
  },
};

const RUNS = [
  BART,
  { ...BART, name: 'bart in NF4', quantised: 'nf4-double', pieces: false },
  ...FAMILIES,
  ...FAMILIES.map((f) => ({ ...f, name: `${f.name} in NF4`, quantised: 'nf4-double' })),
];
for (const one of sample(RUNS, [
  'llama',
  'mistral',
  'qwen2',
  'qwen3',
  'phi3 in NF4',
  'gemma2',
  'gemma3 in NF4',
  'bart in NF4',
]))
  agrees(one, {
    device: sampled(one.name, ['qwen3', 'phi3 in NF4', 'gemma2', 'gemma3 in NF4', 'bart in NF4']),
    torch: sampled(one.name, ['mistral', 'phi3 in NF4', 'gemma2', 'gemma3 in NF4', 'bart in NF4']),
  });
