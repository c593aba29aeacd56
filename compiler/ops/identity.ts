/** The identity matrix I, batched. */
import { type Dim, dimConst } from '../dims/dims.ts';
import { apply } from '../ir/build.ts';
import { register } from '../ir/operator.ts';
import { axesOf, constant, ieq, indices, map, select } from '../primitives/build.ts';
import { dims, type SurfaceArg } from './arguments.ts';
import { squareOf } from './shapes.ts';

register({
  name: 'identity',
  takes: { args: 0, attrs: { shape: 'dims' } },
  law: 'I',
  weak: true,
  type: (_, attrs) => {
    const type = { shape: attrs.shape as readonly Dim[], dtype: 'f32' } as const;
    squareOf(type, 'identity');
    return type;
  },
  facts: () => ({ orthogonal: { kind: 'exact' }, symmetric: true, definite: 'unit' }),
  transpose: (node) => node,
  transposeLaw: 'Iᵀ = I',
  sample: (d) => apply('identity', [], { shape: d.pick([3, 3], [1, 1], [2, 3, 3]).map(dimConst) }),
  vjp: () => [],
  lower: (node) => {
    const axes = axesOf(node.type.shape);
    const [i, j] = indices(axes).slice(-2);
    return map(node, axes, [], select(ieq(i!, j!), constant(1), constant(0)));
  },
  print: ({ type: { shape } }, p) =>
    p.call('identity', (shape.length === 2 ? shape.slice(0, 1) : shape).map(p.dim)),
  elsewhere: { eye: "write identity('n')" },
});

export const functions = {
  identity: (...shape: readonly SurfaceArg[]) => {
    const d = dims(shape, 'identity');
    return apply('identity', [], { shape: d.length === 1 ? [d[0]!, d[0]!] : d });
  },
};
