/**
 * Operators that read a tensor in another arrangement: reshape, axis permutation, slice, concatenation, and their
 * adjoints. All but concatenation are views: index arithmetic that fuses into whatever reads them.
 */
import {
  addDim,
  constantOf,
  type Dim,
  dimConst,
  divDim,
  equalDim,
  ofTokens,
  printDim,
  productDim,
  subDim,
} from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply, printShape, sameShape } from '../ir/build.ts';
import type { Attrs, Node, OpNode } from '../ir/node.ts';
import { register } from '../ir/operator.ts';
import {
  ax,
  axesOf,
  constant,
  extentOf,
  iadd,
  idiv,
  ilt,
  imod,
  imul,
  indices,
  int,
  isub,
  load,
  map,
  select,
} from '../primitives/build.ts';
import type { BoolExpr, Expr, IntExpr } from '../primitives/expr.ts';
import { axisOf, dims, numbers, type SurfaceArg, tensor } from './arguments.ts';
import { isOp } from './nodes.ts';
import { checkRange } from './ranges.ts';
import { floatDtype } from './shapes.ts';

const at = (attrs: Attrs, name: string) => attrs[name] as number;

export const reshape = (a: Node, shape: readonly Dim[]): Node =>
  sameShape(a.type.shape, shape) ? a : apply('reshape', [a], { shape });

/** The tensor with its axes in another order, as torch.permute: axis n of the result is axis order[n]. */
export const permuteAxes = (a: Node, order: readonly number[]): Node =>
  order.every((o, n) => o === n) ? a : apply('permuteAxes', [a], { order });

export const slice = (a: Node, along: number, start: Dim, length: Dim): Node =>
  apply('slice', [a], { axis: along, start, length });

/** The row-major strides of a shape. Throws OFT2011 where one depends on tokens. */
function strides(shape: readonly Dim[]): number[] {
  return shape.map((_, n) => {
    const s = constantOf(productDim(shape.slice(n + 1)));
    if (s === undefined) {
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

/** The index into the shape `from` of the element at i0, i1, … of the shape `to`. */
function reshapedIndex(from: readonly Dim[], to: readonly Dim[]): IntExpr[] {
  const index: IntExpr[] = from.map(() => int(0));
  const { stay, i, j, left, right } = unmatched(from, to);
  for (const [a, b] of stay) index[a] = ax(`i${b}`);
  const [own, theirs] = [strides(right), strides(left)];
  const flat = own.reduce<IntExpr>((sum, n, k) => iadd(sum, imul(ax(`i${j + k}`), int(n))), int(0));
  theirs.forEach((n, k) => {
    const q = idiv(flat, Math.max(1, n));
    index[i + k] = k === 0 ? q : imod(q, Math.max(1, constantOf(from[i + k]!)!));
  });
  return index;
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
    const index = reshapedIndex(node.args[0]!.type.shape, node.type.shape);
    return map(node, axesOf(node.type.shape), [ctx.lower(node.args[0]!)], load(0, index));
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

function checkAxis(shape: readonly Dim[], along: number, what: string): void {
  if (shape[along] === undefined) {
    throw new OftcError('OFT2006', `${what}: axis ${along} is not an axis of shape ${printShape(shape)}`);
  }
}

/**
 * The tensor that a slice reads, and where the slice begins in it. A slice within one part of a concat reads that
 * part.
 */
function slicedFrom({ args, attrs }: OpNode): { readonly from: Node; readonly start: Dim } {
  const [from] = args as [Node];
  const start = attrs.start as Dim;
  if (!isOp(from, 'concat') || from.attrs.axis !== attrs.axis) return { from, start };
  const [first, length, ...starts] = [start, attrs.length as Dim, ...offsets(from)].map(constantOf);
  const i = starts.findLastIndex((s) => s! <= first!);
  if (i < 0) return { from, start };
  const size = constantOf(from.args[i]!.type.shape[at(attrs, 'axis')]!);
  const own = first! - starts[i]!;
  return own + length! <= size! ? { from: from.args[i]!, start: dimConst(own) } : { from, start };
}

register({
  name: 'slice',
  takes: { args: 1, attrs: { axis: 'integer', start: 'dim', length: 'dim' } },
  view: true,
  law: 'a range of one axis',
  type: ([a], attrs) => {
    checkAxis(a!.shape, at(attrs, 'axis'), 'slice');
    checkRange(a!.shape, attrs);
    return { shape: a!.shape.with(at(attrs, 'axis'), attrs.length as Dim), dtype: a!.dtype };
  },
  bound: ({ args: [a], attrs, spans }) => checkRange(a!.type.shape, attrs, spans),
  vjp: (node, g) => {
    const along = at(node.attrs, 'axis');
    return [
      apply('pad', [g], { axis: along, start: node.attrs.start!, size: node.args[0]!.type.shape[along]! }),
    ];
  },
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    const index = indices(axes);
    const along = at(node.attrs, 'axis');
    const { from, start } = slicedFrom(node);
    const shifted = index.with(along, iadd(index[along]!, extentOf(start)));
    return map(node, axes, [ctx.lower(from)], load(0, shifted));
  },
  print: ({ args, attrs }, p) => {
    const range = [p.dim(attrs.start as Dim), p.dim(attrs.length as Dim)];
    return `${p.text(args[0]!)}.slice(${[attrs.axis, ...range].join(', ')})`;
  },
});

register({
  name: 'pad',
  takes: { args: 1, attrs: { axis: 'integer', start: 'dim', size: 'dim' } },
  law: 'zeros around along one axis, the adjoint of slice',
  type: ([a], attrs) => {
    checkAxis(a!.shape, at(attrs, 'axis'), 'pad');
    return { shape: a!.shape.with(at(attrs, 'axis'), attrs.size as Dim), dtype: floatDtype([a!], 'pad') };
  },
  vjp: (node, g) => {
    const along = at(node.attrs, 'axis');
    return [slice(g, along, node.attrs.start as Dim, node.args[0]!.type.shape[along]!)];
  },
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    const along = at(node.attrs, 'axis');
    const index = indices(axes);
    const start = extentOf(node.attrs.start as Dim);
    const inner = isub(index[along]!, start);
    const end = iadd(start, extentOf(node.args[0]!.type.shape[along]!));
    const inside: BoolExpr = {
      k: 'and',
      a: { k: 'not', a: ilt(index[along]!, start) },
      b: ilt(index[along]!, end),
    };
    return map(
      node,
      axes,
      [ctx.lower(node.args[0]!)],
      select(inside, load(0, index.with(along, inner)), constant(0)),
    );
  },
  // The adjoint of a slice has no function of its own, so it prints as a concatenation with zeros.
  print: ({ args, attrs, type }, p) => {
    const along = at(attrs, 'axis');
    const [start, length] = [attrs.start as Dim, args[0]!.type.shape[along]!];
    const zeros = (size: Dim): string[] =>
      equalDim(size, dimConst(0))
        ? []
        : [p.call('expand', [p.call('scalar', ['0']), ...type.shape.with(along, size).map(p.dim)])];
    const after = zeros(subDim(attrs.size as Dim, addDim(start, length)));
    const parts = [...zeros(start), p.text(args[0]!), ...after];
    return p.call('concat', [`[${parts.join(', ')}]`, String(along)]);
  },
});

/** The offset of each part along the axis. */
function offsets(node: OpNode): Dim[] {
  const along = at(node.attrs, 'axis');
  let offset = dimConst(0);
  return node.args.map((a) => {
    const own = offset;
    offset = addDim(offset, a.type.shape[along]!);
    return own;
  });
}

const STACK = "give each an axis of size 1: concat([a.reshape(1, 'in'), b.reshape(1, 'in')], 0)";

register({
  name: 'concat',
  takes: { args: 'some', attrs: { axis: 'integer' } },
  law: 'tensors one after another along one axis',
  type: (args, attrs) => {
    const along = at(attrs, 'axis');
    const [first] = args;
    for (const a of args) {
      checkAxis(a.shape, along, 'concat');
      if (!sameShape(a.shape.with(along, dimConst(1)), first!.shape.with(along, dimConst(1)))) {
        throw new OftcError(
          'OFT2002',
          `concat along axis ${along}: ${printShape(first!.shape)} and ${printShape(a.shape)} differ elsewhere`,
        );
      }
    }
    const size = args.map((a) => a.shape[along]!).reduce(addDim);
    return { shape: first!.shape.with(along, size), dtype: floatDtype(args, 'concat') };
  },
  vjp: (node, g) => {
    const along = at(node.attrs, 'axis');
    return offsets(node).map((start, i) => slice(g, along, start, node.args[i]!.type.shape[along]!));
  },
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    const along = at(node.attrs, 'axis');
    const index = indices(axes);
    const starts = offsets(node);
    const part = (i: number): Expr => load(i, index.with(along, isub(index[along]!, extentOf(starts[i]!))));
    const body = node.args
      .slice(0, -1)
      .reduceRight<Expr>(
        (rest, _, i) => select(ilt(index[along]!, extentOf(starts[i + 1]!)), part(i), rest),
        part(node.args.length - 1),
      );
    return map(
      node,
      axes,
      node.args.map((a) => ctx.lower(a)),
      body,
    );
  },
  print: ({ args, attrs }, p) => p.call('concat', [`[${args.map(p.text).join(', ')}]`, String(attrs.axis)]),
  elsewhere: { cat: 'concat', concatenate: 'concat', stack: STACK, hstack: STACK, vstack: STACK },
});

export const functions = {
  concat: (parts: SurfaceArg, along: SurfaceArg) => {
    const all = (Array.isArray(parts) ? parts : [parts]).map((p: SurfaceArg) => tensor(p, 'concat'));
    return apply('concat', all, { axis: axisOf(all[0]!, along, 'concat') });
  },
};

export const methods = {
  reshape: (a: Node, ...shape: readonly SurfaceArg[]) => reshape(a, dims(shape, 'reshape')),
  permute: (a: Node, ...order: readonly SurfaceArg[]) =>
    permuteAxes(a, numbers(order as readonly number[], 'permute')),
  slice: (a: Node, along: SurfaceArg, start: SurfaceArg, length: SurfaceArg) => {
    const [from, size] = dims([start, length], 'slice') as [Dim, Dim];
    return slice(a, axisOf(a, along, 'slice'), from, size);
  },
};
