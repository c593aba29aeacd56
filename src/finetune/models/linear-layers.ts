/** The linear layers of a decoder of the Llama family: their names here and in checkpoints, and their shapes. */
import { projections } from '../../formats/config/expected.ts';
import type { ModelShape } from '../../formats/config/model-config.ts';

/** The frozen linear layers of a block, in the order in which they are applied. */
export const PROJECTIONS = ['q', 'k', 'v', 'o', 'gate', 'up', 'down'] as const;
export type Projection = (typeof PROJECTIONS)[number];

/** The frozen linear layers that an adapter can replace: a block's, and the head after all blocks. */
export const TARGETS = [...PROJECTIONS, 'head'] as const;
export type Target = (typeof TARGETS)[number];

/** The module of each target in Hugging Face's naming; a projection's follows its block's path. */
export const MODULES: Readonly<Record<Target, string>> = {
  q: 'self_attn.q_proj',
  k: 'self_attn.k_proj',
  v: 'self_attn.v_proj',
  o: 'self_attn.o_proj',
  gate: 'mlp.gate_proj',
  up: 'mlp.up_proj',
  down: 'mlp.down_proj',
  head: 'lm_head',
};

/** The last word of a target's module: `q_proj`. */
export const shortName = (t: Target): string => MODULES[t].split('.').at(-1)!;

/** The target with a given short name. */
export const targetNamed = (name: string): Target | undefined => TARGETS.find((t) => shortName(t) === name);

/** The name of a module's weight in a checkpoint; a tied head has the embedding's. */
export const weightName = (c: ModelShape, module: string): string =>
  c.tiedEmbeddings && module === MODULES.head ? 'model.embed_tokens.weight' : `${module}.weight`;

/** The shape (out, in) of a target's weight. */
export const shapeOf = (c: ModelShape, t: Target): readonly [out: number, inner: number] =>
  t === 'head' ? [c.vocabSize, c.hiddenSize] : projections(c)[MODULES[t]]!;
