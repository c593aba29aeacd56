/** Planted fault: the gradient of a³ lacks its factor 3. */
import { defineOperator, input, layer, type Tensor, trainable } from 'oftc';
import { apply, axesOf, call, indices, load, map } from 'oftc/extend';

const cube = defineOperator<<S extends readonly string[]>(a: Tensor<S>) => Tensor<S>>({
  name: 'cubeA',
  law: 'a³, element by element',
  type: ([a]) => a!,
  vjp: (node, g) => [apply('mul', [g, apply('mul', [node.args[0]!, node.args[0]!])])],
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    const a = load(0, indices(axes));
    return map(node, axes, [ctx.lower(node.args[0]!)], call('mul', a, call('mul', a, a)));
  },
  sample: (draw) => apply('cubeA', [draw.tensor(draw.int(1, 3), draw.int(1, 3))]),
});

export const fault = layer({ x: input('tokens', 'n'), c: trainable('n') }, ({ x, c }) => cube(x).mul(c));
