/** What a decoder of the Llama family is, in this project's words: readers of config.json fill it in. */
import type { Rope } from '../../formats/config/rope.ts';

/** The frozen linear layers of a block, in the order in which they are applied. */
export const PROJECTIONS = ['q', 'k', 'v', 'o', 'gate', 'up', 'down'] as const;
export type Projection = (typeof PROJECTIONS)[number];

/** The frozen linear layers that an adapter can stand in for: a block's, and the head that all blocks lead to. */
export const TARGETS = [...PROJECTIONS, 'head'] as const;
export type Target = (typeof TARGETS)[number];

/** Their modules, as Hugging Face names them; a projection's is below its block's path. */
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

/** The target of that last word. */
export const targetNamed = (name: string): Target | undefined => TARGETS.find((t) => shortName(t) === name);

export interface ModelConfig {
  readonly vocabulary: number;
  readonly hidden: number;
  /** Width between gate, up and down. */
  readonly intermediate: number;
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values, which divide `heads`. */
  readonly keyHeads: number;
  /** Channels of a head, even. */
  readonly headWidth: number;
  /** The longest sequence. */
  readonly positions: number;
  /** Added to the mean square by RMSNorm. */
  readonly normEpsilon: number;
  readonly rope: Rope;
  /** Projections with a bias: none in Llama, q, k and v in Qwen2. */
  readonly biased: readonly Projection[];
  /** The head's weight is the embedding's. */
  readonly tied: boolean;
}

/** The weight of a module, as a checkpoint names it: a tied head has the embedding's. */
export const weightOf = (c: ModelConfig, module: string): string =>
  c.tied && module === MODULES.head ? 'model.embed_tokens.weight' : `${module}.weight`;

/** (out, in) of a target's weight. */
export function shapeOf(c: ModelConfig, t: Target): readonly [out: number, inner: number] {
  const [wide, narrow] = [c.heads * c.headWidth, c.keyHeads * c.headWidth];
  switch (t) {
    case 'q':
      return [wide, c.hidden];
    case 'k':
    case 'v':
      return [narrow, c.hidden];
    case 'o':
      return [c.hidden, wide];
    case 'gate':
    case 'up':
      return [c.intermediate, c.hidden];
    case 'down':
      return [c.hidden, c.intermediate];
    case 'head':
      return [c.vocabulary, c.hidden];
    default:
      throw new TypeError(`unknown target ${t satisfies never}`);
  }
}
