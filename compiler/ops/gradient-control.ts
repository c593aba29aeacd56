/** What a gradient does not follow: `detach`, and the projection of a stored parameter. */

import type { Dim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { printShape, sameShape } from '../ir/build.ts';
import { register } from '../ir/operator.ts';
import { extentOf, map } from '../primitives/build.ts';

register({
  name: 'detach',
  takes: { args: 1 },
  view: true,
  law: 'A, a constant to differentiation',
  type: ([a]) => a!,
  facts: (node, of) => of(node.args[0]!),
  vjp: () => [undefined],
  lower: (node, ctx) => ctx.lower(node.args[0]!),
});

/** args [v, P(v)]: the value of P(v) with v's gradient, as COFT projects its stored parameter. */
register({
  name: 'project',
  takes: { args: 2 },
  view: true,
  law: 'P(v), with the gradient that reaches P(v) passed to v unchanged',
  type: ([v, p]) => {
    if (!sameShape(v!.shape, p!.shape) || v!.dtype !== p!.dtype) {
      throw new OftcError(
        'OFT2008',
        `a projection must keep the shape ${printShape(v!.shape)} but returns ${printShape(p!.shape)}`,
      );
    }
    return v!;
  },
  facts: (node, of) => of(node.args[1]!),
  vjp: (_, g) => [g, undefined],
  lower: (node, ctx) => ctx.lower(node.args[1]!),
});

register({
  name: 'size',
  takes: { args: 0, attrs: { dim: 'dim' } },
  law: 'a dimension as a scalar',
  type: () => ({ shape: [], dtype: 'f32' }),
  vjp: () => [],
  lower: (node) => map(node, [], [], { k: 'fromInt', a: extentOf(node.attrs.dim as Dim) }),
});
