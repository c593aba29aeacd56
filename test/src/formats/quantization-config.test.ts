/** The quantisations that a configuration states: which are read, and which are refused by name. */
import { describe, expect, it } from 'vitest';
import { parseModelConfig } from '../../../src/finetune/models/config.ts';
import type { Json } from '../../../src/formats/json.ts';
import { CONFIG, refused } from './models.ts';

const parse = (json: Json) => parseModelConfig(json, 'config.json');

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
    expect(of({ load_in_4bit: true, load_in_8bit: null, bnb_4bit_quant_type: 'nf4' })).toMatchObject({
      method: 'nf4',
    });
    // Some files name the width with the method alone.
    expect(of({ quant_method: 'bitsandbytes_4bit', bnb_4bit_quant_type: 'nf4' })).toMatchObject({
      method: 'nf4',
    });
    expect(of({ quant_method: 'bitsandbytes_8bit' })).toEqual({ method: 'int8' });
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
    [
      { quant_method: 'gptq', bits: 4, group_size: 128, checkpoint_format: 'marlin' },
      'checkpoint_format is "marlin", and read is only "gptq" or "gptq_v2"',
    ],
    [{ quant_method: 'gptq', bits: 4, group_size: 128, dynamic: { '-:x': {} } }, 'dynamic'],
    [{ quant_method: 'gptq', bits: 4, group_size: 128, is_marlin_format: true }, 'is_marlin_format is true'],
    [{ quant_method: 'gptq', bits: 4, group_size: 128, pack_dtype: 'int8' }, 'pack_dtype is "int8"'],
    [{ quant_method: 'awq', bits: 8, group_size: 128 }, 'bits is 8, and read is only 4'],
    [{ quant_method: 'awq', bits: 4, group_size: 128, version: 'gemv' }, 'version is "gemv"'],
    [{ quant_method: 'awq', bits: 4, group_size: 128, zero_point: false }, 'zero_point'],
    [{ quant_method: 'fp8' }, 'quant_method is "fp8", and read is only "bitsandbytes" or "gptq" or "awq"'],
    [{}, 'quant_method'],
  ])('is refused by name: %j', async (config, text) => {
    await refused(() => of(config), 'UnsupportedOption', text);
  });

  it.each<Json & object>([
    { load_in_8bit: true, load_in_4bit: false, _load_in_8bit: true, llm_int8_skip_modules: ['lm_head'] },
    { quant_method: 'bitsandbytes', load_in_4bit: true, bnb_4bit_quant_type: 'nf4' },
    { quant_method: 'gptq', bits: 4, group_size: 128, desc_act: true, sym: false, dataset: 'c4' },
    { quant_method: 'awq', bits: 4, group_size: 128, modules_to_not_convert: ['lm_head'] },
  ])('has fields that are known, and reports any other one: %j', (config) => {
    const unknown = (more: object) =>
      parse({ ...CONFIG, quantization_config: { ...config, ...more } }).unknown;
    expect(unknown({})).toEqual([]);
    expect(unknown({ rotation: null, mystery: false })).toEqual([]);
    expect(unknown({ rotation: 'hadamard', bits_of: { x: 1 } })).toEqual([
      'quantization_config.rotation',
      'quantization_config.bits_of',
    ]);
  });

  it.each([
    [{ quant_method: 'bitsandbytes' }, 'neither is'],
    [{ quant_method: 'bitsandbytes', load_in_4bit: true, load_in_8bit: true }, 'both are'],
    [{ quant_method: 'bitsandbytes_8bit', load_in_4bit: true }, 'both are'],
    [{ quant_method: 'gptq', bits: 4 }, '"quantization_config.group_size"'],
    ['gptq', 'expected'],
  ])('is refused as invalid: %j', async (config, text) => {
    await refused(() => of(config), 'InvalidConfig', text);
  });
});
