/**
 * Transposes what lanes keep by exchanges between them. The matrix is divided into squares of `lanes` × `lanes`, of which
 * each lane has a column. A round swaps one bit of the row with the same bit of the lane, so that two squares' halves
 * change places. After a round for each bit, each lane has a row.
 *
 *     for i in 2:                            for l in 2 by invocation:
 *       for j in 2:                            for r in 2: x[r, l] = a[r * 2 + l]
 *         t[j * 2 + i] = a[i * 2 + j]   →      for r in 2: y[r, l] = x[r, l] if r = l else x[1 - r, 1 - l]
 *                                              for c in 2: t[c * 2 + l] = y[c, l]
 */
import { dimConst } from '../../../compiler/dims/dims.ts';
import { equalPoly } from '../../../compiler/primitives/affine.ts';
import {
  ax,
  iadd,
  idiv,
  ieq,
  imod,
  imul,
  int,
  isub,
  load,
  select,
} from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { polyOf } from '../../../compiler/primitives/simplify.ts';
import { LoopError } from '../../loops/error.ts';
import { replaceLoop } from '../../loops/rewrite.ts';
import { type How, type LoopKernel, loop, type Memory, type Statement } from '../../loops/type.ts';
import { nestOver, requireUnused, wholeSize } from './require.ts';
import type { LoopStep } from './step.ts';
import { vectorWidth } from './vectorise.ts';

/** Exchanges in place of the loops over `row` and `column`, which store the transpose of a matrix. */
export const exchange = (row: string, column: string, lanes: number): LoopStep => ({
  says: `exchange ${row} and ${column} among ${lanes} lanes`,
  apply(kernel) {
    requireUnused(kernel);
    const matrix = transposed(kernel, row, column);
    const { rows, cols } = matrix;
    if (rows % lanes !== 0 || cols % lanes !== 0 || !Number.isInteger(Math.log2(lanes)))
      throw new LoopError('form', `${rows} × ${cols} elements are no squares of ${lanes} lanes`);
    const bits = Array.from({ length: Math.log2(lanes) }, (_, n) => 2 ** n);
    const width = vectorWidth(cols / lanes);
    const squares = (name: string, ...more: readonly number[]): Memory => ({
      ...{ name, space: 'lanes', dtype: 'f32' },
      shape: [...more, lanes, width, lanes].map((n) => dimConst(n)),
    });
    const memories = [
      ...kernel.memories,
      ...bits.map((bit) => squares(`by${bit}`)),
      squares('turned', rows / lanes),
    ];
    const body = exchanges(matrix, { lanes, bits, width, first: kernel.memories.length });
    return {
      ...replaceLoop(kernel, row, () => [loop('lane', lanes, 'invocation', [body])]),
      memories,
      threads: lanes,
    };
  },
});

/** A matrix in memory `from` that loops transpose to memory `to`. */
interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly from: number;
  readonly to: number;
}

/** The matrix that the loops over `row` and `column` transpose. Throws LoopError where they do something else. */
function transposed(kernel: LoopKernel, row: string, column: string): Matrix {
  const { loops, heads, body } = nestOver(kernel, [row, column]);
  const [s, ...others] = body;
  const [rows, cols] = loops.map(wholeSize) as [number, number];
  const at = (i: string, size: number, j: string) => iadd(imul(ax(i), int(size)), ax(j));
  const same = (a: IntExpr | undefined, b: IntExpr) =>
    a !== undefined && equalPoly(polyOf(a, new Map()), polyOf(b, new Map()));
  if (
    heads.length > 0 ||
    others.length > 0 ||
    s?.k !== 'store' ||
    s.value.k !== 'load' ||
    !same(s.index[0], at(column, rows, row)) ||
    !same(s.value.index[0], at(row, cols, column))
  )
    throw new LoopError('form', `the loops over ${row} and ${column} do not transpose a matrix`);
  return { rows, cols, from: s.value.arg, to: s.to };
}

/** The rounds of an exchange. The registers of round n are memory `first` + n, those of the result come last. */
interface Rounds {
  readonly lanes: number;
  /** The bit that each round swaps. */
  readonly bits: readonly number[];
  /** The number of squares beside each other that are vectors. */
  readonly width: number;
  readonly first: number;
}

/** Makes the loops of a lane, which loads a column of each square, exchanges elements in rounds, and stores rows. */
function exchanges({ rows, cols, from, to }: Matrix, { lanes, bits, width, first }: Rounds): Statement {
  const [lane, r, v, down] = ['lane', 'r', 'v', 'down'].map(ax) as [IntExpr, IntExpr, IntExpr, IntExpr];
  const square = iadd(imul(ax('across'), int(width)), v);
  const place = iadd(imul(iadd(imul(down, int(lanes)), r), int(cols)), iadd(imul(square, int(lanes)), lane));
  const store = (n: number, value: Expr): Statement => ({
    ...{ k: 'store', to: first + n, value },
    index: n < bits.length ? [r, v, lane] : [down, r, v, lane],
  });
  const flipped = (i: IntExpr, bit: number) =>
    isub(iadd(i, int(bit)), imul(imod(idiv(i, bit), 2), int(2 * bit)));
  const round = (bit: number, n: number): Statement => {
    const isOwn = ieq(imod(idiv(lane, bit), 2), imod(idiv(r, bit), 2));
    const other = load(first + n, [flipped(r, bit), v, flipped(lane, bit)]);
    return store(n + 1, select(isOwn, load(first + n, [r, v, lane]), other));
  };
  const neighbours: How = width > 1 ? 'vector' : 'unrolled';
  const each = (step: Statement) => loop('r', lanes, 'unrolled', [loop('v', width, neighbours, [step])]);
  return loop('across', cols / lanes / width, 'unrolled', [
    loop('down', rows / lanes, 'unrolled', [
      each(store(0, load(from, [place]))),
      ...bits.map((bit, n) => each(round(bit, n))),
    ]),
    stores({ rows, to, lanes, width, square, turned: first + bits.length }),
  ]);
}

interface Stores {
  readonly rows: number;
  readonly to: number;
  readonly lanes: number;
  readonly width: number;
  readonly square: IntExpr;
  readonly turned: number;
}

/** The stores of the rows that a lane has after the rounds. */
function stores({ rows, to, lanes, width, square, turned }: Stores): Statement {
  const part = vectorWidth(rows / lanes);
  const down = iadd(imul(ax('down_group'), int(part)), ax('down_part'));
  const place = iadd(
    imul(iadd(imul(square, int(lanes)), ax('r')), int(rows)),
    iadd(imul(down, int(lanes)), ax('lane')),
  );
  const value = load(turned, [down, ax('r'), ax('v'), ax('lane')]);
  return loop('v', width, 'unrolled', [
    loop('r', lanes, 'unrolled', [
      loop('down_group', rows / lanes / part, 'unrolled', [
        loop('down_part', part, part > 1 ? 'vector' : 'unrolled', [
          { k: 'store', to, index: [place], value },
        ]),
      ]),
    ]),
  ]);
}
