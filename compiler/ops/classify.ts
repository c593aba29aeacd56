/** The parts of a cross-entropy: log Σ exp along the last axis, and the element that an index picks there. */
import { type Dim, dimConst } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply, printShape, sameShape } from '../ir/build.ts';
import type { Node, TensorType } from '../ir/node.ts';
import { register } from '../ir/operator.ts';
import {
  ax,
  axesOf,
  axis,
  call,
  constant,
  ieq,
  iload,
  indices,
  int,
  load,
  map,
  reduce,
  select,
} from '../primitives/build.ts';
import type { ReducePrim } from '../primitives/prim.ts';
import { ofTensor, ofTensors } from './arguments.ts';
import { scaled } from './nodes.ts';
import { floatDtype } from './shapes.ts';

/** The type's shape with a last axis of size 1. Throws OFT2003 for a scalar. */
function reduced({ shape }: TensorType, what: string): readonly Dim[] {
  if (shape.length === 0) throw new OftcError('OFT2003', `${what} needs an axis to go along, not a scalar`);
  return shape.with(-1, dimConst(1));
}

register({
  name: 'logSumExp',
  takes: { args: 1 },
  law: 'log Σ exp a along the last axis, which stays with size 1',
  type: ([a]) => ({ shape: reduced(a!, 'logSumExp'), dtype: floatDtype([a!], 'logSumExp') }),
  vjp: (node, g) => {
    const [a] = node.args as [Node];
    return [apply('mul', [g, apply('exp', [apply('add', [a, scaled(-1, node)])])])];
  },
  // m + log Σ exp(a − m), m the largest: no power of e is above 1.
  lower: (node, ctx) => {
    const [a] = node.args as [Node];
    const over = [axis('s', a.type.shape.at(-1)!)];
    const axes = axesOf(node.type.shape);
    const at = indices(axes);
    const element = load(0, at.with(-1, ax('s')));
    const from = ctx.lower(a);
    const most: ReducePrim = { ...reduce(node, axes, over, [from], element), combine: 'max' };
    const shifted = call('exp', call('sub', element, load(1, at)));
    const total = reduce(node, axes, over, [from, most], shifted);
    return map(node, axes, [most, total], call('add', load(0, at), call('log', load(1, at))));
  },
  print: 'call',
  elsewhere: { logsumexp: 'logSumExp' },
});

/** Checks an index, which has the shape of `a` without its last axis. */
function checkIndex(a: readonly Dim[], index: TensorType, what: string): void {
  if (index.dtype !== 'i32') {
    throw new OftcError(
      'OFT2005',
      `${what} needs an integer index tensor (dtype 'i32'), got ${index.dtype} ${printShape(index.shape)}: declare it with { dtype: 'i32' }`,
    );
  }
  if (!sameShape(a.slice(0, -1), index.shape)) {
    throw new OftcError(
      'OFT2002',
      `${what}: the index of ${printShape(a)} has one element for each of its rows, ${printShape(a.slice(0, -1))}, not ${printShape(index.shape)}`,
    );
  }
}

register({
  name: 'pick',
  takes: { args: 2 },
  law: 'out[…, 0] = A[…, index[…]]',
  type: ([a, index]) => {
    const shape = reduced(a!, 'pick');
    checkIndex(a!.shape, index!, 'pick');
    return { shape, dtype: floatDtype([a!], 'pick') };
  },
  indexes: ({ args: [a] }) => a!.type.shape.at(-1)!,
  vjp: (node, g) => [
    apply('place', [g, node.args[1]!], { size: node.args[0]!.type.shape.at(-1)! }),
    undefined,
  ],
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    const at = indices(axes);
    const chosen = iload(1, at.slice(0, -1));
    return map(
      node,
      axes,
      node.args.map((a) => ctx.lower(a)),
      load(0, at.with(-1, chosen)),
    );
  },
  print: 'call',
});

register({
  name: 'place',
  takes: { args: 2, attrs: { size: 'dim' } },
  law: 'out[…, index[…]] = A[…, 0], zero elsewhere: the adjoint of pick',
  type: ([a, index], attrs) => {
    reduced(a!, 'place');
    checkIndex(a!.shape, index!, 'place');
    return { shape: a!.shape.with(-1, attrs.size as Dim), dtype: floatDtype([a!], 'place') };
  },
  vjp: (node, g) => [apply('pick', [g, node.args[1]!]), undefined],
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    const at = indices(axes);
    const chosen = ieq(at.at(-1)!, iload(1, at.slice(0, -1)));
    return map(
      node,
      axes,
      node.args.map((a) => ctx.lower(a)),
      select(chosen, load(0, at.with(-1, int(0))), constant(0)),
    );
  },
});

export const functions = { logSumExp: ofTensor('logSumExp'), pick: ofTensors('pick') };
