/** Layers that have n of something: factors, adapters, or layers in a row. */
import type { Program } from '../../compiler/ir/node.ts';
import { oft } from '../../src/adapters/oft.ts';
import {
  blockDiag,
  cayleyNeumann,
  frozen,
  input,
  layer,
  list,
  shuffle,
  silu,
  skew,
  type Tensor,
  trainable,
} from '../../src/language/dsl/index.ts';

const rotation = (v: Tensor): Tensor => blockDiag(cayleyNeumann(skew(v), { terms: 5 }));

/**
 * A layer whose weight is multiplied by n rotations. Every other rotation is shuffled, as in GSOFT and BOFT, so that no two
 * neighbours are one block-diagonal matrix.
 */
export const factors = (n: number): Program =>
  layer(
    { x: input('tokens', 'in'), W: frozen('out', 'in'), v: list(n, trainable('r', 'tri(b)')) },
    ({ x, W, v }) => {
      const P = shuffle(['r', 'b'], [1, 0]);
      const turned = v.reduceRight<Tensor>((V, q, i) => {
        const R = rotation(q);
        return i % 2 === 0 ? R.matmul(V) : P.matmul(R).matmul(P.T).matmul(V);
      }, W.T);
      return x.matmul(turned);
    },
    { name: 'factors', where: { in: 'r*b' } },
  ).trace();

/** OFT with n adapters on one layer. */
export const adapters = (n: number): Program => oft.trace({ adapters: n });

/** n linear layers in a row, each with an adapter of its own and followed by silu. */
export const layers = (n: number): Program =>
  layer(
    {
      x: input('tokens', 'in'),
      W: list(n, frozen('in', 'in')),
      v: list(n, trainable('r', 'tri(b)')),
    },
    ({ x, W, v }) => W.reduce<Tensor>((h, weight, i) => silu(h.matmul(rotation(v[i]!).matmul(weight.T))), x),
    { name: 'layers', where: { in: 'r*b' } },
  ).trace();
