/**
 * Draws bars with intervals as SVG. Apache ECharts renders on the server without a browser or a DOM: Observable Plot
 * needs a DOM, and Vega-Lite is three packages and a compiler for as much.
 */
import { library } from './peers/modules.ts';
import type { Summary } from './statistics.ts';

export interface Chart {
  readonly title: string;
  readonly unit: string;
  /** The groups of bars, from left to right. */
  readonly groups: readonly string[];
  /** The series, which have one bar in each group; undefined for a missing bar. */
  readonly series: readonly {
    readonly name: string;
    readonly values: readonly (Summary | undefined)[];
  }[];
  /** Horizontal lines to compare the bars with. */
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
  barLayout(layout: { count: number }): readonly { readonly offsetCenter: number }[];
  readonly currentSeriesIndices?: () => readonly number[];
}

const WIDTH = 880;
const HEIGHT = 380;
const CAP = 4;

/** Draws charts one below the other. Rejects if ECharts is not installed. */
export async function drawChart(charts: readonly Chart[], subtitle: string): Promise<string> {
  const echarts = await library<ECharts>('echarts');
  const height = HEIGHT * charts.length;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#ffffff',
      title: charts.map((c, i) => ({
        text: c.title,
        subtext: i === 0 ? subtitle : '',
        left: 'center',
        top: i * HEIGHT + 4,
        textStyle: { fontSize: 15 },
      })),
      legend: charts.map((c, i) => ({
        data: c.series.map((s) => label(s.name, i)),
        formatter: unlabelled,
        show: c.series.length > 1,
        // ECharts guesses the width of text, because it has no font.
        itemGap: 26,
        itemWidth: 14,
        top: i * HEIGHT + 50,
      })),
      grid: charts.map((_, i) => ({ left: 64, right: 110, top: i * HEIGHT + 96, height: HEIGHT - 144 })),
      xAxis: charts.map((c, i) => ({
        type: 'category',
        gridIndex: i,
        data: c.groups,
        axisLabel: { interval: 0, fontSize: c.groups.length > 3 ? 10 : 12 },
      })),
      yAxis: charts.map((c, i) => ({ type: 'value', gridIndex: i, name: c.unit, max: axisEnd(c) })),
      series: charts.flatMap(seriesOf),
    });
    return `${chart.renderToSVGString()}\n`;
  } finally {
    chart.dispose();
  }
}

/** The end of the axis: a round number beyond every interval and line. */
function axisEnd({ series, lines = [] }: Chart): number {
  const highs = series.flatMap((s) => s.values.flatMap((v) => (v ? [v.high] : [])));
  const most = Math.max(...highs, ...lines.map((l) => l.at));
  const step = 10 ** Math.floor(Math.log10(most)) / 2;
  return Math.ceil((most * 1.02) / step) * step;
}

/** A series' name with invisible characters that tell two charts apart, because they share one legend. */
const label = (name: string, chart: number): string => name + '\u200b'.repeat(chart);
const unlabelled = (name: string): string => name.replaceAll('\u200b', '');

function seriesOf({ series, lines = [] }: Chart, chart: number): object[] {
  const axes = { xAxisIndex: chart, yAxisIndex: chart };
  const marks = lines.map(({ name, at }) => ({ name, yAxis: at, label: { formatter: name } }));
  return series.flatMap(({ name, values }, i) => [
    {
      type: 'bar',
      name: label(name, chart),
      ...axes,
      data: values.map((v) => v?.median ?? '-'),
      label: {
        show: true,
        position: 'insideBottom',
        rotate: 90,
        align: 'left',
        verticalAlign: 'middle',
        formatter: ({ value }: { value: unknown }) => shown(value),
      },
      ...(i === 0 && marks.length > 0
        ? { markLine: { symbol: 'none', data: marks, lineStyle: { color: '#444' } } }
        : {}),
    },
    {
      type: 'custom',
      ...axes,
      silent: true,
      z: 3,
      data: values.flatMap((v, group) => (v === undefined ? [] : [[group, v.low, v.high]])),
      renderItem: (_: unknown, item: Item) => interval(item, i, series.length),
    },
  ]);
}

const shown = (value: unknown): string =>
  typeof value === 'number' ? (value >= 100 ? value.toFixed(0) : value.toPrecision(3)) : '';

/** Draws a vertical line from low to high with caps, over bar `bar` of `count` in its group. */
function interval(item: Item, bar: number, count: number): object {
  const [group, low, high] = [0, 1, 2].map((d) => item.value(d)) as [number, number, number];
  const offset = item.barLayout({ count })[bar]!.offsetCenter;
  const [x, bottom] = item.coord([group, low]);
  const [, top] = item.coord([group, high]);
  const line = (x1: number, y1: number, x2: number, y2: number) => ({
    type: 'line',
    shape: { x1, y1, x2, y2 },
    style: { stroke: '#222', lineWidth: 1.2 },
  });
  const at = x + offset;
  return {
    type: 'group',
    children: [
      line(at, bottom, at, top),
      line(at - CAP, bottom, at + CAP, bottom),
      line(at - CAP, top, at + CAP, top),
    ],
  };
}
