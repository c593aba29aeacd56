/**
 * Defines an operator and a rule: circulant matrices C(c)[i,j] = c[(i − j) mod n], which n numbers determine. Their
 * products are circulant and commute, so a product of two costs n² instead of n³.
 */
import { defineOperator, defineRule, frozen, input, layer, type Tensor, trainable } from 'oftc';
import {
  apply,
  ax,
  axesOf,
  axis,
  contraction,
  type Dim,
  dimConst,
  expand,
  extentOf,
  floatDtype,
  type IntExpr,
  iadd,
  ilt,
  indices,
  iselect,
  isOp,
  isub,
  load,
  map,
  type Node,
  OftcError,
  type OpNode,
  printShape,
  product,
  productDim,
  reduce,
  squareOf,
  sumTo,
  transposed,
} from 'oftc/extend';

/** Whether the node is a transpose: Cᵀ is C with `flip`, C(c)ᵀ[i,j] = c[(j − i) mod n]. */
const flipOf = (node: OpNode): boolean => node.attrs.flip as boolean;
const sizeOf = (node: OpNode): Dim => node.type.shape[0]!;

/** The element (i, j) of C(c), with c the argument `arg`. */
function element(node: OpNode, arg: number, i: IntExpr, j: IntExpr) {
  const [to, from] = flipOf(node) ? [j, i] : [i, j];
  const distance = isub(to, from);
  return load(arg, [iselect(ilt(to, from), iadd(distance, extentOf(sizeOf(node))), distance)]);
}

const matrix = (c: Node, flip: boolean): Node => apply('circulant', [c], { flip });

export const circulant = defineOperator<<const S extends string>(c: Tensor<[S]>) => Tensor<[S, S]>>({
  name: 'circulant',
  law: 'C[i,j] = c[(i − j) mod n]',
  type: ([c]) => {
    const [n] = c!.shape;
    if (!n || c!.shape.length !== 1)
      throw new OftcError('OFT2003', `circulant needs a vector, got shape ${printShape(c!.shape)}`);
    return { shape: [n, n], dtype: floatDtype([c!], 'circulant') };
  },
  options: () => ({ flip: false }),
  transpose: (node) => matrix(node.args[0]!, !flipOf(node)),
  vjp: (node, g) => [apply('wrappedDiagonals', [g], { flip: flipOf(node) })],
  lower: (node, ctx) => {
    const body = element(node, 0, ax('i0'), ax('i1'));
    return map(node, axesOf(node.type.shape), [ctx.lower(node.args[0]!)], body);
  },
  structure: {
    // y[…, j] = Σᵢ x[…, i] C[i, j]
    applyRight: (node, x, ctx) => {
      const lead = axesOf(x.shape.slice(0, -1), 't');
      const n = sizeOf(node);
      const at = load(0, [...indices(lead), ax('i')]);
      const args = [x, ctx.lower(node.args[0]!)];
      const axes = [...lead, axis('j', n)];
      return contraction(node, axes, [axis('i', n)], args, at, element(node, 1, ax('i'), ax('j')), x.shape);
    },
    // z[…, i, m] = Σⱼ C[i, j] y[…, j, m]
    applyLeft: (node, y, ctx) => {
      const lead = axesOf(y.shape.slice(0, -2), 't');
      const n = sizeOf(node);
      const at = load(1, [...indices(lead), ax('j'), ax('m')]);
      const args = [ctx.lower(node.args[0]!), y];
      const axes = [...lead, axis('i', n), axis('m', y.shape.at(-1)!)];
      return contraction(node, axes, [axis('j', n)], args, element(node, 0, ax('i'), ax('j')), at, y.shape);
    },
    ops: (node, rows) => productDim([dimConst(2), rows, sizeOf(node), sizeOf(node)]),
    elements: sizeOf,
  },
  print: (node, p) => `${p.call('circulant', node.args.map(p.text))}${flipOf(node) ? '.T' : ''}`,
  sample: (draw) => apply('circulant', [draw.tensor(draw.int(1, 5))], { flip: draw.pick(false, true) }),
});

export const wrappedDiagonals = defineOperator<<const S extends string>(a: Tensor<[S, S]>) => Tensor<[S]>>({
  name: 'wrappedDiagonals',
  law: 'cₖ = Σⱼ A[(j + k) mod n, j], the adjoint of circulant',
  type: ([a]) => ({
    shape: [squareOf(a!, 'wrappedDiagonals').size],
    dtype: floatDtype([a!], 'wrappedDiagonals'),
  }),
  options: () => ({ flip: false }),
  vjp: (node, g) => [matrix(g, flipOf(node))],
  lower: (node, ctx) => {
    const [k, j] = [ax('k'), ax('j')];
    const n = sizeOf(node);
    const below = iadd(j, k);
    const i = iselect(ilt(below, extentOf(n)), below, isub(below, extentOf(n)));
    const at = load(0, flipOf(node) ? [j, i] : [i, j]);
    return reduce(node, [axis('k', n)], [axis('j', n)], [ctx.lower(node.args[0]!)], at);
  },
  sample: (draw) => {
    const n = draw.int(1, 5);
    return apply('wrappedDiagonals', [draw.tensor(n, n)], { flip: draw.pick(false, true) });
  },
});

/** The product of a matrix M and a vector b. */
function times(m: Node, b: Node): Node {
  const row = expand(b, [dimConst(1), ...b.type.shape]);
  return sumTo(apply('matmul', [row, transposed(m)]), b.type.shape);
}

export const circulantProduct = defineRule({
  name: 'circulant-product',
  law: 'M·C(b) = C(M·b) for circulant M, and M·C(b)ᵀ = C(Mᵀ·b)ᵀ',
  numerics: 'reassociates',
  pattern: { op: 'matmul', some: { op: 'circulant' } },
  build: (node) => {
    const at = node.args.findIndex(
      (a, i) => isOp(a, 'circulant') && isOp(node.args[i + 1] ?? a, 'circulant'),
    );
    const [left, right] = [node.args[at], node.args[at + 1]];
    if (!left || !right) return undefined;
    const flip = flipOf(right as OpNode);
    const both = matrix(times(flip ? transposed(left) : left, (right as OpNode).args[0]!), flip);
    return product([...node.args.slice(0, at), both, ...node.args.slice(at + 2)]);
  },
  instance: (draw) => {
    const n = draw.int(1, 4);
    const one = () => matrix(draw.tensor(n), draw.pick(false, true));
    return apply('matmul', [draw.tensor(draw.int(1, 3), n), one(), one()]);
  },
});

/** A layer that mixes x by two circulant matrices before the frozen weight; W merges as W·(C(a)·C(b))ᵀ. */
export const mixed = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), a: trainable('in'), b: trainable('in') },
  ({ x, W, a, b }) => x.matmul(circulant(a)).matmul(circulant(b)).matmul(W.T),
  { claims: ({ W, a, b }) => ({ weight: W.matmul(circulant(b).T).matmul(circulant(a).T) }) },
);
