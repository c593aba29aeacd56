/** diag(v): multiplies by scaling columns or rows, and its adjoint, the diagonal. */
import { dimConst } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply, printShape } from '../ir/build.ts';
import { register } from '../ir/operator.ts';
import { ax, axesOf, constant, ieq, load, map, select } from '../primitives/build.ts';
import { ofTensor } from './arguments.ts';
import { reshape } from './indexing.ts';
import { floatDtype, squareOf } from './shapes.ts';

register({
  name: 'diag',
  takes: { args: 1 },
  law: 'diag(v)',
  type: ([v]) => {
    const [n] = v!.shape;
    if (!n || v!.shape.length !== 1)
      throw new OftcError('OFT2003', `diag needs a vector, got shape ${printShape(v!.shape)}`);
    return { shape: [n, n], dtype: floatDtype([v!], 'diag') };
  },
  facts: () => ({ symmetric: true }),
  transpose: (node) => node,
  transposeLaw: 'diag(v)ᵀ = diag(v)',
  sample: (d) => apply('diag', [d.tensor(d.int(1, 4))]),
  vjp: (_, g) => [apply('diagonal', [g])],
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    return map(
      node,
      axes,
      [ctx.lower(node.args[0]!)],
      select(ieq(ax('i0'), ax('i1')), load(0, [ax('i0')]), constant(0)),
    );
  },
  action: {
    right: (node, x) => apply('mul', [x, node.args[0]!]),
    left: (node, y) => apply('mul', [reshape(node.args[0]!, [node.type.shape[0]!, dimConst(1)]), y]),
  },
  invertsByParts: true,
  print: 'call',
});

register({
  name: 'diagonal',
  takes: { args: 1 },
  law: 'vᵢ = Aᵢᵢ, the adjoint of diag',
  type: ([a]) => {
    const { batch, size } = squareOf(a!, 'diagonal');
    if (batch.length > 0)
      throw new OftcError('OFT2003', `diagonal needs one matrix, got shape ${printShape(a!.shape)}`);
    return { shape: [size], dtype: floatDtype([a!], 'diagonal') };
  },
  vjp: (_, g) => [apply('diag', [g])],
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    return map(node, axes, [ctx.lower(node.args[0]!)], load(0, [ax('i0'), ax('i0')]));
  },
  elsewhere: { diagonal: "write einsum('ii->i', a)", trace: "write einsum('ii->', a)" },
});

export const functions = { diag: ofTensor('diag') };
