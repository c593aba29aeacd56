/** Planted fault: a rule for R(Q)ᵀ = R(−Q) builds R(Q), without the sign. */
import { blockDiag, cayley, defineRule, frozen, input, layer, skew, trainable } from 'oftc';
import { apply, transposed } from 'oftc/extend';

defineRule({
  name: 'cayley-transpose',
  law: 'R(Q)ᵀ = R(−Q)',
  numerics: 'exact',
  pattern: { op: 'transpose', args: [{ op: 'cayley' }] },
  build: (node) => node.args[0],
  instance: (draw) => {
    const b = draw.int(2, 4);
    return transposed(apply('cayley', [apply('skew', [draw.tensor((b * (b - 1)) / 2)])]));
  },
});

export const fault = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    v: trainable('r', 'tri(b)'),
    T: trainable('r', 'b', 'b'),
  },
  ({ x, W, v, T }) => x.matmul(blockDiag(cayley(skew(v)).T).matmul(blockDiag(T))).matmul(W.T),
  { where: { in: 'r*b' } },
);
