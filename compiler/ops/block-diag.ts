/** diag(T₁, …, Tᵣ) of r blocks (b×c), never formed when it multiplies; and its adjoint, the diagonal blocks. */
import { type Dim, dimConst, equalDim, mulDim, printDim, productDim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply, printShape } from '../ir/build.ts';
import type { Node, OpNode } from '../ir/node.ts';
import { type Lowering, register, type Structure } from '../ir/operator.ts';
import {
  ax,
  axesOf,
  axis,
  blockIndex,
  constant,
  contraction,
  ieq,
  indices,
  load,
  map,
  select,
} from '../primitives/build.ts';
import type { IntExpr } from '../primitives/expr.ts';
import type { Prim } from '../primitives/prim.ts';
import { ofTensor } from './arguments.ts';
import { isOp, product, transposed } from './nodes.ts';
import { floatDtype, matrixOf } from './shapes.ts';

const blocksOf = (node: OpNode) => {
  const [r, b, c] = node.args[0]!.type.shape as [Dim, Dim, Dim];
  return { r, b, c };
};

const structure: Structure = {
  // y[…, t, k·c+j] = Σ_i x[…, t, k·b+i] T[k,i,j]
  applyRight: (node, x, ctx) => {
    const { r, b, c } = blocksOf(node);
    const lead = axesOf(x.shape.slice(0, -1), 't');
    const axes = [...lead, axis('k', r), axis('j', c)];
    const shape = [...x.shape.slice(0, -1), mulDim(r, c)];
    return contraction(
      node,
      axes,
      [axis('i', b)],
      [x, ctx.lower(node.args[0]!)],
      load(0, [...indices(lead), blockIndex(ax('k'), b, ax('i'))]),
      load(1, [ax('k'), ax('i'), ax('j')]),
      shape,
    );
  },
  // out[…, k·b+i, n] = Σ_j T[k,i,j] y[…, k·c+j, n]
  applyLeft: (node, y, ctx) => {
    const { r, b, c } = blocksOf(node);
    const lead = axesOf(y.shape.slice(0, -2), 't');
    const n = axis('n', y.shape.at(-1)!);
    const axes = [...lead, axis('k', r), axis('i', b), n];
    const shape = [...y.shape.slice(0, -2), mulDim(r, b), n.extent];
    return contraction(
      node,
      axes,
      [axis('j', c)],
      [ctx.lower(node.args[0]!), y],
      load(0, [ax('k'), ax('i'), ax('j')]),
      load(1, [...indices(lead), blockIndex(ax('k'), c, ax('j')), ax('n')]),
      shape,
    );
  },
  ops: (node, n) => {
    const { r, b, c } = blocksOf(node);
    return productDim([dimConst(2), n, r, b, c]);
  },
  elements: (node) => productDim(node.args[0]!.type.shape),
  // diag(A)·diag(B) = diag(A·B) where the blocks fit each other.
  compose: (left, right) => {
    const a = blocksOf(left);
    const b = blocksOf(right);
    if (!equalDim(a.r, b.r) || !equalDim(a.c, b.b)) return undefined;
    return apply('blockDiag', [apply('matmul', [left.args[0]!, right.args[0]!])]);
  },
};

register({
  name: 'blockDiag',
  takes: { args: 1 },
  law: 'diag(T₁, …, Tᵣ)',
  type: ([t]) => {
    if (t!.shape.length !== 3) {
      throw new OftcError(
        'OFT2003',
        `blockDiag needs blocks of shape (r, b, c) but got ${printShape(t!.shape)}${t!.shape.length === 2 ? `: one block r times is expand(…, 'r', ${t!.shape.map((d) => `'${printDim(d)}'`).join(', ')})` : ''}`,
      );
    }
    const [r, b, c] = t!.shape as [Dim, Dim, Dim];
    return { shape: [mulDim(r, b), mulDim(r, c)], dtype: floatDtype([t!], 'blockDiag') };
  },
  facts: (node, of) => of(node.args[0]!),
  transpose: (node) => apply('blockDiag', [transposed(node.args[0]!)]),
  transposeLaw: 'diag(T)ᵀ = diag(Tᵀ)',
  sample: (d) => apply('blockDiag', [d.tensor(d.int(1, 4), d.int(1, 4), d.int(1, 4))]),
  vjp: (node, g) => {
    const { r, b, c } = blocksOf(node);
    return [apply('diagBlocks', [g], { blocks: r, rows: b, cols: c })];
  },
  lower: (node, ctx) => {
    const { r, b, c } = blocksOf(node);
    const [k, i, l, j] = ['k', 'i', 'l', 'j'].map(ax) as [IntExpr, IntExpr, IntExpr, IntExpr];
    const axes = [axis('k', r), axis('i', b), axis('l', r), axis('j', c)];
    return map(node, axes, [ctx.lower(node.args[0]!)], select(ieq(k, l), load(0, [k, i, j]), constant(0)));
  },
  structure,
  invertsByParts: true,
  print: 'call',
});

register({
  name: 'diagBlocks',
  takes: { args: 1, attrs: { blocks: 'dim', rows: 'dim', cols: 'dim' } },
  law: 'the diagonal blocks of A: the projection that a block-diagonal’s gradient is',
  type: ([a], attrs) => {
    const { batch, rows, cols } = matrixOf(a!, 'diagBlocks');
    const [r, b, c] = [attrs.blocks, attrs.rows, attrs.cols] as [Dim, Dim, Dim];
    if (batch.length > 0 || !equalDim(rows, mulDim(r, b)) || !equalDim(cols, mulDim(r, c))) {
      const want = printShape([mulDim(r, b), mulDim(r, c)]);
      throw new OftcError(
        'OFT2007',
        `diagBlocks of ${printDim(r)} blocks needs shape ${want} but got ${printShape(a!.shape)}`,
      );
    }
    return { shape: [r, b, c], dtype: floatDtype([a!], 'diagBlocks') };
  },
  vjp: (_, g) => [apply('blockDiag', [g])],
  projects: true,
  lower: (node, ctx) => {
    const [a] = node.args as [Node];
    if (ctx.structured && isOp(a, 'matmul')) return lowerProjected(node, a, ctx);
    const { k, i, j, axes, b, c } = axesOfBlocks(node);
    return map(node, axes, [ctx.lower(a)], load(0, [blockIndex(k, b, i), blockIndex(k, c, j)]));
  },
});

function axesOfBlocks(node: OpNode) {
  const [r, b, c] = node.type.shape as [Dim, Dim, Dim];
  return { k: ax('k'), i: ax('i'), j: ax('j'), axes: [axis('k', r), axis('i', b), axis('j', c)], b, c };
}

/** Lowers out[k,i,j] = Σ_m A[k·b+i, m] B[m, k·c+j]: only the diagonal blocks of the last product are computed. */
function lowerProjected(node: OpNode, chain: OpNode, ctx: Lowering): Prim {
  const { k, i, j, axes, b, c } = axesOfBlocks(node);
  const left = ctx.lower(product(chain.args.slice(0, -1)));
  const right = ctx.lower(chain.args.at(-1)!);
  const m = axis('m', left.shape.at(-1)!);
  return contraction(
    node,
    axes,
    [m],
    [left, right],
    load(0, [blockIndex(k, b, i), ax('m')]),
    load(1, [ax('m'), blockIndex(k, c, j)]),
  );
}

export const functions = { blockDiag: ofTensor('blockDiag') };
