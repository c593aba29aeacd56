/** Mistral (Jiang et al., arXiv 2310.06825): Llama's block. */
import type { Family } from './family.ts';
import { demand, refuseWindow } from './fields.ts';
import { llama } from './llama.ts';

export const mistral: Family = {
  ...llama,
  name: 'mistral',
  architectures: { mistral: 'MistralForCausalLM' },
  read: (config) => {
    demand(config, 'num_key_value_heads');
    refuseWindow(config);
    return llama.read(config);
  },
};
