/** Planted fault: an operator's definition returns the view of its transpose, so its rule rewrites the view forever. */
import { defineOperator, input, layer, type Tensor } from 'oftc';
import { apply, axesOf, call, constant, indices, load, map, scaled, transposed } from 'oftc/extend';

const thrice = defineOperator<<const S extends readonly string[]>(a: Tensor<S>) => Tensor<S>>({
  name: 'thrice',
  law: '3·a',
  type: ([a]) => a!,
  transpose: (node) => transposed(node),
  vjp: (_, g) => [scaled(3, g)],
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    const a = load(0, indices(axes));
    return map(node, axes, [ctx.lower(node.args[0]!)], call('mul', constant(3), a));
  },
  sample: (draw) => apply('thrice', [draw.tensor(draw.int(1, 3), draw.int(1, 3))]),
});

export const fault = layer({ x: input('tokens', 'n') }, ({ x }) => x.T.matmul(thrice(x)).T);
