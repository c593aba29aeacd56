/** Prints a report as Markdown. */
import { duration, short } from '../../src/explain/units.ts';
import { caseName } from './cases.ts';
import type { FailedRow, GpuReport, PlanRow, Rates } from './type.ts';

/** The number of kernels whose measured time is furthest above the predicted one that the report lists. */
const LISTED = 20;

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [
    `| ${head.join(' | ')} |`,
    `|${head.map((_, n) => (n === 0 ? '---' : '--:')).join('|')}|`,
    ...rows.map((r) => `| ${r.map(cell).join(' | ')} |`),
  ].join('\n');

const isFailed = (row: PlanRow | FailedRow): row is FailedRow => 'error' in row;
const ratio = (n: number): string => (Number.isFinite(n) ? `${n.toPrecision(3)}×` : '–');

const ratesOf = (r: Rates): string =>
  [
    `${short(r.flops)}FLOP/s in f32`,
    `${short(r.bandwidth)}B/s of memory`,
    r.onChip === undefined
      ? 'the rate of workgroup memory and caches unknown'
      : `${short(r.onChip)}B/s of workgroup memory and caches`,
    `${duration(r.launch)} a launch`,
  ].join(', ');

export function renderReport(r: GpuReport): string {
  return `${[
    `# oftc on ${r.adapter.description || r.adapter.device || r.adapter.vendor}`,
    ...(r.adapter.isSoftware
      ? ['**This is a software device.** It shows that the command works, and nothing about a GPU.']
      : []),
    ...machine(r),
    ...predictions(r),
    ...kernels(r),
    ...failures(r),
    ...peft(r),
    ...tables(r),
  ].join('\n\n')}\n`;
}

const machine = ({ machine: m, adapter: a, versions, date, rounds, ...r }: GpuReport): string[] => [
  table(
    ['', 'here'],
    [
      ['date', date],
      ['system', m.system],
      ['processor', `${m.cpu}, ${m.cores} cores, ${short(m.memoryBytes)}B of memory`],
      ['adapter', [a.vendor, a.architecture, a.device].filter(Boolean).join(', ')],
      ['driver', a.description],
      ['class', r.class],
      ['subgroups', a.subgroups.map((n) => n ?? '?').join(' to ')],
      ['features', a.features.join(', ')],
      ...Object.entries(a.limits).map(([name, n]) => [name, `${n}`]),
      ...Object.entries(versions).map(([name, v]) => [name, v]),
      ['rounds', `${rounds}`],
      ['measured rates', ratesOf(r.measuredRates)],
    ],
  ),
];

function predictions({ rows, example, class: name }: GpuReport): string[] {
  const measured = rows.flatMap((row) => (isFailed(row) ? [] : [row]));
  return [
    '## Predicted and measured times',
    `*Predicted* is the sum over the kernels of a launch and the longest of operations, memory and loads, at the rates that were measured on this device. *No cache* is the same where each load of a buffer goes to memory. *${example.name}* stands for the class '${name}': ${ratesOf(example)}. *Ratio* is measured ÷ predicted.`,
    table(
      ['table', 'row', 'launches', example.name, 'predicted', 'no cache', 'measured', 'ratio'],
      measured.map((row) => [
        row.table,
        row.row,
        `${row.launches}`,
        duration(row.onExample.seconds),
        duration(row.predicted.seconds),
        duration(row.predicted.uncached),
        duration(row.measured.median),
        ratio(row.measured.median / row.predicted.seconds),
      ]),
    ),
  ];
}

function kernels({ rows }: GpuReport): string[] {
  const all = rows.flatMap((row) => (isFailed(row) ? [] : (row.kernels ?? []).map((k) => ({ row, k }))));
  if (all.length === 0) return ['The device has no timestamps, so no kernel was timed alone.'];
  const lost = ({ k }: (typeof all)[number]) => k.measured - k.predicted.seconds;
  return [
    `The ${Math.min(LISTED, all.length)} kernels, of ${all.length}, that lose most time over their prediction. The JSON has all.`,
    table(
      ['kernel', 'of', 'limit', 'predicted', 'no cache', 'measured', 'ratio'],
      all
        .toSorted((a, b) => lost(b) - lost(a))
        .slice(0, LISTED)
        .map(({ row, k }) => [
          k.kernel,
          `${row.table}: ${row.row}`,
          k.limit,
          duration(k.predicted.seconds),
          duration(k.predicted.uncached),
          duration(k.measured),
          ratio(k.measured / k.predicted.seconds),
        ]),
    ),
  ];
}

function failures({ rows, tables: all }: GpuReport): string[] {
  const failed = [
    ...Object.entries(all).flatMap(([name, { error }]) => (error ? [[name, 'the whole table', error]] : [])),
    ...rows.filter(isFailed).map((row) => [row.table, row.row, row.error]),
  ];
  return ['## Failures', failed.length === 0 ? 'None.' : table(['table', 'row', 'error'], failed)];
}

function peft({ peft: figures, rows }: GpuReport): string[] {
  const title = '## A training step of a layer, beside PEFT';
  if ('missing' in figures) return [title, `PEFT was not measured: ${figures.missing}`];
  const own = new Map(rows.flatMap((row) => (isFailed(row) ? [] : [[row.row, row.measured.median]])));
  return [
    title,
    `PyTorch ${figures.torch} on ${figures.device}, in f32${figures.tf32 ? ' with TF32' : ''}. *PEFT, derived* is PEFT's layer with the passes that oftc derives. *Ratio* is oftc on WebGPU ÷ PEFT.`,
    table(
      ['layer', 'frozen in PyTorch', 'PEFT', 'PEFT, derived', 'oftc on WebGPU', 'ratio'],
      figures.rows.map((row) => {
        const name = caseName(row.method, row.size);
        const ours = own.get(name);
        const last = ours === undefined ? '–' : duration(ours);
        if ('error' in row) return [name, '–', `failed: ${row.error}`, '–', last, '–'];
        const { frozen, peft: theirs, derived } = row.seconds;
        const show = (i: typeof frozen) => (i ? duration(i.median) : '–');
        return [
          name,
          show(frozen),
          show(theirs),
          show(derived),
          last,
          ratio((ours ?? NaN) / (theirs?.median ?? NaN)),
        ];
      }),
    ),
  ];
}

const tables = ({ tables: all }: GpuReport): string[] => [
  '## Tables',
  ...Object.entries(all).flatMap(([name, { text }]) => [`### ${name}`, `\`\`\`\n${text.trim()}\n\`\`\``]),
];
