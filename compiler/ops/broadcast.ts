/** `expand` repeats along new or size-1 axes; `sumTo`, its adjoint, sums them away. `sum` is the DSL's reduction. */
import { type Dim, dimConst } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply, printShape, sameShape } from '../ir/build.ts';
import type { Attrs, Node } from '../ir/node.ts';
import { register } from '../ir/operator.ts';
import { ax, axesOf, axis, isOne, load, map, reduce } from '../primitives/build.ts';
import { axisOf, dims, type SurfaceArg, tensor } from './arguments.ts';
import { broadcastIndex } from './elementwise.ts';
import { expand, sumTo } from './nodes.ts';
import { broadcastShapes, floatDtype } from './shapes.ts';

const REPEAT = "write expand(a, 'r', 'b'); element-wise operators broadcast by themselves";
const filled = (value: string) => `write expand(scalar(${value}), 'r', 'b')`;

const shapeOf = (attrs: Attrs) => attrs.shape as readonly Dim[];

register({
  name: 'expand',
  takes: { args: 1, attrs: { shape: 'dims' } },
  view: true,
  law: 'A repeated along axes of size 1',
  type: ([a], attrs) => {
    const shape = shapeOf(attrs);
    if (shape.length < a!.shape.length || !sameShape(broadcastShapes([a!.shape, shape], 'expand'), shape)) {
      throw new OftcError(
        'OFT2002',
        `expand: ${printShape(a!.shape)} does not broadcast to ${printShape(shape)}`,
      );
    }
    return { shape, dtype: a!.dtype };
  },
  // Repeated matrices keep their facts. A 1×1 matrix that is repeated within a larger matrix does not.
  facts: (node, of) => {
    const [a] = node.args as [Node];
    return sameShape(a.type.shape.slice(-2), node.type.shape.slice(-2)) ? of(a) : {};
  },
  vjp: (node, g) => [sumTo(g, node.args[0]!.type.shape)],
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    return map(
      node,
      axes,
      [ctx.lower(node.args[0]!)],
      load(0, broadcastIndex(node.args[0]!.type.shape, axes)),
    );
  },
  print: (node, p) => p.call('expand', [p.text(node.args[0]!), ...node.type.shape.map(p.dim)]),
  elsewhere: {
    unsqueeze: "write x.reshape('out', 1): every size, and a 1 for the new axis",
    repeat: REPEAT,
    tile: REPEAT,
    expandas: REPEAT,
    broadcastto: REPEAT,
    repeatinterleave: REPEAT,
    ones: filled('1'),
    zeros: filled('0'),
    full: filled('c'),
    zeroslike: filled('0'),
    oneslike: filled('1'),
  },
});

register({
  name: 'sumTo',
  takes: { args: 1, attrs: { shape: 'dims' } },
  law: 'Σ over the axes that broadcasting added',
  type: ([a], attrs) => ({ shape: shapeOf(attrs), dtype: floatDtype([a!], 'sumTo') }),
  vjp: (node, g) => [expand(g, node.args[0]!.type.shape)],
  lower: (node, ctx) => {
    const from = node.args[0]!.type.shape;
    const to = node.type.shape;
    const lead = from.length - to.length;
    const kept = to.map((d, n) => axis(`i${n}`, d));
    const over = from.flatMap((d, n) => {
      const target = to[n - lead];
      return target === undefined || (isOne(target) && !isOne(d)) ? [axis(`s${n}`, d)] : [];
    });
    const index = from.map((_, n) =>
      over.some((o) => o.name === `s${n}`) ? ax(`s${n}`) : ax(`i${n - lead}`),
    );
    return reduce(node, kept, over, [ctx.lower(node.args[0]!)], load(0, index));
  },
});

register({
  name: 'sum',
  takes: { args: 1, attrs: { axes: 'integers' } },
  law: 'Σ over axes, which stay with size 1',
  type: ([a], attrs) => {
    const axes = attrs.axes as readonly number[];
    const rank = a!.shape.length;
    if (axes.some((n) => !Number.isInteger(n) || n < 0 || n >= rank)) {
      throw new OftcError(
        'OFT2006',
        `sum: axes ${axes.join(', ')} are not axes of shape ${printShape(a!.shape)}`,
      );
    }
    return {
      shape: a!.shape.map((d, n) => (axes.includes(n) ? dimConst(1) : d)),
      dtype: floatDtype([a!], 'sum'),
    };
  },
  vjp: (node, g) => [expand(g, node.args[0]!.type.shape)],
  lower: (node, ctx) => {
    const summed = node.attrs.axes as readonly number[];
    const from = node.args[0]!.type.shape;
    const over = summed.map((n) => axis(`s${n}`, from[n]!));
    const axes = axesOf(node.type.shape);
    const index = from.map((_, n) => (summed.includes(n) ? ax(`s${n}`) : ax(`i${n}`)));
    return reduce(node, axes, over, [ctx.lower(node.args[0]!)], load(0, index));
  },
  print: (node, p) => {
    const axes = node.attrs.axes as readonly number[];
    return p.call('sum', [
      p.text(node.args[0]!),
      axes.length === 1 ? String(axes[0]) : `[${axes.join(', ')}]`,
    ]);
  },
  elsewhere: {
    sum: 'write sum(x, -1), whose axis stays with size 1',
    mean: "write sum(x, -1).div(size('in'))",
  },
});

export const functions = {
  expand: (a: SurfaceArg, ...shape: readonly SurfaceArg[]) =>
    expand(tensor(a, 'expand'), dims(shape, 'expand')),
  sum: (a: SurfaceArg, axis: SurfaceArg) => {
    const t = tensor(a, 'sum');
    const axes = (Array.isArray(axis) ? axis : [axis]).map((n) => axisOf(t, n, 'sum'));
    return apply('sum', [t], { axes: [...new Set(axes)].sort((x, y) => x - y) });
  },
};
