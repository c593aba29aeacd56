/**
 * Phi-3 and Phi-3.5 (Abdin et al., arXiv 2404.14219): Llama's block, where one linear layer gives queries, keys and values,
 * and one gives gate and up.
 */
import { silu } from '../../language/dsl/index.ts';
import type { ModelFamily } from './family.ts';
import { refuseOtherThan } from './fields.ts';
import { llama } from './llama.ts';
import { windowedAll } from './windows.ts';

export const phi3: ModelFamily = {
  ...llama,
  name: 'phi3',
  architectures: { phi3: 'Phi3ForCausalLM' },

  read: (config) => {
    refuseOtherThan(config, 'hidden_act', ['silu', 'swish']);
    return windowedAll(config, config.shape, config.fields.sliding_window ?? null);
  },

  halves: (c) => {
    const { before, after } = llama.halves(c);
    const { hiddenSize: width, intermediateSize: inner } = c;
    const { o, down } = after.linear;
    const qkv = (c.heads + 2 * c.kvHeads) * c.headDim;
    return {
      before: {
        ...before,
        linear: { qkv: { module: 'self_attn.qkv_proj', shape: [qkv, width], bias: false } },
      },
      after: {
        ...after,
        linear: {
          o: o!,
          gateUp: { module: 'mlp.gate_up_proj', shape: [2 * inner, width], bias: false },
          down: down!,
        },
      },
    };
  },

  before: (x, { linear, norm, rotated }, c) => {
    const all = linear('qkv', norm('attentionNorm', x));
    const [q, kv] = [c.heads * c.headDim, c.kvHeads * c.headDim];
    const heads = (from: number, width: number) =>
      all.slice(1, from, width).reshape('tokens', width / c.headDim, c.headDim);
    return { query: rotated(heads(0, q)), key: rotated(heads(q, kv)), value: heads(q + kv, kv) };
  },

  after: (x, mixed, { linear, norm }, c) => {
    const h = x.add(linear('o', mixed));
    const both = linear('gateUp', norm('mlpNorm', h));
    const { intermediateSize: inner } = c;
    return h.add(linear('down', silu(both.slice(1, 0, inner)).mul(both.slice(1, inner, inner))));
  },
};
