import type { Json } from '../json.ts';

/**
 * Fields of `config.json` that do not change the logits of a Llama-like model: names, generation, and fields that
 * transformers and others write about themselves. Sources: the configuration classes of transformers 4 and 5.
 * `pretraining_tp`, which other code reads, splits products into exact parts; `original_max_position_embeddings` belongs
 * to the rotary embedding.
 */
export const HARMLESS: ReadonlySet<string> = new Set([
  ...[
    'architectures',
    'model_type',
    '_name_or_path',
    'name_or_path',
    '_attn_implementation_autoset',
    'auto_map',
  ],
  ...['transformers_version', 'torchscript', 'return_dict', 'use_cache', 'unsloth_version', 'unsloth_fixed'],
  ...[
    'rope_scaling',
    'rope_parameters',
    'original_max_position_embeddings',
    'quantization_config',
    'initializer_range',
  ],
  ...[
    'is_decoder',
    'task_specific_params',
    'problem_type',
    'id2label',
    'label2id',
    'num_labels',
    'finetuning_task',
  ],
  ...['tokenizer_class', 'prefix', 'bos_token', 'eos_token', 'pad_token', 'unk_token_id', 'sep_token_id'],
  ...['max_length', 'min_length', 'do_sample', 'early_stopping', 'num_beams', 'num_beam_groups'],
  ...[
    'temperature',
    'top_k',
    'top_p',
    'typical_p',
    'repetition_penalty',
    'length_penalty',
    'diversity_penalty',
  ],
  ...['no_repeat_ngram_size', 'encoder_no_repeat_ngram_size', 'bad_words_ids', 'num_return_sequences'],
  ...['output_attentions', 'output_hidden_states', 'output_scores', 'return_dict_in_generate'],
]);

/** Whether a field's value turns its option off. */
export const isOff = (value: Json): boolean =>
  value === null ||
  value === false ||
  value === 0 ||
  (typeof value === 'object' && Object.keys(value).length === 0);
