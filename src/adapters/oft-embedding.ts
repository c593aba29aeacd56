import { frozen, input, layer, take } from '../language/dsl/index.ts';
import { ROTATION, type RotationConfig, rotation, triangles } from './rotation.ts';

/** OFT on an embedding, as PEFT runs it: E[ids]·R. The merged embedding is E·R. */
export const oftEmbedding = layer(
  (c: RotationConfig) => ({
    ids: input('tokens', { dtype: 'i32' }),
    E: frozen('vocabulary', 'd', { stored: 'weight' }),
    v: triangles(c, 'oft_embedding_R.weight'),
  }),
  ({ ids, E, v }, c) => take(E, ids, 0).matmul(rotation(v, c)),
  {
    name: 'oftEmbedding',
    source: 'https://arxiv.org/abs/2506.19847',
    where: { d: 'r*b' },
    config: ROTATION,
    claims: ({ E, v }, c) => ({
      weight: E.matmul(rotation(v, c)),
      orthogonal: c.cayley === 'exact' ? rotation(v, c) : [],
    }),
  },
);
