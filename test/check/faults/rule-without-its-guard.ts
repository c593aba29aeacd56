/** Planted fault: R·Rᵀ = I for every R, tried on orthogonal ones only. */
import { blockDiag, cayleyNeumann, defineRule, frozen, input, layer, skew, trainable } from 'oftc';
import { apply, isOp, type Node, product, transposed } from 'oftc/extend';

defineRule({
  name: 'cancel',
  law: 'R·Rᵀ = I',
  numerics: 'reassociates',
  pattern: { op: 'matmul' },
  build: (node) => {
    const [x, r, t, ...rest] = node.args;
    if (!x || !r || !t || !isOp(t, 'blockDiag') || !isOp(t.args[0]!, 'transpose')) return undefined;
    return product([x, ...rest]);
  },
  instance: (draw) => {
    const b = draw.int(2, 4);
    const R = apply('cayley', [apply('skew', [draw.tensor(1, (b * (b - 1)) / 2)])]);
    const diag = (t: Node) => apply('blockDiag', [t]);
    return apply('matmul', [draw.tensor(draw.int(1, 3), b), diag(R), diag(transposed(R))]);
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
      .matmul(blockDiag(cayleyNeumann(skew(v))))
      .matmul(blockDiag(cayleyNeumann(skew(v)).T))
      .matmul(blockDiag(T))
      .matmul(W.T),
  { where: { in: 'r*b' } },
);
