/** Draws planned memory as SVG: a bar for each method and account, stacked by part. */
import { figure } from '../../explain/units.ts';
import { INK, STYLE, textAt, ticks } from '../../finetune/svg.ts';
import { columnsOf, KINDS, kindOf, type PlannedColumn } from './columns.ts';
import type { PlanReport } from './report.ts';

const WIDTH = 880;
const BOX = { left: 230, right: 90, top: 92 };
const [ROW, BAR, GROUP] = [30, 18, 34];

/** The colour of each part; all weights share one. */
const COLOURS: Readonly<Record<string, string>> = {
  weights: '#8b949e',
  adapter: '#2a9d8f',
  optimizer: '#4f7fd9',
  gradients: '#a371c9',
  transforms: '#d9534f',
  activations: '#d9822b',
  temporaries: '#8a9a2b',
  logits: '#d1608b',
  context: '#57606a',
};

export function memoryChart(report: PlanReport): string {
  const { oftc, peft } = columnsOf(report);
  const groups = [oftc, peft].filter((g) => g.length > 0);
  const all = groups.flat();
  const most = Math.max(...all.map((c) => c.total), 1);
  const x = (bytes: number) => BOX.left + (bytes / most) * (WIDTH - BOX.left - BOX.right);
  const height = BOX.top + groups.length * GROUP + all.length * ROW + 44;
  const base = height - 40;
  const { model, batch, length } = report;
  const title = `${model.name ?? model.architecture}: memory of training, ${batch} × ${length} tokens a batch`;
  const parts = KINDS.filter((p) => all.some((c) => Object.keys(c.bytes).some((b) => kindOf(b) === p)));
  let y = BOX.top;
  const rows = groups.flatMap((group) => {
    const head = textAt(16, y + 22, 'start', group[0]!.account, ' font-weight="bold"');
    y += GROUP;
    return [
      head,
      ...group.flatMap((column) => {
        y += ROW;
        return bar(column, y - ROW, x);
      }),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    STYLE,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    textAt(WIDTH / 2, 24, 'middle', title, ' font-size="15"'),
    ...parts.map((part, i) => legend(part, i)),
    ...ticks(0, most).map(
      (v) =>
        `<line x1="${x(v).toFixed(1)}" x2="${x(v).toFixed(1)}" y1="${BOX.top}" y2="${base}" stroke="#e4e4e4"/>${textAt(Number(x(v).toFixed(1)), base + 18, 'middle', figure(v, 'B'))}`,
    ),
    ...rows,
    '</svg>\n',
  ].join('\n');
}

/** The names of parts in two lines above the bars. */
function legend(part: string, i: number): string {
  const [left, top] = [40 + 160 * (i % 5), 40 + 20 * Math.floor(i / 5)];
  return `<rect x="${left}" y="${top}" width="12" height="12" fill="${COLOURS[part]}"/>${textAt(left + 18, top + 10, 'start', part)}`;
}

function bar({ name, bytes, total }: PlannedColumn, y: number, x: (bytes: number) => number): string[] {
  let at = 0;
  const boxes = Object.entries(bytes).map(([part, n]) => {
    const [from, to] = [x(at), x(at + n)];
    at += n;
    return `<rect x="${from.toFixed(1)}" y="${y}" width="${(to - from).toFixed(1)}" height="${BAR}" fill="${COLOURS[kindOf(part)] ?? INK}"><title>${part}: ${figure(n, 'B')}</title></rect>`;
  });
  return [
    textAt(BOX.left - 10, y + 13, 'end', name),
    ...boxes,
    textAt(Number((x(total) + 6).toFixed(1)), y + 13, 'start', figure(total, 'B')),
  ];
}
