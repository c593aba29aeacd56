/**
 * `npm run test:faults` tries every fault at every moment, prints a table of what came of them, and writes it to
 * bench/results/trust/faults.json. `npm run test:faults -- disk signals` tries those kinds alone, and keeps the table's
 * other lines.
 */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { version } from '../suite/version.ts';
import type { Line } from './table.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));
const FILE = join(ROOT, 'bench/results/trust/faults.json');

/** What one kind of fault came to. */
interface Kind {
  readonly commit: string;
  readonly seconds: number;
  readonly lines: readonly Line[];
}

interface Report {
  readonly name: 'faults';
  /** The number of faults that were tried, of all kinds. */
  readonly cases: number;
  /** The number of kinds whose tests failed. */
  readonly failed: number;
  readonly kinds: Readonly<Record<string, Kind>>;
}

const all = readdirSync(HERE)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => basename(name, '.test.ts'));
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !all.includes(name));
if (unknown !== undefined) throw new Error(`there is no kind '${unknown}': ${all.join(', ')}`);

/** Runs the tests of a kind. Returns its lines, or undefined where a test fails. */
async function tried(name: string): Promise<readonly Line[] | undefined> {
  const to = mkdtempSync(join(tmpdir(), 'oftc-table-'));
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', `test/faults/${name}.test.ts`], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, OFTC_FAULTS: 'all', OFTC_FAULTS_TO: to },
  });
  const exit = await new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', done);
  });
  const file = join(to, `${name}.json`);
  const lines = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Line[]) : [];
  rmSync(to, { recursive: true });
  return exit === 0 ? lines : undefined;
}

const before: Report | undefined = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : undefined;
const kinds: Record<string, Kind> = { ...(asked.length > 0 ? before?.kinds : {}) };
const commit = version(ROOT);
let failed = 0;
for (const name of asked.length > 0 ? asked : all) {
  const begin = performance.now();
  const lines = await tried(name);
  if (lines) kinds[name] = { commit, seconds: Math.round((performance.now() - begin) / 1000), lines };
  else failed++;
}

const lines = Object.values(kinds).flatMap((kind) => kind.lines);
const cases = lines.reduce((sum, { tried: times }) => sum + times, 0);
mkdirSync(join(FILE, '..'), { recursive: true });
writeFileSync(
  FILE,
  `${JSON.stringify({ name: 'faults', cases, failed, kinds } satisfies Report, undefined, 1)}\n`,
);
for (const { fault, work, moment, tried: times, outcomes } of lines)
  console.log(
    `${String(times).padStart(6)} × ${fault}, in ${work}, ${moment}: ${Object.entries(outcomes)
      .map(([outcome, n]) => (n === times ? outcome : `${n} ${outcome}`))
      .join('; ')}`,
  );
console.log(`${cases} faults tried, ${failed} kinds with a test that failed`);
process.exitCode = failed === 0 ? 0 : 1;
