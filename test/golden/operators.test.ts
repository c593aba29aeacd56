/** Results of operators that move, pick or repeat elements, on tensors small enough to compute by hand. */
import { describe, expect, it } from 'vitest';
import { dimConst } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { apply, input, topological } from '../../compiler/ir/build.ts';
import type { Attrs, Node } from '../../compiler/ir/node.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { isOp } from '../../compiler/ops/nodes.ts';
import { polynomial } from '../../compiler/ops/polynomial.ts';
import type { Expr } from '../../compiler/primitives/expr.ts';
import { bestScheme, evaluate } from '../../compiler/rewrite/rules/polynomials.ts';
import { type TensorValue, tensor } from '../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { lowered } from '../support/evaluate.ts';
import '../../compiler/pipeline.ts';

const dims = (...shape: readonly number[]) => shape.map(dimConst);
const values = new Map<string, TensorValue<number>>();
/** Makes an input node, and stores the numbers that it stands for. */
function given(shape: readonly number[], numbers: readonly number[], dtype: 'f32' | 'i32' = 'f32'): Node {
  const name = `a${values.size}`;
  values.set(name, tensor(shape, numbers));
  return input(name, 'frozen', { shape: dims(...shape), dtype });
}
/** An input that holds 1, 2, 3, …. */
const counted = (...shape: readonly number[]): Node =>
  given(
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1),
  );
const results = (node: Node): number[][] =>
  [false, true].map((structured) => {
    const program = lowered({ y: node }, structured);
    const inputs = Object.fromEntries(program.inputs.map((i) => [i.name, values.get(i.name)!]));
    return [...interpret(program, float64, inputs, 0).y!.values];
  });

const x = counted(2, 3);
const cycle = given([3], [1, 2, 0], 'i32');
const p = apply('permutation', [cycle]);
const back = apply('permutation', [cycle], { inverse: true });
const times = (...args: readonly Node[]) => apply('matmul', args);
const column = counted(3, 1);

const sparse = (...rows: readonly (readonly number[])[]) =>
  apply('sparse', [counted(3), given([rows.length, 3], rows.flat(), 'i32')], {
    rows: dimConst(3),
    cols: dimConst(5),
  });
const entries = (a: Node) => apply('entries', [a, given([2, 3], [0, 2, 2, 4, 0, 3], 'i32')]);
const hadamard = (n: number) => apply('hadamard', [], { size: dimConst(n) });
const phases = (n: number) => apply('phases', [], { size: dimConst(n) });
/** The Walsh–Hadamard transform of 1, 2, 3, …: for each j, Σᵢ ±(i + 1) with the sign of the parity of i & j. */
const walsh = (n: number): number[] =>
  Array.from({ length: n }, (_, j) =>
    Array.from({ length: n }, (_, i) => i + 1).reduce((sum, x) => {
      const ones = [...((x - 1) & j).toString(2)].filter((bit) => bit === '1').length;
      return sum + (ones % 2 ? -x : x);
    }, 0),
  );

describe('by hand', () => {
  it.each<readonly [string, Node, readonly number[]]>([
    ['a permutation', p, [0, 0, 1, 1, 0, 0, 0, 1, 0]],
    ['its inverse', back, [0, 1, 0, 0, 0, 1, 1, 0, 0]],
    ['x·P reads columns', times(x, p), [2, 3, 1, 5, 6, 4]],
    ['x·Pᵀ reads them back', times(x, back), [3, 1, 2, 6, 4, 5]],
    ['P·y', times(p, column), [3, 1, 2]],
    ['Pᵀ·y', times(back, column), [2, 3, 1]],
    ['take of columns', apply('take', [x, given([2], [2, 0], 'i32')], { axis: 1 }), [3, 1, 6, 4]],
    [
      'take by a matrix of indices',
      apply('take', [counted(3), given([2, 2], [2, 0, 1, 1], 'i32')], { axis: 0 }),
      [3, 1, 2, 2],
    ],
    [
      'put adds where indices meet',
      apply('put', [x, given([3], [1, 1, 0], 'i32')], { axis: 1, size: dimConst(2) }),
      [3, 3, 6, 9],
    ],
    ['skew', apply('skew', [counted(3)]), [0, 1, 2, -1, 0, 3, -2, -3, 0]],
    ['packed triangle', apply('packSkew', [given([3, 3], [0, 5, 7, 1, 0, 9, 2, 3, 0])]), [4, 5, 6]],
    [
      'packed triangle of four',
      apply('packSkew', [given([4, 4], [0, 1, 2, 3, 0, 0, 4, 5, 0, 0, 0, 6, 0, 0, 0, 0])]),
      [1, 2, 3, 4, 5, 6],
    ],
    ['half the upper triangle', apply('halfUpper', [given([2, 2], [2, 3, 4, 6])]), [1, 3, 0, 3]],
    [
      'half the upper triangle of each',
      apply('halfUpper', [given([2, 2, 2], [2, 3, 4, 6, 8, 5, 7, 4])]),
      [1, 3, 0, 3, 4, 5, 0, 2],
    ],
    ['diag(T)', apply('blockDiag', [counted(2, 1, 2)]), [1, 2, 0, 0, 0, 0, 3, 4]],
    [
      'blocks',
      apply('diagBlocks', [counted(2, 4)], { blocks: dimConst(2), rows: dimConst(1), cols: dimConst(2) }),
      [1, 2, 7, 8],
    ],
    ['a diagonal matrix', apply('diag', [counted(2)]), [1, 0, 0, 2]],
    ['its product', times(x, apply('diag', [counted(3)])), [1, 4, 9, 4, 10, 18]],
    ['its product from the left', times(apply('diag', [counted(2)]), x), [1, 2, 3, 8, 10, 12]],
    ['a diagonal', apply('diagonal', [counted(2, 2)]), [1, 4]],
    ['a Kronecker product', apply('kronecker', [counted(1, 2), given([2, 1], [1, 10])]), [1, 2, 10, 20]],
    [
      'its product',
      times(counted(1, 2), apply('kronecker', [counted(1, 2), given([2, 1], [1, 10])])),
      [21, 42],
    ],
    ['phases of one point', phases(1), [0]],
    [
      'phases of a Fourier matrix',
      phases(4),
      [0, 0, 0, 0, 0, 1, 2, 3, 0, 2, 0, 2, 0, 3, 2, 1].map((q) => q / 4),
    ],
    ['a sparse matrix', sparse([0, 2, 2], [4, 0, 3]), [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 3, 0]],
    [
      'one with the order of its positions',
      sparse([2, 0, 2], [3, 4, 0], [1, 2, 0]),
      [0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 3, 0, 0, 1, 0],
    ],
    ['entries of a matrix', entries(counted(3, 5)), [5, 11, 14]],
    ['entries of a product', entries(times(column, counted(1, 5))), [5, 3, 12]],
    ['a Hadamard matrix of order 1', hadamard(1), [1]],
    ['a Hadamard matrix', hadamard(4), [1, 1, 1, 1, 1, -1, 1, -1, 1, 1, -1, -1, 1, -1, -1, 1]],
    ['its product by columns of 16', times(counted(1, 64), hadamard(64)), walsh(64)],
    ['its product from the left', times(hadamard(64), counted(64, 1)), walsh(64)],
    [
      'a shuffle of digits',
      times(counted(1, 6), apply('shuffle', [], { digits: dims(2, 3), order: [1, 0] })),
      [1, 4, 2, 5, 3, 6],
    ],
    [
      'a reshape across sizes of one',
      apply('reshape', [counted(1, 2, 1, 3)], { shape: dims(3, 2) }),
      [1, 2, 3, 4, 5, 6],
    ],
    [
      'a reshape in the middle',
      times(apply('reshape', [counted(2, 3, 2)], { shape: dims(2, 6) }), given([6, 1], [1, 0, 0, 0, 0, 100])),
      [601, 1207],
    ],
    ['a pad', apply('pad', [counted(2)], { axis: 0, start: dimConst(1), size: dimConst(4) }), [0, 1, 2, 0]],
    [
      'a concatenation of three',
      apply('concat', [counted(1, 1), counted(1, 2), counted(1, 1)], { axis: 1 }),
      [1, 1, 2, 1],
    ],
    [
      'a window',
      apply('unfold', [counted(1, 1, 2, 3)], { kernel: 2, stride: 1, padding: 0 }),
      [1, 2, 4, 5, 2, 3, 5, 6],
    ],
    [
      'a window with stride and padding',
      apply('unfold', [counted(1, 1, 3, 3)], { kernel: 2, stride: 2, padding: 1 }),
      [0, 0, 0, 1, 0, 0, 2, 3, 0, 4, 0, 7, 5, 6, 8, 9],
    ],
    ['a zero polynomial', polynomial(counted(2, 2), [0, 0]), [0, 0, 0, 0]],
  ])('%s', (_, node, expected) => {
    for (const result of results(node)) expect(result.map((r) => r + 0)).toEqual(expected);
  });
});

it('the exponential of a rotation by 4 is right to 48 bits', () => {
  const [cos, sin] = results(apply('expm', [apply('skew', [given([1], [4])])]))[1]!;
  expect(Math.abs(cos! - Math.cos(4))).toBeLessThan(2 ** -48);
  expect(Math.abs(sin! - Math.sin(4))).toBeLessThan(2 ** -48);
});

/** The number of matrix products that evaluating a polynomial takes. */
it.each<readonly [readonly number[], number]>([
  [[0], 0],
  [[3], 0],
  [[1, 2], 0],
  [[1, 1], 0],
  [[1, 2, 1], 1],
  [[1, 2, 2, 1], 2],
  [[1, 2, 2, 2, 1], 2],
  [[1, 2, 2, 2, 2, 1], 3],
  [[1, 2, 2, 2, 2, 2, 1], 3],
  [[1, 2, 2, 2, 2, 2, 2, 1], 4],
  [[1, 3, 3, 1], 2],
  [[1, 3, 4, 4, 3, 1], 3],
  [[0, 0, 1], 1],
  [[1, 2, 3, 5], 2],
  [[1, 0, 0, 1], 2],
  [[1, 2, 3, 5, 7], 2],
  [[1, 2, 3, 5, 7, 11], 3],
  // Polynomials with a factor (1 + q)², and similar ones without.
  [[1, 5, 8, 5, 1], 2],
  [[1, 4, 5, 2], 2],
  [[1, 3, 5, 8, 5], 2],
  [[1, 2, 3, 5, 7, 11, 13, 17, 19], 4],
])('polynomial %j takes %d products', (coefs, products) => {
  const q = counted(2, 2);
  const node = evaluate(q, coefs);
  expect(bestScheme(coefs).products).toBe(products);
  expect(topological([node]).filter((n) => isOp(n, 'matmul'))).toHaveLength(products);
  const three = evaluate(given([1, 1], [3]), coefs);
  for (const [value] of results(three)) expect(value).toBe(coefs.reduce((s, c, k) => s + c * 3 ** k, 0));
});

it('a polynomial that is one power computes that power alone', () => {
  const q = input('q', 'frozen', { shape: dims(2, 2), dtype: 'f32' });
  expect(printNode(evaluate(q, [0, 0, 0, 1]))).toBe('q·(q·q)');
});

const outer = times(counted(4, 2), counted(2, 4));
/** Kernels expect a contraction's rows in its first factor and its columns in its second. */
it.each<readonly [string, Node]>([
  ['a product', times(x, column)],
  ['rows times blocks', times(counted(1, 4), apply('blockDiag', [counted(2, 2, 3)]))],
  ['blocks times columns', times(apply('blockDiag', [counted(2, 3, 2)]), counted(4, 1))],
  [
    'blocks of a product',
    apply('diagBlocks', [outer], { blocks: dimConst(2), rows: dimConst(2), cols: dimConst(2) }),
  ],
])('%s has its rows before its columns', (_, node) => {
  const { prim } = lowered({ y: node }).outputs[0]!;
  if (prim.kind !== 'contraction') throw new Error(`lowered to ${prim.kind}`);
  const used = (e: Expr) => [...JSON.stringify(e).matchAll(/"axis","name":"(\w+)"/g)].map((m) => m[1]!);
  const [a, b] = [used(prim.a), used(prim.b)];
  const places = prim.axes.flatMap(({ name }) =>
    a.includes(name) === b.includes(name) ? [] : [a.includes(name) ? 'row' : 'column'],
  );
  expect(places).toEqual(['row', 'column']);
});

describe('operators refuse', () => {
  const refused = (op: string, args: readonly Node[], attrs: Attrs = {}): string => {
    try {
      apply(op, args, attrs);
    } catch (e) {
      if (e instanceof OftcError) return `${e.code} ${e.message}`;
      throw e;
    }
    throw new Error(`${op} was not refused`);
  };

  it('a negative size, even where two of them have a product that fits', () => {
    for (const shape of [
      [3, -2],
      [-3, -2],
    ]) {
      expect(refused('reshape', [x], { shape: dims(...shape) })).toContain('no size is worked out for you');
    }
  });

  it('a vector as a matrix, with what makes it one, and a scalar, which nothing does', () => {
    expect(refused('matmul', [x, counted(3)])).toContain("a vector is one column as reshape('3', 1)");
    expect(refused('matmul', [x, counted()])).toMatch(/^OFT2003 .* got shape \(\)$/);
  });
});
