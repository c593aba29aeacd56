/**
 * A method that is in no library: two butterflies of different sizes with a diagonal between, W′ᵀ =
 * B(u)·diag(d)·B(v)·Wᵀ. B(u) rotates groups of a channels that are in/a apart, B(v) groups of b neighbours, so that
 * two factors connect a·b channels. It starts as the frozen layer.
 *
 *  oftc finetune --adapter examples/my-adapter.ts --set a=8,b=16 …
 */
import { blockDiag, cayley, diag, frozen, input, layer, shuffle, skew, type Tensor, trainable } from 'oftc';

/** Exactly orthogonal rotations of neighbouring channels, from packed triangles v. */
const near = (v: Tensor): Tensor => blockDiag(cayley(skew(v)));

/** Rotations of channels that are in/a apart: a perfect shuffle, rotations, and the shuffle back. */
function far(u: Tensor): Tensor {
  const P = shuffle(['in/a', 'a'], [1, 0]);
  return P.T.matmul(near(u)).matmul(P);
}

const rotated = (W: Tensor, u: Tensor, d: Tensor, v: Tensor): Tensor =>
  far(u).matmul(diag(d)).matmul(near(v)).matmul(W.T);

export const myAdapter = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    u: trainable('in/a', 'tri(a)', { init: 'zeros' }),
    d: trainable('in', { init: 'ones' }),
    v: trainable('in/b', 'tri(b)', { init: 'zeros' }),
  },
  ({ x, W, u, d, v }) => x.matmul(rotated(W, u, d, v)),
  {
    claims: ({ W, u, d, v }) => ({ weight: rotated(W, u, d, v).T, orthogonal: [far(u), near(v)] }),
  },
);
