/** Planted fault: an operator lowers to a primitive of another shape than its type states. */
import { defineOperator, input, layer, type Tensor } from 'oftc';
import { apply, ax, axis, load, reduce, squareOf } from 'oftc/extend';

const rowSums = defineOperator<<const R extends string>(a: Tensor<[R, R]>) => Tensor<[R]>>({
  name: 'rowSums',
  law: 'Σⱼ A[i,j]',
  type: ([a]) => ({ shape: [squareOf(a!, 'rowSums').size], dtype: a!.dtype }),
  vjp: (node, g) => [apply('expand', [g], { shape: node.args[0]!.type.shape })],
  lower: (node, ctx) => {
    const [n, m] = node.args[0]!.type.shape;
    const at = load(0, [ax('i'), ax('j')]);
    const axes = [axis('i', n!), axis('k', m!)];
    return reduce(node, axes, [axis('j', m!)], [ctx.lower(node.args[0]!)], at, [n!, m!]);
  },
  sample: (draw) => {
    const n = draw.int(2, 4);
    return apply('rowSums', [draw.tensor(n, n)]);
  },
});

export const fault = layer({ x: input('tokens', 'n'), A: input('n', 'n') }, ({ x, A }) => x.add(rowSums(A)));
