/**
 * Gemma 2 (arXiv 2408.00118): norms before and after attention and the MLP, whose weights are offsets from 1; a GeGLU
 * MLP; bounded scores and logits; and windows in every second block.
 */
import * as v from 'valibot';
import type { ModelShape } from '../../formats/config/model-config.ts';
import { checked, count, positive } from '../../formats/schema.ts';
import type { ModelFamily } from './family.ts';
import { type ConfigFile, demand, REMEDY, refuseOtherThan } from './fields.ts';
import { llama } from './llama.ts';
import type { Norm } from './modules.ts';
import { geluTanh, rmsNorm } from './parts.ts';
import { alternating } from './windows.ts';

const schema = v.looseObject({
  query_pre_attn_scalar: positive,
  attn_logit_softcapping: v.nullish(positive),
  final_logit_softcapping: v.nullish(positive),
});

/** The fields that are read, and one that says how transformers keeps keys and values. */
export const GEMMA_FIELDS = {
  ...schema.entries,
  hidden_activation: v.nullish(v.string()),
  cache_implementation: v.nullish(v.string()),
  sliding_window_size: v.nullish(count),
  use_bidirectional_attention: v.nullish(v.boolean()),
};

/** The fields for which the configuration classes of transformers have other defaults than the shared ones. */
const NEEDED = ['head_dim', 'num_key_value_heads', 'query_pre_attn_scalar', 'sliding_window'];

/** The shape that the fields of all Gemma models mean. */
export function readGemma(config: ConfigFile): ModelShape {
  for (const name of NEEDED) demand(config, name);
  refuseOtherThan(config, 'hidden_activation', ['gelu_pytorch_tanh', undefined, null]);
  refuseOtherThan(config, 'use_bidirectional_attention', [false, undefined, null]);
  // Some published files name the window twice.
  refuseOtherThan(config, 'sliding_window_size', [config.fields.sliding_window, undefined, null]);
  const { file, fields, shape, json } = config;
  const own = checked(schema, json, { file }, 'InvalidConfig', REMEDY);
  const { attention_bias: biased } = fields;
  const [scoreCap, logitCap] = [own.attn_logit_softcapping, own.final_logit_softcapping];
  return {
    ...shape,
    bias: { qkv: biased, output: biased, mlp: false },
    tiedEmbeddings: fields.tie_word_embeddings ?? true,
    embeddingScale: embeddingScale(shape.hiddenSize, fields.dtype ?? fields.torch_dtype),
    scores: { scale: own.query_pre_attn_scalar ** -0.5, ...(scoreCap ? { softCap: scoreCap } : {}) },
    ...(logitCap ? { logitCap } : {}),
  };
}

/** √width in the model's dtype: transformers rounds it, and the models are trained with the rounded number. */
function embeddingScale(width: number, dtype: string | null | undefined): number {
  const bits: Readonly<Record<string, number>> = { bfloat16: 8, float16: 11, float64: 53 };
  return rounded(Math.sqrt(width), bits[(dtype ?? '').replace('torch.', '')] ?? 24);
}

/** The nearest number with a mantissa of so many bits; ties go to an even one. */
function rounded(x: number, bits: number): number {
  const unit = 2 ** (Math.floor(Math.log2(x)) + 1 - bits);
  const [whole, rest] = [Math.floor(x / unit), (x / unit) % 1];
  return (whole + (rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? 1 : 0)) * unit;
}

export const gemma2: ModelFamily = {
  ...llama,
  name: 'gemma2',
  architectures: { gemma2: 'Gemma2ForCausalLM' },
  fields: GEMMA_FIELDS,
  read: (config) => {
    // The configuration class has caps where these fields are missing.
    for (const name of ['attn_logit_softcapping', 'final_logit_softcapping']) demand(config, name);
    return { ...readGemma(config), windows: alternating(config, (n) => n % 2 === 0) };
  },

  halves: (c) => {
    const { before, after } = llama.halves(c);
    const one = (module: string): Norm => ({ module, width: c.hiddenSize });
    return {
      before,
      after: {
        ...after,
        norms: {
          mixedNorm: one('post_attention_layernorm'),
          mlpNorm: one('pre_feedforward_layernorm'),
          mlpEndNorm: one('post_feedforward_layernorm'),
        },
      },
    };
  },

  norm: (x, weight, c) => rmsNorm({ x, weight: weight.add(1) }, { epsilon: c.rmsNormEps }),

  after: (x, mixed, { linear, norm }) => {
    const h = x.add(norm('mixedNorm', linear('o', mixed)));
    const m = norm('mlpNorm', h);
    return h.add(norm('mlpEndNorm', linear('down', geluTanh(linear('gate', m)).mul(linear('up', m)))));
  },
};
