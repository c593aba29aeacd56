/**
 * Qwen3 (Yang et al., arXiv 2505.09388): Llama's block with norms of each head's queries and keys. A head's width is its
 * own, and biases are a matter of the configuration.
 */
import type { ModelFamily } from './family.ts';
import { demand } from './fields.ts';
import { llama, plainShape } from './llama.ts';
import { headNorm } from './parts.ts';
import { qwenWindows } from './windows.ts';

export const qwen3: ModelFamily = {
  ...llama,
  name: 'qwen3',
  architectures: { qwen3: 'Qwen3ForCausalLM' },

  read: (config) => {
    // Other configurations divide the hidden size where it is missing; Qwen3's has a default of its own.
    for (const name of ['head_dim', 'num_key_value_heads']) demand(config, name);
    const { bias, ...shape } = plainShape(config);
    return qwenWindows(config, { ...shape, bias: { ...bias, mlp: false } });
  },

  halves: (c) => {
    const { before, after } = llama.halves(c);
    const norms = {
      ...before.norms,
      queryNorm: { module: 'self_attn.q_norm', width: c.headDim },
      keyNorm: { module: 'self_attn.k_norm', width: c.headDim },
    };
    return { before: { ...before, norms }, after };
  },

  before: (x, { tensor, linear, norm, rotated }, c) => {
    const a = norm('attentionNorm', x);
    const heads = (name: string, count: number) => linear(name, a).reshape('tokens', count, c.headDim);
    const normed = (name: string, of: ReturnType<typeof heads>) =>
      headNorm({ x: of, weight: tensor(name) }, { epsilon: c.rmsNormEps });
    return {
      query: rotated(normed('queryNorm', heads('q', c.heads))),
      key: rotated(normed('keyNorm', heads('k', c.kvHeads))),
      value: heads('v', c.kvHeads),
    };
  },
};
