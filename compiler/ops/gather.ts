/**
 * Operators that read by integer tensors: `take` selects along an axis as torch.index_select does, `put` is its
 * adjoint. A permutation matrix is a take that never forms the matrix.
 */
import { type Dim, dimConst, equalDim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply, input, printShape } from '../ir/build.ts';
import type { Node, OpNode, TensorType } from '../ir/node.ts';
import { register } from '../ir/operator.ts';
import { ax, axesOf, constant, ieq, iload, indices, load, map, select } from '../primitives/build.ts';
import { axisOf, dims, ofTensor, type SurfaceArg, tensor } from './arguments.ts';
import { floatDtype } from './shapes.ts';

export const take = (a: Node, index: Node, along: number): Node => apply('take', [a, index], { axis: along });
const put = (a: Node, index: Node, along: number, size: Dim): Node =>
  apply('put', [a, index], { axis: along, size });

function checkIndex(index: TensorType, what: string): void {
  if (index.dtype !== 'i32') {
    throw new OftcError(
      'OFT2005',
      `${what} needs an integer index tensor (dtype 'i32'), got ${index.dtype} ${printShape(index.shape)}: declare it with { dtype: 'i32' }`,
    );
  }
}

register({
  name: 'take',
  takes: { args: 2, attrs: { axis: 'integer' } },
  law: 'out[…, i, …] = A[…, index[i], …]',
  type: ([a, index], attrs) => {
    checkIndex(index!, 'take');
    const along = attrs.axis as number;
    if (a!.shape[along] === undefined) {
      throw new OftcError('OFT2006', `take: axis ${along} is not an axis of shape ${printShape(a!.shape)}`);
    }
    return {
      shape: [...a!.shape.slice(0, along), ...index!.shape, ...a!.shape.slice(along + 1)],
      dtype: floatDtype([a!], 'take'),
    };
  },
  indexes: ({ args: [a], attrs }) => a!.type.shape[attrs.axis as number]!,
  vjp: (node, g) => {
    const [a, index] = node.args as [Node, Node];
    const along = node.attrs.axis as number;
    return [put(g, index, along, a.type.shape[along]!), undefined];
  },
  lower: (node, ctx) => {
    const [a, index] = node.args as [Node, Node];
    const along = node.attrs.axis as number;
    const rank = index.type.shape.length;
    const axes = axesOf(node.type.shape);
    const at = indices(axes);
    const chosen = iload(1, at.slice(along, along + rank));
    return map(
      node,
      axes,
      [ctx.lower(a), ctx.lower(index)],
      load(0, [...at.slice(0, along), chosen, ...at.slice(along + rank)]),
    );
  },
  print: ({ args, attrs }, p) => p.call('take', [...args.map(p.text), String(attrs.axis)]),
  elsewhere: { gather: 'take', indexselect: 'take' },
});

register({
  name: 'put',
  takes: { args: 2, attrs: { axis: 'integer', size: 'dim' } },
  law: 'out[…, index[i], …] += A[…, i, …], the adjoint of take',
  type: ([a, index], attrs) => {
    checkIndex(index!, 'put');
    const along = attrs.axis as number;
    const rank = index!.shape.length;
    if (index!.shape.some((d, n) => !a!.shape[along + n] || !equalDim(a!.shape[along + n]!, d))) {
      throw new OftcError(
        'OFT2002',
        `put: axes ${along} on of ${printShape(a!.shape)} are not those of the index ${printShape(index!.shape)}`,
      );
    }
    return {
      shape: [...a!.shape.slice(0, along), attrs.size as Dim, ...a!.shape.slice(along + rank)],
      dtype: floatDtype([a!], 'put'),
    };
  },
  indexes: ({ type, attrs }) => type.shape[attrs.axis as number]!,
  vjp: (node, g) => [take(g, node.args[1]!, node.attrs.axis as number), undefined],
  lower: (node, ctx) => {
    const [a, index] = node.args as [Node, Node];
    const along = node.attrs.axis as number;
    const rank = index.type.shape.length;
    const axes = axesOf(a.type.shape);
    const at = indices(axes);
    return {
      kind: 'scatter',
      shape: node.type.shape,
      dtype: node.type.dtype,
      args: [ctx.lower(a), ctx.lower(index)],
      spans: node.spans,
      label: 'put',
      axes,
      at: [...at.slice(0, along), iload(1, at.slice(along, along + rank)), ...at.slice(along + rank)],
      body: load(0, at),
    };
  },
  print: ({ args, attrs }, p) =>
    p.call('put', [...args.map(p.text), String(attrs.axis), p.dim(attrs.size as Dim)]),
});

const inverse = (node: OpNode): boolean => node.attrs.inverse === true;

/** P with (x·P)[:, j] = x[:, p[j]]; `inverse` is Pᵀ. p must hold every index once. */
register({
  name: 'permutation',
  takes: { args: 1, optional: { inverse: 'boolean' } },
  law: 'P with (x·P)[:, j] = x[:, p[j]], orthogonal',
  type: ([p]) => {
    checkIndex(p!, 'permutation');
    const [n] = p!.shape;
    if (!n || p!.shape.length !== 1) {
      throw new OftcError(
        'OFT2003',
        `permutation needs one index per column, got shape ${printShape(p!.shape)}`,
      );
    }
    return { shape: [n, n], dtype: 'f32' };
  },
  facts: () => ({ orthogonal: { kind: 'exact' } }),
  transpose: (node) => apply('permutation', node.args, { inverse: !inverse(node) }),
  transposeLaw: 'Pᵀ is the inverse permutation',
  sample: (d) => {
    const n = d.int(1, 4);
    const p = input(`p${n}`, 'frozen', { shape: [dimConst(n)], dtype: 'i32' });
    return apply('permutation', [p], d.pick({}, { inverse: true }));
  },
  vjp: () => [undefined],
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    const [i, j] = inverse(node) ? [ax('i1'), ax('i0')] : [ax('i0'), ax('i1')];
    return map(
      node,
      axes,
      [ctx.lower(node.args[0]!)],
      select(ieq(i, iload(0, [j])), constant(1), constant(0)),
    );
  },
  action: {
    right: (node, x) => {
      const along = x.type.shape.length - 1;
      return inverse(node)
        ? put(x, node.args[0]!, along, node.type.shape[0]!)
        : take(x, node.args[0]!, along);
    },
    left: (node, y) => {
      const along = y.type.shape.length - 2;
      return inverse(node)
        ? take(y, node.args[0]!, along)
        : put(y, node.args[0]!, along, node.type.shape[0]!);
    },
  },
  print: (node, p) => `${p.call('permutation', [p.text(node.args[0]!)])}${inverse(node) ? '.T' : ''}`,
});

/** The error for indices that stand before the table. */
function exchanged(index: Node, table: Node, along: SurfaceArg): OftcError {
  const [from, at] = [table, index].map((n, i) => (n.kind === 'input' ? n.name : ['table', 'indices'][i]));
  const write = `take(${from}, ${at}, ${String(along)})`;
  return new OftcError('OFT2005', `take: the table comes first, then its indices: write ${write}`);
}

export const functions = {
  take: (a: SurfaceArg, index: SurfaceArg, along: SurfaceArg) => {
    const [from, at] = [tensor(a, 'take'), tensor(index, 'take')];
    if (from.type.dtype === 'i32' && at.type.dtype !== 'i32') throw exchanged(from, at, along);
    return take(from, at, axisOf(from, along, 'take'));
  },
  put: (a: SurfaceArg, index: SurfaceArg, along: SurfaceArg, size: SurfaceArg) =>
    put(
      tensor(a, 'put'),
      tensor(index, 'put'),
      axisOf(tensor(a, 'put'), along, 'put'),
      dims([size], 'put')[0]!,
    ),
  permutation: ofTensor('permutation'),
};
