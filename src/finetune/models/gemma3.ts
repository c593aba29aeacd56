/**
 * The text model of Gemma 3 (arXiv 2503.19786): Gemma 2's block with norms of queries and keys. Five of six blocks have a
 * window, and rotary embeddings of their own.
 */
import * as v from 'valibot';
import { parseRope, ropeOfType } from '../../formats/config/rope.ts';
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

export const gemma3: ModelFamily = {
  ...gemma2,
  ...withHeadNorms(gemma2, (stored) => stored.add(1)),
  name: 'gemma3',
  ropeByType: true,
  architectures: { gemma3_text: 'Gemma3ForCausalLM' },
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
