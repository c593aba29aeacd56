/** The transpose Aᵀ over the last two axes. */
import { printDim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import type { OpNode } from '../ir/node.ts';
import { register } from '../ir/operator.ts';
import { axesOf, indices, load, map } from '../primitives/build.ts';
import { transposed } from './nodes.ts';
import { matrixOf } from './shapes.ts';

const EXCHANGE = 'write a.T, which exchanges the last two axes, or a.permute(1, 0, 2) for another order';

/** The message for the transpose of a vector, which in most papers stands in an outer product u·uᵀ. */
const ofVector = (size: string): string =>
  `transpose needs a matrix (rank 2 or more) but got the vector (${size}): for u·uᵀ write u.reshape('${size}', 1).matmul(u.reshape(1, '${size}'))`;

register({
  name: 'transpose',
  takes: { args: 1 },
  view: true,
  law: 'Aᵀ',
  type: ([a]) => {
    const [size, ...more] = a!.shape;
    if (size !== undefined && more.length === 0) throw new OftcError('OFT2003', ofVector(printDim(size)));
    const { batch, rows, cols } = matrixOf(a!, 'transpose');
    return { shape: [...batch, cols, rows], dtype: a!.dtype };
  },
  facts: (node, of) => of(node.args[0]!),
  transpose: (node) => node.args[0]!,
  transposeLaw: '(Aᵀ)ᵀ = A',
  sample: (d) => transposed(d.tensor(...d.pick([], [2]), d.int(1, 4), d.int(1, 4))) as OpNode,
  vjp: (_, g) => [transposed(g)],
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    const at = indices(axes);
    const [i, j] = at.slice(-2);
    return map(node, axes, [ctx.lower(node.args[0]!)], load(0, [...at.slice(0, -2), j!, i!]));
  },
  print: (node, p) => `${p.text(node.args[0]!)}.T`,
  elsewhere: {
    t: EXCHANGE,
    mt: EXCHANGE,
    h: EXCHANGE,
    transpose: EXCHANGE,
    permute: EXCHANGE,
    swapaxes: EXCHANGE,
  },
});

export const properties = { T: transposed };
