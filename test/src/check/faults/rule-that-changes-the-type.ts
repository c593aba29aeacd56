/** Planted fault: a rule rewrites a + 0·b as a, even where b has the larger shape. */
import { defineRule, frozen, input, layer, trainable } from 'oftc';
import { type OpNode, type Rational, scaled, total } from 'oftc/extend';

defineRule({
  name: 'add-zero',
  law: 'a + 0·b = a',
  numerics: 'reassociates',
  pattern: { op: 'add', args: ['any', { op: 'scale' }] },
  build: (node) => {
    const by = (node.args[1] as OpNode).attrs.by as Rational;
    return by.num === 0n ? node.args[0] : undefined;
  },
  // The smallest instance has a b of one element, so the check at the rule's definition does not see the fault.
  instance: (draw) => total([draw.tensor(1), scaled(0, draw.tensor(draw.int(1, 3)))]),
});

export const fault = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), c: trainable('in') },
  ({ x, W, c }) => c.add(x.mul(0)).matmul(W.T),
);
