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
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
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
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { polyOf } from '../../../compiler/primitives/simplify.ts';
import { LoopError } from '../../loops/error.ts';
import { loopOver, replaceLoop } from '../../loops/rewrite.ts';
import { type Body, type How, type Memory, type Statement, trips } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';
import { vectorWidth } from './vectorise.ts';

/** Exchanges in place of the loops over `row` and `column`, which store the transpose of a matrix. */
export const exchange = (row: string, column: string, lanes: number): LoopStep => ({
  says: `exchange ${row} and ${column} among ${lanes} lanes`,
  apply(kernel) {
    const outer = loopOver(kernel, row);
    const inner = loopOver(kernel, column);
    const [s] = inner.body;
    const [rows, cols] = [outer, inner].map((l) => constantOf(l.trips.of)) as [number, number];
    const at = (i: string, size: number, j: string) => iadd(imul(ax(i), int(size)), ax(j));
    const same = (a: IntExpr | undefined, b: IntExpr) =>
      a !== undefined && equalPoly(polyOf(a, new Map()), polyOf(b, new Map()));
    if (
      kernel.threads !== 1 ||
      outer.body[0] !== inner ||
      s?.k !== 'store' ||
      s.value.k !== 'load' ||
      !same(s.index[0], at(column, rows, row)) ||
      !same(s.value.index[0], at(row, cols, column))
    )
      throw new LoopError('form', `the loops over ${row} and ${column} do not transpose a matrix`);
    if (rows % lanes !== 0 || cols % lanes !== 0 || !Number.isInteger(Math.log2(lanes)))
      throw new LoopError('form', `${rows} × ${cols} elements are no squares of ${lanes} lanes`);
    const rounds = Array.from({ length: Math.log2(lanes) }, (_, n) => 2 ** n);
    const across = cols / lanes;
    const width = vectorWidth(across);
    const first = kernel.memories.length;
    const squares = (name: string, ...more: readonly number[]): Memory => ({
      ...{ name, space: 'lanes', dtype: 'f32' },
      shape: [...more, lanes, width, lanes].map((n) => dimConst(n)),
    });
    const memories = [
      ...kernel.memories,
      ...rounds.map((bit) => squares(`by${bit}`)),
      squares('turned', rows / lanes),
    ];
    const [lane, r, v, down] = ['lane', 'r', 'v', 'down'].map(ax) as [IntExpr, IntExpr, IntExpr, IntExpr];
    const square = iadd(imul(ax('across'), int(width)), v);
    const from = iadd(imul(iadd(imul(down, int(lanes)), r), int(cols)), iadd(imul(square, int(lanes)), lane));
    const stored = (n: number): Pick<Statement & { k: 'store' }, 'to' | 'index'> =>
      n < rounds.length
        ? { to: first + n, index: [r, v, lane] }
        : { to: first + n, index: [down, r, v, lane] };
    const flipped = (i: IntExpr, bit: number) =>
      isub(iadd(i, int(bit)), imul(imod(idiv(i, bit), 2), int(2 * bit)));
    const start: Statement = { k: 'store', ...stored(0), value: load(s.value.arg, [from]) };
    const round = (bit: number, n: number): Statement => {
      const isOwn = ieq(imod(idiv(lane, bit), 2), imod(idiv(r, bit), 2));
      const other = load(first + n, [flipped(r, bit), v, flipped(lane, bit)]);
      return {
        ...{ k: 'store', ...stored(n + 1) },
        value: select(isOwn, load(first + n, [r, v, lane]), other),
      };
    };
    const loop = (axis: string, n: number, how: How, body: Body): Statement => ({
      ...{ k: 'for', axis, trips: trips(dimConst(n)), how, body },
      ...(how === 'invocation' ? { stride: 1 } : {}),
    });
    const neighbours: How = width > 1 ? 'vector' : 'unrolled';
    const each = (step: Statement) => loop('r', lanes, 'unrolled', [loop('v', width, neighbours, [step])]);
    const part = vectorWidth(rows / lanes);
    const down4 = iadd(imul(ax('down_group'), int(part)), ax('down_part'));
    const to = iadd(
      imul(iadd(imul(square, int(lanes)), ax('r')), int(rows)),
      iadd(imul(down4, int(lanes)), lane),
    );
    const turned: Statement = {
      ...{ k: 'store', to: s.to, index: [to] },
      value: load(first + rounds.length, [down4, r, v, lane]),
    };
    const groups = loop('across', across / width, 'unrolled', [
      loop('down', rows / lanes, 'unrolled', [each(start), ...rounds.map((bit, n) => each(round(bit, n)))]),
      loop('v', width, 'unrolled', [
        loop('r', lanes, 'unrolled', [
          loop('down_group', rows / lanes / part, 'unrolled', [
            loop('down_part', part, part > 1 ? 'vector' : 'unrolled', [turned]),
          ]),
        ]),
      ]),
    ]);
    return {
      ...replaceLoop(kernel, row, () => [loop('lane', lanes, 'invocation', [groups])]),
      memories,
      threads: lanes,
    };
  },
});
