/** The places of the largest elements, by which a router chooses experts. */
import { constantOf, type Dim, printDim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply, printShape } from '../ir/build.ts';
import type { Node } from '../ir/node.ts';
import { register } from '../ir/operator.ts';
import {
  and,
  ax,
  axesOf,
  axis,
  constant,
  ieq,
  iload,
  ilt,
  indices,
  load,
  not,
  or,
  reduce,
  select,
} from '../primitives/build.ts';
import type { BoolExpr } from '../primitives/expr.ts';
import { dims, type SurfaceArg, tensor } from './arguments.ts';
import { floatDtype } from './shapes.ts';

register({
  name: 'topK',
  takes: { args: 1, attrs: { k: 'dim' } },
  law: 'the indices of the k largest elements along the last axis, the largest first; of equal ones the first',
  type: ([a], attrs) => {
    const [k, size] = [attrs.k as Dim, a!.shape.at(-1)];
    floatDtype([a!], 'topK');
    if (size === undefined) throw new OftcError('OFT2003', 'topK needs an axis to go along, not a scalar');
    const [most, count] = [constantOf(size), constantOf(k)];
    if (most !== undefined && count !== undefined && count > most)
      throw new OftcError(
        'OFT2002',
        `topK: ${printShape(a!.shape)} has not ${printDim(k)} elements along its last axis`,
      );
    return { shape: a!.shape.with(-1, k), dtype: 'i32' };
  },
  vjp: () => [undefined],
  lower: (node, ctx) => {
    const [a] = node.args as [Node];
    const from = ctx.lower(a);
    const size = a.type.shape.at(-1)!;
    const axes = axesOf(a.type.shape);
    const [own, at] = [load(0, indices(axes)), ax(axes.at(-1)!.name)];
    const other = load(0, indices(axes).with(-1, ax('o')));
    const isLarger: BoolExpr = { k: 'flt', a: own, b: other };
    const isEqual = not({ k: 'flt', a: other, b: own });
    // An element is not compared with itself, where rounding would leave open which is larger.
    const isOther = not(ieq(ax('o'), at));
    const isBefore = and(isOther, or(isLarger, and(isEqual, ilt(ax('o'), at))));
    const rank = reduce(
      { ...node, type: { shape: a.type.shape, dtype: 'i32' } },
      axes,
      [axis('o', size)],
      [from],
      select(isBefore, constant(1), constant(0)),
    );
    const places = axesOf(node.type.shape);
    const isHere = ieq(iload(0, indices(places).with(-1, ax('e'))), ax(places.at(-1)!.name));
    const index = select(isHere, { k: 'fromInt', a: ax('e') }, constant(0));
    return reduce(node, places, [axis('e', size)], [rank], index);
  },
  print: ({ args, attrs }, p) => p.call('topK', [p.text(args[0]!), p.dim(attrs.k as Dim)]),
  elsewhere: { topk: 'topK', argsort: 'topK' },
});

export const functions = {
  topK: (a: SurfaceArg, k: SurfaceArg) => apply('topK', [tensor(a, 'topK')], { k: dims([k], 'topK')[0]! }),
};
