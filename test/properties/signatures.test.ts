/** Operators case by case: the arguments they refuse, the facts they claim, and the costs of their structures. */
import { describe, expect, it } from 'vitest';
import { constantOf, type Dim, dimConst, dimVar } from '../../compiler/dims/dims.ts';
import { apply, input } from '../../compiler/ir/build.ts';
import type { Attrs, DType, Node, OpNode } from '../../compiler/ir/node.ts';
import {
  type Facts,
  factsOf,
  operator,
  register,
  structureOf,
  unregister,
} from '../../compiler/ir/operator.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { defined, registerComposite } from '../../compiler/ops/composite.ts';
import { outputSize } from '../../compiler/ops/convolution.ts';
import { expand, isOp, scaled, sumTo, transposed } from '../../compiler/ops/nodes.ts';
import { cayleyNeumannCoefficients, polynomial } from '../../compiler/ops/polynomial.ts';
import type { ContractionPrim } from '../../compiler/primitives/prim.ts';
import { lowered } from '../support/evaluate.ts';
import '../../compiler/pipeline.ts';

const dims = (...shape: readonly number[]) => shape.map(dimConst);
const typed = (dtype: DType, shape: readonly number[]) =>
  input(`${dtype} ${shape}`, 'trainable', { shape: dims(...shape), dtype });
const tensor = (...shape: readonly number[]) => typed('f32', shape);
const half = (...shape: readonly number[]) => typed('f16', shape);
const index = (...shape: readonly number[]) => typed('i32', shape);
const skew = (b: number) => apply('skew', [tensor((b * (b - 1)) / 2)]);
const symmetric = (n: number) => apply('diag', [tensor(n)]);
const orthogonal = (b: number) => apply('cayley', [skew(b)]);
const series = (b: number) => polynomial(skew(b), [1, 2, 2, 1]);
const identity = (...shape: readonly number[]) => apply('identity', [], { shape: dims(...shape) });
const blocks = apply('blockDiag', [tensor(2, 3, 3)]);
const axis = (n: number, rest: Attrs = {}): Attrs => ({ axis: n, ...rest });

/** The arguments of attention for 5 tokens, with 4 heads of 3 channels and 2 key heads. */
const attended = (other: Partial<Record<'q' | 'k' | 'start' | 'v', Node>> = {}): Node[] =>
  Object.values({
    ...{ q: tensor(5, 4, 3), k: tensor(5, 2, 3), start: index(5), v: tensor(5, 2, 3) },
    ...other,
  });

type Refusal = readonly [op: string, args: readonly Node[], attrs: Attrs, code: string];
const REFUSED: readonly Refusal[] = [
  ['add', [tensor(2, 3), tensor(2)], {}, 'OFT2002'],
  ['add', [tensor(2), half(2)], {}, 'OFT2005'],
  ['add', [index(2), index(2)], {}, 'OFT2005'],
  ['matmul', [tensor(2, 3), tensor(2, 3)], {}, 'OFT2001'],
  ['matmul', [tensor(2, 3, 4), tensor(5, 4, 3)], {}, 'OFT2001'],
  ['matmul', [tensor(3), tensor(3, 3)], {}, 'OFT2003'],
  ['transpose', [tensor(3)], {}, 'OFT2003'],
  ['skew', [tensor(4)], {}, 'OFT2004'],
  ['skew', [tensor()], {}, 'OFT2004'],
  ['packSkew', [tensor(2, 3)], {}, 'OFT2003'],
  ['halfUpper', [tensor(2, 3)], {}, 'OFT2003'],
  ['cayley', [tensor(2, 3)], {}, 'OFT2003'],
  ['solve', [tensor(2, 3), tensor(2, 3)], {}, 'OFT2003'],
  ['solve', [tensor(3, 3), tensor(2, 3)], {}, 'OFT2001'],
  ['solve', [tensor(2, 3, 3), tensor(3, 1)], {}, 'OFT2001'],
  ['polynomial', [tensor(2, 3)], { coefs: [1] }, 'OFT2003'],
  ['polynomial', [tensor(2, 2)], { coefs: [] }, 'OFT2010'],
  ['polynomial', [tensor(2, 2)], { coefs: [1, Number.NaN] }, 'OFT2010'],
  ['expm', [tensor(2, 3)], {}, 'OFT2003'],
  ['householder', [tensor(3)], {}, 'OFT2003'],
  ['reflectSpan', [tensor(3)], {}, 'OFT2003'],
  ['identity', [], { shape: dims(2, 3) }, 'OFT2003'],
  ['blockDiag', [tensor(3, 3)], {}, 'OFT2003'],
  ['diagBlocks', [tensor(2, 4, 6)], { blocks: dimConst(2), rows: dimConst(2), cols: dimConst(3) }, 'OFT2007'],
  ['diagBlocks', [tensor(5, 6)], { blocks: dimConst(2), rows: dimConst(2), cols: dimConst(3) }, 'OFT2007'],
  ['diagBlocks', [tensor(4, 5)], { blocks: dimConst(2), rows: dimConst(2), cols: dimConst(3) }, 'OFT2007'],
  ['diag', [tensor(2, 2)], {}, 'OFT2003'],
  ['diag', [tensor()], {}, 'OFT2003'],
  ['diagonal', [tensor(2, 3)], {}, 'OFT2003'],
  ['diagonal', [tensor(2, 3, 3)], {}, 'OFT2003'],
  ['kronecker', [tensor(2, 2, 2), tensor(2, 2)], {}, 'OFT2003'],
  ['kronecker', [tensor(2, 2), tensor(2, 2, 2)], {}, 'OFT2003'],
  ['permutation', [tensor(3)], {}, 'OFT2005'],
  ['permutation', [index(3, 3)], {}, 'OFT2003'],
  ['permutation', [index()], {}, 'OFT2003'],
  ['shuffle', [], { digits: dims(2, 3), order: [0] }, 'OFT2006'],
  ['shuffle', [], { digits: dims(2, 3), order: [0, 0] }, 'OFT2006'],
  ['take', [tensor(3), tensor(2)], axis(0), 'OFT2005'],
  ['take', [tensor(3), index(2)], axis(1), 'OFT2006'],
  ['put', [tensor(2), tensor(2)], axis(0, { size: dimConst(3) }), 'OFT2005'],
  ['put', [tensor(2, 3), index(3)], axis(0, { size: dimConst(3) }), 'OFT2002'],
  ['put', [tensor(2, 3), index(2, 2)], axis(0, { size: dimConst(3) }), 'OFT2002'],
  ['put', [tensor(2), index(2, 3)], axis(0, { size: dimConst(3) }), 'OFT2002'],
  ['reshape', [tensor(2, 3)], { shape: dims(5) }, 'OFT2011'],
  ['permuteAxes', [tensor(2, 3)], { order: [0] }, 'OFT2006'],
  ['permuteAxes', [tensor(2, 3)], { order: [0, 0] }, 'OFT2006'],
  ['permuteAxes', [tensor(2, 3)], { order: [0, 2] }, 'OFT2006'],
  ['permuteAxes', [tensor(2, 3)], { order: [0, 1, 0] }, 'OFT2006'],
  ['slice', [tensor(3)], axis(1, { start: dimConst(0), length: dimConst(1) }), 'OFT2006'],
  ['slice', [tensor(3)], axis(0, { start: dimConst(1), length: dimConst(3) }), 'OFT2012'],
  ['slice', [tensor(3)], axis(0, { start: dimConst(-2), length: dimConst(2) }), 'OFT2012'],
  ['slice', [tensor(3)], axis(0, { start: dimConst(1), length: dimConst(-1) }), 'OFT2012'],
  ['pad', [tensor(3)], axis(1, { start: dimConst(0), size: dimConst(4) }), 'OFT2006'],
  ['concat', [tensor(2, 3), tensor(2, 4)], axis(0), 'OFT2002'],
  ['concat', [tensor(2, 3), tensor(2, 3)], axis(2), 'OFT2006'],
  ['sum', [tensor(2, 3)], { axes: [2] }, 'OFT2006'],
  ['sum', [tensor(2, 3)], { axes: [-1] }, 'OFT2006'],
  ['sum', [tensor(2, 3)], { axes: [0.5] }, 'OFT2006'],
  ['expand', [tensor(2, 3)], { shape: dims(3) }, 'OFT2002'],
  ['expand', [tensor(2)], { shape: dims(2, 3) }, 'OFT2002'],
  ['expand', [tensor(2)], { shape: dims(1) }, 'OFT2002'],
  ['expand', [tensor(1, 3)], { shape: dims(3) }, 'OFT2002'],
  ['project', [tensor(2), tensor(3)], {}, 'OFT2008'],
  ['project', [tensor(2), half(2)], {}, 'OFT2008'],
  ['logSumExp', [tensor()], {}, 'OFT2003'],
  ['logSumExp', [index(2)], {}, 'OFT2005'],
  ['pick', [tensor(), index()], {}, 'OFT2003'],
  ['pick', [tensor(2, 3), tensor(2)], {}, 'OFT2005'],
  ['pick', [tensor(2, 3), index(3)], {}, 'OFT2002'],
  ['pick', [tensor(2, 3), index(2, 3)], {}, 'OFT2002'],
  ['place', [tensor(), index()], { size: dimConst(3) }, 'OFT2003'],
  ['place', [tensor(2, 1), tensor(2)], { size: dimConst(3) }, 'OFT2005'],
  ['place', [tensor(2, 1), index(3)], { size: dimConst(3) }, 'OFT2002'],
  ['attention', attended({ q: tensor(5, 4) }), {}, 'OFT2003'],
  ['attention', attended({ k: tensor(5, 2, 3, 1) }), {}, 'OFT2003'],
  ['attention', attended({ v: tensor(5, 2) }), {}, 'OFT2003'],
  ['attention', attended({ q: half(5, 4, 3) }), {}, 'OFT2005'],
  ['attention', attended({ v: half(5, 2, 3) }), {}, 'OFT2005'],
  ['attention', attended({ start: tensor(5) }), {}, 'OFT2005'],
  ['attention', attended({ k: tensor(6, 2, 3) }), {}, 'OFT2002'],
  ['attention', attended({ k: tensor(5, 2, 4) }), {}, 'OFT2002'],
  ['attention', attended({ v: tensor(5, 4, 3) }), {}, 'OFT2002'],
  ['attention', attended({ start: index(4) }), {}, 'OFT2002'],
  ['attention', attended({ start: index(5, 1) }), {}, 'OFT2002'],
  ['attention', attended({ k: tensor(6, 2, 3), v: tensor(6, 2, 3) }), {}, 'OFT2002'],
  ['attention', attended({ start: index(4, 2) }), {}, 'OFT2002'],
  ['attention', attended({ start: index(5, 2), k: tensor(7, 2, 3) }), {}, 'OFT2002'],
  ['attention', attended({ start: index(5, 2), k: tensor(7, 2, 4), v: tensor(7, 2, 4) }), {}, 'OFT2002'],
  ['attention', attended({ q: tensor(5, 3, 3) }), {}, 'OFT2002'],
  // Kernels of no heads or no channels would not compile.
  ['attention', attended({ q: tensor(5, 0, 3) }), {}, 'OFT2002'],
  ['attention', attended({ q: tensor(5, 4, 0), k: tensor(5, 2, 0), v: tensor(5, 2, 0) }), {}, 'OFT2002'],
  ['attentionLse', attended({ q: tensor(5, 3, 3) }).slice(0, 3), {}, 'OFT2002'],
  ['attentionQuery', [...attended(), tensor(5, 3), tensor(5, 4, 3), tensor(5, 4)], {}, 'OFT2002'],
  ['attentionQuery', [...attended(), tensor(5, 4), tensor(5, 2, 3), tensor(5, 4)], {}, 'OFT2002'],
  ['attentionQuery', [...attended(), tensor(5, 4), tensor(5, 4, 3), half(5, 4)], {}, 'OFT2002'],
  ['attentionKeyValue', [...attended(), tensor(5, 4), tensor(5, 4, 3), tensor(4, 4)], {}, 'OFT2002'],
  ['unfold', [tensor(2, 3)], { kernel: 1, stride: 1, padding: 0 }, 'OFT2003'],
  ['unfold', [tensor(1, 1, 2, 2)], { kernel: 3, stride: 1, padding: 0 }, 'OFT2013'],
];

it('the gradient of attention by keys and values is (tokens, 2, key heads, channels)', () => {
  const args = [...attended(), tensor(5, 4), tensor(5, 4, 3), tensor(5, 4)];
  expect(apply('attentionKeyValue', args).type.shape).toEqual(dims(5, 2, 2, 3));
});

it('attention says what would have to agree', () => {
  const refusal = (start: Node, k: Node) => () => apply('attention', attended({ start, k, v: k }));
  expect(refusal(index(5), tensor(6, 2, 3))).toThrow(/\(6, 2, 3\) beside q .*: tokens and channels agree/);
  expect(refusal(index(5, 2), tensor(7, 2, 4))).toThrow(/\(7, 2, 4\) beside q .*: channels agree/);
  expect(refusal(index(4, 2), tensor(5, 2, 3))).toThrow(/\(5\), or the first and last key .*\(5, 2\)/);
});

it('attention to ranges has keys of their own', () => {
  const args = attended({ start: index(5, 2), k: tensor(7, 2, 3), v: tensor(7, 2, 3) });
  expect(apply('attention', args).type.shape).toEqual(dims(5, 4, 3));
  const gradient = [...args, tensor(5, 4), tensor(5, 4, 3), tensor(5, 4)];
  expect(apply('attentionKeyValue', gradient).type.shape).toEqual(dims(7, 2, 2, 3));
  expect(apply('attentionQuery', gradient).type.shape).toEqual(dims(5, 4, 3));
});

describe('signatures refuse', () => {
  it.each(REFUSED.map(([op, args, attrs, code]) => ({ op, args, attrs, code })))(
    '$op with $code',
    ({ op, args, attrs, code }) => {
      expect(() => apply(op, args, attrs)).toThrow(expect.objectContaining({ code }));
    },
  );

  it('a window that needs a size that is not known', () => {
    const window = { kernel: 2, stride: 1, padding: 0 };
    expect(() => outputSize(dimVar('n'), window)).toThrow(/bind 'n' to a number/);
    expect(() => outputSize(dimConst(1), window)).toThrow(/does not fit 1 pixels/);
    expect(constantOf(outputSize(dimConst(2), window))).toBe(1);
    expect(constantOf(outputSize(dimConst(8), { kernel: 3, stride: 2, padding: 1 }))).toBe(4);
  });

  it('a reshape by what it has and what it would have', () => {
    expect(() => apply('reshape', [tensor(2, 3)], { shape: dims(5) })).toThrow(
      "(2, 3) has '6' elements, (5) has '5'",
    );
  });

  it.each([0, 1.5, 65, Number.NaN])('a Neumann series of %d terms', (terms) => {
    expect(() => cayleyNeumannCoefficients(terms, 'peft-0.18')).toThrow(
      expect.objectContaining({ code: 'OFT2010' }),
    );
  });
});

describe('signatures accept', () => {
  const types: readonly (readonly [string, OpNode, readonly number[], DType])[] = [
    ['one batch axis beside none', apply('matmul', [tensor(2, 3, 4), tensor(4, 5)]), [2, 3, 5], 'f32'],
    ['f16', apply('matmul', [half(3, 4), half(4, 5)]), [3, 5], 'f16'],
    ['integers that are only read', apply('reshape', [index(2, 3)], { shape: dims(6) }), [6], 'i32'],
    [
      'put over two axes of an index',
      apply('put', [tensor(2, 3, 4), index(2, 3)], axis(0, { size: dimConst(9) })),
      [9, 4],
      'f32',
    ],
    ['a large packed triangle', skew(64), [64, 64], 'f32'],
    ['put inside', apply('put', [tensor(4, 2), index(2)], axis(1, { size: dimConst(3) })), [4, 3], 'f32'],
    [
      'a slice to the end',
      apply('slice', [tensor(3)], axis(0, { start: dimConst(1), length: dimConst(2) })),
      [2],
      'f32',
    ],
  ];
  it.each(types)('%s', (_, node, shape, dtype) => {
    expect(node.type.shape.map(constantOf)).toEqual(shape);
    expect(node.type.dtype).toBe(dtype);
  });

  it.each<readonly [number, readonly number[], readonly number[]]>([
    [1, [1], [1]],
    [2, [1, 2], [1, 2]],
    [3, [1, 2, 2, 1], [1, 2, 2]],
    [4, [1, 2, 2, 1], [1, 2, 2, 2]],
    [5, [1, 2, 2, 2, 1], [1, 2, 2, 2, 2]],
  ])('a Neumann series of %d terms', (terms, newer, older) => {
    expect(cayleyNeumannCoefficients(terms, 'peft-0.18')).toEqual(newer);
    expect(cayleyNeumannCoefficients(terms, 'peft-0.17')).toEqual(older);
    expect(cayleyNeumannCoefficients(64, 'peft-0.17')).toHaveLength(64);
  });

  it('a slice of an axis that tokens decide', () => {
    const x = input('x', 'input', { shape: [dimVar('tokens')], dtype: 'f32' });
    const length = dimConst(5);
    expect(apply('slice', [x], axis(0, { start: dimConst(0), length })).type.shape).toEqual([length]);
  });
});

const EXACT: Facts = { orthogonal: { kind: 'exact' } };
const approximate = (residual: string): Facts => ({ orthogonal: { kind: 'approximate', residual } });
const scale = (a: Node) => apply('scale', [a], { by: { num: 2n, den: 1n } });
const to = (a: Node, ...shape: readonly number[]) => apply('expand', [a], { shape: dims(...shape) });
const plus = (...terms: readonly Node[]) => apply('add', terms);
const minus = (a: Node, b: Node) => plus(a, scaled(-1, b));
const t = (a: Node) => apply('transpose', [a]);
/** Two unrelated matrices. */
const [A, B] = ['A', 'B'].map((name) => input(name, 'trainable', tensor(3, 3).type)) as [Node, Node];

const Q = skew(3);

describe('facts', () => {
  it.each<readonly [string, Node, Facts]>([
    ['skew', skew(3), { skewSymmetric: true }],
    ['diag', symmetric(3), { symmetric: true }],
    ['identity', identity(3, 3), { ...EXACT, symmetric: true }],
    ['cayley of a skew matrix', orthogonal(3), EXACT],
    ['cayley of another', apply('cayley', [tensor(3, 3)]), {}],
    ['permutation', apply('permutation', [index(3)]), EXACT],
    ['shuffle', apply('shuffle', [], { digits: dims(2, 3), order: [1, 0] }), EXACT],
    ['householder', apply('householder', [tensor(3, 2)]), EXACT],
    ['reflectSpan', apply('reflectSpan', [tensor(3, 2)]), { ...EXACT, symmetric: true }],
    ['sum of skew matrices', apply('add', [skew(3), scale(skew(3))]), { skewSymmetric: true }],
    ['sum of symmetric matrices', apply('add', [symmetric(3), identity(3, 3)]), { symmetric: true }],
    ['sum of both', apply('add', [symmetric(3), skew(3)]), {}],
    ['sum with a scalar broadcast', apply('add', [skew(3), skew(1)]), {}],
    ['multiple', scale(symmetric(3)), { symmetric: true }],
    ['multiple of an orthogonal matrix', scale(orthogonal(3)), {}],
    ['transpose', apply('transpose', [skew(3)]), { skewSymmetric: true }],
    ['blocks', apply('blockDiag', [apply('cayley', [apply('skew', [tensor(2, 3)])])]), EXACT],
    ['product', apply('matmul', [orthogonal(3), orthogonal(3)]), EXACT],
    ['product with another', apply('matmul', [orthogonal(3), tensor(3, 3)]), {}],
    ['product with a series', apply('matmul', [orthogonal(3), series(3)]), approximate('O(‖Q‖^6)')],
    ['AᵀA', apply('matmul', [t(A), A]), { symmetric: true }],
    ['AAᵀ', apply('matmul', [A, t(A)]), { symmetric: true }],
    ['A·A', apply('matmul', [A, A]), {}],
    ['Aᵀ·B', apply('matmul', [t(A), B]), {}],
    ['Q·Q', apply('matmul', [Q, Q]), { symmetric: true }],
    ['Q·Q·Q', apply('matmul', [Q, Q, Q]), { skewSymmetric: true }],
    ['two skew matrices', apply('matmul', [minus(A, t(A)), Q]), {}],
    ['A·D·Aᵀ', apply('matmul', [A, symmetric(3), t(A)]), { symmetric: true }],
    ['A·Q·Aᵀ', apply('matmul', [A, Q, t(A)]), { skewSymmetric: true }],
    ['A·B·Aᵀ', apply('matmul', [A, B, t(A)]), {}],
    ['D·A·D', apply('matmul', [symmetric(3), A, symmetric(3)]), {}],
    ['Q·D·Q', apply('matmul', [Q, symmetric(3), Q]), { symmetric: true }],
    ['Kronecker product', apply('kronecker', [orthogonal(2), orthogonal(3)]), EXACT],
    ['Kronecker product, one side', apply('kronecker', [orthogonal(2), tensor(3, 3)]), {}],
    ['Kronecker product, other side', apply('kronecker', [tensor(3, 3), orthogonal(2)]), {}],
    [
      'Kronecker product with a series',
      apply('kronecker', [orthogonal(2), series(3)]),
      approximate('O(‖Q‖^6)'),
    ],
    ['repeated', to(orthogonal(3), 2, 3, 3), EXACT],
    ['a batch repeated', to(apply('cayley', [apply('skew', [tensor(1, 3)])]), 2, 3, 3), EXACT],
    ['repeated within', to(orthogonal(1), 2, 2), {}],
    ['repeated rows', to(tensor(3), 3, 3), {}],
    ['detached', apply('detach', [orthogonal(3)]), EXACT],
    ['projected', apply('project', [tensor(3, 3), orthogonal(3)]), EXACT],
    ['series of odd degree', series(3), approximate('O(‖Q‖^6)')],
    ['series of even degree', polynomial(skew(3), [1, 2, 1]), approximate('O(‖Q‖^2)')],
    ['series of PEFT ≤ 0.17', polynomial(skew(3), [1, 2, 2]), approximate('O(‖Q‖^3)')],
    ['series of one power', polynomial(skew(3), [1, 1]), approximate('O(‖Q‖^2)')],
    ['series of another matrix', polynomial(tensor(3, 3), [1, 2, 1]), {}],
    ['another polynomial', polynomial(skew(3), [1, 3, 1]), {}],
    ['constant polynomial', polynomial(skew(3), [1]), {}],
    ['input', tensor(3, 3), {}],
    ['A − Aᵀ', minus(A, t(A)), { skewSymmetric: true }],
    ['Aᵀ − A', minus(t(A), A), { skewSymmetric: true }],
    ['A + Aᵀ', plus(A, t(A)), { symmetric: true }],
    ['Aᵀ + A', plus(t(A), A), { symmetric: true }],
    ['2A − 2Aᵀ', minus(scale(A), scale(t(A))), { skewSymmetric: true }],
    ['2A + 2Aᵀ', plus(scale(A), scale(t(A))), { symmetric: true }],
    ['2A − Aᵀ', minus(scale(A), t(A)), {}],
    ['A − Bᵀ', minus(A, t(B)), {}],
    ['A + Bᵀ', plus(A, t(B)), {}],
    ['A − A', minus(A, A), {}],
    ['A + Aᵀ + A', plus(A, t(A), A), {}],
    [
      'M − Mᵀ of a product',
      minus(apply('matmul', [A, B]), t(apply('matmul', [A, B]))),
      { skewSymmetric: true },
    ],
    ['A·B − Aᵀ·Bᵀ', minus(apply('matmul', [A, B]), apply('matmul', [t(A), t(B)])), {}],
    ['T − Tᵀ of blocks', minus(tensor(2, 3, 3), t(tensor(2, 3, 3))), { skewSymmetric: true }],
    ['a vector with itself', plus(tensor(3), tensor(3)), {}],
    ['a row and a column', plus(tensor(1, 3), t(tensor(1, 3))), {}],
    ['cayley(A − Aᵀ)', apply('cayley', [minus(A, t(A))]), EXACT],
    ['cayley(A − Bᵀ)', apply('cayley', [minus(A, t(B))]), {}],
    ['cayley(A + Aᵀ)', apply('cayley', [plus(A, t(A))]), {}],
  ])('of %s', (_, node, facts) => {
    expect(factsOf(node)).toEqual(facts);
    if (node.kind === 'op') expect(factsOf(node)).toBe(factsOf(node));
  });
});

it('the cost and the size of a structure are those of its blocks', () => {
  const node = apply('blockDiag', [tensor(3, 4, 5)]);
  const s = structureOf(node)!;
  expect(constantOf(s.ops(node, dimConst(7)))).toBe(2 * 7 * 3 * 4 * 5);
  expect(constantOf(s.elements(node))).toBe(3 * 4 * 5);
  expect(s.compose!(node, apply('blockDiag', [tensor(3, 5, 2)]))).toMatchObject({ op: 'blockDiag' });
  expect(s.compose!(node, apply('blockDiag', [tensor(5, 3, 2)]))).toBeUndefined();
  expect(s.compose!(node, apply('blockDiag', [tensor(3, 4, 5)]))).toBeUndefined();
  expect(s.compose!(node, apply('blockDiag', [tensor(2, 5, 1)]))).toBeUndefined();
});

it('products of structures keep it, and as written nothing does', () => {
  const [a, b] = [apply('blockDiag', [tensor(2, 3, 3)]), apply('blockDiag', [tensor(2, 3, 1)])];
  const kind = (y: Node, structured: boolean) => lowered({ y }, structured).outputs[0]!.prim.kind;
  expect(kind(apply('matmul', [a, b]), true)).toBe('map');
  expect(kind(apply('matmul', [a, b]), false)).toBe('contraction');
  expect(kind(apply('matmul', [tensor(2, 6), symmetric(6)]), true)).toBe('map');
  expect(kind(apply('matmul', [symmetric(6), tensor(6, 2)]), true)).toBe('map');
  // Sums run within a block only.
  const depth = (y: Node) => (lowered({ y }).outputs[0]!.prim as ContractionPrim).over.map((o) => o.extent);
  expect(depth(apply('matmul', [a, tensor(6, 2)]))).toEqual(dims(3));
  expect(depth(apply('matmul', [tensor(2, 6), a]))).toEqual(dims(3));
  const blocks = { blocks: dimConst(2), rows: dimConst(3), cols: dimConst(3) };
  const projected = apply('diagBlocks', [apply('matmul', [tensor(6, 2), tensor(2, 6)])], blocks);
  expect(kind(projected, true)).toBe('contraction');
  expect(kind(projected, false)).toBe('map');
});

it('structures of two kinds have no product that keeps both', () => {
  register({ ...operator('blockDiag'), name: 'other blocks', structure: { ...structureOf(blocks)! } });
  const other = apply('other blocks', [tensor(2, 3, 3)]);
  const kind = (y: Node) => lowered({ y }).outputs[0]!.prim.kind;
  expect(kind(apply('matmul', [blocks, blocks]))).toBe('map');
  expect(kind(apply('matmul', [blocks, other]))).toBe('contraction');
  unregister('other blocks');
});

it('nodes are built only where they do something', () => {
  expect(transposed(transposed(A))).toBe(A);
  expect(expand(A, A.type.shape)).toBe(A);
  expect(sumTo(A, A.type.shape)).toBe(A);
  expect(scaled(1, A)).toBe(A);
  expect(printNode(scaled(2, scaled(3, A)))).toBe('6·A');
});

it('the gradient of a polynomial takes no product for its highest power alone', () => {
  const by = (coefs: readonly number[]) => operator('polynomial').vjp(polynomial(A, coefs) as OpNode, B);
  expect(by([1, 2]).map((g) => printNode(g!))).toEqual(['2·B']);
  expect(by([1, 2, 3]).map((g) => printNode(g!))).toEqual(['B·(2I + 3A)ᵀ + 3·Aᵀ·B']);
  expect(by([1])).toEqual([undefined]);
});

it('a reshape splits and joins beside an axis that tokens decide, and where there is nothing', () => {
  const shape = (...all: readonly (number | 'tokens')[]) =>
    all.map((n) => (n === 'tokens' ? dimVar(n) : dimConst(n)));
  const reshaped = (from: Dim[], to: Dim[]) =>
    lowered({ y: apply('reshape', [input('x', 'input', { shape: from, dtype: 'f32' })], { shape: to }) });
  expect(() => reshaped(shape(6, 'tokens', 5), shape(2, 3, 'tokens', 5))).not.toThrow();
  expect(() => reshaped(shape('tokens', 6), shape('tokens', 2, 3))).not.toThrow();
  expect(() => reshaped(shape(1, 'tokens'), shape('tokens', 1))).not.toThrow();
  expect(() => reshaped(shape(0), shape(0, 3))).not.toThrow();
  expect(() => reshaped(shape(0, 3), shape(0))).not.toThrow();
  expect(JSON.stringify(reshaped(shape(2, 0, 3), shape(0, 5)).outputs[0]!.prim, text)).not.toContain(
    '"by":0',
  );
  expect(() => reshaped(shape(2, 'tokens'), shape('tokens', 2))).toThrow(
    expect.objectContaining({ code: 'OFT2011' }),
  );
});

const text = (_: string, v: unknown) => (typeof v === 'bigint' ? `${v}` : v);

it('as written, views run no kernel of their own, and nothing else is free', () => {
  const x = tensor(2, 2);
  const views: readonly Node[] = [
    apply('transpose', [x]),
    apply('reshape', [x], { shape: dims(4) }),
    apply('permuteAxes', [x], { order: [1, 0] }),
    apply('slice', [x], axis(0, { start: dimConst(0), length: dimConst(1) })),
    to(x, 3, 2, 2),
    apply('detach', [t(x)]),
    apply('project', [x, t(x)]),
  ];
  const stored = (y: Node) => lowered({ y }, false).outputs[0]!.prim.stored === true;
  for (const v of views) expect(stored(v)).toBe(false);
  for (const y of [scale(x), apply('skew', [tensor(1)]), apply('matmul', [x, x])])
    expect(stored(y)).toBe(true);
});

it('a sum of as many tensors as a kernel reads is one kernel', () => {
  const reads = (n: number) =>
    lowered({
      y: apply(
        'add',
        Array.from({ length: n }, () => tensor(2)),
      ),
    });
  expect(reads(7).outputs[0]!.prim.args).toHaveLength(7);
  expect(reads(8).outputs[0]!.prim.args).toHaveLength(2);
});

it('operators are registered once and known by name', () => {
  expect(() => register(operator('skew'))).toThrow(expect.objectContaining({ code: 'OFT9001' }));
  register({ ...operator('skew'), name: 'skew of a moment' });
  unregister('skew of a moment');
  expect(() => operator('skew of a moment')).toThrow(expect.objectContaining({ code: 'OFT9002' }));
  expect(() => operator('skews')).toThrow(expect.objectContaining({ code: 'OFT9002' }));
  expect(isOp(skew(2), 'skew')).toBe(true);
  expect(isOp({ ...tensor(2), op: 'skew' } as Node, 'skew')).toBe(false);
});

it('a composite is differentiated through its definition, in the arguments that it uses', () => {
  const define = ({ args: [a, b] }: OpNode) => apply('mul', [a!, apply('mul', [a!, b!])]);
  registerComposite({ name: 'squareTimes', law: 'a² ⊙ b', type: ([a]) => a!, define });
  const [a, b, c, g] = ['a', 'b', 'c', 'g'].map((name) =>
    input(name, 'frozen', { shape: dims(2), dtype: 'f32' }),
  ) as [Node, Node, Node, Node];
  const node = apply('squareTimes', [a, b, c]);
  expect(printNode(defined(node)!)).toBe('a ⊙ (a ⊙ b)');
  expect([a, apply('mul', [a, b])].map(defined)).toEqual([undefined, undefined]);
  const [byA, byB, byC] = operator('squareTimes').vjp(node, g);
  expect([byA, byB].map((n) => printNode(n!))).toEqual(['g ⊙ (a ⊙ b) + (g ⊙ a) ⊙ b', '(g ⊙ a) ⊙ a']);
  expect(byC).toBeUndefined();
  unregister('squareTimes');
});
