/** The transpose of what lanes keep: rows of one lane become lanes of one row, without memory that lanes share. */

import { range } from '../../../families/contraction/root.ts';
import type { Emitter } from '../../../wgsl/emitter.ts';
import { LANES } from '../lanes.ts';

/** Fills `to` with the transpose of `from`, rows × columns of whole LANES, square by square. */
export function emitTransposed(e: Emitter, from: string, to: string, rows: number, cols: number): void {
  const [down, across] = [rows / LANES, cols / LANES];
  for (const i of range(down)) {
    for (const j of range(across)) {
      e.open('');
      const square = range(LANES).map((r) => `${from}[${(i * LANES + r) * across + j}]`);
      for (const [c, value] of exchanged(e, square).entries())
        e.line(`${to}[${(j * LANES + c) * down + i}] = ${value};`);
      e.close();
    }
  }
}

/** LANES rows of a square as its columns: a bit of the row's number changes places with that of the lane's, one after the other. */
function exchanged(e: Emitter, square: readonly string[]): readonly string[] {
  let rows = square;
  for (let bit = 1; bit < LANES; bit *= 2) {
    const mine = `(lane & ${bit}) == 0`;
    rows = rows.map((row, r) => {
      const other = `subgroupShuffleXor(${rows[r ^ bit]}, ${bit}u)`;
      const [here, there] = (r & bit) === 0 ? [row, other] : [other, row];
      return e.name(`select(${there}, ${here}, ${mine})`, e.depth, 'f').text;
    });
  }
  return rows;
}
