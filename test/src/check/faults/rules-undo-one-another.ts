/** Planted fault: two correct rules that undo each other, so rewriting never ends. */
import { cayley, defineRule, frozen, input, layer, skew, trainable } from 'oftc';
import { apply, type Draw, isOp, scaled, transposed } from 'oftc/extend';

const generator = (draw: Draw) => {
  const b = draw.int(2, 4);
  return apply('skew', [draw.tensor((b * (b - 1)) / 2)]);
};

defineRule({
  name: 'cayley-minus',
  law: 'R(−Q) = R(Q)ᵀ',
  numerics: 'reassociates',
  pattern: { op: 'cayley', args: [{ op: 'scale' }] },
  build: (node) => transposed(apply('cayley', [scaled(-1, node.args[0]!)])),
  instance: (draw) => apply('cayley', [scaled(-1, generator(draw))]),
});

defineRule({
  name: 'transpose-cayley',
  law: 'R(Q)ᵀ = R(−Q)',
  numerics: 'reassociates',
  pattern: { op: 'transpose', args: [{ op: 'cayley' }] },
  build: (node) => {
    const [r] = node.args;
    return r && isOp(r, 'cayley') ? apply('cayley', [scaled(-1, r.args[0]!)]) : undefined;
  },
  instance: (draw) => transposed(apply('cayley', [generator(draw)])),
});

export const fault = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('tri(in)') },
  ({ x, W, v }) => x.matmul(cayley(skew(v)).T).matmul(W.T),
);
