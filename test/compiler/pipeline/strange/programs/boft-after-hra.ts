/** HRA and then BOFT on the input side: W′ᵀ = H·B₁·B₀·Wᵀ. */
import { blockDiag, cayley, frozen, householder, input, layer, shuffle, type Tensor, trainable } from 'oftc';

function butterfly(A: Tensor, i: number): Tensor {
  const level = A.slice(0, i, 1).reshape('r', 'b', 'b');
  const P = shuffle([`r/${2 ** i}`, 2, 2 ** i, 'b/2'], [0, 2, 1, 3]);
  return P.matmul(blockDiag(cayley(level.sub(level.T)))).matmul(P.T);
}

export const boftAfterHra = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    u: trainable('in', 'k'),
    A: trainable(2, 'r', 'b', 'b'),
  },
  ({ x, W, u, A }) => {
    const B = butterfly(A, 1).matmul(butterfly(A, 0));
    return x.matmul(householder(u).matmul(B.matmul(W.T)));
  },
  { where: { in: 'r*b' } },
);
