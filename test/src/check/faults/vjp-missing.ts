/** Planted fault: an operator's vjp gives its argument no gradient. */
import { defineOperator, input, layer, type Tensor, trainable } from 'oftc';
import { apply, axesOf, call, indices, load, map } from 'oftc/extend';

const cube = defineOperator<<S extends readonly string[]>(a: Tensor<S>) => Tensor<S>>({
  name: 'cubeB',
  law: 'a³, element by element',
  type: ([a]) => a!,
  vjp: () => [undefined],
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    const a = load(0, indices(axes));
    return map(node, axes, [ctx.lower(node.args[0]!)], call('mul', a, call('mul', a, a)));
  },
  sample: (draw) => apply('cubeB', [draw.tensor(draw.int(1, 3), draw.int(1, 3))]),
});

export const fault = layer({ x: input('tokens', 'n'), c: trainable('n') }, ({ x, c }) => x.add(cube(c)));
