/** I, batched. */
import type { Dim } from '../dims/dims.ts';
import { register } from '../ir/operator.ts';
import { axesOf, constant, ieq, indices, map, select } from '../primitives/build.ts';
import { squareOf } from './shapes.ts';

register({
  name: 'identity',
  takes: { args: 0, attrs: { shape: 'dims' } },
  law: 'I',
  type: (_, attrs) => {
    const type = { shape: attrs.shape as readonly Dim[], dtype: 'f32' } as const;
    squareOf(type, 'identity');
    return type;
  },
  facts: () => ({ orthogonal: { kind: 'exact' }, symmetric: true }),
  transpose: (node) => node,
  vjp: () => [],
  lower: (node) => {
    const axes = axesOf(node.type.shape);
    const [i, j] = indices(axes).slice(-2);
    return map(node, axes, [], select(ieq(i!, j!), constant(1), constant(0)));
  },
});
