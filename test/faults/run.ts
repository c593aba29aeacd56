/**
 * `npm run test:faults` tries every fault at every moment, prints what came of each, and writes it to
 * bench/results/trust/faults.json, kind by kind. `npm run test:faults -- disk signals` tries those kinds alone, and keeps what
 * the file has of the others. `OFTC_FAULTS_MOST=4` bounds the moments of each case; 0 only counts them, and writes nothing.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { usedHere } from '../suite/processor-time.ts';
import { commitNow, type TrustReport, writeReport } from '../trust/report.ts';
import { ELSEWHERE, type Elsewhere } from './elsewhere.ts';
import { FOUND } from './found.ts';
import type { Case, Line, Told } from './table.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));
const FILE = join(ROOT, 'bench/results/trust/faults.json');

/** The outcomes of one kind of fault, at a commit. A kind with a test that failed has none. */
type Kind = Told &
  Pick<TrustReport, 'commit' | 'changed'> & {
    /** The seconds of processor time, those of the processes that tests start included. */
    readonly processorSeconds: number;
    readonly failed?: true;
    /** The value of OFTC_FAULTS_MOST that bounded the moments of each case. */
    readonly most?: string;
  };
type Kinds = Readonly<Record<string, Kind>>;

const here = readdirSync(HERE)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => basename(name, '.test.ts'));
const all = [...here, ...Object.keys(ELSEWHERE)];
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !all.includes(name));
if (unknown !== undefined) throw new Error(`there is no kind '${unknown}': ${all.join(', ')}`);

/** Runs tests. Returns whether all of them pass. */
function passes(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...argv], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (exit) => done(exit === 0));
  });
}

/** Runs the tests of a kind. Returns what they tell, or undefined where a test fails. */
async function tried(name: string): Promise<Told | undefined> {
  const to = mkdtempSync(join(tmpdir(), 'oftc-table-'));
  const file = join(to, `${name}.json`);
  const elsewhere = ELSEWHERE[name];
  try {
    if (elsewhere) {
      const argv = [elsewhere.file, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
      return (await passes(argv, {})) ? toldBy(elsewhere, JSON.parse(readFileSync(file, 'utf8'))) : undefined;
    }
    const env = { OFTC_FAULTS: 'all', OFTC_FAULTS_TO: to };
    if (!(await passes([`test/faults/${name}.test.ts`], env)) || !existsSync(file)) return undefined;
    return JSON.parse(readFileSync(file, 'utf8'));
  } finally {
    rmSync(to, { recursive: true });
  }
}

/** The part of a report of vitest that is read. */
interface Tests {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** The lines of tests that stand elsewhere; undefined where all of them are skipped, as without a browser. */
function toldBy({ tests, fault, outcome }: Elsewhere, { testResults }: Tests): Told | undefined {
  const passed = testResults
    .flatMap((file) => file.assertionResults)
    .filter(({ fullName, status }) => status === 'passed' && tests.test(fullName));
  const lines = passed.map(({ fullName }) => ({
    ...{ fault, work: fullName.trim(), moment: 'as the test says', tried: 1, outcomes: { [outcome]: 1 } },
  }));
  return lines.length > 0 ? { lines, cases: [], peakMB: 0 } : undefined;
}

function printed({ fault, work, moment, tried: times, outcomes }: Line): string {
  const each = Object.entries(outcomes).map(([outcome, n]) => (n === times ? outcome : `${n} ${outcome}`));
  return `${String(times).padStart(6)} × ${fault}, in ${work}, ${moment}: ${each.join('; ')}`;
}

const counted = ({ fault, work, moments, tried: times }: Case): string =>
  `${String(times).padStart(6)} of ${moments} moments tried: ${fault}, in ${work}`;

const at = commitNow();
const NONE: Told = { lines: [], cases: [], peakMB: 0 };

/** Runs the tests of a kind, and prints what came of them. */
async function kindOf(name: string): Promise<Kind> {
  const before = usedHere();
  const told = await tried(name);
  const processorSeconds = Math.round(usedHere() - before);
  const { lines, cases } = told ?? NONE;
  for (const text of [...lines.map(printed), ...cases.map(counted)]) console.log(text);
  console.log(`${name}: ${told ? 'passed' : 'FAILED'}, ${processorSeconds} s of processor time`);
  const { OFTC_FAULTS_MOST: most } = process.env;
  return {
    ...{ ...at, ...(told ?? { ...NONE, failed: true }), processorSeconds },
    ...(most === undefined ? {} : { most }),
  };
}

/** Writes the report with the kinds of the file, of which another process may have tried some meanwhile, and this one. */
function write(name: string, kind: Kind): void {
  const before = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as TrustReport) : undefined;
  const known = Object.entries((before?.more?.kinds ?? {}) as Kinds).filter(([own]) => all.includes(own));
  const kinds: Kinds = { ...Object.fromEntries(known), [name]: kind };
  const told = Object.values(kinds);
  writeReport(
    {
      ...{ name: 'faults', command: 'npm run test:faults', seed: 0, slowestMs: null },
      cases: told.flatMap(({ lines }) => lines).reduce((sum, line) => sum + line.tried, 0),
      crashes: told.filter(({ failed }) => failed).length,
      peakMB: Math.max(0, ...told.map(({ peakMB }) => peakMB)),
      processorSeconds: told.reduce((sum, of) => sum + of.processorSeconds, 0),
      ...{ found: FOUND, more: { kinds } },
    },
    at,
  );
}

const counts = process.env.OFTC_FAULTS_MOST === '0';
// A test that stands elsewhere has no moments to count.
const names = (asked.length > 0 ? asked : all).filter((name) => !counts || here.includes(name));
const now: Kind[] = [];
for (const name of names) {
  const kind = await kindOf(name);
  now.push(kind);
  if (!counts) write(name, kind);
}
const [times, moments] = (['tried', 'moments'] as const).map((key) =>
  now.flatMap(({ cases }) => cases).reduce((sum, of) => sum + of[key], 0),
);
const failed = now.filter((kind) => kind.failed).length;
console.log(`${times} of ${moments} counted moments tried, ${failed} kinds with a test that failed`);
process.exitCode = failed === 0 ? 0 : 1;
