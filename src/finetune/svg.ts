/** Colours, text and ticks that the charts of runs and plans share. */

/** The colour of text. If the reader prefers a dark scheme, STYLE replaces it, and the colours of lines and background. */
export const INK = '#1f2328';
export const STYLE =
  '<style>@media (prefers-color-scheme:dark){text{fill:#e6edf3}[fill="#fff"]{fill:#0d1117}line{stroke:#3d444d}}</style>';

/** Two to ten round numbers within the range. */
export function ticks(low: number, high: number): number[] {
  const span = high - low || 1;
  const unit = 10 ** Math.floor(Math.log10(span));
  const step = unit * (span / unit >= 5 ? 1 : span / unit >= 2 ? 0.5 : 0.2);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export const textAt = (x: number, y: number, anchor: string, what: string, extra = ''): string =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${INK}"${extra}>${escaped(what)}</text>`;
