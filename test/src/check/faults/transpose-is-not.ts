/** Planted fault: an operator's definition gives the matrix itself as its transpose. */
import { defineOperator, input, layer, type Tensor, trainable } from 'oftc';
import {
  apply,
  ax,
  axesOf,
  constant,
  extentOf,
  iadd,
  ieq,
  ilt,
  int,
  load,
  map,
  scaled,
  select,
} from 'oftc/extend';

/** An upper bidiagonal matrix: 1 on the diagonal, c above it. The last element of c is not used. */
const bidiagonal = defineOperator<<const S extends string>(c: Tensor<[S]>) => Tensor<[S, S]>>({
  name: 'bandA',
  law: 'I + diag(c, 1)',
  type: ([c]) => ({ shape: [c!.shape[0]!, c!.shape[0]!], dtype: c!.dtype }),
  vjp: (_, g) => [apply('bandAAbove', [g])],
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    const [i, j] = [ax('i0'), ax('i1')];
    const above = select(ieq(iadd(i, int(1)), j), load(0, [i]), constant(0));
    return map(node, axes, [ctx.lower(node.args[0]!)], select(ieq(i, j), constant(1), above));
  },
  transpose: (node) => node,
  sample: (draw) => apply('bandA', [draw.tensor(draw.int(1, 4))]),
});

defineOperator<<const S extends string>(a: Tensor<[S, S]>) => Tensor<[S]>>({
  name: 'bandAAbove',
  law: 'the diagonal above the main one, and 0: the adjoint of bandA',
  type: ([a]) => ({ shape: [a!.shape[0]!], dtype: a!.dtype }),
  vjp: (_, g) => [apply('add', [apply('bandA', [g]), scaled(-1, apply('bandA', [scaled(0, g)]))])],
  lower: (node, ctx) => {
    const i = ax('i0');
    const last = ilt(iadd(i, int(1)), extentOf(node.type.shape[0]!));
    const above = load(0, [i, iadd(i, int(1))]);
    return map(node, axesOf(node.type.shape), [ctx.lower(node.args[0]!)], select(last, above, constant(0)));
  },
  sample: (draw) => {
    const n = draw.int(1, 4);
    return apply('bandAAbove', [draw.tensor(n, n)]);
  },
});

export const fault = layer({ x: input('tokens', 'n'), c: trainable('n') }, ({ x, c }) =>
  x.matmul(bidiagonal(c)).add(x.matmul(bidiagonal(c).T)),
);
