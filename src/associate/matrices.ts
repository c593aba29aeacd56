/** Matrices of which only the shape and the structure are known: how they multiply, and what each product costs. */
import type { Algebra, Chain } from '../../compiler/associate/chains.ts';
import type { Cost } from '../../compiler/associate/cost.ts';
import { addDim, constantOf, type Dim, dimConst, mulDim, productDim } from '../../compiler/dims/dims.ts';
import { rational } from '../../compiler/dims/rational.ts';
import { getOrMake } from '../../compiler/keyed.ts';
import type { FactorStructure } from './request.ts';

/** A matrix as it is stored: a factor, the gradient of a product, or the product of two matrices. */
export interface Stored {
  readonly rows: Dim;
  readonly cols: Dim;
  readonly structure: FactorStructure;
  readonly elementBytes: number;
  /** Whether the matrix is its own transpose. */
  readonly symmetric: boolean;
  readonly of:
    | { readonly factor: string }
    | { readonly gradient: string }
    /** `projected` says that only the elements of the structure are computed. */
    | { readonly left: Matrix; readonly right: Matrix; readonly projected: boolean };
}

export interface Matrix {
  readonly stored: Stored;
  readonly transposed: boolean;
}

/** A product, or the gradient of a factor in it. */
export interface Product extends Chain<Matrix> {
  /** The structure of the result, where the chain is projected. */
  readonly structure: FactorStructure;
}

export const DENSE: FactorStructure = { kind: 'dense' };

const shapeOf = ({ stored: { rows, cols }, transposed }: Matrix): readonly [Dim, Dim] =>
  transposed ? [cols, rows] : [rows, cols];

/** The number of elements that determine a matrix. */
function elementsOf({ rows, cols, structure }: Pick<Stored, 'rows' | 'cols' | 'structure'>): Dim {
  switch (structure.kind) {
    case 'blockDiagonal':
      return over(mulDim(rows, cols), structure.blocks);
    case 'diagonal':
    case 'permutation':
      return rows;
    case 'stated':
      return real(structure.elements);
    default:
      return mulDim(rows, cols);
  }
}

const real = (n: number): Dim =>
  Number.isInteger(n) ? dimConst(n) : over(dimConst(Math.round(n * 2 ** 20)), 2 ** 20);
const over = (d: Dim, n: number): Dim =>
  mulDim(d, { terms: [{ coef: rational(1n, BigInt(n)), powers: [] }] });

/** The structure of a product. It is the same for every association, because joining structures is associative. */
function joined(a: FactorStructure, b: FactorStructure): FactorStructure {
  if (a.kind === 'diagonal' && b.kind === 'blockDiagonal') return b;
  if (b.kind === 'diagonal' && a.kind === 'blockDiagonal') return a;
  if (a.kind === 'blockDiagonal' && b.kind === 'blockDiagonal') return a.blocks === b.blocks ? a : DENSE;
  return a.kind === b.kind && a.kind !== 'stated' ? a : DENSE;
}

/** The operations of a product, two for each multiply-add. The transposed product takes as many. */
function operations(left: Matrix, right: Matrix, result: Stored, projected: boolean): Dim {
  const [[m, k], [, n]] = [shapeOf(left), shapeOf(right)];
  const [two, a, b] = [dimConst(2), left.stored.structure, right.stored.structure];
  if (projected) return productDim([two, elementsOf(result), k]);
  if (a.kind === 'permutation' || b.kind === 'permutation') return dimConst(0);
  if (a.kind === 'diagonal' || b.kind === 'diagonal') return elementsOf(result);
  const all = productDim([two, m, k, n]);
  if (a.kind === 'blockDiagonal' && b.kind === 'blockDiagonal')
    return over(all, a.blocks === b.blocks ? a.blocks ** 2 : Math.max(a.blocks, b.blocks));
  if (a.kind === 'blockDiagonal') return over(all, a.blocks);
  if (b.kind === 'blockDiagonal') return over(all, b.blocks);
  const [byLeft, byRight] = [
    a.kind === 'stated' && mulDim(real(a.operations), n),
    b.kind === 'stated' && mulDim(real(b.operations), m),
  ];
  if (byLeft && byRight) return constantOf(byLeft)! <= constantOf(byRight)! ? byLeft : byRight;
  return byLeft || byRight || all;
}

function product(left: Matrix, right: Matrix, structure: FactorStructure, projected: boolean): Matrix {
  const elementBytes = Math.max(left.stored.elementBytes, right.stored.elementBytes);
  const [rows, cols] = [shapeOf(left)[0], shapeOf(right)[1]];
  const of = { left, right, projected };
  return {
    stored: { rows, cols, structure, elementBytes, symmetric: structure.kind === 'diagonal', of },
    transposed: false,
  };
}

const bytesOf = (s: Stored): Dim => mulDim(elementsOf(s), real(s.elementBytes));

/** The cost of a product. `memory` is the size of its result. */
export function costOf(stored: Stored): Cost {
  if (!('left' in stored.of)) throw new Error('only a product has a cost');
  const { left, right, projected } = stored.of;
  const memory = bytesOf(stored);
  return {
    ops: operations(left, right, stored, projected),
    bytes: [bytesOf(left.stored), bytesOf(right.stored), memory].reduce(addDim),
    memory,
    launches: 1,
  };
}

const multiply = (left: Matrix, right: Matrix): Matrix =>
  product(left, right, joined(left.stored.structure, right.stored.structure), false);

export const algebra: Algebra<Matrix, Product> = {
  transposeOf: ({ stored, transposed }) => ({ stored, transposed: !transposed && !stored.symmetric }),
  multiply,
  multiplyLast: (chain, left, right) =>
    chain.projected ? product(left, right, chain.structure, true) : multiply(left, right),
  costOf: ({ stored }) => costOf(stored),
};

/** Makes a function that gives equal factors the same id. */
export function identity(): (a: Matrix) => number {
  const ids = new Map<Stored, number>();
  return ({ stored, transposed }) => {
    const id = getOrMake(ids, stored, () => ids.size);
    return 2 * id + Number(transposed);
  };
}
