/**
 * The load tests: opens and closes sessions, runs many and at once, trains long, saves and opens again. Each kind of work is a
 * process of its own, which measures its memory after a warm-up and at the end; plain WebGPU calls do the same beside it.
 * `npm run test:load [-- --only KIND] [--part N]` divides the times by N. Writes bench/results/trust/load.json.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { commitNow, writeReport } from '../trust/report.ts';
import type { Measured } from './measure.ts';
import type { Worked } from './work.ts';

/** The kinds of work: how often, and the number of first times that fill caches. */
const KINDS: Readonly<Record<string, readonly [times: number, warmUp: number]>> = {
  sessions: [500, 50],
  'bare sessions': [500, 50],
  runs: [10_000, 500],
  'bare runs': [10_000, 500],
  together: [200, 20],
  steps: [20_000, 1000],
  checkpoints: [40, 6],
};

const MB = 1e6;
const inMB = (bytes: number): number => Math.round(bytes / MB);

const { values } = parseArgs({
  options: { only: { type: 'string' }, part: { type: 'string', default: '1' } },
});

const file = fileURLToPath(new URL('./work.ts', import.meta.url));

async function worked(kind: string): Promise<Worked> {
  const [times, warmUp] = KINDS[kind]!.map((n) => Math.max(4, Math.round(n / Number(values.part))));
  const argv = ['--expose-gc', '--import', 'tsx', file, kind, String(times! + warmUp!), String(warmUp)];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { maxBuffer: 2 ** 24 });
  const result = JSON.parse(stdout.trim().split('\n').at(-1)!) as Worked;
  process.stderr.write(`${told(result)}\n`);
  return result;
}

const told = ({ kind, times, start, end }: Worked): string =>
  `${kind}: ${times} times; heap ${inMB(start.heap)} → ${inMB(end.heap)} MB, external ${inMB(start.external)} → ` +
  `${inMB(end.external)} MB, resident ${inMB(start.resident)} → ${inMB(end.resident)} MB, live ${JSON.stringify(end.live)}`;

const sameObjects = (a: Measured, b: Measured): boolean => JSON.stringify(a.live) === JSON.stringify(b.live);

/** Bytes that a heap may grow by: compiled code and statistics of V8, which level off. */
const SLACK = 2 * MB;

/** The sentences on what grew. */
function grown({ kind, times, warmUp, start, end }: Worked, bare: Worked | undefined): string[] {
  const found: string[] = [];
  if (end.heap > start.heap * 1.05 + SLACK) found.push(`${kind}: the heap grew`);
  if (end.external > start.external * 1.05 + SLACK) found.push(`${kind}: external memory grew`);
  if (!sameObjects(start, end)) found.push(`${kind}: GPU objects are left`);
  if (!bare) return found;
  const rate = (w: Worked) => (w.end.resident - w.start.resident) / (w.times - w.warmUp);
  const allowed = Math.max(rate(bare), 0) * (times - warmUp) + 0.1 * start.resident;
  if (end.resident - start.resident > allowed)
    found.push(`${kind}: resident memory grew faster than bare Dawn's`);
  return found;
}

/** The plain work that each is compared with, time for time. */
const BARE: Readonly<Record<string, string>> = {
  sessions: 'bare sessions',
  runs: 'bare runs',
  steps: 'bare runs',
};

const at = commitNow();
const kinds = Object.keys(KINDS).filter((k) => values.only === undefined || k.includes(values.only));
const all: Worked[] = [];
for (const kind of kinds) all.push(await worked(kind));
const found = all.flatMap((w) =>
  grown(
    w,
    all.find((b) => b.kind === BARE[w.kind]),
  ),
);
for (const f of found) process.stderr.write(`${f}\n`);
if (values.only === undefined)
  writeReport(
    {
      name: 'load',
      command: 'npm run test:load',
      seed: 0,
      cases: all.reduce((n, w) => n + w.times, 0),
      crashes: found.length,
      slowestMs: Math.round(Math.max(...all.map((w) => w.slowestMs))),
      peakMB: inMB(Math.max(...all.map((w) => w.end.peak))),
      processorSeconds: Math.round(all.reduce((n, w) => n + w.processorSeconds, 0)),
      found: found.map((what) => ({ what, shown: 'npm run test:load', mend: null })),
      more: { part: Number(values.part), kinds: all },
    },
    at,
  );
process.exitCode = found.length > 0 ? 1 : 0;
