/**
 * Products of Householder reflections in compact WY form (Schreiber and Van Loan 1989), rational in U, so that
 * they exist over a prime field: H₀…H_{r−1} = I − U·S⁻¹·Uᵀ with Hᵢ = I − 2uᵢuᵢᵀ/(uᵢᵀuᵢ) for the columns of U,
 * S the upper triangle of UᵀU with half its diagonal.
 */
import { apply } from '../ir/build.ts';
import type { Node, TensorType } from '../ir/node.ts';
import { register } from '../ir/operator.ts';
import { axesOf, call, constant, ieq, ilt, indices, load, map, select } from '../primitives/build.ts';
import { ofTensor } from './arguments.ts';
import { registerComposite } from './composite.ts';
import { scaled, total, transposed } from './nodes.ts';
import { floatDtype, matrixOf, squareOf } from './shapes.ts';

register({
  name: 'halfUpper',
  takes: { args: 1 },
  law: 'the strict upper triangle and half the diagonal',
  type: ([a]) => {
    squareOf(a!, 'halfUpper');
    return { shape: a!.shape, dtype: floatDtype([a!], 'halfUpper') };
  },
  facts: () => ({ triangular: true }),
  // A mask is its own adjoint.
  vjp: (_, g) => [apply('halfUpper', [g])],
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    const at = indices(axes);
    const [i, j] = at.slice(-2);
    const value = load(0, at);
    const diagonal = select(ieq(i!, j!), call('mul', constant(0.5), value), constant(0));
    return map(node, axes, [ctx.lower(node.args[0]!)], select(ilt(i!, j!), value, diagonal));
  },
  print: 'call',
});

/** I − A·B as a sum that distributes over what it multiplies. */
const identityMinus = (a: Node, b: Node): Node => {
  const product = apply('matmul', [a, b]);
  return total([apply('identity', [], { shape: product.type.shape }), scaled(-1, product)]);
};

const squareOn = (u: TensorType, name: string): TensorType => {
  const { batch, rows } = matrixOf(u, name);
  return { shape: [...batch, rows, rows], dtype: floatDtype([u], name) };
};

registerComposite({
  name: 'householder',
  takes: { args: 1 },
  law: 'H₀·H₁·…·H_{r−1} = I − U·S⁻¹·Uᵀ for the columns of U, Hᵢ = I − 2uᵢuᵢᵀ/uᵢᵀuᵢ',
  type: ([u]) => squareOn(u!, 'householder'),
  facts: () => ({ orthogonal: { kind: 'exact' } }),
  define: (node) => {
    const [u] = node.args as [Node];
    const s = apply('halfUpper', [apply('matmul', [transposed(u), u])]);
    return identityMinus(u, apply('solve', [s, transposed(u)]));
  },
  rotates: true,
  print: 'call',
});

/**
 * The product of reflections whose columns are orthonormalised by Gram–Schmidt first: the reflections then commute,
 * and their product reflects the whole column space.
 */
registerComposite({
  name: 'reflectSpan',
  takes: { args: 1 },
  law: 'I − 2U(UᵀU)⁻¹Uᵀ: the Householder product of U’s columns, orthonormalised',
  type: ([u]) => squareOn(u!, 'reflectSpan'),
  facts: () => ({ orthogonal: { kind: 'exact' }, symmetric: true }),
  define: (node) => {
    const [u] = node.args as [Node];
    const gram = apply('matmul', [transposed(u), u]);
    return identityMinus(scaled(2, u), apply('solve', [gram, transposed(u)]));
  },
  rotates: true,
  print: 'call',
});

export const functions = {
  halfUpper: ofTensor('halfUpper'),
  householder: ofTensor('householder'),
  reflectSpan: ofTensor('reflectSpan'),
};
