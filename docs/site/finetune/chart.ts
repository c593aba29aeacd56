/** Draws the losses of a run as they come: each step's as a line, held-out ones as joined dots. */

interface Point {
  readonly step: number;
  readonly loss: number;
}

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 240;
const BOX = { left: 52, right: 14, top: 12, bottom: 34 };
/** The most points of a line: of more, each stands for the mean of its neighbours. */
const MOST = 400;

export class LossChart {
  readonly #svg: SVGSVGElement;
  #steps: Point[] = [];
  #heldOut: Point[] = [];
  #last = 1;
  #drawing = 0;

  constructor(svg: SVGSVGElement) {
    this.#svg = svg;
    svg.setAttribute('height', `${HEIGHT}`);
    // The letters stay as large as the page's on every screen, so that the chart is drawn anew for each width.
    new ResizeObserver(() => this.#later()).observe(svg);
  }

  /** Begins a run of so many steps. */
  clear(last: number): void {
    [this.#steps, this.#heldOut, this.#last] = [[], [], last];
    this.#later();
  }

  step(point: Point): void {
    this.#steps.push(point);
    this.#later();
  }

  evaluated(point: Point): void {
    this.#heldOut.push(point);
    this.#later();
  }

  /** Draws once for all that came since the last frame. */
  #later(): void {
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0;
      this.#draw();
    });
  }

  #draw(): void {
    const steps = thinned(this.#steps);
    const all = [...steps, ...this.#heldOut].map(({ loss }) => loss);
    if (all.length === 0) {
      this.#svg.replaceChildren();
      return;
    }
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const margin = (high - low || 1) * 0.06;
    const width = this.#svg.clientWidth;
    const x = (step: number) => BOX.left + (step / this.#last) * (width - BOX.left - BOX.right);
    const y = (loss: number) =>
      HEIGHT -
      BOX.bottom -
      ((loss - low + margin) / (high - low + 2 * margin)) * (HEIGHT - BOX.top - BOX.bottom);
    const way = (points: readonly Point[]) =>
      points.map(({ step, loss }) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`).join(' ');
    const right = width - BOX.right;
    this.#svg.replaceChildren(
      ...ticks(low, high).flatMap((value) => [
        shape('line', { class: 'grid', x1: BOX.left, x2: right, y1: y(value), y2: y(value) }),
        text(BOX.left - 8, y(value) + 4, 'end', String(Number(value.toPrecision(6)))),
      ]),
      ...ticks(0, this.#last)
        .filter(Number.isInteger)
        .map((value) => text(x(value), HEIGHT - BOX.bottom + 18, 'middle', `${value}`)),
      shape('polyline', { class: 'steps', points: way(steps) }),
      shape('polyline', { class: 'held-out', points: way(this.#heldOut) }),
      ...this.#heldOut.map(({ step, loss }) =>
        shape('circle', { class: 'held-out', cx: x(step), cy: y(loss), r: 3.5 }),
      ),
    );
  }
}

function thinned(points: readonly Point[]): readonly Point[] {
  const each = Math.ceil(points.length / MOST);
  if (each <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / each) }, (_, n) => {
    const some = points.slice(n * each, (n + 1) * each);
    const mean = (of: (p: Point) => number) => some.reduce((sum, p) => sum + of(p), 0) / some.length;
    return { step: mean((p) => p.step), loss: mean((p) => p.loss) };
  });
}

/** Round values from `low` to `high`, about five. */
function ticks(low: number, high: number): number[] {
  const rough = (high - low || 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((s) => s >= rough)!;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, n) => (first + n) * step);
}

function shape(tag: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, `${value}`);
  return element;
}

function text(x: number, y: number, anchor: string, words: string): SVGElement {
  const element = shape('text', { x, y, 'text-anchor': anchor });
  element.textContent = words;
  return element;
}
