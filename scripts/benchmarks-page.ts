/** Renders the parts of docs/benchmarks.md that hold figures: measured rows beside their limits, from bench/results. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LimitRow } from '../bench/limit.ts';
import { withParts } from './parts-of-page.ts';

const path = (of: string) => fileURLToPath(new URL(`../${of}`, import.meta.url));

/** The tables of `npm run bench` whose rows the page shows, in its order. Those of random programs are left out. */
const TABLES = [
  'kernels',
  'layers',
  'model',
  'methods',
  'parts',
  'neumann',
  'quantized',
  'bandwidth',
] as const;

/** The part of a table's report that the page shows. */
export interface LimitReport {
  readonly machine: { readonly device: string; readonly cores: number };
  readonly rounds: number;
  /** Absent in reports of versions that had no limits. */
  readonly limits?: readonly LimitRow[];
}

const shown = (s: number): string => {
  const ms = s * 1e3;
  return `${ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3)} ms`;
};

const share = ({ share: { wall } }: LimitRow): string => {
  if (wall === undefined) return '–';
  const [median, low, high] = [wall.median, wall.low, wall.high].map((x) => (100 * x).toFixed(0));
  return `${median} % [${low}, ${high}]`;
};

/** The rows of reports beside their limits, a table for each report. A missing report, and one without rows, is named. */
export function limitTables(reports: Readonly<Record<string, LimitReport | undefined>>): string {
  const measured = Object.entries(reports).flatMap(([name, report]) =>
    report?.limits ? [[name, report, report.limits] as const] : [],
  );
  const others = Object.keys(reports).filter((name) => reports[name]?.limits === undefined);
  const tables = measured.map(([name, { machine, rounds }, limits]) =>
    [
      `**${name}**: ${machine.device.split(':')[0]}, ${machine.cores} cores, ${rounds} rounds`,
      '',
      '| | Time | Limit | Of its limit |',
      '|---|--:|--:|--:|',
      ...limits.map((r) => {
        const limit = r.limitSeconds.wall;
        return `| ${r.row} | ${shown(r.seconds.wall.median)} | ${limit ? shown(limit.median) : '–'} | ${share(r)} |`;
      }),
    ].join('\n'),
  );
  const run = `npm run bench -- ${others.join(' ')}`;
  const missing = others.length > 0 ? [`Not yet measured beside a limit: \`${run}\` does so.`] : [];
  return [...tables, ...missing].join('\n\n');
}

/** Renders docs/benchmarks.md with its computed parts. */
export function renderBenchmarks(): string {
  const reportOf = (name: string): LimitReport | undefined => {
    const file = path(`bench/results/${name}.json`);
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  };
  const reports = Object.fromEntries(TABLES.map((name) => [name, reportOf(name)]));
  const old = readFileSync(path('docs/benchmarks.md'), 'utf8');
  return withParts('docs/benchmarks.md', old, { limits: limitTables(reports) });
}
