/** LoRA beside a rotated weight, with the low rank in the rotated basis: y = x·R·(Wᵀ + A·B), gated by a length. */
import { blockDiag, cayley, frozen, input, layer, skew, sqrt, sum, trainable } from 'oftc';

export const rotatedLora = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    v: trainable('r', 'tri(b)'),
    A: trainable('in', 'rank'),
    B: trainable('rank', 'out'),
  },
  ({ x, W, v, A, B }) => {
    const R = blockDiag(cayley(skew(v)));
    const length = sqrt(sum(v.mul(v), [0, 1]).add(1));
    return x.matmul(R.matmul(W.T.add(A.matmul(B)))).div(length);
  },
  { where: { in: 'r*b' } },
);
