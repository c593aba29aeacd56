/** Small pieces of text and of layout that several panes use. */
import { duration, figure } from '../../../src/explain/units.ts';
import { el } from './dom.ts';

export { duration, figure };

/** A count with thousands apart. */
export const count = (n: number): string => n.toLocaleString('en');

/** A number beside the one as written, whose text is given: where it comes from, and how much less it is. */
export function comparedWith(own: number, written: number, text: string): readonly string[] {
  if (own === written) return ['as before'];
  const [ratio, how] = own < written ? [written / own, 'less'] : [own / written, 'more'];
  const times = Number.isFinite(ratio) && ratio >= 1.005 ? [`${ratio.toPrecision(3)}× ${how}`] : [];
  return [`from ${text}`, ...times];
}

/** A plain text table, for comparing. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (w, row) => row.map((cell, i) => Math.max(w[i] ?? 0, [...cell].length)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell + ' '.repeat(widths[i]! - [...cell].length))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A number that matters, with its name and the number that it is compared with. */
export const stat = (name: string, value: string, beside: readonly string[] = []): HTMLElement =>
  el(
    'div',
    { class: 'stat' },
    el('dt', {}, name),
    el('dd', {}, el('strong', {}, value), ...beside.map((line) => el('span', {}, line))),
  );

/** A bar whose length is a share of its place. The number stands beside it, so that it has no name of its own. */
export function meter(share: number): HTMLElement {
  const filled = el('div');
  filled.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return el('div', { class: 'meter', 'aria-hidden': 'true' }, filled);
}

/** A short message in place of results. */
export const note = (text: string, kind: 'info' | 'error' = 'info'): HTMLElement =>
  el('p', { class: `note note-${kind}` }, text);

export const heading = (text: string): HTMLElement => el('h2', {}, text);
