/**
 * Draws bars with intervals as SVG. Each bar has a row, with its name on the left and its value on the right,
 * so that no label meets a bar, an interval or another label. Apache ECharts draws them, because it needs
 * neither a browser nor a DOM. Observable Plot needs a DOM, and Vega-Lite needs three packages and a
 * compiler.
 */
import { library } from './peers/modules.ts';
import type { Summary } from './statistics.ts';

export interface Chart {
  readonly title: string;
  readonly unit: string;
  /** Whether the axis is logarithmic: bars then begin at a power of ten below the least of them. */
  readonly logarithmic?: true;
  /** The groups of bars, from top to bottom. */
  readonly groups: readonly string[];
  /** The series, which have one bar in each group; undefined for a missing bar. */
  readonly series: readonly {
    readonly name: string;
    readonly values: readonly (Summary | undefined)[];
  }[];
  /** Vertical lines to compare the bars with. */
  readonly lines?: readonly { readonly name: string; readonly at: number }[];
}

interface ECharts {
  init(
    element: null,
    theme: null,
    options: { renderer: 'svg'; ssr: true; width: number; height: number },
  ): {
    setOption(option: object): void;
    renderToSVGString(): string;
    dispose(): void;
  };
}

/** The part of ECharts' `renderItem` interface that an interval needs. */
interface Item {
  value(dimension: number): number;
  coord(point: readonly [number, number]): [number, number];
}

/** The colours in light mode. DARK maps them to those in dark mode. The colours of bars suit both. */
const INK = '#1f2328';
const MUTED = '#59636e';
const RULE = '#d1d9e0';
const PAPER = '#ffffff';
const DARK = { [INK]: '#e6edf3', [MUTED]: '#9198a1', [RULE]: '#3d444d', [PAPER]: '#0d1117' };
const BARS = ['#4f7fd9', '#a371c9', '#2a9d8f', '#d9822b', '#d1608b', '#8a9a2b', '#7d8590'];

const WIDTH = 880;
const ROW = 22;
const TOP = 74;
const BOTTOM = 56;
const CAP = 4;
/** The largest width of a letter, in pixels. ECharts has no font to measure text with. */
const LETTER = 7.2;

/** A line of a chart: a bar, or the name of a group above its bars. */
interface Row {
  readonly name: string;
  readonly bar?: { readonly value: Summary; readonly colour: string };
}

function rowsOf({ groups, series }: Chart): Row[] {
  return groups.flatMap((group, g): Row[] => {
    const bars = series.flatMap(({ name, values }, i): Row[] => {
      const value = values[g];
      return value ? [{ name, bar: { value, colour: BARS[i % BARS.length]! } }] : [];
    });
    const name = group.replaceAll('\n', ' · ');
    return series.length > 1 ? [{ name }, ...bars] : bars.map((bar) => ({ ...bar, name }));
  });
}

/** Draws charts one below the other. Rejects if ECharts is not installed. */
export async function drawChart(charts: readonly Chart[], subtitle: string): Promise<string> {
  const echarts = await library<ECharts>('echarts');
  const rows = charts.map(rowsOf);
  const heights = rows.map((r) => TOP + ROW * r.length + BOTTOM);
  const tops = heights.map((_, i) => heights.slice(0, i).reduce((a, b) => a + b, 0));
  const height = heights.reduce((a, b) => a + b, 0);
  const left = 24 + LETTER * Math.max(...rows.flat().map((r) => r.name.length));
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: PAPER,
      title: charts.map((c, i) => ({
        text: c.title,
        subtext: i === 0 ? subtitle : '',
        left: 16,
        top: tops[i]! + 4,
        textStyle: { fontSize: 15, color: INK },
        subtextStyle: { color: MUTED },
      })),
      grid: rows.map((r, i) => ({ left, right: 80, top: tops[i]! + TOP, height: ROW * r.length })),
      xAxis: charts.map((c, i) => ({
        type: c.logarithmic ? 'log' : 'value',
        gridIndex: i,
        name: c.unit,
        nameLocation: 'middle',
        nameGap: 28,
        nameTextStyle: { color: MUTED },
        axisLabel: { color: MUTED, ...(c.logarithmic ? { formatter: powerOfTen } : {}) },
        splitLine: { lineStyle: { color: RULE } },
        ...(c.logarithmic ? decades(c) : { max: axisEnd(c) }),
      })),
      yAxis: rows.flatMap((r, i) => [
        labels(r, i, 'left', ({ name, bar }) => (bar ? name : `{group|${name}}`)),
        labels(r, i, 'right', ({ bar }) => (bar ? shown(bar.value.median) : '')),
      ]),
      series: charts.flatMap((c, i) => seriesOf(rows[i]!, c, i)),
    });
    return `${darkened(chart.renderToSVGString())}\n`;
  } finally {
    chart.dispose();
  }
}

/** An axis of texts beside the rows. */
const labels = (
  rows: readonly Row[],
  chart: number,
  position: 'left' | 'right',
  of: (row: Row) => string,
) => ({
  type: 'category',
  gridIndex: chart,
  position,
  inverse: true,
  data: rows.map((_, i) => i),
  axisLine: { show: position === 'left', lineStyle: { color: RULE } },
  axisTick: { show: false },
  axisLabel: {
    interval: 0,
    color: INK,
    formatter: (_: unknown, i: number) => of(rows[i]!),
    rich: { group: { fontWeight: 'bold', color: INK } },
  },
});

/** A power of ten as 10⁻³; ECharts computes it with rounding. */
function powerOfTen(x: number): string {
  const exponent = `${Math.round(Math.log10(x))}`;
  return `10${exponent.replaceAll(/./g, (c) => (c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)]!))}`;
}

/** The ends of a logarithmic axis: powers of ten on either side of every interval. */
function decades({ series }: Chart): { startValue: number; min: number; max: number } {
  const all = series.flatMap((s) => s.values.flatMap((v) => (v ? [v.low, v.high] : [])));
  const power = (x: number, round: (x: number) => number) => 10 ** round(Math.log10(x));
  const min = power(Math.min(...all) * 0.9, Math.floor);
  return {
    // Without it, bars begin at 1.
    startValue: min,
    min,
    max: power(Math.max(...all) * 1.1, Math.ceil),
  };
}

/** The end of the axis: a round number beyond every interval and line. */
function axisEnd({ series, lines = [] }: Chart): number {
  const highs = series.flatMap((s) => s.values.flatMap((v) => (v ? [v.high] : [])));
  const most = Math.max(...highs, ...lines.map((l) => l.at));
  const step = 10 ** Math.floor(Math.log10(most)) / 2;
  return Math.ceil((most * 1.02) / step) * step;
}

function seriesOf(rows: readonly Row[], { lines = [] }: Chart, chart: number): object[] {
  const axes = { xAxisIndex: chart, yAxisIndex: 2 * chart };
  const marks = lines.map(({ name, at }) => ({
    name,
    xAxis: at,
    label: { formatter: name, color: INK, position: 'start' },
  }));
  return [
    {
      type: 'bar',
      ...axes,
      barWidth: ROW * 0.6,
      data: rows.map(({ bar }) =>
        bar ? { value: bar.value.median, itemStyle: { color: bar.colour } } : '-',
      ),
      markLine: { symbol: 'none', data: marks, lineStyle: { color: INK } },
    },
    {
      type: 'custom',
      ...axes,
      silent: true,
      z: 3,
      // A single measurement has no interval.
      data: rows.flatMap(({ bar }, i) =>
        bar && bar.value.low < bar.value.high ? [[bar.value.low, bar.value.high, i]] : [],
      ),
      encode: { x: [0, 1], y: 2 },
      renderItem: (_: unknown, item: Item) => interval(item),
    },
  ];
}

const shown = (value: number): string => {
  if (value >= 100) return value.toFixed(0);
  return value !== 0 && value < 1e-3 ? value.toExponential(1) : value.toPrecision(3);
};

/** Draws a horizontal line from low to high with caps. */
function interval(item: Item): object {
  const [low, high, row] = [0, 1, 2].map((d) => item.value(d)) as [number, number, number];
  const [left, y] = item.coord([low, row]);
  const [right] = item.coord([high, row]);
  const line = (x1: number, y1: number, x2: number, y2: number) => ({
    type: 'line',
    shape: { x1, y1, x2, y2 },
    style: { stroke: INK, lineWidth: 1.2 },
  });
  return {
    type: 'group',
    children: [line(left, y, right, y), ...[left, right].map((x) => line(x, y - CAP, x, y + CAP))],
  };
}

/** The SVG with other colours for readers in dark mode. */
function darkened(svg: string): string {
  const rules = Object.entries(DARK).flatMap(([light, dark]) =>
    ['fill', 'stroke'].map((of) => `[${of}="${light}"]{${of}:${dark}}`),
  );
  return svg.replace(
    /<svg[^>]*>/,
    (tag) => `${tag}\n<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`,
  );
}
