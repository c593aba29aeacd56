/** What a decoder of the Llama family is, in this project's words: readers of config.json fill it in. */
import type { Rope } from '../../formats/config/rope.ts';

/** The frozen linear layers of a block, in the order in which they are applied. */
export const PROJECTIONS = ['q', 'k', 'v', 'o', 'gate', 'up', 'down'] as const;
export type Projection = (typeof PROJECTIONS)[number];

/** Their modules below a block's path, as Hugging Face names them. */
export const MODULES: Readonly<Record<Projection, string>> = {
  q: 'self_attn.q_proj',
  k: 'self_attn.k_proj',
  v: 'self_attn.v_proj',
  o: 'self_attn.o_proj',
  gate: 'mlp.gate_proj',
  up: 'mlp.up_proj',
  down: 'mlp.down_proj',
};

/** The last word of a projection's module: `q_proj`. */
export const shortName = (p: Projection): string => MODULES[p].split('.').at(-1)!;

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

/** (out, in) of a projection's weight. */
export function shapeOf(c: ModelConfig, p: Projection): readonly [out: number, inner: number] {
  const [wide, narrow] = [c.heads * c.headWidth, c.keyHeads * c.headWidth];
  switch (p) {
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
    default:
      throw new TypeError(`unknown projection ${p satisfies never}`);
  }
}
