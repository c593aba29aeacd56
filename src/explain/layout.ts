/** Fits text into lines of a terminal and breaks longer lines. */

/** The width of a terminal, in columns. */
export const WIDTH = 120;
/** The space between items of a line. */
export const GAP = '   ';

/** Breaks a line into lines that fit; the later ones are indented further. */
export function wrap(line: string, width: number = WIDTH): string[] {
  const start = line.search(/\S|$/);
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const at = breakOf(rest, start + 4, width);
    if (at === undefined) break;
    lines.push(rest.slice(0, at).trimEnd());
    rest = `${' '.repeat(start + 4)}${rest.slice(at).trimStart()}`;
  }
  return [...lines, rest];
}

/** The place to break a line: between items; else at a space or before a factor with the fewest open parentheses. */
function breakOf(line: string, from: number, width: number): number | undefined {
  const gap = line.lastIndexOf(GAP, width);
  if (gap > Math.max(from, width / 2)) return gap;
  const able = (signs: string) => {
    let best: { at: number; depth: number } | undefined;
    let depth = 0;
    for (let at = 0; at <= width; at++) {
      if ('([{'.includes(line[at]!)) depth++;
      if (')]}'.includes(line[at]!)) depth--;
      const late = at > Math.max(from, width / 2);
      if (late && signs.includes(line[at]!) && depth <= (best?.depth ?? depth)) best = { at, depth };
    }
    return best?.at;
  };
  return able(' ') ?? able('·');
}

/** Puts items side by side, as many in a line as fit. */
export function pack(items: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + GAP.length + item.length <= width)
      lines[lines.length - 1] = last + GAP + item;
    else lines.push(item);
  }
  return lines;
}

export interface Row {
  readonly cells: readonly string[];
  /** The items of the last column, which may take several lines. */
  readonly items: readonly string[];
}

/** Prints rows under their heads. Numbers are aligned right; the first column is aligned as `first` says. */
export function table(head: Row, rows: readonly Row[], indent: string, first: 'left' | 'right'): string[] {
  const all = [head, ...rows];
  const widths = head.cells.map((_, k) => Math.max(...all.map((r) => r.cells[k]!.length)));
  return all.flatMap(({ cells, items }) => {
    const aligned = cells.map((c, k) =>
      k === 0 && first === 'left' ? c.padEnd(widths[k]!) : c.padStart(widths[k]!),
    );
    const start = `${indent}${aligned.join('  ')}${GAP}`;
    return pack(items, WIDTH - start.length).map(
      (line, k) => `${k === 0 ? start : ' '.repeat(start.length)}${line}`,
    );
  });
}
