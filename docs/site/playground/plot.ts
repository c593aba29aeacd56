/** A plot of lines over token counts, both axes logarithmic, with a line for each guard. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { el } from './dom.ts';

export interface Line {
  readonly label: string;
  readonly values: readonly number[];
  /** The place among the plot's colours; absent for a line in the background. */
  readonly colour?: number | undefined;
}

export interface Plotted {
  readonly x: readonly number[];
  readonly lines: readonly Line[];
  /** Token counts at which another candidate is taken. */
  readonly guards: readonly number[];
  readonly unit: (value: number) => string;
}

/** The number of colours that style.css has for lines. */
export const COLOURS = 6;

export class Plot {
  readonly dom = el('div', { class: 'plot' });
  #plot: uPlot | undefined;
  #data: Plotted | undefined;
  #strong: number | undefined;

  constructor() {
    new ResizeObserver(() => this.#resize()).observe(this.dom);
  }

  show(data: Plotted): void {
    this.#data = data;
    this.#draw();
  }

  /** Draws a line stronger than the others; undefined draws all alike. */
  emphasise(line: number | undefined): void {
    if (line === this.#strong) return;
    this.#strong = line;
    this.#plot?.redraw(false);
  }

  /** Draws anew, in the colours of the present theme. */
  #draw(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    const width = this.dom.clientWidth;
    if (!this.#data || width === 0) return;
    const { x, lines } = this.#data;
    this.#plot = new uPlot(
      options(this.#data, width, this.dom, () => this.#strong),
      [[...x], ...lines.map((l) => [...l.values])] as uPlot.AlignedData,
      this.dom,
    );
  }

  redraw(): void {
    this.#draw();
  }

  #resize(): void {
    const width = this.dom.clientWidth;
    if (!this.#plot) this.#draw();
    else if (width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height: HEIGHT });
  }
}

const HEIGHT = 300;

function options(
  { x, lines, guards, unit }: Plotted,
  width: number,
  host: Element,
  strong: () => number | undefined,
): uPlot.Options {
  const style = getComputedStyle(host);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1 },
    font: `12px ${colour('--sans')}`,
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: { x: { time: false, distr: 3, range: [x[0]!, x.at(-1)!] }, y: { distr: 3 } },
    axes: [
      {
        ...axis,
        label: 'tokens',
        labelSize: 22,
        labelFont: axis.font,
        size: 34,
        values: (_, splits) => splits.map((v) => (isPower(v) ? v.toLocaleString('en') : '')),
      },
      { ...axis, size: 76, values: (_, splits) => splits.map((v) => (isPower(v) ? unit(v) : '')) },
    ],
    series: [
      {},
      ...lines.map(
        (l, n): uPlot.Series => ({
          label: l.label,
          stroke: () =>
            strong() === n
              ? colour('--text')
              : colour(l.colour === undefined ? '--line-strong' : `--plot-${l.colour}`),
          width: l.colour === undefined ? 1 : 2,
          points: { show: false },
        }),
      ),
    ],
    hooks: {
      drawClear: [(u) => drawGuards(u, guards, colour('--accent'), axis.font)],
      draw: [(u) => drawStrong(u, strong(), colour('--text'))],
    },
  };
}

const isPower = (v: number): boolean => Number.isInteger(Math.round(Math.log10(v) * 1e6) / 1e6);

/** Draws a dashed line with its token count for each guard. */
function drawGuards(u: uPlot, guards: readonly number[], stroke: string, font: string): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = stroke;
  ctx.fillStyle = stroke;
  ctx.lineWidth = ratio;
  ctx.setLineDash([4 * ratio, 4 * ratio]);
  ctx.font = font.replace('12px', `${12 * ratio}px`);
  ctx.textBaseline = 'top';
  for (const guard of guards) {
    const x = u.valToPos(guard, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const text = `${guard.toLocaleString('en')}`;
    const right = x + ctx.measureText(text).width + 8 * ratio < bbox.left + bbox.width;
    ctx.textAlign = right ? 'left' : 'right';
    ctx.fillText(text, x + (right ? 4 : -4) * ratio, bbox.top + 4 * ratio);
  }
  ctx.restore();
}

/** Draws the stronger line once more, above the others. */
function drawStrong(u: uPlot, line: number | undefined, stroke: string): void {
  if (line === undefined) return;
  const { ctx, data } = u;
  const values = data[line + 1]!;
  ctx.save();
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 3 * devicePixelRatio;
  ctx.beginPath();
  data[0].forEach((x, i) => {
    const [px, py] = [u.valToPos(x, 'x', true), u.valToPos(values[i]!, 'y', true)];
    if (i === 0) ctx.moveTo(px, py);
    else ctx.lineTo(px, py);
  });
  ctx.stroke();
  ctx.restore();
}
