/**
 * `npm run test:faults` tries every fault at every moment, prints a table of what came of them, and writes it to
 * bench/results/trust/faults.json. `npm run test:faults -- disk signals` tries those kinds alone, and keeps what the file
 * has of the others.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commitNow, type TrustReport, writeReport } from '../trust/report.ts';
import { ELSEWHERE, type Elsewhere } from './elsewhere.ts';
import { FOUND } from './found.ts';
import type { Line, Told } from './table.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));
const FILE = join(ROOT, 'bench/results/trust/faults.json');

/** The outcomes of one kind of fault, at a commit. */
type Kind = Told & Pick<TrustReport, 'commit' | 'changed'>;
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
  return lines.length > 0 ? { lines, processorSeconds: 0, peakMB: 0 } : undefined;
}

function printed({ fault, work, moment, tried: times, outcomes }: Line): string {
  const each = Object.entries(outcomes).map(([outcome, n]) => (n === times ? outcome : `${n} ${outcome}`));
  return `${String(times).padStart(6)} × ${fault}, in ${work}, ${moment}: ${each.join('; ')}`;
}

const at = commitNow();
const now: Record<string, Kind> = {};
let failed = 0;
for (const name of asked.length > 0 ? asked : all) {
  const told = await tried(name);
  if (told) now[name] = { ...at, ...told };
  else failed++;
}

// Other kinds may have been tried meanwhile.
const before = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as TrustReport) : undefined;
const kinds: Kinds = { ...(asked.length > 0 ? (before?.more?.kinds as Kinds) : {}), ...now };

const told = Object.values(kinds);
const lines = told.flatMap((kind) => kind.lines);
const cases = lines.reduce((sum, { tried: times }) => sum + times, 0);
writeReport(
  {
    ...{ name: 'faults', command: 'npm run test:faults', seed: 0, cases, crashes: failed, slowestMs: null },
    peakMB: Math.max(0, ...told.map((kind) => kind.peakMB)),
    processorSeconds: told.reduce((sum, kind) => sum + kind.processorSeconds, 0),
    ...{ found: FOUND, more: { kinds } },
  },
  at,
);
for (const line of lines) console.log(printed(line));
console.log(`${cases} faults tried, ${failed} kinds with a test that failed`);
process.exitCode = failed === 0 ? 0 : 1;
