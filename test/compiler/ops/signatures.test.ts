/** The types of operators: what they make of their arguments, and which arguments they refuse. */
import { describe, expect, it } from 'vitest';
import { constantOf, type Dim, dimConst, dimVar, parseDim } from '../../../compiler/dims/dims.ts';
import { fromNumber, rational } from '../../../compiler/dims/rational.ts';
import { apply, input } from '../../../compiler/ir/build.ts';
import type { Attrs, DType, Node, OpNode } from '../../../compiler/ir/node.ts';
import { limits } from '../../../compiler/limits.ts';
import { outputSize } from '../../../compiler/ops/convolution.ts';
import { cayleyNeumannCoefficients, squaringsOf } from '../../../compiler/ops/polynomial.ts';
import { axis, dims, half, index, skew, tensor } from './operands.ts';

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
  ['cayley', [tensor()], {}, 'OFT2003'],
  ['transpose', [tensor()], {}, 'OFT2003'],
  ['polynomial', [tensor(2, 2)], { coefs: Array(limits.coefficients.most + 1).fill(1) }, 'OFT2010'],
  ['expm', [tensor(2, 2)], { maxNorm: rational(0n) }, 'OFT2010'],
  ['identity', [], { shape: dims(2, 3) }, 'OFT2003'],
  ['phases', [], { size: dimConst(0) }, 'OFT2003'],
  ['phases', [], { size: dimConst(46_341) }, 'OFT2003'],
  ['phases', [], { size: dimVar('tokens') }, 'OFT2003'],
  ['sparse', [tensor(4), tensor(2, 4)], { rows: dimConst(3), cols: dimConst(3) }, 'OFT2005'],
  ['sparse', [tensor(4), index(4, 4)], { rows: dimConst(3), cols: dimConst(3) }, 'OFT2003'],
  ['sparse', [tensor(4), index(4)], { rows: dimConst(3), cols: dimConst(3) }, 'OFT2003'],
  ['sparse', [tensor(3), index(2, 4)], { rows: dimConst(3), cols: dimConst(3) }, 'OFT2002'],
  ['sparse', [tensor(4), index(2, 4)], { rows: dimVar('tokens'), cols: dimConst(3) }, 'OFT2003'],
  ['sparse', [tensor(7), index(2, 7)], { rows: dimConst(2), cols: dimConst(3) }, 'OFT2003'],
  ['sparse', [tensor(1), index(2, 1)], { rows: dimConst(2 ** 16), cols: dimConst(2 ** 15) }, 'OFT2003'],
  ['entries', [tensor(3, 3), tensor(2, 4)], {}, 'OFT2005'],
  ['entries', [tensor(2, 3, 3), index(2, 4)], {}, 'OFT2003'],
  ['hadamard', [], { size: dimConst(0) }, 'OFT2003'],
  ['hadamard', [], { size: dimConst(12) }, 'OFT2003'],
  ['hadamard', [], { size: parseDim('1/2') }, 'OFT2003'],
  ['hadamard', [], { size: dimVar('tokens') }, 'OFT2003'],
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
  ['straightThrough', [tensor(2), tensor(3)], {}, 'OFT2002'],
  ['straightThrough', [tensor(2), half(2)], {}, 'OFT2005'],
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
  ['attention', attended(), { softCap: { num: 0n, den: 1n } }, 'OFT2010'],
  ['attention', attended(), { softCap: { num: -1n, den: 2n } }, 'OFT2010'],
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

const range = (start: Dim, length: Dim) => axis(0, { start, length });
const [n, five, minus2] = [dimVar('n'), dimConst(5), dimConst(-2)];
const vector = input('v', 'trainable', { shape: [n], dtype: 'f32' });

it.each<readonly [op: string, message: string, args: readonly Node[], attrs: Attrs]>([
  [
    'transpose',
    "got the vector (3): for u·uᵀ write u.reshape('3', 1).matmul(u.reshape(1, '3'))",
    [tensor(3)],
    {},
  ],
  ['cayley', 'cayley needs a matrix', [tensor(4)], {}],
  ['cayley', 'cayley needs square matrices but got shape (3)', [tensor(3)], {}],
  [
    'slice',
    "'-2' is before the start of axis 0: from its end, write '3'",
    [tensor(5)],
    range(minus2, dimConst(2)),
  ],
  ['slice', 'so 1:-2 is slice(0, 1, 2)', [tensor(5)], range(dimConst(1), minus2)],
  ['slice', "so 1:-2 is slice(0, 1, 'n - 3')", [vector], range(dimConst(1), minus2)],
  [
    'slice',
    "'7' is past the end of axis 0, '5': slice takes a start and a length, so 2:5 is slice(0, 2, 3)",
    [tensor(5)],
    range(dimConst(2), five),
  ],
  [
    'slice',
    "'6' is past the end of axis 0, '5', whose elements are 0 to 4",
    [tensor(5)],
    range(five, dimConst(1)),
  ],
  ['slice', "'n + 1' is past the end of axis 0, 'n'", [vector], range(n, dimConst(1))],
])('%s says: %s', (op, message, args, attrs) => {
  expect(() => apply(op, args, attrs)).toThrow(message);
});

it('a matrix that is not square is told with its operator and shape, from which advice is made', () => {
  const refused = { operator: 'cayley', shape: dims(3) };
  expect(() => apply('cayley', [tensor(3)])).toThrow(expect.objectContaining(refused));
});

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
    [
      'as many coefficients as a polynomial may have',
      apply('polynomial', [tensor(2, 2)], { coefs: Array(limits.coefficients.most).fill(1) }),
      [2, 2],
      'f32',
    ],
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

  it.each([
    [undefined, 6],
    [1 / 16, 0],
    [1 / 15, 1],
    [1, 4],
    [1.5, 5],
  ])('an exponential of norm at most %s, by %i squarings', (norm, squarings) => {
    expect(squaringsOf({ attrs: norm === undefined ? {} : { maxNorm: fromNumber(norm) } })).toBe(squarings);
  });

  it('a slice of an axis that tokens decide', () => {
    const x = input('x', 'input', { shape: [dimVar('tokens')], dtype: 'f32' });
    const length = dimConst(5);
    expect(apply('slice', [x], axis(0, { start: dimConst(0), length })).type.shape).toEqual([length]);
  });
});
