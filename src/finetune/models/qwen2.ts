/** Qwen2 and Qwen2.5 (Yang et al., arXiv 2407.10671): Llama's block with biases on queries, keys and values. */
import type { Family } from './family.ts';
import { demand } from './fields.ts';
import { llama } from './llama.ts';

export const qwen2: Family = {
  ...llama,
  name: 'qwen2',
  architectures: { qwen2: 'Qwen2ForCausalLM' },
  read: (config) => {
    demand(config, 'num_key_value_heads');
    return { ...llama.read(config), bias: { qkv: true, output: false, mlp: false } };
  },
};
