/** Products whose results lanes keep: which ones, and the steps of their loops. */
import { describe, expect, it } from 'vitest';
import { dimConst } from '../../../../compiler/dims/dims.ts';
import { ax, iadd, int } from '../../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../../compiler/primitives/expr.ts';
import type { ContractionPrim } from '../../../../compiler/primitives/prim.ts';
import { type Axes, contraction, load, type Size } from '../../../../test/kernels-gen/build.ts';
import { batches } from '../../../../test/kernels-gen/schedule/contractions.ts';
import { isAcross, isAlong, isByRow, keptProduct, keptSteps, widthAlong } from '../blocks/product.ts';

const sizes = (of: Readonly<Record<string, Size>>): Axes => Object.entries(of);
const K = sizes({ k: 8 });
const product = (of: Axes, a: Expr, b: Expr, over = K): ContractionPrim =>
  contraction('y', [], of, over, a, b);
/** A product, and those that are added to it. */
type Sum = readonly [ContractionPrim, ...ContractionPrim[]];
const kernelOf = (root: ContractionPrim, ...added: readonly ContractionPrim[]) => ({
  ...{ tensor: root, root, added, epilogue: null, spans: [] },
});
const [a, b] = [load(0, 'i', 'k'), load(1, 'k', 'j')];
const plain = (m: Size, n: Size, over = K) => product(sizes({ i: m, j: n }), a, b, over);
const pairs = (left: Expr, right: Expr, over = K) => product(sizes({ i: 8, p: 2, j: 8 }), left, right, over);
const pair = load(1, 'k', 'p', 'j');

describe('lanes keep the results', () => {
  /** The arguments of the operands of the rows and of the columns; undefined where lanes do not keep the results. */
  const operands = (root: ContractionPrim, ...added: readonly ContractionPrim[]) => {
    const kept = keptProduct(kernelOf(root, ...added))?.root;
    return kept && [kept.a, kept.b].map((e) => e.k === 'load' && e.arg);
  };

  it.each<readonly [string, Sum]>([
    ['of a product of matrices', [plain(8, 8)]],
    ['of one batch', [batches(1, 8, 8, 8).root]],
    ['of columns along two axes', [pairs(a, pair)]],
    ['to which a product of some of the columns is added', [pairs(a, pair), pairs(a, b)]],
    ['of 128 for each lane', [plain(16, 64)]],
  ])('%s', (_, sum) => {
    expect(operands(...sum)).toEqual([0, 1]);
  });

  it('with operands exchanged, where rows are the last axis', () => {
    expect(operands(product(sizes({ j: 8, i: 8 }), a, b))).toEqual([1, 0]);
  });

  it.each<readonly [string, Sum]>([
    ['of several batches', [batches(2, 8, 8, 8).root]],
    ['of more than 128 for each lane', [plain(129, 8)]],
    ['of rows whose number grows with tokens', [plain('tokens', 8)]],
    ['of columns whose number grows with tokens', [plain(8, 'tokens')]],
    ['of columns that are no whole lanes', [plain(8, 12)]],
    ['of columns of one', [plain(8, 1)]],
    ['of columns around the rows', [product(sizes({ p: 2, i: 8, j: 8 }), a, pair)]],
    ['of no axes', [product([], load(0, 'k'), load(1, 'k'))]],
    ['of one row and one column', [plain(1, 1)]],
    ['of no sum', [plain(8, 8, sizes({ k: 1 }))]],
    ['of a sum that is no whole lanes', [plain(8, 8, sizes({ k: 12 }))]],
    ['of a sum along which the rows’ operand does not go', [product(sizes({ i: 8, j: 8 }), load(0, 'i'), b)]],
    [
      'to which a product of no columns is added',
      [plain(8, 8), product(sizes({ i: 8, j: 8 }), a, load(1, 'k'))],
    ],
  ])('not %s', (_, sum) => {
    expect(operands(...sum)).toBeUndefined();
  });
});

describe('the steps of a product', () => {
  const says = (root: ContractionPrim, stored = 'result') => {
    const kernel = keptProduct(kernelOf(root))!;
    return keptSteps(kernel, { stored, keeping: [], isKept: () => true }).map((s) => s.says);
  };

  it('go through a batch of one outside of rows and columns, and add up one step of the sum after another', () => {
    const [left, right] = [load(0, 'g', 'i', 'k'), load(1, 'g', 'k', 'j')];
    expect(says(product(sizes({ i: 8, g: 1, j: 8 }), left, right))).toEqual([
      'reorder to b0, m0, n0',
      'flatten n0 into col',
      'flatten m0 into row',
      'split col by 8 into col_chunk, lane',
      'reorder to lane, b0, row, col_chunk',
      'bind lane to invocations',
      'fission row, col_chunk',
      'split k0 by 8 into k0_chunk, k0_step',
      'promote the right factor to registers before k0_chunk, k0_step, row, col_chunk',
      'promote the left factor to registers before row, col_chunk, k0_chunk, k0_step',
      'distribute left over the lanes lane',
      'reorder to k0_step, row, k0_chunk, col_chunk',
      'shift right along k0_step',
      'bind k0_step to opaque',
      'bind k0_chunk to unrolled',
      'bind row_left0 to unrolled',
      'bind k0_chunk_left0 to unrolled',
      'bind col_chunk_right to unrolled',
      'bind k0_chunk_right to unrolled',
      'bind k0_step_right to unrolled',
      'bind right_shift0 to unrolled',
      'bind right_shift1 to unrolled',
      'bind right_shift2 to unrolled',
      'bind col_chunk to unrolled',
      'bind row to unrolled',
      'fuse multiply-adds',
    ]);
  });

  it('leave the loops of a product without batches in their order', () => {
    expect(says(plain(8, 8))[0]).toBe('flatten n0 into col');
  });

  it('store at most 16 results of a lane without a loop', () => {
    const spilled = (m: number, n: number) => says(plain(m, n)).filter((s) => s.startsWith('spill')).length;
    expect([spilled(8, 16), spilled(17, 8)]).toEqual([0, 1]);
  });

  it.each<readonly [boolean, string, ContractionPrim]>([
    [true, '32 values', plain(8, 16, sizes({ k: 16 }))],
    [false, '64 values', plain(8, 16, sizes({ k: 32 }))],
    [
      false,
      'values along two sums',
      product(sizes({ i: 8, j: 8 }), load(0, 'i', 'q', 'k'), load(1, 'q', 'k', 'j'), sizes({ q: 2, k: 8 })),
    ],
  ])('shift a columns’ operand through registers: %s for %s', (expected, _, root) => {
    expect(says(root).some((s) => s.startsWith('shift right'))).toBe(expected);
  });
});

it('more than 64 multiply-adds of a lane are summed row by row', () => {
  expect([64, 65].map((rows) => isByRow(kernelOf(plain(rows, 8))))).toEqual([false, true]);
  expect([16, 17].map((rows) => isByRow(kernelOf(plain(rows, 16, sizes({ k: 16 })))))).toEqual([false, true]);
});

describe('a load', () => {
  const [i, j] = [ax('i'), ax('j')];
  const axis = { name: 'j', extent: dimConst(8) };
  it.each<readonly [string, readonly IntExpr[], boolean, boolean]>([
    ['of a scalar', [], false, false],
    ['of a vector', [j], true, false],
    ['of rows', [i, j], true, false],
    ['of columns', [j, i], false, true],
    ['of the diagonal', [j, j], false, false],
    ['of a diagonal beside it', [iadd(j, int(1)), j], false, false],
    ['of shifted rows', [i, iadd(j, int(1))], false, false],
    ['of one element', [int(0), int(1)], false, false],
    ['of the columns of a matrix', [i, j, i], false, true],
    ['of matrix j', [j, i, i], false, false],
    ['of the rows of matrix j', [j, i, j], false, false],
    ['of the columns of matrix j', [j, j, i], false, false],
  ])('%s', (_, index, along, across) => {
    expect([isAlong(index, axis), isAcross(index, axis)]).toEqual([along, across]);
  });
});

it('lanes have vectors of as many of their elements as divide them', () => {
  const widths = [8, 16, 24, 32, 40, 48, 12, 36].map((n) => widthAlong(dimConst(n)));
  expect(widths).toEqual([1, 2, 3, 4, 1, 3, 1, 1]);
});
