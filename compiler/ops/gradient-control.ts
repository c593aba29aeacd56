/** Operators that gradients do not pass as usual: `detach`, `straightThrough`, and the projection of a stored parameter. */
import type { Dim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply, printShape, sameShape } from '../ir/build.ts';
import { register } from '../ir/operator.ts';
import { extentOf, map } from '../primitives/build.ts';
import { dims, ofTensor, ofTensors, type SurfaceArg } from './arguments.ts';

register({
  name: 'detach',
  takes: { args: 1 },
  view: true,
  law: 'A, a constant to differentiation',
  type: ([a]) => a!,
  facts: (node, of) => of(node.args[0]!),
  vjp: () => [undefined],
  lower: (node, ctx) => ctx.lower(node.args[0]!),
  passes: 0,
  torch: ([a]) => `${a}.detach()`,
  print: 'call',
  elsewhere: { nograd: 'write detach(x)', requiresgrad: 'declare it trainable, or write detach(x)' },
});

/**
 * The operator of v and P(v) has the value of P(v). Its gradient passes to v unchanged, as COFT projects its stored
 * parameter.
 */
register({
  name: 'project',
  takes: { args: 2 },
  view: true,
  law: 'P(v), with the gradient that reaches P(v) passed to v unchanged',
  type: ([v, p]) => {
    if (!sameShape(v!.shape, p!.shape) || v!.dtype !== p!.dtype) {
      throw new OftcError(
        'OFT2008',
        `a projection must keep the shape ${printShape(v!.shape)} but returns ${printShape(p!.shape)}: it says where the stored values go after a step; what makes another tensor of them stands in the body, and not in project`,
      );
    }
    return v!;
  },
  facts: (node, of) => of(node.args[1]!),
  vjp: (_, g) => [g, undefined],
  lower: (node, ctx) => ctx.lower(node.args[1]!),
  passes: 1,
  torch: ([v, projected]) => `${v} + (${projected} - ${v}).detach()`,
});

register({
  name: 'straightThrough',
  takes: { args: 2 },
  view: true,
  law: 'A, with the gradient that reaches A passed to B in its place',
  type: ([value, through]) => {
    const [own, other] = [value!, through!];
    const differ = (code: string, of: string, to: string) =>
      new OftcError(
        code,
        `straightThrough needs two tensors alike: the gradient of the first, which is ${of}, goes to the second, which is ${to}`,
      );
    if (own.dtype !== other.dtype) throw differ('OFT2005', own.dtype, other.dtype);
    if (!sameShape(own.shape, other.shape))
      throw differ('OFT2002', printShape(own.shape), printShape(other.shape));
    return own;
  },
  facts: (node, of) => of(node.args[0]!),
  vjp: (_, g) => [undefined, g],
  lower: (node, ctx) => ctx.lower(node.args[0]!),
  passes: 0,
  torch: ([value, through]) => `${through} + (${value} - ${through}).detach()`,
  print: 'call',
  elsewhere: {
    registerhook: 'write straightThrough(a, b): the value of a, whose gradient goes to b',
    stopgradient: 'write detach(x), or straightThrough(a, b) for the value of a with the gradient of b',
  },
});

const SHAPE = "dimensions have names: size('in') is one as a scalar, and declarations state the shapes";

register({
  name: 'size',
  takes: { args: 0, attrs: { dim: 'dim' } },
  law: 'a dimension as a scalar',
  type: () => ({ shape: [], dtype: 'f32' }),
  vjp: () => [],
  lower: (node) => map(node, [], [], { k: 'fromInt', a: extentOf(node.attrs.dim as Dim) }),
  print: (node, p) => p.call('size', [p.dim(node.attrs.dim as Dim)]),
  elsewhere: { shape: SHAPE, size: SHAPE, dim: SHAPE, ndim: SHAPE, numel: SHAPE, len: SHAPE },
});

export const functions = {
  detach: ofTensor('detach'),
  straightThrough: ofTensors('straightThrough'),
  size: (dim: SurfaceArg) => apply('size', [], { dim: dims([dim], 'size')[0]! }),
};
