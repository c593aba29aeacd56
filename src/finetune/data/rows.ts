/** Packs conversations into rows of equal length, in which each sees itself alone. */
import { IGNORED, type Sequence } from '../batch.ts';

/**
 * Packs sequences of at most `length` tokens into rows of `length`, and fills these up with tokens that do not count.
 * In order, a row takes what comes next while it fits. Otherwise the longest come first, each into the fullest row
 * that has room for it (best-fit decreasing); the rows are then in the order of their first sequences.
 */
export function rowsOf(
  sequences: readonly Sequence[],
  length: number,
  { inOrder, filler }: { readonly inOrder: boolean; readonly filler: number },
): Sequence[] {
  const sizes = sequences.map(({ ids }) => ids.length);
  const rows = inOrder ? inTurn(sizes, length) : bestFit(sizes, length);
  return rows.map((row) =>
    joined(
      row.map((n) => sequences[n]!),
      length,
      filler,
    ),
  );
}

function inTurn(sizes: readonly number[], length: number): number[][] {
  const rows: number[][] = [];
  let room = 0;
  for (const [n, size] of sizes.entries()) {
    if (size > room) {
      rows.push([]);
      room = length;
    }
    rows.at(-1)!.push(n);
    room -= size;
  }
  return rows;
}

function bestFit(sizes: readonly number[], length: number): number[][] {
  const rows: number[][] = [];
  /** The rows that have room for so many tokens. */
  const withRoom = Array.from({ length: length + 1 }, (): number[] => []);
  const longest = [...sizes.keys()].sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  for (const n of longest) {
    const size = sizes[n]!;
    let room = size;
    while (room < length && withRoom[room]!.length === 0) room++;
    const row = withRoom[room]!.pop() ?? rows.push([]) - 1;
    rows[row]!.push(n);
    withRoom[room - size]!.push(row);
  }
  for (const row of rows) row.sort((a, b) => a - b);
  return rows.sort((a, b) => a[0]! - b[0]!);
}

function joined(sequences: readonly Sequence[], length: number, filler: number): Sequence {
  const ids = new Int32Array(length).fill(filler);
  const labels = new Int32Array(length).fill(IGNORED);
  const starts: number[] = [];
  let at = 0;
  for (const s of sequences) {
    starts.push(at);
    ids.set(s.ids, at);
    labels.set(s.labels, at);
    at += s.ids.length;
  }
  return { ids, labels, starts: at < length ? [...starts, at] : starts };
}
