/**
 * Qwen2 and Qwen2.5 (Yang et al., arXiv 2407.10671): Llama's block with biases on queries, keys and values, and windows in
 * some layers.
 */
import type { ModelFamily } from './family.ts';
import { demand } from './fields.ts';
import { llama, plainShape } from './llama.ts';
import { qwenWindows } from './windows.ts';

export const qwen2: ModelFamily = {
  ...llama,
  name: 'qwen2',
  architectures: { qwen2: 'Qwen2ForCausalLM' },
  read: (config) => {
    demand(config, 'num_key_value_heads');
    return qwenWindows(config, { ...plainShape(config), bias: { qkv: true, output: false, mlp: false } });
  },
};
