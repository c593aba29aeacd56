/**
 * Operators that read a tensor in another arrangement: reshape and axis permutation. Both are views: index arithmetic that
 * fuses into whatever reads them.
 */
import {
  constantOf,
  type Dim,
  dimConst,
  divDim,
  equalDim,
  ofTokens,
  printDim,
  productDim,
} from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply, printShape, sameShape } from '../ir/build.ts';
import type { Node } from '../ir/node.ts';
import { register } from '../ir/operator.ts';
import { ax, axesOf, axis, extentOf, iadd, idiv, imod, imul, int, load, map } from '../primitives/build.ts';
import type { IntExpr } from '../primitives/expr.ts';
import type { Axis } from '../primitives/prim.ts';
import { axisOf, dims, type SurfaceArg } from './arguments.ts';

export const reshape = (a: Node, shape: readonly Dim[]): Node =>
  sameShape(a.type.shape, shape) ? a : apply('reshape', [a], { shape });

/** The tensor with its axes in another order, as torch.permute: axis n of the result is axis order[n]. */
export const permuteAxes = (a: Node, order: readonly number[]): Node =>
  order.every((o, n) => o === n) ? a : apply('permuteAxes', [a], { order });

/** The row-major strides of a shape. Throws OFT2011 where one depends on tokens. */
function strides(shape: readonly Dim[]): Dim[] {
  return shape.map((_, n) => {
    const s = productDim(shape.slice(n + 1));
    if (ofTokens(s)) {
      throw new OftcError(
        'OFT2011',
        `reshape: ${printShape(shape)} splits or joins an axis that depends on tokens with one before it`,
      );
    }
    return s;
  });
}

/** The axes that a reshape splits and joins. Axes that stay are matched from both ends. Axes of size 1 drop out. */
function unmatched(from: readonly Dim[], to: readonly Dim[]) {
  const one = dimConst(1);
  const stay: [from: number, to: number][] = [];
  let [i, j, iEnd, jEnd] = [0, 0, from.length, to.length];
  const step = (a: Dim | undefined, b: Dim | undefined): 'from' | 'to' | 'both' | undefined =>
    a && equalDim(a, one)
      ? 'from'
      : b && equalDim(b, one)
        ? 'to'
        : a && b && equalDim(a, b)
          ? 'both'
          : undefined;
  for (let s = step(from[i], to[j]); s; s = step(from[i], to[j])) {
    if (s === 'both') stay.push([i, j]);
    if (s !== 'to') i++;
    if (s !== 'from') j++;
  }
  for (
    let s = step(from[iEnd - 1], to[jEnd - 1]);
    i < iEnd && j < jEnd && s;
    s = step(from[iEnd - 1], to[jEnd - 1])
  ) {
    if (s === 'both') stay.push([iEnd - 1, jEnd - 1]);
    if (s !== 'to') iEnd--;
    if (s !== 'from') jEnd--;
  }
  return { stay, i, j, left: from.slice(i, iEnd), right: to.slice(j, jEnd) };
}

/** Whether a reshape can be lowered: of the axes that split and join, none but the first depends on tokens. */
export function canReshape(from: readonly Dim[], to: readonly Dim[]): boolean {
  const { left, right } = unmatched(from, to);
  return ![...left.slice(1), ...right.slice(1)].some(ofTokens);
}

/**
 * The loop that reads a tensor of shape `from` as one of shape `to`: its axes, and the index into the tensor. The axes
 * are those of `to`. Only where sizes without a number would have to be divided, the axes that join stay apart. Throws
 * OFT2011 where others split as well.
 */
function reshaped(
  from: readonly Dim[],
  to: readonly Dim[],
): { axes: readonly Axis[]; index: readonly IntExpr[] } {
  const index: IntExpr[] = from.map(() => int(0));
  const { stay, i, j, left, right } = unmatched(from, to);
  for (const [a, b] of stay) index[a] = ax(`i${b}`);
  const [own, theirs] = [strides(right), strides(left)];
  const axes = axesOf(to);
  const sizes = theirs.map(constantOf);
  if (sizes.includes(undefined)) {
    if (right.length > 1) {
      const what = `(${left.map(printDim).join(', ')}) to (${right.map(printDim).join(', ')})`;
      throw new OftcError('OFT2011', `reshape: ${what} divides sizes that are names: bind them to numbers`);
    }
    const parts = left.map((d, k) => axis(`i${j}_${k}`, d));
    for (const [k, part] of parts.entries()) index[i + k] = ax(part.name);
    return { axes: axes.toSpliced(j, 1, ...parts), index };
  }
  const flat = own.reduce<IntExpr>((sum, n, k) => iadd(sum, imul(ax(`i${j + k}`), extentOf(n))), int(0));
  sizes.forEach((n, k) => {
    const q = idiv(flat, Math.max(1, n!));
    index[i + k] = k === 0 ? q : imod(q, Math.max(1, constantOf(from[i + k]!)!));
  });
  return { axes, index };
}

const RESHAPE = "write a.reshape('tokens', 'r', 'b'): every size by name, none inferred from -1";

/** Advice for a shape with one wrong size. A size is wrong if it is the only one that the tensor does not have. */
function corrected(from: readonly Dim[], to: readonly Dim[]): string {
  const odd = to.flatMap((d, n) => (from.some((f) => equalDim(f, d)) ? [] : [n]));
  const [n] = odd;
  if (n === undefined || odd.length > 1 || [...from, ...to].some((d) => d.terms.length !== 1)) return '';
  const size = divDim(productDim(from), productDim(to.toSpliced(n, 1)));
  if (printDim(size).includes('/') || sameShape(from, to.with(n, size))) return '';
  const sizes = to.with(n, size).map((d) => (constantOf(d) === undefined ? `'${printDim(d)}'` : printDim(d)));
  return `: write reshape(${sizes.join(', ')})`;
}

register({
  name: 'reshape',
  takes: { args: 1, attrs: { shape: 'dims' } },
  view: true,
  law: 'the same elements in row-major order',
  type: ([a], attrs) => {
    const shape = attrs.shape as readonly Dim[];
    const [from, to] = [productDim(a!.shape), productDim(shape)];
    if (shape.some((d) => (constantOf(d) ?? 0) < 0)) {
      throw new OftcError(
        'OFT2011',
        `reshape: ${printShape(shape)}: no size is worked out for you; name each, as those of ${printShape(a!.shape)} are`,
      );
    }
    if (!equalDim(from, to)) {
      throw new OftcError(
        'OFT2011',
        `reshape: ${printShape(a!.shape)} has '${printDim(from)}' elements, ${printShape(shape)} has '${printDim(to)}'${corrected(a!.shape, shape)}`,
      );
    }
    return { shape, dtype: a!.dtype };
  },
  vjp: (node, g) => [reshape(g, node.args[0]!.type.shape)],
  lower: (node, ctx) => {
    const { axes, index } = reshaped(node.args[0]!.type.shape, node.type.shape);
    return map(node, axes, [ctx.lower(node.args[0]!)], load(0, index));
  },
  print: (node, p) => `${p.text(node.args[0]!)}.reshape(${node.type.shape.map(p.dim).join(', ')})`,
  elsewhere: {
    view: RESHAPE,
    reshape: RESHAPE,
    flatten: RESHAPE,
    unflatten: RESHAPE,
    rearrange: RESHAPE,
    squeeze: RESHAPE,
  },
});

register({
  name: 'permuteAxes',
  takes: { args: 1, attrs: { order: 'integers' } },
  view: true,
  law: 'axes in another order',
  type: ([a], attrs) => {
    const order = attrs.order as readonly number[];
    const rank = a!.shape.length;
    if (
      order.length !== rank ||
      new Set(order).size !== rank ||
      order.some((o) => a!.shape[o] === undefined)
    ) {
      throw new OftcError(
        'OFT2006',
        `permuteAxes: [${order.join(', ')}] is not an order of the axes of ${printShape(a!.shape)}`,
      );
    }
    return { shape: order.map((o) => a!.shape[o]!), dtype: a!.dtype };
  },
  vjp: (node, g) => {
    const order = node.attrs.order as readonly number[];
    return [
      permuteAxes(
        g,
        order.map((_, n) => order.indexOf(n)),
      ),
    ];
  },
  lower: (node, ctx) => {
    const order = node.attrs.order as readonly number[];
    const axes = axesOf(node.type.shape);
    return map(
      node,
      axes,
      [ctx.lower(node.args[0]!)],
      load(
        0,
        order.map((_, n) => ax(`i${order.indexOf(n)}`)),
      ),
    );
  },
  print: (node, p) =>
    `${p.text(node.args[0]!)}.permute(${(node.attrs.order as readonly number[]).join(', ')})`,
});

export const methods = {
  reshape: (a: Node, ...shape: readonly SurfaceArg[]) => reshape(a, dims(shape, 'reshape')),
  permute: (a: Node, ...order: readonly SurfaceArg[]) =>
    permuteAxes(
      a,
      order.map((n) => axisOf(a, n, 'permute')),
    ),
};
