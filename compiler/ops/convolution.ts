/**
 * Patches of images, as torch.nn.functional.unfold orders them: row (oy, ox), column (channel, ky, kx). A
 * convolution is patches·Wᵀ.
 */
import { constantOf, type Dim, dimConst, printDim, productDim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply, printShape } from '../ir/build.ts';
import type { Attrs, Node } from '../ir/node.ts';
import { register } from '../ir/operator.ts';
import {
  and,
  ax,
  axesOf,
  axis,
  constant,
  extentOf,
  iadd,
  idiv,
  ieq,
  ilt,
  imod,
  imul,
  int,
  isub,
  load,
  map,
  not,
  reduce,
  select,
} from '../primitives/build.ts';
import type { BoolExpr, IntExpr } from '../primitives/expr.ts';
import { options, type SurfaceArg, tensor } from './arguments.ts';
import { floatDtype } from './shapes.ts';

export interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}
const windowOf = (attrs: Attrs): Window => ({
  kernel: attrs.kernel as number,
  stride: attrs.stride as number,
  padding: attrs.padding as number,
});

/** The output's size ⌊(n + 2·padding − kernel)/stride⌋ + 1, symbolic only where the stride is 1. Throws OFT2013. */
export function outputSize(n: Dim, w: Window): Dim {
  const c = constantOf(n);
  const size = c === undefined ? undefined : Math.floor((c + 2 * w.padding - w.kernel) / w.stride) + 1;
  if (size !== undefined && size > 0) return dimConst(size);
  throw new OftcError(
    'OFT2013',
    c === undefined
      ? `unfold: bind '${printDim(n)}' to a number in the declaration; the number of patches depends on it`
      : `unfold: a ${w.kernel}×${w.kernel} window with padding ${w.padding} does not fit ${c} pixels`,
  );
}

export const unfold = (x: Node, w: Window): Node => apply('unfold', [x], { ...w });

const inRange = (i: IntExpr, size: Dim): BoolExpr => and(not(ilt(i, int(0))), ilt(i, extentOf(size)));

/** The attributes that state the window. */
const WINDOW = { kernel: 'integer', stride: 'integer', padding: 'integer' } as const;

register({
  name: 'unfold',
  takes: { args: 1, attrs: WINDOW },
  law: 'patches: out[n, (oy, ox), (c, ky, kx)] = x[n, c, oy·s + ky − p, ox·s + kx − p], 0 outside',
  type: ([x], attrs) => {
    if (x!.shape.length !== 4)
      throw new OftcError('OFT2003', `unfold needs (n, c, h, w), got shape ${printShape(x!.shape)}`);
    const w = windowOf(attrs);
    const [n, c, h, width] = x!.shape as [Dim, Dim, Dim, Dim];
    const patches = productDim([outputSize(h, w), outputSize(width, w)]);
    return {
      shape: [n, patches, productDim([c, dimConst(w.kernel ** 2)])],
      dtype: floatDtype([x!], 'unfold'),
    };
  },
  vjp: (node, g) => [apply('fold', [g], { ...node.attrs, shape: node.args[0]!.type.shape })],
  lower: (node, ctx) => {
    const w = windowOf(node.attrs);
    const [n, c, h, width] = node.args[0]!.type.shape as [Dim, Dim, Dim, Dim];
    const k = dimConst(w.kernel);
    const axes = [
      axis('n', n),
      axis('oy', outputSize(h, w)),
      axis('ox', outputSize(width, w)),
      axis('c', c),
      axis('ky', k),
      axis('kx', k),
    ];
    const y = isub(iadd(imul(ax('oy'), int(w.stride)), ax('ky')), int(w.padding));
    const x = isub(iadd(imul(ax('ox'), int(w.stride)), ax('kx')), int(w.padding));
    const body = select(
      and(inRange(y, h), inRange(x, width)),
      load(0, [ax('n'), ax('c'), y, x]),
      constant(0),
    );
    return map(node, axes, [ctx.lower(node.args[0]!)], body);
  },
  print: ({ args, attrs: { kernel, stride, padding } }, p) =>
    p.call('unfold', [p.text(args[0]!), `{ kernel: ${kernel}, stride: ${stride}, padding: ${padding} }`]),
});

register({
  name: 'fold',
  takes: { args: 1, attrs: { ...WINDOW, shape: 'dims' } },
  law: 'sums patches back into the image, the adjoint of unfold',
  type: ([g], attrs) => ({ shape: attrs.shape as readonly Dim[], dtype: floatDtype([g!], 'fold') }),
  vjp: (node, g) => {
    const { kernel, stride, padding } = windowOf(node.attrs);
    return [apply('unfold', [g], { kernel, stride, padding })];
  },
  // out[n, c, y, x] = Σ over (ky, kx) of the patch with (y, x) at (ky, kx), if its corner lies on the stride.
  lower: (node, ctx) => {
    const w = windowOf(node.attrs);
    const [, , h, width] = node.type.shape as [Dim, Dim, Dim, Dim];
    const axes = axesOf(node.type.shape);
    const over = [axis('ky', dimConst(w.kernel)), axis('kx', dimConst(w.kernel))];
    // The corner is shifted by a multiple of the stride, so that division never sees a negative number.
    const shift = w.stride * Math.ceil(w.kernel / w.stride);
    const corner = (i: IntExpr, k: IntExpr) => iadd(isub(iadd(i, int(w.padding)), k), int(shift));
    const [cy, cx] = [corner(ax('i2'), ax('ky')), corner(ax('i3'), ax('kx'))];
    const [oy, ox] = [cy, cx].map((c) => isub(idiv(c, w.stride), int(shift / w.stride))) as [
      IntExpr,
      IntExpr,
    ];
    const [sizeY, sizeX] = [outputSize(h, w), outputSize(width, w)];
    const aligned = and(ieq(imod(cy, w.stride), int(0)), ieq(imod(cx, w.stride), int(0)));
    const inside = and(aligned, and(inRange(oy, sizeY), inRange(ox, sizeX)));
    const row = iadd(imul(oy, extentOf(sizeX)), ox);
    const col = iadd(imul(iadd(imul(ax('i1'), int(w.kernel)), ax('ky')), int(w.kernel)), ax('kx'));
    return reduce(
      node,
      axes,
      over,
      [ctx.lower(node.args[0]!)],
      select(inside, load(0, [ax('i0'), row, col]), constant(0)),
    );
  },
});

export const functions = {
  unfold: (x: SurfaceArg, given: SurfaceArg) => {
    const { kernel, stride = 1, padding = 0 } = options(given, 'unfold', ['kernel', 'stride', 'padding']);
    if (
      ![kernel, stride, padding].every((n) => Number.isSafeInteger(n) && (n as number) >= 0) ||
      !kernel ||
      !stride
    ) {
      throw new OftcError(
        'OFT1022',
        'unfold takes { kernel, stride = 1, padding = 0 }, whole numbers, kernel and stride at least 1',
      );
    }
    return unfold(tensor(x, 'unfold'), {
      kernel: kernel as number,
      stride: stride as number,
      padding: padding as number,
    });
  },
};
