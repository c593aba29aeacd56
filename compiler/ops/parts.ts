/**
 * Operators on parts of a tensor along one axis: slice, its adjoint pad, and concatenation. A slice is a view: index
 * arithmetic that fuses into whatever reads it.
 */
import { addDim, constantOf, type Dim, dimConst, equalDim, subDim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply, printShape, sameShape } from '../ir/build.ts';
import type { Attrs, Node, OpNode } from '../ir/node.ts';
import { register } from '../ir/operator.ts';
import {
  and,
  axesOf,
  constant,
  extentOf,
  iadd,
  ilt,
  indices,
  isub,
  load,
  map,
  not,
  select,
} from '../primitives/build.ts';
import type { Expr } from '../primitives/expr.ts';
import { axisOf, dims, type SurfaceArg, tensor } from './arguments.ts';
import { isOp } from './nodes.ts';
import { checkRange } from './ranges.ts';
import { floatDtype } from './shapes.ts';

const at = (attrs: Attrs, name: string) => attrs[name] as number;

export const slice = (a: Node, along: number, start: Dim, length: Dim): Node =>
  apply('slice', [a], { axis: along, start, length });

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
    const inside = and(not(ilt(index[along]!, start)), ilt(index[along]!, end));
    return map(
      node,
      axes,
      [ctx.lower(node.args[0]!)],
      select(inside, load(0, index.with(along, inner)), constant(0)),
    );
  },
  torch: ([a], { attrs }, dim) =>
    `oftc_torch.pad(${a}, ${at(attrs, 'axis')}, ${dim(attrs.start as Dim)}, ${dim(attrs.size as Dim)})`,
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
  torch: (args, { attrs }) =>
    `torch.cat((${args.join(', ')}${args.length === 1 ? ',' : ''}), dim=${at(attrs, 'axis')})`,
  print: ({ args, attrs }, p) => p.call('concat', [`[${args.map(p.text).join(', ')}]`, String(attrs.axis)]),
  elsewhere: { cat: 'concat', concatenate: 'concat', stack: STACK, hstack: STACK, vstack: STACK },
});

export const functions = {
  concat: (parts: SurfaceArg, along: SurfaceArg) => {
    const all = (Array.isArray(parts) ? parts : [parts]).map((p: SurfaceArg) => tensor(p, 'concat'));
    if (all.length === 0)
      throw new OftcError('OFT1020', 'concat needs at least one tensor, got an empty list');
    return apply('concat', all, { axis: axisOf(all[0]!, along, 'concat') });
  },
};

export const methods = {
  slice: (a: Node, along: SurfaceArg, start: SurfaceArg, length: SurfaceArg) => {
    const [from, size] = dims([start, length], 'slice') as [Dim, Dim];
    return slice(a, axisOf(a, along, 'slice'), from, size);
  },
};
