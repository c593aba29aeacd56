/** Norms of each head's queries and keys, before they are rotated (Henry et al., arXiv 2010.04245). */
import type { Tensor } from '../../language/dsl/index.ts';
import type { ModelFamily } from './family.ts';
import { headNorm } from './parts.ts';

/** A family's block with such norms. `weightOf` makes a norm's factor of its stored weight. */
export const withHeadNorms = (
  family: ModelFamily,
  weightOf: (stored: Tensor) => Tensor = (stored) => stored,
): Pick<ModelFamily, 'halves' | 'before'> => ({
  halves: (c) => {
    const { before, after } = family.halves(c);
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
      headNorm({ x: of, weight: weightOf(tensor(name)) }, { epsilon: c.rmsNormEps });
    return {
      query: rotated(normed('queryNorm', heads('q', c.heads))),
      key: rotated(normed('keyNorm', heads('k', c.kvHeads))),
      value: heads('v', c.kvHeads),
    };
  },
});
