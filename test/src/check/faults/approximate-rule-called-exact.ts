/** Planted fault: a rule rewrites (I+Q)(I−Q)⁻¹ as I + 2Q and is called exact, but only approximates. */
import { blockDiag, cayley, defineRule, frozen, input, layer, skew, trainable } from 'oftc';
import { apply, identityLike, scaled, total } from 'oftc/extend';

defineRule({
  name: 'cayley-first-order',
  law: 'R(Q) = I + 2Q',
  numerics: 'exact',
  pattern: { op: 'cayley' },
  build: (node) => total([identityLike(node), scaled(2, node.args[0]!)]),
  instance: (draw) => {
    const b = draw.int(2, 4);
    return apply('cayley', [apply('skew', [draw.tensor((b * (b - 1)) / 2)])]);
  },
});

export const fault = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    v: trainable('r', 'tri(b)'),
    T: trainable('r', 'b', 'b'),
  },
  ({ x, W, v, T }) =>
    x
      .matmul(blockDiag(cayley(skew(v))))
      .matmul(blockDiag(T))
      .matmul(W.T),
  { where: { in: 'r*b' } },
);
