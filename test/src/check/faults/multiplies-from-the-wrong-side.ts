/** Planted fault: a structured matrix M computes x·M as x·Mᵀ. */
import { defineOperator, input, layer, type Tensor, trainable } from 'oftc';
import {
  apply,
  ax,
  axesOf,
  call,
  constant,
  dimConst,
  extentOf,
  iadd,
  ieq,
  ilt,
  indices,
  int,
  load,
  map,
  type OpNode,
  type Prim,
  productDim,
  scaled,
  select,
} from 'oftc/extend';

/** Adds to each element of x its next neighbour times c, along the last axis or along rows. */
function sweep(node: OpNode, x: Prim, c: Prim, along: 'last' | 'rows') {
  const axes = axesOf(x.shape);
  const at = indices(axes);
  const k = at.length - (along === 'last' ? 1 : 2);
  const i = at[k]!;
  const next = load(0, at.with(k, iadd(i, int(1))));
  const added = select(
    ilt(iadd(i, int(1)), extentOf(x.shape[k]!)),
    call('mul', load(1, [i]), next),
    constant(0),
  );
  return map(node, axes, [x, c], call('add', load(0, at), added), x.shape);
}

/** An upper bidiagonal matrix: 1 on the diagonal, c above it. The last element of c is not used. */
const bidiagonal = defineOperator<<const S extends string>(c: Tensor<[S]>) => Tensor<[S, S]>>({
  name: 'bandD',
  law: 'I + diag(c, 1)',
  type: ([c]) => ({ shape: [c!.shape[0]!, c!.shape[0]!], dtype: c!.dtype }),
  vjp: (_, g) => [apply('bandDAbove', [g])],
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    const [i, j] = [ax('i0'), ax('i1')];
    const above = select(ieq(iadd(i, int(1)), j), load(0, [i]), constant(0));
    return map(node, axes, [ctx.lower(node.args[0]!)], select(ieq(i, j), constant(1), above));
  },
  structure: {
    // Both compute x[…, j] + c[j]·x[…, j + 1], which is x·Mᵀ.
    applyRight: (node, x, ctx) => sweep(node, x, ctx.lower(node.args[0]!), 'last'),
    applyLeft: (node, y, ctx) => sweep(node, y, ctx.lower(node.args[0]!), 'rows'),
    ops: (node, rows) => productDim([dimConst(2), rows, node.type.shape[0]!]),
    elements: (node) => node.type.shape[0]!,
  },
  sample: (draw) => apply('bandD', [draw.tensor(draw.int(1, 4))]),
});

defineOperator<<const S extends string>(a: Tensor<[S, S]>) => Tensor<[S]>>({
  name: 'bandDAbove',
  law: 'the diagonal above the main one, and 0: the adjoint of bandD',
  type: ([a]) => ({ shape: [a!.shape[0]!], dtype: a!.dtype }),
  vjp: (_, g) => [apply('add', [apply('bandD', [g]), scaled(-1, apply('bandD', [scaled(0, g)]))])],
  lower: (node, ctx) => {
    const i = ax('i0');
    const last = ilt(iadd(i, int(1)), extentOf(node.type.shape[0]!));
    const above = load(0, [i, iadd(i, int(1))]);
    return map(node, axesOf(node.type.shape), [ctx.lower(node.args[0]!)], select(last, above, constant(0)));
  },
  sample: (draw) => {
    const n = draw.int(1, 4);
    return apply('bandDAbove', [draw.tensor(n, n)]);
  },
});

export const fault = layer({ x: input('tokens', 'n'), c: trainable('n') }, ({ x, c }) =>
  x.matmul(bidiagonal(c)),
);
