/** Draws the losses of a run as SVG. */
import { STYLE, textAt, ticks } from '../svg.ts';
import type { Metric, StepMetric } from './metrics.ts';

const [WIDTH, HEIGHT] = [720, 400];
const BOX = { left: 60, right: 20, top: 64, bottom: 50 };
const COLOURS = { train: '#6f9fd8', heldOut: '#d9534f', exact: '#2e9e6b' };
/** The part of a metric that a chart shows. */
export type Charted = Pick<StepMetric, 'step' | 'loss'> | Metric;

type Point = readonly [step: number, loss: number];

const short = (n: number): string => String(Number(n.toPrecision(6)));

/**
 * A chart with the steps' losses as a line, held-out losses as joined points, and the exact match of answers as joined
 * points on a scale of its own, from 0 to 100 %, under the name `score`. `metrics` has a loss.
 */
export function lossChart(metrics: readonly Charted[], title: string, score = 'exact match'): string {
  const train = metrics.flatMap((m): Point[] => ('loss' in m ? [[m.step, m.loss]] : []));
  const heldOut = metrics.flatMap((m): Point[] => ('heldOut' in m ? [[m.step, m.heldOut]] : []));
  const exact = metrics.flatMap((m): Point[] => ('correct' in m ? [[m.step, m.correct / m.asked]] : []));
  const all = [...train, ...heldOut];
  const most = Math.max(1, ...all.map(([step]) => step));
  const [low, high] = [Math.min(...all.map(([, y]) => y)), Math.max(...all.map(([, y]) => y))];
  const margin = (high - low || 1) * 0.05;
  const [bottom, top] = [low - margin, high + margin];
  const x = (step: number) => BOX.left + (step / most) * (WIDTH - BOX.left - BOX.right);
  const y = (loss: number) =>
    HEIGHT - BOX.bottom - ((loss - bottom) / (top - bottom)) * (HEIGHT - BOX.top - BOX.bottom);
  const share = (part: number) => HEIGHT - BOX.bottom - part * (HEIGHT - BOX.top - BOX.bottom);
  const line = (points: readonly Point[], colour: string, width: number, scale = y) => {
    const at = points.map(([s, l]) => `${x(s).toFixed(1)},${scale(l).toFixed(1)}`).join(' ');
    return `<polyline fill="none" stroke="${colour}" stroke-width="${width}" points="${at}"/>`;
  };
  const dots = (points: readonly Point[], colour: string, scale = y) =>
    points.map(
      ([s, l]) => `<circle cx="${x(s).toFixed(1)}" cy="${scale(l).toFixed(1)}" r="3" fill="${colour}"/>`,
    );
  const [right, base] = [WIDTH - BOX.right, HEIGHT - BOX.bottom];
  const first = right - (exact.length > 0 ? 360 : 230);
  const legend = [
    ['training batch', COLOURS.train],
    ...(heldOut.length > 0 ? [['held out', COLOURS.heldOut] as const] : []),
    ...(exact.length > 0 ? [[score, COLOURS.exact] as const] : []),
  ].map(
    ([name, colour], i) =>
      `<rect x="${first + 130 * i}" y="36" width="12" height="12" fill="${colour}"/>${textAt(first + 18 + 130 * i, 46, 'start', name!)}`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    STYLE,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    textAt(WIDTH / 2, 22, 'middle', title, ' font-size="15"'),
    ...ticks(bottom, top).map(
      (v) =>
        `<line x1="${BOX.left}" x2="${right}" y1="${y(v).toFixed(1)}" y2="${y(v).toFixed(1)}" stroke="#e4e4e4"/>${textAt(BOX.left - 8, Number((y(v) + 4).toFixed(1)), 'end', short(v))}`,
    ),
    ...ticks(0, most).map((v) => textAt(Number(x(v).toFixed(1)), base + 20, 'middle', short(v))),
    `<line x1="${BOX.left}" x2="${right}" y1="${base}" y2="${base}" stroke="#444"/>`,
    textAt((BOX.left + right) / 2, HEIGHT - 10, 'middle', 'step'),
    textAt(BOX.left, BOX.top - 8, 'end', 'loss'),
    line(train, COLOURS.train, 1.2),
    line(heldOut, COLOURS.heldOut, 2),
    ...dots(heldOut, COLOURS.heldOut),
    ...(exact.length > 0
      ? [
          line(exact, COLOURS.exact, 2, share),
          ...dots(exact, COLOURS.exact, share),
          ...[0, 0.5, 1].map((part) =>
            textAt(right - 4, Number((share(part) - 6).toFixed(1)), 'end', `${100 * part} %`),
          ),
        ]
      : []),
    ...legend,
    '</svg>\n',
  ].join('\n');
}
