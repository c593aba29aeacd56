/** Planted fault: a rule rewrites R·Rᵀ as I for every R, and its instances are only orthogonal ones. */
import { defineRule, frozen, input, layer, trainable } from 'oftc';
import { apply, isOp, product, transposed } from 'oftc/extend';

defineRule({
  name: 'cancel',
  law: 'R·Rᵀ = I',
  numerics: 'reassociates',
  pattern: { op: 'matmul' },
  build: (node) => {
    const [x, r, t, ...rest] = node.args;
    if (!x || !r || !t || !isOp(t, 'transpose') || t.args[0] !== r) return undefined;
    return product([x, ...rest]);
  },
  instance: (draw) => {
    const b = draw.int(2, 4);
    const R = apply('cayley', [apply('skew', [draw.tensor((b * (b - 1)) / 2)])]);
    return apply('matmul', [draw.tensor(draw.int(1, 3), b), R, transposed(R)]);
  },
});

export const fault = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), R: trainable('in', 'in') },
  ({ x, W, R }) => x.matmul(R).matmul(R.T).matmul(W.T),
);
