/**
 * `npm run test:nightly` runs every test, with optimised code and the nightly numbers of properties, and the
 * strategies one by one. It records the commit, the seed, and each shard's outcome and time in `.nightly/`. Run again
 * for the same commit, it runs the shards that did not pass, from the same seed. Another commit begins anew, and so
 * does `-- --fresh`. `-- --seeds 50` runs the tests that draw with each of the seeds 1 to 50 instead, at their
 * ordinary numbers. With `-- --keep`, another commit runs only the shards that did not pass at an earlier one, as after
 * the mend of a test. `-- --report` writes the outcome to bench/results/trust at the end, with the commit of each shard.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { filesOfTests } from '../suite/files.ts';
import { usedHere } from '../suite/processor-time.ts';
import { time } from '../suite/reporter.ts';
import { ranAt, version } from '../suite/version.ts';
import { commitNow, peakMB, type TrustRun, writeReport } from '../trust/report.ts';
import { keptFrom, type Ran, type Shard, seedShards, shardsOf } from './shards.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(ROOT, '.nightly');
const { values: options } = parseArgs({
  options: {
    fresh: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '0' },
    report: { type: 'boolean', default: false },
  },
});
const SEEDS = Number(options.seeds);
if (!Number.isSafeInteger(SEEDS) || SEEDS < 0)
  throw new Error(`--seeds takes a number of seeds, such as 50, not '${options.seeds}'`);
if (options.keep && options.fresh)
  throw new Error('--keep goes on and --fresh begins anew: give one of them');
const STATE = join(FOLDER, SEEDS > 0 ? 'seeds.json' : 'state.json');
/** The file with the seconds of processor time of each test file's last run. */
const TIMES = join(FOLDER, 'times.json');
/** The file in which the reporter writes the seconds of the running shard's files. */
const MEASURED = join(FOLDER, 'shard-times.json');

interface State {
  readonly commit: string;
  readonly seed: string;
  readonly shards: readonly Ran[];
}

const read = <T>(path: string): T | undefined =>
  existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : undefined;

function resumed(fresh: boolean): State {
  const commit = version(ROOT);
  const held = read<State>(STATE);
  const given = process.env.OFTC_SEED;
  const isLike = held && (SEEDS === 0 || held.shards.length === SEEDS) && (given ?? held.seed) === held.seed;
  if (held?.commit === commit && isLike && !fresh) return held;
  const files = filesOfTests(ROOT, '.test.ts');
  const shards = SEEDS > 0 ? seedShards(files.filter(draws), SEEDS) : shardsOf(files, read(TIMES) ?? {});
  if (options.keep && !isLike)
    throw new Error('--keep goes on with a run of the same OFTC_SEED and --seeds, and .nightly holds none');
  if (options.keep) return { commit, seed: held!.seed, shards: keptFrom(held!, shards) };
  return { commit, seed: given ?? `${randomInt(2 ** 31)}`, shards };
}

/** Whether a test file draws by the seed. */
const draws = (file: string): boolean => readFileSync(join(ROOT, file), 'utf8').includes('support/runs.ts');

/** Runs a shard. Gives its exit code, or null where a signal ended it. */
function run({ of, seed: own }: Shard, seed: string): Promise<number | null> {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const what = typeof of === 'string' ? ['--config', 'test/strategies.config.ts', '--project', of] : of;
  const numbers = typeof of === 'string' ? '' : 'nightly';
  const nightly = own === undefined ? { OFTC_TESTS: 'all', OFTC_RUNS: numbers } : {};
  const child = spawn(process.execPath, [vitest, 'run', ...what], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...nightly, OFTC_SEED: own ?? seed, OFTC_TIMES: MEASURED },
  });
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code, signal) => done(signal === null ? code : null));
  });
}

// Ctrl+C does not end this process: the terminal sends it to the tests too, and this process waits for their end.
process.on('SIGINT', () => {});

mkdirSync(FOLDER, { recursive: true });
const state = resumed(options.fresh);
const save = (): void => writeFileSync(STATE, JSON.stringify(state, undefined, 1));
const at = commitNow();
const left = state.shards.filter((s) => s.outcome !== 'passed');
console.log(
  `commit ${state.commit}, OFTC_SEED=${state.seed}: ${left.length} of ${state.shards.length} shards`,
);
save();

for (const shard of left) {
  console.log(`\n── ${shard.name}`);
  const [begin, used] = [performance.now(), usedHere()];
  const code = await run(shard, state.seed);
  if (code === null || code > 128) process.exit(130);
  shard.outcome = code === 0 ? 'passed' : 'failed';
  shard.commit = state.commit;
  shard.milliseconds = performance.now() - begin;
  shard.processorSeconds = usedHere() - used;
  save();
  const measured = typeof shard.of === 'string' ? {} : read<Record<string, number>>(MEASURED);
  writeFileSync(TIMES, JSON.stringify({ ...read<object>(TIMES), ...measured }, undefined, 1));
}

console.log(`\ncommit ${state.commit}, OFTC_SEED=${state.seed}`);
for (const { name, outcome, milliseconds } of state.shards)
  console.log(`${time(milliseconds ?? 0).padStart(14)}  ${outcome?.padEnd(6)}  ${name}`);
if (options.report) {
  const ran = state.shards.filter((s) => s.outcome !== undefined);
  const commits = ranAt(ran.map((r) => r.commit!));
  const report: TrustRun = {
    name: SEEDS > 0 ? 'seeds' : 'nightly',
    command: `npm run test:nightly -- ${SEEDS > 0 ? `--seeds ${SEEDS} ` : ''}${options.keep ? '--keep ' : ''}--report`,
    seed: SEEDS > 0 ? 1 : Number(state.seed),
    cases: ran.length,
    crashes: ran.filter((s) => s.outcome === 'failed').length,
    slowestMs: Math.max(...ran.map((s) => s.milliseconds ?? 0)),
    peakMB: peakMB(),
    processorSeconds: Math.round(ran.reduce((sum, s) => sum + (s.processorSeconds ?? 0), 0)),
    found: [],
    more: {
      note: [
        SEEDS > 0
          ? `a case is a seed, with which the tests of ${state.shards[0]!.of.length} files draw`
          : 'a case is a shard of tests, with the nightly numbers of properties',
        ...(commits === undefined ? [] : [commits]),
      ].join('; '),
    },
  };
  console.log(writeReport(report, at));
}
process.exitCode = state.shards.every((s) => s.outcome === 'passed') ? 0 : 1;
