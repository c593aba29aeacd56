/** Mistral (Jiang et al., arXiv 2310.06825): Llama's block, where a token sees those of a window before it. */
import type { ModelFamily } from './family.ts';
import { demand } from './fields.ts';
import { llama, plainShape } from './llama.ts';
import { windowedAll, writtenWindow } from './windows.ts';

export const mistral: ModelFamily = {
  ...llama,
  name: 'mistral',
  architectures: { mistral: 'MistralForCausalLM' },
  read: (config) => {
    demand(config, 'num_key_value_heads');
    return windowedAll(config, plainShape(config), writtenWindow(config));
  },
};
