/** The transpose of what lanes keep: rows of one lane become lanes of one row, without memory that lanes share. */

import { range } from '../../../families/contraction/root.ts';
import type { Emitter } from '../../../wgsl/emitter.ts';
import { PARTS } from '../../../wgsl/vectors.ts';
import { LANES } from '../lanes.ts';

/** Fills `to` with the transpose of `from`, rows × columns of whole LANES: of LANES rows all squares at once, as vectors. */
export function emitTransposed(e: Emitter, from: string, to: string, rows: number, cols: number): void {
  const [down, across] = [rows / LANES, cols / LANES];
  const together = [4, 3, 2].find((n) => across % n === 0) ?? 1;
  for (const i of range(down)) {
    for (const first of range(across / together).map((g) => g * together)) {
      e.open('');
      const squares = range(LANES).map((r) => {
        const parts = range(together).map((j) => `${from}[${(i * LANES + r) * across + first + j}]`);
        return together === 1 ? parts[0]! : `vec${together}<f32>(${parts.join(', ')})`;
      });
      for (const [c, value] of exchanged(e, squares).entries())
        for (const j of range(together)) {
          const part = together === 1 ? value : `${value}.${PARTS[j]}`;
          e.line(`${to}[${((first + j) * LANES + c) * down + i}] = ${part};`);
        }
      e.close();
    }
  }
}

/** LANES rows of squares as their columns: a bit of the row's number changes places with that of the lane's, one after the other. */
function exchanged(e: Emitter, squares: readonly string[]): readonly string[] {
  let rows = squares.map((row) => e.name(row, e.depth, 'v').text);
  for (let bit = 1; bit < LANES; bit *= 2) {
    const mine = e.name(`(lane & ${bit}) == 0`, e.depth, 'b').text;
    rows = rows.map((row, r) => {
      const other = `subgroupShuffleXor(${rows[r ^ bit]}, ${bit}u)`;
      const [here, there] = (r & bit) === 0 ? [row, other] : [other, row];
      return e.name(`select(${there}, ${here}, ${mine})`, e.depth, 'v').text;
    });
  }
  return rows;
}
