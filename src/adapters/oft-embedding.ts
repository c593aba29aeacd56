/** OFT on an embedding (PEFT `oft`, layer Embedding): E[ids]·R. */
import { blockDiag, cayleyNeumann, frozen, input, layer, skew, take, trainable } from '../dsl/index.ts';

export const oftEmbedding = layer(
  (_: { terms: number }) => ({
    ids: input('tokens', { dtype: 'i32' }),
    E: frozen('vocabulary', 'd'),
    v: trainable('r', 'tri(b)'),
  }),
  ({ ids, E, v }, c) => take(E, ids, 0).matmul(blockDiag(cayleyNeumann(skew(v), { terms: c.terms }))),
  { name: 'oftEmbedding', where: { d: 'r*b' }, config: { terms: 5 } },
);
