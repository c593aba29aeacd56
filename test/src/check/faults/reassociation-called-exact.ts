/** Planted fault: a rule rewrites Q + Q·Q as Q·(I + Q) and is called exact, though the roundings differ. */
import { blockDiag, defineRule, frozen, input, layer, skew, trainable } from 'oftc';
import { apply, identityLike, isOp, total } from 'oftc/extend';

defineRule({
  name: 'factor-out',
  law: 'Q + Q·Q = Q·(I + Q)',
  numerics: 'exact',
  pattern: { op: 'add' },
  build: (node) => {
    const [q, square] = node.args;
    if (node.args.length !== 2 || !q || !square || !isOp(square, 'matmul')) return undefined;
    return apply('matmul', [q, total([identityLike(q), q])]);
  },
  instance: (draw) => {
    const b = draw.int(2, 4);
    const q = draw.tensor(b, b);
    return total([q, apply('matmul', [q, q])]);
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
      .matmul(blockDiag(skew(v).add(skew(v).matmul(skew(v)))))
      .matmul(blockDiag(T))
      .matmul(W.T),
  { where: { in: 'r*b' } },
);
