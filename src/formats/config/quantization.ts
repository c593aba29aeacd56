/** `quantization_config`: how a checkpoint's weights are packed. Source: transformers, utils/quantization_config.py. */
import * as v from 'valibot';
import { type At, FormatError, shownValue } from '../error.ts';
import { isObject, type Json } from '../json.ts';
import type { GptqFormat } from '../quantized/index.ts';
import { checked } from '../schema.ts';
import { isOff } from './known-keys.ts';

export type Quantization =
  /** bitsandbytes in 4 bits; each weight's companions hold its block size and double quantisation. */
  | { readonly method: 'nf4'; readonly doubleQuantization: boolean }
  /** bitsandbytes in 8 bits, with a scale for each row. */
  | { readonly method: 'int8' }
  | { readonly method: 'gptq'; readonly groupSize: number; readonly format: GptqFormat }
  | { readonly method: 'awq'; readonly groupSize: number };

const REMEDY = 'Take config.json from the checkpoint, or use a model that is quantised otherwise.';

const bitsandbytes = v.looseObject({
  load_in_4bit: v.nullish(v.boolean(), false),
  load_in_8bit: v.nullish(v.boolean(), false),
  bnb_4bit_quant_type: v.nullish(v.string(), 'fp4'),
  bnb_4bit_use_double_quant: v.nullish(v.boolean(), false),
  bnb_4bit_quant_storage: v.nullish(v.string(), 'uint8'),
});

const groups = { bits: v.number(), group_size: v.number() };
const gptq = v.looseObject({
  ...groups,
  checkpoint_format: v.nullish(v.string(), 'gptq'),
  dynamic: v.nullish(v.looseObject({})),
  is_marlin_format: v.nullish(v.boolean(), false),
  pack_dtype: v.nullish(v.string(), 'int32'),
});
const awq = v.looseObject({
  ...groups,
  version: v.nullish(v.string(), 'gemm'),
  zero_point: v.nullish(v.boolean(), true),
});

const OF_BITSANDBYTES = new Set([
  ...['_load_in_4bit', '_load_in_8bit', 'bnb_4bit_compute_dtype', 'llm_int8_threshold'],
  ...['llm_int8_skip_modules', 'llm_int8_enable_fp32_cpu_offload', 'llm_int8_has_fp16_weight'],
]);

/**
 * The options, by the method, that change no weight's value: they only steer the quantising (`damp_percent`, `dataset`)
 * or another library's arithmetic (`bnb_4bit_compute_dtype`, `use_exllama`), or the tensors show what they say
 * (`desc_act`, and the modules that are left unquantised).
 */
const HARMLESS: Readonly<Record<Quantization['method'], ReadonlySet<string>>> = {
  nf4: OF_BITSANDBYTES,
  int8: OF_BITSANDBYTES,
  gptq: new Set([
    ...['damp_percent', 'damp_auto_increment', 'dataset', 'tokenizer', 'batch_size', 'pad_token_id', 'meta'],
    ...['desc_act', 'sym', 'static_groups', 'true_sequential', 'lm_head', 'model_seqlen', 'max_input_length'],
    ...['block_name_to_quantize', 'modules_in_block_to_quantize', 'module_name_preceding_first_block'],
    ...['model_name_or_path', 'model_file_base_name', 'cache_block_outputs', 'use_cuda_fp16', 'backend'],
    ...['use_exllama', 'disable_exllama', 'exllama_config'],
  ]),
  awq: new Set([
    ...['modules_to_not_convert', 'backend', 'do_fuse', 'fuse_max_seq_len', 'modules_to_fuse'],
    'exllama_config',
  ]),
};

const READ = { nf4: bitsandbytes, int8: bitsandbytes, gptq, awq };

/** The names of the section's fields that are not off and that no reader here knows. */
export function unknownIn(json: Json | undefined, { method }: Quantization): string[] {
  const known = (name: string) =>
    name === 'quant_method' || Object.hasOwn(READ[method].entries, name) || HARMLESS[method].has(name);
  return Object.entries(isObject(json) ? json : {}).flatMap(([name, value]) =>
    known(name) || isOff(value) ? [] : [`quantization_config.${name}`],
  );
}

/** Parses the section. Throws InvalidConfig, and UnsupportedOption for a packing that is not read. */
export function parseQuantization(json: Json, file: string): Quantization {
  const at: At = { file, name: 'quantization_config' };
  const read = <const S extends v.GenericSchema>(schema: S) =>
    checked(schema, json, at, 'InvalidConfig', REMEDY);
  const only = (option: string, value: unknown, allowed: readonly unknown[]) => {
    if (allowed.includes(value)) return;
    throw new FormatError(
      'UnsupportedOption',
      at,
      `${option} is ${shownValue(value)}, and read is only ${allowed.map((a) => JSON.stringify(a)).join(' or ')}`,
      REMEDY,
    );
  };
  const head = read(
    v.looseObject({ quant_method: v.nullish(v.string()), load_in_4bit: v.optional(v.boolean()) }),
  );
  // Before there was a quant_method, bitsandbytes was the only one.
  const method = head.quant_method ?? (head.load_in_4bit === undefined ? null : 'bitsandbytes');
  switch (method) {
    case 'bitsandbytes':
    case 'bitsandbytes_4bit':
    case 'bitsandbytes_8bit': {
      const c = read(bitsandbytes);
      const [four, eight] = [
        c.load_in_4bit || method === 'bitsandbytes_4bit',
        c.load_in_8bit || method === 'bitsandbytes_8bit',
      ];
      if (four === eight)
        throw new FormatError(
          'InvalidConfig',
          at,
          `one of load_in_4bit and load_in_8bit is expected to be true, and ${four ? 'both are' : 'neither is'}`,
          REMEDY,
        );
      if (eight) return { method: 'int8' };
      only('bnb_4bit_quant_type', c.bnb_4bit_quant_type, ['nf4']);
      only('bnb_4bit_quant_storage', c.bnb_4bit_quant_storage, ['uint8']);
      return { method: 'nf4', doubleQuantization: c.bnb_4bit_use_double_quant };
    }
    case 'gptq': {
      const c = read(gptq);
      only('bits', c.bits, [4]);
      if (Object.keys(c.dynamic ?? {}).length > 0) only('dynamic', c.dynamic, [null]);
      only('is_marlin_format', c.is_marlin_format, [false]);
      only('pack_dtype', c.pack_dtype, ['int32']);
      const { checkpoint_format: format } = c;
      if (format !== 'gptq' && format !== 'gptq_v2')
        throw only('checkpoint_format', format, ['gptq', 'gptq_v2']);
      return { method, groupSize: c.group_size, format };
    }
    case 'awq': {
      const c = read(awq);
      only('bits', c.bits, [4]);
      only('version', c.version.toLowerCase(), ['gemm']);
      only('zero_point', c.zero_point, [true]);
      return { method, groupSize: c.group_size };
    }
    default:
      only('quant_method', method, ['bitsandbytes', 'gptq', 'awq']);
      throw new FormatError('InvalidConfig', at, 'its quant_method is unknown', REMEDY);
  }
}
