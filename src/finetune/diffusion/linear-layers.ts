/** The frozen linear layers of an MM-DiT block, by their modules in diffusers' naming. */
import type { Linear } from '../models/modules.ts';

/** The shape of an MM-DiT block. */
export interface MmDitShape {
  /** The channels of a token of either stream, and of the conditioning vector. */
  readonly width: number;
  readonly heads: number;
  /** The channels of a head; width / heads unless given. */
  readonly headDim?: number;
  /** The image tokens of a sample. */
  readonly imageTokens: number;
  /** The context tokens of a sample. */
  readonly contextTokens: number;
  /** Whether queries and keys have RMS norms, as in Stable Diffusion 3.5. */
  readonly queryKeyNorms?: boolean;
  /** Whether image tokens also attend to themselves alone, as in the first blocks of Stable Diffusion 3.5 Medium. */
  readonly dual?: boolean;
  /** Whether the block is the last one, which leaves the context as it is (`context_pre_only`). */
  readonly last?: boolean;
}

/** The inner width of the MLPs, relative to the width. */
const WIDENING = 4;

/** The channels of all heads. */
export const innerWidth = ({ width, heads, headDim = width / heads }: MmDitShape): number => heads * headDim;

const linear = (module: string, out: number, inputs: number): Linear => ({
  module,
  shape: [out, inputs],
  bias: true,
});

function mlp(module: string, width: number): Linear[] {
  const inner = WIDENING * width;
  return [linear(`${module}.net.0.proj`, inner, width), linear(`${module}.net.2`, width, inner)];
}

/** The linear layers in the order in which they are applied. */
export function mmDitLinear(c: MmDitShape): readonly Linear[] {
  const { width, dual, last } = c;
  const inner = innerWidth(c);
  const into = (modules: readonly string[]) => modules.map((m) => linear(m, inner, width));
  return [
    linear('norm1.linear', (dual ? 9 : 6) * width, width),
    linear('norm1_context.linear', (last ? 2 : 6) * width, width),
    ...into(['attn.to_q', 'attn.to_k', 'attn.to_v']),
    // The last block has no use for the context's queries.
    ...into([...(last ? [] : ['attn.add_q_proj']), 'attn.add_k_proj', 'attn.add_v_proj']),
    linear('attn.to_out.0', width, inner),
    ...(last ? [] : [linear('attn.to_add_out', width, inner)]),
    ...(dual ? into(['attn2.to_q', 'attn2.to_k', 'attn2.to_v']) : []),
    ...(dual ? [linear('attn2.to_out.0', width, inner)] : []),
    ...mlp('ff', width),
    ...(last ? [] : mlp('ff_context', width)),
  ];
}

/** The modules that PEFT's and diffusers' adapters target: all but those that read the conditioning vector. */
export const mmDitProjections = (c: MmDitShape): string[] =>
  mmDitLinear(c)
    .map(({ module }) => module)
    .filter((module) => !module.startsWith('norm1'));

/** The RMS norms of queries and keys, by their modules. */
export function mmDitNorms({ queryKeyNorms, dual, last }: MmDitShape): string[] {
  if (!queryKeyNorms) return [];
  const added = [...(last ? [] : ['attn.norm_added_q']), 'attn.norm_added_k'];
  return ['attn.norm_q', 'attn.norm_k', ...added, ...(dual ? ['attn2.norm_q', 'attn2.norm_k'] : [])];
}
