/** A ⊗ B, never formed when it multiplies: (x·(A ⊗ B)) reshapes x to a matrix X and takes Aᵀ·X·B. */
import {
  addDim,
  type Binding,
  type Dim,
  dimConst,
  dimNames,
  equalDim,
  evalReal,
  mulDim,
  productDim,
} from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply, printShape } from '../ir/build.ts';
import type { Node } from '../ir/node.ts';
import { productOrthogonality, register } from '../ir/operator.ts';
import { ax, axis, call, load, map } from '../primitives/build.ts';
import { entryOf } from '../records.ts';
import { ofTensors } from './arguments.ts';
import { permuteAxes, reshape } from './indexing.ts';
import { transposed } from './nodes.ts';
import { floatDtype } from './shapes.ts';

const one = dimConst(1);

const swap = (a: Node): Node => {
  const rank = a.type.shape.length;
  return permuteAxes(a, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
};

/** The operations of (Aᵀ·X)·B and of Aᵀ·(X·B) for X (rows of A, rows of B). */
function opsOf(a: Node, b: Node): Record<'aFirst' | 'bFirst', Dim> {
  const [m, n] = a.type.shape as [Dim, Dim];
  const [p, q] = b.type.shape as [Dim, Dim];
  return {
    aFirst: productDim([dimConst(2), p, n, addDim(m, q)]),
    bFirst: productDim([dimConst(2), m, q, addDim(p, n)]),
  };
}

/** Whether X is multiplied by A before B, which then takes fewer operations. Where sizes are unknown, B is first. */
function startsWithA(a: Node, b: Node, sizes: Binding): boolean {
  const { aFirst, bFirst } = opsOf(a, b);
  const isKnown = [aFirst, bFirst].every((d) => dimNames(d).every((n) => entryOf(sizes, n) !== undefined));
  return isKnown && evalReal(aFirst, sizes) < evalReal(bFirst, sizes);
}

/** Computes x·(A ⊗ B), of shape (…, n·q), for x (…, m·p), A (m, n) and B (p, q). */
function applyRight(a: Node, b: Node, x: Node, sizes: Binding): Node {
  const [m, n] = a.type.shape as [Dim, Dim];
  const [p, q] = b.type.shape as [Dim, Dim];
  const lead = x.type.shape.slice(0, -1);
  if (startsWithA(a, b, sizes)) {
    const xa = apply('matmul', [swap(reshape(x, [...lead, m, p])), a]);
    return reshape(apply('matmul', [swap(xa), b]), [...lead, mulDim(n, q)]);
  }
  const xb = apply('matmul', [reshape(x, [...lead, m, p]), b]);
  return reshape(swap(apply('matmul', [swap(xb), a])), [...lead, mulDim(n, q)]);
}

/** Advice for I ⊗ B where B holds a block for each row of I. */
function ownBlocks([rows, cols]: readonly Dim[], [count, ...block]: readonly Dim[]): string {
  const each = rows && cols && count && equalDim(rows, cols) && equalDim(rows, count) && block.length === 2;
  return each ? `: kronecker(I, B) repeats one block B; blocks of their own are blockDiag(B), without I` : '';
}

register({
  name: 'kronecker',
  takes: { args: 2 },
  law: 'A ⊗ B',
  type: ([a, b]) => {
    if (a!.shape.length !== 2 || b!.shape.length !== 2) {
      throw new OftcError(
        'OFT2003',
        `kronecker needs two matrices, got ${printShape(a!.shape)} and ${printShape(b!.shape)}${ownBlocks(a!.shape, b!.shape)}`,
      );
    }
    const [m, n] = a!.shape as [Dim, Dim];
    const [p, q] = b!.shape as [Dim, Dim];
    return {
      shape: [mulDim(m, p), mulDim(n, q)],
      dtype: floatDtype([a!, b!], 'kronecker'),
    };
  },
  facts: (node, of) => {
    const orthogonal = productOrthogonality(node.args.map(of));
    return orthogonal ? { orthogonal } : {};
  },
  transpose: (node) => apply('kronecker', node.args.map(transposed)),
  transposeLaw: '(A ⊗ B)ᵀ = Aᵀ ⊗ Bᵀ',
  sample: (d) => apply('kronecker', [d.tensor(d.int(1, 3), d.int(1, 3)), d.tensor(d.int(1, 3), d.int(1, 3))]),
  // gA[i, j] = Σ_{k, l} g[i·p+k, j·q+l] B[k, l], and gB is found from A in the same way.
  vjp: (node, g) => {
    const [a, b] = node.args as [Node, Node];
    const [m, n] = a.type.shape as [Dim, Dim];
    const [p, q] = b.type.shape as [Dim, Dim];
    const blocks = permuteAxes(reshape(g, [m, p, n, q]), [0, 2, 1, 3]);
    const ofA = apply('matmul', [
      reshape(blocks, [mulDim(m, n), mulDim(p, q)]),
      reshape(b, [mulDim(p, q), one]),
    ]);
    const ofB = apply('matmul', [
      reshape(a, [one, mulDim(m, n)]),
      reshape(blocks, [mulDim(m, n), mulDim(p, q)]),
    ]);
    return [reshape(ofA, [m, n]), reshape(ofB, [p, q])];
  },
  lower: (node, ctx) => {
    const [a, b] = node.args as [Node, Node];
    const [m, n] = a.type.shape as [Dim, Dim];
    const [p, q] = b.type.shape as [Dim, Dim];
    const axes = [axis('i', m), axis('k', p), axis('j', n), axis('l', q)];
    const body = call('mul', load(0, [ax('i'), ax('j')]), load(1, [ax('k'), ax('l')]));
    return map(node, axes, [ctx.lower(a), ctx.lower(b)], body);
  },
  action: {
    right: ({ args: [a, b] }, x, sizes = {}) => applyRight(a!, b!, x, sizes),
    // M·y = (yᵀ·Mᵀ)ᵀ
    left: ({ args: [a, b] }, y, sizes = {}) =>
      swap(applyRight(transposed(a!), transposed(b!), swap(y), sizes)),
    ops: ({ args: [a, b] }, sizes) => opsOf(a!, b!)[startsWithA(a!, b!, sizes) ? 'aFirst' : 'bFirst'],
  },
  invertsByParts: true,
  print: 'call',
  elsewhere: { kron: 'kronecker' },
});

export const functions = { kronecker: ofTensors('kronecker') };
