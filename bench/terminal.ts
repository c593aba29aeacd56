/** Prints tables and figures on the terminal. */
import type { Summary } from './statistics.ts';

/** Prints a table with a left-aligned first column and right-aligned others, as wide as needed. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [head, ...rows];
  const widths = head.map((_, c) => Math.max(...all.map((r) => r[c]?.length ?? 0)));
  for (const row of all) {
    const cells = row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)));
    console.log(cells.join('  ').trimEnd());
  }
  console.log();
}

const digits = (x: number): string => (x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2));

const withInterval = (s: Summary | undefined, show: (x: number) => string, unit: string): string =>
  s === undefined ? '–' : `${show(s.median)}${unit} [${show(s.low)}, ${show(s.high)}]`;

export const times = (s: Summary | undefined): string =>
  withInterval(s, (x) => (x < 10 ? x.toFixed(3) : digits(x)), '×');
export const percent = (s: Summary | undefined): string => withInterval(s, (x) => (100 * x).toFixed(0), ' %');
export const rate = (s: Summary | undefined): string => withInterval(s, digits, '');
export const milliseconds = (s: Summary | undefined): string =>
  withInterval(s && scaled(s, 1e3), digits, ' ms');
/** Seconds as the text of their median in ms. */
export const ms = (s: Summary | undefined): string =>
  s === undefined ? '–' : `${digits(s.median * 1e3)} ms`;

const scaled = (s: Summary, by: number): Summary => ({
  ...s,
  median: s.median * by,
  low: s.low * by,
  high: s.high * by,
});
