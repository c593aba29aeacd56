/**
 * Qwen3 (Yang et al., arXiv 2505.09388): Llama's block with norms of each head's queries and keys. A head's width is its
 * own, and biases are a matter of the configuration.
 */
import type { ModelFamily } from './family.ts';
import { demand } from './fields.ts';
import { withHeadNorms } from './head-norms.ts';
import { llama, plainShape } from './llama.ts';
import { qwenWindows } from './windows.ts';

export const qwen3: ModelFamily = {
  ...llama,
  ...withHeadNorms(llama),
  name: 'qwen3',
  architectures: { qwen3: 'Qwen3ForCausalLM' },

  read: (config) => {
    // Other configurations divide the hidden size where it is missing; Qwen3's has a default of its own.
    for (const name of ['head_dim', 'num_key_value_heads']) demand(config, name);
    const { bias, ...shape } = plainShape(config);
    return qwenWindows(config, { ...shape, bias: { ...bias, mlp: false } });
  },
};
