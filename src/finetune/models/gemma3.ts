/**
 * The text model of Gemma 3 (arXiv 2503.19786): Gemma 2's block with norms of queries and keys. Five of six blocks have a
 * window, and rotary embeddings of their own.
 */
import * as v from 'valibot';
import { parseRope, ropeOfType } from '../../formats/config/rope.ts';
import type { JsonObject } from '../../formats/json.ts';
import { checked, count, positive } from '../../formats/schema.ts';
import type { ModelFamily } from './family.ts';
import { REMEDY } from './fields.ts';
import { GEMMA_FIELDS, gemma2, readGemma } from './gemma2.ts';
import { withHeadNorms } from './head-norms.ts';
import { alternating, SLIDING } from './windows.ts';

const schema = v.looseObject({
  rope_local_base_freq: v.nullish(positive),
  sliding_window_pattern: v.nullish(count),
  _sliding_window_pattern: v.nullish(count),
});

/** The default of transformers' configuration class. */
const LOCAL_THETA = 10_000;
/** Blocks without a window are each sixth. */
const PATTERN = 6;

/** The defaults of transformers' configuration class. Source: transformers, `Gemma3TextConfig`. */
const DEFAULTS: JsonObject = {
  vocab_size: 262_208,
  hidden_size: 2304,
  intermediate_size: 9216,
  num_hidden_layers: 26,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 256,
  max_position_embeddings: 131_072,
  rms_norm_eps: 1e-6,
  rope_theta: 1_000_000,
  query_pre_attn_scalar: 256,
  sliding_window: 4096,
};

export const gemma3: ModelFamily = {
  ...gemma2,
  ...withHeadNorms(gemma2, (stored) => stored.add(1)),
  name: 'gemma3',
  ropeByType: true,
  architectures: { gemma3_text: 'Gemma3ForCausalLM' },
  within: {
    gemma3: { architecture: 'Gemma3ForConditionalGeneration', field: 'text_config', defaults: DEFAULTS },
  },
  fields: { ...GEMMA_FIELDS, ...schema.entries },

  read: (config) => {
    const { file, json, shape } = config;
    const own = checked(schema, json, { file }, 'InvalidConfig', REMEDY);
    const pattern = own.sliding_window_pattern ?? own._sliding_window_pattern ?? PATTERN;
    const local = ropeOfType(json, SLIDING);
    return {
      ...readGemma(config),
      windows: alternating(config, (n) => (n + 1) % pattern !== 0),
      windowRope: local
        ? parseRope({ rope_parameters: local }, shape.maxPositions, file)
        : { kind: 'default', theta: own.rope_local_base_freq ?? LOCAL_THETA },
    };
  },
};
