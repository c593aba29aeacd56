/** Transposes what lanes keep, by shuffles alone and without workgroup memory. */
import { range } from '../../../families/contraction/root.ts';
import type { Emitter } from '../../../wgsl/emitter.ts';
import { PARTS, typeOf, vectorOf } from '../../../wgsl/vectors.ts';
import { LANES } from '../lanes.ts';
import { elementOf, type LaneArray } from '../registers.ts';

/** Fills `to` with the transpose of `from`, in squares of LANES × LANES. Vectors hold up to four squares at once. */
export function emitTransposed(e: Emitter, from: LaneArray, to: LaneArray, rows: number, cols: number): void {
  const [down, across] = [rows / LANES, cols / LANES];
  const vectorWidth = [4, 3, 2].find((n) => across % n === 0) ?? 1;
  const type = typeOf('f32', vectorWidth);
  for (const first of range(across / vectorWidth).map((g) => g * vectorWidth)) {
    const places = range(down).map((i) => {
      const squares = range(LANES).map((r) => {
        const at = (i * LANES + r) * across + first;
        return vectorOf(
          range(vectorWidth).map((j) => elementOf(from, at + j)),
          type,
        );
      });
      return exchanged(e, squares);
    });
    for (const [j, c] of range(vectorWidth).flatMap((j) => range(LANES).map((c) => [j, c] as const))) {
      const column = places.map((p) => (vectorWidth === 1 ? p[c]! : `${p[c]!}.${PARTS[j]}`));
      for (const i of range(down / to.vectorWidth)) {
        const values = column.slice(i * to.vectorWidth, (i + 1) * to.vectorWidth);
        const at = (((first + j) * LANES + c) * down) / to.vectorWidth + i;
        e.line(`${to.name}[${at}] = ${vectorOf(values, typeOf('f32', to.vectorWidth))};`);
      }
    }
  }
}

/** The columns of squares, from their LANES rows. Each pass swaps one bit of the row index and of the lane index. */
function exchanged(e: Emitter, squares: readonly string[]): readonly string[] {
  let rows = squares.map((row) => e.name(row, e.depth, 'v').text);
  for (let bit = 1; bit < LANES; bit *= 2) {
    const mine = e.name(`(lane & ${bit}) == 0`, e.depth, 'b').text;
    rows = rows.map((row, r) => {
      const other = `subgroupShuffleXor(${rows[r ^ bit]}, ${bit})`;
      const [here, there] = (r & bit) === 0 ? [row, other] : [other, row];
      return e.name(`select(${there}, ${here}, ${mine})`, e.depth, 'v').text;
    });
  }
  return rows;
}
