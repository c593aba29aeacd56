/**
 * Llama 2 and 3.x (Touvron et al., arXiv 2302.13971): pre-norm blocks with rotary attention and a SwiGLU MLP. A
 * sequence is a run of tokens; several follow one another along `tokens`.
 */
import type { ModelShape } from '../../formats/config/model-config.ts';
import { silu } from '../../language/dsl/index.ts';
import type { ModelFamily } from './family.ts';
import { type ConfigFile, refuseOtherThan } from './fields.ts';
import { rmsNorm } from './parts.ts';
import { refuseWindows } from './windows.ts';

/** The shape without windows, with biases as Llama's fields say. */
export function plainShape(config: ConfigFile): ModelShape {
  refuseOtherThan(config, 'hidden_act', ['silu', 'swish']);
  const { attention_bias: attention, mlp_bias: mlp } = config.fields;
  return { ...config.shape, bias: { qkv: attention, output: attention, mlp } };
}

export const llama: ModelFamily = {
  name: 'llama',
  architectures: { llama: 'LlamaForCausalLM' },
  fields: {},

  read: (config) => {
    refuseWindows(config);
    return plainShape(config);
  },

  halves: (c) => {
    const [q, kv] = [c.heads * c.headDim, c.kvHeads * c.headDim];
    const { hiddenSize: width, intermediateSize: inner, bias } = c;
    return {
      before: {
        norms: { attentionNorm: { module: 'input_layernorm', width } },
        linear: {
          q: { module: 'self_attn.q_proj', shape: [q, width], bias: bias.qkv },
          k: { module: 'self_attn.k_proj', shape: [kv, width], bias: bias.qkv },
          v: { module: 'self_attn.v_proj', shape: [kv, width], bias: bias.qkv },
        },
      },
      after: {
        norms: { mlpNorm: { module: 'post_attention_layernorm', width } },
        linear: {
          o: { module: 'self_attn.o_proj', shape: [width, q], bias: bias.output },
          gate: { module: 'mlp.gate_proj', shape: [inner, width], bias: bias.mlp },
          up: { module: 'mlp.up_proj', shape: [inner, width], bias: bias.mlp },
          down: { module: 'mlp.down_proj', shape: [width, inner], bias: bias.mlp },
        },
      },
    };
  },

  norm: (x, weight, c) => rmsNorm({ x, weight }, { epsilon: c.rmsNormEps }),

  before: (x, { linear, norm, rotated }, c) => {
    const a = norm('attentionNorm', x);
    return {
      query: rotated(linear('q', a).reshape('tokens', c.heads, c.headDim)),
      key: rotated(linear('k', a).reshape('tokens', c.kvHeads, c.headDim)),
      value: linear('v', a).reshape('tokens', c.kvHeads, c.headDim),
    };
  },

  after: (x, mixed, { linear, norm }) => {
    const h = x.add(linear('o', mixed));
    const m = norm('mlpNorm', h);
    return h.add(linear('down', silu(linear('gate', m)).mul(linear('up', m))));
  },
};
