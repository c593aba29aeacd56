/** The charts that the project draws: the committed ones of the benchmarks, and that of a training run. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Chart } from '../../bench/chart.ts';
import { lossChart } from '../../src/finetune/loop/chart.ts';
import type { Metric } from '../../src/finetune/loop/metrics.ts';

const RESULTS = fileURLToPath(new URL('../../bench/results/', import.meta.url));
const chartsOf = (name: string): readonly Chart[] =>
  JSON.parse(readFileSync(`${RESULTS}${name}.json`, 'utf8')).charts ?? [];
const names = readdirSync(RESULTS)
  .filter((f) => f.endsWith('.json'))
  .map((f) => f.slice(0, -'.json'.length))
  .filter((name) => chartsOf(name).length > 0);

interface Box {
  readonly what: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const attribute = (tag: string, name: string): string | undefined =>
  new RegExp(`(?<![\\w-])${name}="([^"]*)"`).exec(tag)?.[1];

/** The boxes of an SVG's texts. A letter is 0.55 of the text's size wide, as in common sans-serif fonts. */
function textsIn(svg: string): Box[] {
  return [...svg.matchAll(/<text([^>]*)>([^<]*)/g)].map(([, tag = '', what = '']): Box => {
    const [, dx = '0', dy = '0'] =
      /translate\(([\d.]+) ([\d.]+)\)/.exec(attribute(tag, 'transform') ?? '') ?? [];
    const size = Number(/([\d.]+)px/.exec(tag)?.[1] ?? attribute(tag, 'font-size') ?? 12);
    const x = Number(dx) + Number(attribute(tag, 'x') ?? 0);
    const y = Number(dy) + Number(attribute(tag, 'y') ?? 0);
    const width = 0.55 * size * what.length;
    const left = x - { start: 0, middle: width / 2, end: width }[attribute(tag, 'text-anchor') ?? 'start']!;
    const middle = tag.includes('central') ? y : y - size / 3;
    return { what, left, right: left + width, top: middle - size / 2, bottom: middle + size / 2 };
  });
}

/** The boxes of the lines of intervals, which are straight. */
const intervalsIn = (svg: string): Box[] =>
  [...svg.matchAll(/<path d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"[^>]*stroke-width="1\.2"/g)].map(
    (m): Box => {
      const [x1, y1, x2, y2] = m.slice(1).map(Number) as [number, number, number, number];
      const [left, right] = [Math.min(x1, x2), Math.max(x1, x2)];
      return { what: 'an interval', left, right, top: Math.min(y1, y2), bottom: Math.max(y1, y2) };
    },
  );

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const overlaps = (some: readonly Box[], others: readonly Box[]): string[] =>
  some.flatMap((a, i) =>
    others.flatMap((b, j) =>
      (some !== others || i < j) && overlap(a, b) ? [`'${a.what}' overlaps '${b.what}'`] : [],
    ),
  );

/** WCAG's contrast of two colours, from 1 to 21. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string): number => {
    const hex = colour.length === 4 ? colour.replaceAll(/[\da-f]/g, '$&$&') : colour;
    const [r, g, blue] = [1, 3, 5].map((i) => {
      const part = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  };
  const [low, high] = [luminance(a), luminance(b)].toSorted((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** The colours of all elements of one name, where the surrounding is light or dark. */
function coloursOf(svg: string, element: string, dark: boolean): string[] {
  const style = /@media \(prefers-color-scheme:dark\)\{(.*?\})\}/.exec(svg)?.[1] ?? '';
  const rules = [...style.matchAll(/([^{}]+)\{(\w+):(#[\da-f]+)\}/g)];
  return [...svg.matchAll(new RegExp(`<${element} [^>]*>`, 'g'))].flatMap(([tag]) => {
    const of = element === 'polyline' ? 'stroke' : 'fill';
    const light = attribute(tag, of);
    if (light === undefined || light === 'none') return [];
    const rule = rules.find(
      ([, selector, property]) =>
        property === of && (selector === element || selector === `[${of}="${light}"]`),
    );
    return [dark && rule ? rule[3]! : light];
  });
}

const step = (n: number): Metric => ({ step: n, loss: 3 - n / 99, rate: 1, norm: 1, tokens: 1, seconds: 1 });
const metrics = [{ step: 0, heldOut: 3 }, ...Array.from({ length: 99 }, (_, i) => step(i + 1))];
const drawn = [
  // The charts of energy.json and paper-settings.json are computed from their runs.
  ...[...names, 'energy', 'paper-settings'].map(
    (name) => [name, readFileSync(`${RESULTS}${name}.svg`, 'utf8')] as const,
  ),
  ['a run', lossChart(metrics, 'a-model-with-a-long-name-7b on a-text-with-a-long-name.jsonl, oft')] as const,
];

describe.each(drawn)('the chart of %s', (_, svg) => {
  const texts = textsIn(svg);

  it('has no label that overlaps another, leaves the picture, or meets an interval', () => {
    expect(texts.length).toBeGreaterThan(5);
    expect(overlaps(texts, texts)).toEqual([]);
    expect(overlaps(texts, intervalsIn(svg))).toEqual([]);
    const [width, height] = ['width', 'height'].map((of) => Number(attribute(svg.slice(0, 300), of)));
    const outside = texts.filter((t) => t.left < 0 || t.right > width! || t.top < 0 || t.bottom > height!);
    expect(outside).toEqual([]);
  });

  it.each([
    ['light', '#ffffff', false],
    ['dark', '#0d1117', true],
  ] as const)('can be read in a %s surrounding', (_, paper, dark) => {
    expect(contrast(coloursOf(svg, 'rect', dark)[0]!, paper)).toBe(1);
    for (const colour of new Set(coloursOf(svg, 'text', dark)))
      expect([colour, contrast(colour, paper) >= 4.5]).toEqual([colour, true]);
    for (const colour of new Set(coloursOf(svg, 'polyline', dark)))
      expect([colour, contrast(colour, paper) >= 2.5]).toEqual([colour, true]);
  });
});

it.each(names)('the chart of %s has a bar, its value and its interval for each figure', (name) => {
  const svg = readFileSync(`${RESULTS}${name}.svg`, 'utf8');
  const values = chartsOf(name).flatMap(({ series }) => series.flatMap((s) => s.values.filter((v) => v)));
  const shown = values.map((v) => (v!.median >= 100 ? v!.median.toFixed(0) : v!.median.toPrecision(3)));
  const texts = textsIn(svg).map((t) => t.what);
  for (const text of shown) expect(texts).toContain(text);
  // An interval is a line and two caps. A value that was measured once has none.
  expect(intervalsIn(svg)).toHaveLength(3 * values.filter((v) => v!.low < v!.high).length);
});
