/** Renders the tables of docs/paper-settings.md from bench/results/paper-settings.json. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { halfRuns, longerRuns, withTerms } from '../bench/paper-settings/figures.ts';
import {
  bestRate,
  cellsOf,
  METHODS,
  type Method,
  nameOf,
  PARTS,
  RATES,
  type Run,
  runsAt,
  SETTINGS,
  TERMS,
  TERMS_RATE,
} from '../bench/paper-settings/grid.ts';
import { interval, type Summary } from '../bench/statistics.ts';
import { withParts } from './parts-of-page.ts';

const path = (of: string) => fileURLToPath(new URL(`../${of}`, import.meta.url));

type Show = (x: number) => string;

/** The number of seeds from which on the least and the greatest value are an interval of the median. */
const SEEDS = 5;

/** The median with its interval. With fewer seeds there is no interval, and their number stands instead. */
const text = ({ median, low, high, runs }: Summary, show: Show): string =>
  runs < SEEDS
    ? `${show(median)} (${runs} ${runs === 1 ? 'seed' : 'seeds'})`
    : `${show(median)} [${show(low)}, ${show(high)}]`;

/** The median over the seeds with its interval; a dash without a run. */
const over = (runs: readonly Run[], of: (r: Run) => number, show: Show): string =>
  runs.length === 0 ? '–' : text(interval(runs.map(of)), show);

const perplexity = (runs: readonly Run[]): string =>
  over(
    runs,
    (r) => Math.exp(r.heldOut),
    (x) => x.toFixed(2),
  );

/** The loss of some runs less that of others with the same seeds. */
function difference(runs: readonly Run[], others: readonly Run[]): string {
  const values = runs.flatMap(({ seed, heldOut }) => {
    const other = others.find((r) => r.seed === seed);
    return other ? [heldOut - other.heldOut] : [];
  });
  if (values.length === 0) return '–';
  const size = Math.max(...values.map(Math.abs));
  return text(interval(values), (x) => (size < 1e-3 ? x.toExponential(1) : x.toFixed(size < 0.02 ? 4 : 3)));
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, k) => (k === 0 ? '---' : '--:')), ...rows]
    .map((r) => `| ${r.join(' | ')} |`)
    .join('\n');

const shown = (rate: number): string => rate.toExponential();

const ratesTable = (runs: readonly Run[]): string =>
  table(
    ['rate', ...METHODS],
    RATES.map((rate) => [
      shown(rate),
      ...METHODS.map((m) => perplexity(runsAt(runs, m, rate, SETTINGS.steps))),
    ]),
  );

/** OFT's rate and LoRA's: the ratios 1 and 4, which the paper has, at all rates; and the best of each. */
const PAIRS = [
  ...[2e-4, 8e-4, 3.2e-3].map((rate) => [rate, rate] as const),
  ...[2e-4, 8e-4].map((rate) => [4 * rate, rate] as const),
  [bestRate('QOFT'), bestRate('QLoRA')] as const,
];

function pairsTable(runs: readonly Run[]): string {
  const less = (a: Method, b: Method, [first, second]: readonly [number, number]) =>
    difference(runsAt(runs, a, first, SETTINGS.steps), runsAt(runs, b, second, SETTINGS.steps));
  return table(
    ['rate of OFTv2, QOFT', 'of LoRA, QLoRA', 'OFTv2 less LoRA', 'QOFT less QLoRA'],
    PAIRS.map((pair) => [...pair.map(shown), less('OFTv2', 'LoRA', pair), less('QOFT', 'QLoRA', pair)]),
  );
}

const small: Show = (x) => x.toExponential(1);

function termsTable(runs: readonly Run[]): string {
  const rows = TERMS.map((terms) => {
    const [plain, nf4] = [withTerms(runs, 'OFTv2', terms), withTerms(runs, 'QOFT', terms)];
    const less = (of: readonly Run[], method: string) =>
      terms === '5' ? '–' : difference(of, withTerms(runs, method, '5'));
    return [
      terms === '3' ? '3 and 4' : terms,
      ...[perplexity(plain), less(plain, 'OFTv2'), perplexity(nf4), less(nf4, 'QOFT')],
      over(nf4, (r) => r.deviation!.rms, small),
      over(nf4, (r) => r.deviation!.largest, small),
    ];
  });
  const head = ['terms', 'OFTv2', 'less 5 terms', 'QOFT', 'less 5 terms', '‖RᵀR − I‖, rms', 'largest'];
  return table(head, rows);
}

const longerTable = (runs: readonly Run[]): string =>
  table(
    ['', 'rate', 'trained', `${SETTINGS.steps} steps`, `${SETTINGS.longer} steps`],
    METHODS.map((method) => {
      const rate = bestRate(method);
      const short = runsAt(runs, method, rate, SETTINGS.steps);
      return [
        method,
        shown(rate),
        `${short[0]?.parameters ?? '–'}`,
        perplexity(short),
        perplexity(longerRuns(runs, method)),
      ];
    }),
  );

function halfTable(runs: readonly Run[]): string {
  const rows = METHODS.flatMap((method) => {
    const [single, half] = [runsAt(runs, method, TERMS_RATE, SETTINGS.steps), halfRuns(runs, method)];
    return half.length === 0
      ? []
      : [[method, perplexity(single), perplexity(half), difference(half, single)]];
  });
  return rows.length === 0 ? 'No run is done yet.' : table(['', 'f32', 'f16', 'f16 less f32, in nats'], rows);
}

/** The runs of each part that the report has, by method, out of all of five seeds. */
function doneTable(runs: readonly Run[]): string {
  const names = new Set(runs.map(nameOf));
  const rows = PARTS.map((part) => {
    const cells = [1, 2, 3, 4, 5].flatMap((seed) => cellsOf(part, seed));
    const done = METHODS.map((method) => {
      const own = cells.filter((c) => c.method === method);
      return own.length === 0 ? '–' : `${own.filter((c) => names.has(nameOf(c))).length} of ${own.length}`;
    });
    return [`\`${part}\``, ...done];
  });
  return table(['part', ...METHODS], rows);
}

/** docs/paper-settings.md with its tables from the committed report. */
export function renderPaperSettings(): string {
  const { runs }: { runs: readonly Run[] } = JSON.parse(
    readFileSync(path('bench/results/paper-settings.json'), 'utf8'),
  );
  const page = 'docs/paper-settings.md';
  return withParts(page, readFileSync(path(page), 'utf8'), {
    rates: ratesTable(runs),
    pairs: pairsTable(runs),
    terms: termsTable(runs),
    longer: longerTable(runs),
    f16: halfTable(runs),
    done: doneTable(runs),
  });
}
