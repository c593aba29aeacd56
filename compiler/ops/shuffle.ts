/**
 * A permutation known at compile time: the index, written in digits, with its digits in another order. Perfect
 * shuffles, butterfly strides and bit reversals are all of this form, and none needs an index tensor.
 */
import { type Dim, dimConst, productDim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply, printShape } from '../ir/build.ts';
import type { Node, OpNode } from '../ir/node.ts';
import { register } from '../ir/operator.ts';
import { dims, numbers, type SurfaceArg } from './arguments.ts';
import { permuteAxes, reshape } from './indexing.ts';

const digitsOf = (node: OpNode) => node.attrs.digits as readonly Dim[];
const orderOf = (node: OpNode) => node.attrs.order as readonly number[];
const inverted = (order: readonly number[]): number[] => order.map((_, n) => order.indexOf(n));

/** Reorders one axis (…, n, …): splits it into digits, reorders these, and joins them. */
function reorder(a: Node, along: number, digits: readonly Dim[], order: readonly number[]): Node {
  const { shape } = a.type;
  const [before, after] = [shape.slice(0, along), shape.slice(along + 1)];
  const split = reshape(a, [...before, ...digits, ...after]);
  const axes = [
    ...before.map((_, n) => n),
    ...order.map((o) => along + o),
    ...after.map((_, n) => along + digits.length + n),
  ];
  return reshape(permuteAxes(split, axes), shape);
}

register({
  name: 'shuffle',
  takes: { args: 0, attrs: { digits: 'dims', order: 'integers' } },
  law: 'P with (x·P) = x, the digits of its column index reordered; orthogonal',
  type: (_, attrs) => {
    const [digits, order] = [attrs.digits as readonly Dim[], attrs.order as readonly number[]];
    if (order.length !== digits.length || inverted(order).includes(-1)) {
      throw new OftcError(
        'OFT2006',
        `shuffle: [${order.join(', ')}] is not an order of the ${digits.length} digits ${printShape(digits)}`,
      );
    }
    const n = productDim(digits);
    return { shape: [n, n], dtype: 'f32' };
  },
  facts: () => ({ orthogonal: { kind: 'exact' } }),
  transpose: (node) => {
    const order = orderOf(node);
    return apply('shuffle', [], { digits: order.map((o) => digitsOf(node)[o]!), order: inverted(order) });
  },
  transposeLaw: 'Pᵀ reorders the digits back',
  sample: (d) => {
    const order = d.pick([1, 0], [0], [2, 0, 1], [0, 2, 1]);
    return apply('shuffle', [], { digits: order.map(() => dimConst(d.int(1, 3))), order });
  },
  vjp: () => [],
  // The matrix is the identity with its columns reordered.
  lower: (node, ctx) =>
    ctx.lower(reorder(apply('identity', [], { shape: node.type.shape }), 1, digitsOf(node), orderOf(node))),
  action: {
    right: (node, x) => reorder(x, x.type.shape.length - 1, digitsOf(node), orderOf(node)),
    left: (node, y) => {
      const t = inverted(orderOf(node));
      const digits = orderOf(node).map((o) => digitsOf(node)[o]!);
      return reorder(y, y.type.shape.length - 2, digits, t);
    },
  },
  print: (node, p) =>
    p.call('shuffle', [`[${digitsOf(node).map(p.dim).join(', ')}]`, `[${orderOf(node).join(', ')}]`]),
});

export const functions = {
  shuffle: (digits: SurfaceArg, order: SurfaceArg) =>
    apply('shuffle', [], {
      digits: dims(Array.isArray(digits) ? digits : [digits], 'shuffle'),
      order: numbers(order, 'shuffle'),
    }),
};
