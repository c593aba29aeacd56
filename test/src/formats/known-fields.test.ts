/** The fields of configurations that change nothing here: each is taken, and none is reported as unknown. */
import { describe, expect, it } from 'vitest';
import { parseModelConfig } from '../../../src/finetune/models/config.ts';
import { parseRope } from '../../../src/formats/config/rope.ts';
import type { JsonObject } from '../../../src/formats/json.ts';
import { adapterFields, type NewAdapter } from '../../../src/formats/peft/create.ts';
import { Fields } from '../../../src/formats/peft/fields.ts';
import { METHODS } from '../../../src/formats/peft/methods.ts';
import { CONFIG } from './models.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);
/** An object whose fields all have a value that no option is off with. */
const on = (names: readonly string[]): JsonObject => Object.fromEntries(names.map((name) => [name, 'on']));
const unknown = (more: JsonObject) => parseModelConfig({ ...CONFIG, ...more }, 'config.json').unknown;

it.each([
  ['about the file', '_name_or_path name_or_path _attn_implementation_autoset auto_map transformers_version'],
  ['of libraries', 'torchscript return_dict use_cache unsloth_version unsloth_fixed initializer_range'],
  [
    'of the task',
    'is_decoder task_specific_params problem_type id2label label2id num_labels finetuning_task tokenizer_class prefix',
  ],
  ['of tokens', 'bos_token eos_token pad_token unk_token_id sep_token_id bad_words_ids'],
  ['of the search', 'max_length min_length do_sample early_stopping num_beams num_beam_groups'],
  ['of sampling', 'temperature top_k top_p typical_p repetition_penalty length_penalty diversity_penalty'],
  ['of repetitions', 'no_repeat_ngram_size encoder_no_repeat_ngram_size num_return_sequences'],
  ['of outputs', 'output_attentions output_hidden_states output_scores return_dict_in_generate'],
])('the fields of a model %s', (_, names) => {
  expect(unknown(on(words(names)))).toEqual([]);
  for (const name of words(names)) expect(unknown({ [`${name}_`]: 'on' })).toEqual([`${name}_`]);
});

it('the sections of a model’s configuration, and the positions that it was trained on', () => {
  const sections = {
    rope_scaling: { rope_type: 'linear', factor: 2 },
    rope_parameters: { rope_type: 'linear', factor: 2 },
    original_max_position_embeddings: 32,
    quantization_config: { quant_method: 'bitsandbytes', load_in_8bit: true },
  };
  expect(unknown(sections)).toEqual([]);
});

it('the fields that every kind of rotary embedding has', () => {
  const common = { rope_type: 'default', type: 'default', rope_theta: 5, partial_rotary_factor: 1 };
  expect(parseRope({ rope_parameters: common }, 64, 'c.json')).toEqual({ kind: 'default', theta: 5 });
});

describe('the fields of a quantisation', () => {
  const bitsandbytes = words(`_load_in_4bit _load_in_8bit bnb_4bit_compute_dtype llm_int8_threshold
    llm_int8_skip_modules llm_int8_enable_fp32_cpu_offload llm_int8_has_fp16_weight`);
  const gptq =
    words(`damp_percent damp_auto_increment dataset tokenizer batch_size pad_token_id meta desc_act sym
    static_groups true_sequential lm_head model_seqlen max_input_length block_name_to_quantize
    modules_in_block_to_quantize module_name_preceding_first_block model_name_or_path model_file_base_name
    cache_block_outputs use_cuda_fp16 backend use_exllama disable_exllama exllama_config`);
  const awq = words('modules_to_not_convert backend do_fuse fuse_max_seq_len modules_to_fuse exllama_config');
  it.each<[string, JsonObject, readonly string[]]>([
    ['int8', { quant_method: 'bitsandbytes', load_in_8bit: true }, bitsandbytes],
    ['nf4', { quant_method: 'bitsandbytes', load_in_4bit: true, bnb_4bit_quant_type: 'nf4' }, bitsandbytes],
    ['gptq', { quant_method: 'gptq', bits: 4, group_size: 128 }, gptq],
    ['awq', { quant_method: 'awq', bits: 4, group_size: 128 }, awq],
  ])('%s', (_, own, names) => {
    const of = (more: JsonObject) => unknown({ quantization_config: { ...own, ...more } });
    expect(of(on(names))).toEqual([]);
    expect(of({ damp: 'on' })).toEqual(['quantization_config.damp']);
  });
});

/** An adapter of each method that has fields which are not read, with the names of those. */
const ADAPTERS: readonly (readonly [Omit<NewAdapter, 'targets'>, string])[] = [
  [
    { layer: 'lora', config: { scale: 2 }, size: 4 },
    'loftq_config eva_config corda_config lora_ga_config qalora_group_size',
  ],
  [
    { layer: 'psoft', config: { scale: 0.5 }, size: 4 },
    'ab_svd_init psoft_svd psoft_svd_lowrank_niter random_seed',
  ],
  [{ layer: 'gralora', config: { scale: 2 }, size: 6 }, 'init_weights'],
  [{ layer: 'osf', config: {}, dims: { k: 4 } }, 'init_weights target_svd_config'],
  [{ layer: 'shira', config: {}, size: 1 }, 'mask_type random_seed'],
  [{ layer: 'waveft', config: { seed: 3, scale: 2, wavelet: false }, size: 12 }, 'wavelet_family'],
  [{ layer: 'ia3', config: {} }, 'init_ia3_weights'],
  [{ layer: 'loha', config: { scale: 2 }, dims: { r: 4 } }, 'use_effective_conv2d'],
  [
    { layer: 'lokr', config: { scale: 2 }, dims: { r: 2, l: 4, k: 5, n: 6 } },
    'use_effective_conv2d decompose_both decompose_factor rank_dropout_scale',
  ],
  [{ layer: 'delora', config: {}, dims: { r: 4 } }, 'delora_lambda lambda_pattern'],
  [{ layer: 'deft', config: {}, dims: { r: 4 } }, 'init_scale'],
  [{ layer: 'vera', config: { seed: 3, initial: 0.5 }, dims: { r: 6 } }, 'd_initial'],
  [{ layer: 'randlora', config: { seed: 3, scale: 2 }, dims: { r: 4 } }, 'sparse very_sparse'],
];

it.each(ADAPTERS)('the fields of adapter %j', (own, names) => {
  const written = adapterFields({ ...own, targets: ['q_proj'] }) as JsonObject & { peft_type: string };
  const read = (more: JsonObject): readonly string[] => {
    const fields = new Fields({ ...written, ...more }, 'adapter_config.json');
    METHODS[written.peft_type]!.read(fields);
    fields.refuseCommon([]);
    return fields.unknown;
  };
  const common = `task_type auto_mapping base_model_name_or_path revision inference_mode init_weights
    megatron_core ensure_weight_tying runtime_config`;
  expect(read(on(words(`${common} ${names}`)))).toEqual([]);
  expect(read({ new_option: 'on' })).toEqual(['new_option']);
});

it('the fields of FRoD, whose file has the matrices', () => {
  const names = words('regularization_alpha progressbar runtime_offload_base_weight');
  const fields = new Fields({ peft_type: 'FROD', frod_dropout: 0.5, ...on(names) }, 'adapter_config.json');
  expect(METHODS.FROD!.read(fields).notes).toContain('frod_dropout 0.5 acts in training alone');
  expect(fields.unknown).toEqual([]);
});
