/**
 * Mutation testing: every mutant of the rules, the operators, differentiation, the kernels, the printers for
 * PyTorch and the file formats must make a test or the type check fail. At least 98 % do, and survivors.json gives a reason for
 * every other.
 *
 *   npm run test:mutants -- [part of a file name …] [--tests part …] [--sample n] [--seed n] [--workers n] [--rounds n]
 *     [--fresh | --keep] [--explained] [--report]
 *
 * A run that is interrupted goes on where it stopped when it is started again for the same commit. At another commit,
 * `--keep` keeps the mutants that were found, where neither their source file nor the test file that found them changed,
 * and the survivors of unchanged source files that have a reason. `--report` writes bench/results/trust/mutants.json at the
 * end of a run of all mutants.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { getOrMake } from '../../compiler/keyed.ts';
import { usedByAll } from '../suite/processor-time.ts';
import { ranAt, version } from '../suite/version.ts';
import { ROOT } from '../support/bundled.ts';
import { digest } from '../support/digest.ts';
import { commitNow, writeReport } from '../trust/report.ts';
import { Alone, type Single } from './alone.ts';
import { baseline, digestOfCode, type Passed, Runs } from './baseline.ts';
import { isKept } from './kept.ts';
import { Killers } from './killers.ts';
import { writeModules } from './modules.ts';
import { MutantSet } from './mutant-set.ts';
import type { Mutant } from './mutants.ts';
import { allMutants } from './mutated.ts';
import { Pool, type Run } from './pool.ts';
import { type Fate, isFound, Progress, readHeld, type State } from './progress.ts';
import { isExplained, printReport, reportOf, unexplained } from './report.ts';
import { testsOnMutants } from './tests.ts';
import { Types } from './types.ts';
import type { Limited, TestId } from './worker.ts';

/**
 * The rounds of tests on a mutant. First come tests that fit into a budget of seconds of processor time, with
 * properties at a tenth of their numbers and samples of the tests on a device: they kill most. The type check of what is
 * left and a larger budget follow, then all of these tests, and at last properties and tests on a device in full. From the second round on, mutants with an
 * explanation are left out.
 */
const LEVELS = [
  { runs: '10%', cases: 'sample', budget: 3 },
  { runs: '10%', cases: 'sample', budget: 30 },
  { runs: '10%', cases: 'sample', budget: Infinity },
  { runs: '100%', cases: 'all', budget: Infinity },
] as const;

/** The factor by which a test scores higher for mutants near it, before it met any. */
const NEAR = 8;

const elapsed = () => Math.round(performance.now() / 1000);

/** The seconds of processor time after which a test counts as hung, with the loading of its file. */
const limitOf = (t: Pick<Known, 'seconds' | 'loading'>) => 8 * (t.seconds + t.loading) + 5;

const single = ({ name, test, ...t }: Known): Single => ({ name, test: { ...test, limit: limitOf(t) } });

type Level = (typeof LEVELS)[number];

interface Known {
  readonly test: TestId;
  readonly name: string;
  /** The seconds of processor time of the test and of evaluating its file, without a mutant. */
  readonly seconds: number;
  readonly loading: number;
  readonly reached: MutantSet;
  /** The number of mutants that the test reaches. */
  readonly reach: number;
  readonly own: Tally;
  /** The record of all tests of its file. */
  readonly siblings: Tally;
}

/** The numbers of mutants that tests have met and killed so far, by source file and in ALL. */
interface Tally {
  readonly met: Map<string, number>;
  readonly kills: Map<string, number>;
}

/** The key of counts of mutants of all source files. */
const ALL = '';

const emptyTally = (): Tally => ({ met: new Map(), kills: new Map() });

/** Counts a mutant of a source file that a test met or killed. */
function count({ own, siblings }: Known, what: keyof Tally, file: string): void {
  for (const { [what]: counts } of [own, siblings])
    for (const key of [file, ALL]) counts.set(key, (counts.get(key) ?? 0) + 1);
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string' },
    tests: { type: 'string', multiple: true },
    rounds: { type: 'string', default: `${LEVELS.length}` },
    fresh: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    explained: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
  },
});

const rounds = Number(options.rounds);
if (!Number.isSafeInteger(rounds) || rounds < 1 || rounds > LEVELS.length)
  throw new Error(`--rounds takes a number from 1 to ${LEVELS.length}, not '${options.rounds}'`);
if (
  options.report &&
  (positionals.length > 0 || options.sample !== undefined || options.tests || options.explained)
)
  throw new Error(
    '--report is for a run of all mutants and tests: leave out --sample, --tests, --explained and parts of names',
  );
if (options.keep && options.fresh)
  throw new Error('--keep goes on and --fresh begins anew: give one of them');

/** Runs with some of the tests, or of mutants with a reason, hold their fates apart from those of all. */
const HELD = join(
  ROOT,
  '.nightly',
  options.tests || options.explained ? 'mutants-part.json' : 'mutants.json',
);
const testFiles = testsOnMutants().filter((f) => options.tests?.some((part) => f.includes(part)) ?? true);

/** Chooses n mutants at random, by a seed (an MINSTD generator). */
function sampled(mutants: readonly Mutant[], n: number, seed: number): Mutant[] {
  let state = seed;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state;
  };
  const drawn = mutants.map((m) => ({ m, at: next() })).sort((a, b) => a.at - b.at);
  return drawn
    .slice(0, n)
    .map((d) => d.m)
    .sort((a, b) => a.id - b.id);
}

function knownFrom(passed: readonly Passed[]): Known[] {
  const records = new Map<string, Tally>();
  return passed.map((r) => {
    const reached = new MutantSet(r.reached);
    const siblings = getOrMake(records, r.test.file, emptyTally);
    return { ...r, reached, reach: reached.size, own: emptyTally(), siblings };
  });
}

/** Whether a test lies near a source file: in its folder, around it or inside it. A folder `test` in a path does not count. */
function isNear(test: string, file: string): boolean {
  const own = dirname(test)
    .replace(/(^|\/)test(?=\/|$)/, '')
    .replace(/^\//, '');
  const of = dirname(file);
  return `${of}/`.startsWith(`${own}/`) || `${own}/`.startsWith(`${of}/`);
}

/**
 * Scores how likely a test is to kill a mutant of a source file: by the share of the file's mutants that it killed, with the share
 * of the tests of its own file as one mutant more, and that with its share of all files' mutants. A test that met none scores
 * higher near the file, and where it reaches few mutants.
 */
function likelihood({ test, reach, own, siblings }: Known, file: string): number {
  const share = ({ met, kills }: Tally, of: string, prior: number) =>
    ((kills.get(of) ?? 0) + prior) / ((met.get(of) ?? 0) + 1);
  const elsewhere = share(own, ALL, (isNear(test.file, file) ? NEAR : 1) / Math.sqrt(reach));
  return share(own, file, share(siblings, file, elsewhere));
}

interface Memory {
  readonly killers: Killers;
  readonly alone: Alone;
}

/**
 * Runs the tests that reach a mutant until one fails, with an unlimited budget all tests of their files. The test that
 * killed it last time comes first, then those that most likely kill it for their time. A test that fails without a mutant
 * too, because it runs without the others of its file, is left out.
 */
async function fateOf(
  m: Mutant,
  tests: readonly Known[],
  level: Level,
  { killers, alone }: Memory,
  run: Run,
): Promise<Fate> {
  const before = killers.of(m);
  const worth = (t: Known) =>
    t.name === before ? Infinity : likelihood(t, m.file) / (0.001 + t.seconds + t.loading);
  // A test may fill a cache. Later tests of its file then do not run the code that fills it, though they depend on it.
  const files = new Set(tests.filter((t) => t.reached.has(m.id)).map((t) => t.test.file));
  const isWhole = level.budget === Infinity;
  const reaching = tests
    .filter((t) => (isWhole ? files.has(t.test.file) : t.reached.has(m.id) && !alone.fails(single(t))))
    .map((t) => ({ t, worth: worth(t) }))
    .sort((a, b) => b.worth - a.worth)
    .map(({ t }) => t);
  if (reaching.length === 0) return 'not reached';
  let spent = 0;
  const loaded = new Set<string>();
  const affordable = reaching.filter((t) => {
    if (spent > level.budget) return false;
    spent += t.seconds + (loaded.has(t.test.file) ? 0 : t.loading);
    loaded.add(t.test.file);
    return true;
  });
  const byId = new Map(affordable.map((t) => [`${t.test.file} ${t.test.index}`, t]));
  const of = (id: TestId) => byId.get(`${id.file} ${id.index}`)!;
  const limited: Limited[] = affordable.map((t) => single(t).test);
  const job = { mutant: m.id, runs: level.runs, cases: level.cases, tests: limited, files: [] };
  let { reports, end } = await run(job);
  // A process that has run long can die by itself. When it dies twice, the mutant is the cause.
  if (end === 'died') ({ reports, end } = await run(job));
  for (const r of reports) {
    if (r.kind === 'test') count(of(r.test), 'met', m.file);
  }
  const last = reports.findLast((r) => r.kind === 'test' || r.kind === 'failed');
  if (last?.kind !== 'failed' && end === 'done') return 'survived';
  const test = last && of(last.test);
  if (test && end === 'done' && !isWhole && !(await alone.passes(single(test), level, run)))
    return fateOf(m, tests, level, { killers, alone }, run);
  if (test) {
    count(test, 'kills', m.file);
    killers.note(m, test.name);
  }
  return end === 'hung' ? 'timed out' : 'killed';
}

/** Counts what the tests killed last time, so that likely ones come first from the start. */
function recall(tests: readonly Known[], mutants: readonly Mutant[], killers: Killers): void {
  const byName = new Map(tests.map((t) => [t.name, t]));
  for (const m of mutants) {
    const t = byName.get(killers.of(m) ?? '');
    if (!t) continue;
    count(t, 'met', m.file);
    count(t, 'kills', m.file);
  }
}

/** Tells which fates of another commit still hold, once each test that killed has run alone. */
async function keptBy(
  tests: readonly Known[],
  mutants: readonly Mutant[],
  { killers, alone }: Memory,
  types: Types,
  pool: Pool,
): Promise<ReturnType<typeof isKept>> {
  const names = new Set(mutants.map((m) => killers.of(m)));
  const killing = tests.filter((t) => names.has(t.name));
  await pool.each(killing, async (t, run) => void (await alone.passes(single(t), LEVELS[0], run)));
  alone.save();
  const failing = killing.filter((t) => alone.fails(single(t)));
  console.log(`${failing.length} of ${killing.length} tests that killed fail alone, ${elapsed()} s`);
  for (const { name, test } of failing) console.log(`  fails alone: ${test.file}: ${name}`);
  const passing = tests.filter((t) => !alone.fails(single(t)));
  return isKept(
    (m) => killers.of(m),
    passing,
    isExplained,
    (m) => types.refuses(m),
  );
}

async function main(): Promise<number> {
  const mutated = allMutants(positionals);
  const all = [...mutated.values()]
    .flatMap((f) => f.mutants)
    .filter((m) => !options.explained || isExplained(m));
  const mutants = options.sample ? sampled(all, Number(options.sample), Number(options.seed)) : all;
  console.log(`${mutants.length} of ${all.length} mutants`);
  const outdir = mkdtempSync(join(ROOT, 'node_modules/.oftc-mutants-'));
  const killers = new Killers(join(ROOT, 'node_modules/.cache/oftc-mutants.json'));
  const state: State = {
    commit: version(ROOT),
    parts: options.tests ?? [],
    tests: Object.fromEntries(testFiles.map((f) => [f, digest(readFileSync(join(ROOT, f), 'utf8'))])),
  };
  const held = options.fresh ? undefined : readHeld(HELD);
  if (held && held.commit !== state.commit && !options.keep && !options.tests && !options.explained)
    throw new Error(`${HELD} has fates of ${held.commit}: --keep goes on with them, and --fresh begins anew`);
  const pool = new Pool(outdir, options.workers === undefined ? undefined : Number(options.workers));
  const commit = commitNow();
  const remembered = new Runs(
    join(ROOT, 'node_modules/.cache/oftc-tests.json.gz'),
    // Mutants are numbered among those of the chosen files.
    [digestOfCode(ROOT), ...positionals].join(),
  );
  const known = new Map<string, Promise<Known[]>>();
  const testsAt = (level: Level) =>
    getOrMake(known, level.runs, async () => knownFrom(await baseline(pool, level, state.tests, remembered)));
  const alone = new Alone(join(ROOT, 'node_modules/.cache/oftc-tests-alone.json'), state.tests);
  let save = () => killers.save();
  try {
    await writeModules(testFiles, mutated, outdir);
    const keeps = options.keep && held && held.commit !== state.commit;
    const every = positionals.length === 0 ? mutated : allMutants();
    // A run of some files keeps the fates of all.
    const types = new Types(ROOT, every);
    let kept: ReturnType<typeof isKept> | undefined;
    if (keeps) kept = await keptBy(await testsAt(LEVELS[0]), mutants, { killers, alone }, types, pool);
    const progress = new Progress(HELD, held, state, every, kept);
    const fates = () =>
      new Map(mutants.flatMap((m) => (progress.fateOf(m) ? [[m, progress.fateOf(m)!] as const] : [])));
    console.log(`commit ${state.commit}: ${fates().size} of ${mutants.length} mutants met tests before`);
    let spent = 0;
    save = () => {
      killers.save();
      alone.save();
      const used = usedByAll() ?? 0;
      progress.save(used - spent);
      spent = used;
    };
    let left = mutants;
    for (const [n, level] of LEVELS.slice(0, rounds).entries()) {
      const due = left.filter((m) => progress.isDue(m, n));
      if (due.length === 0) continue;
      const tests = await testsAt(level);
      if (n === 0) recall(tests, mutants, killers);
      let done = 0;
      await pool.each(due, async (m, run) => {
        progress.note(m, n, await fateOf(m, tests, level, { killers, alone }, run));
        if (++done % 100 !== 0) return;
        save();
        console.log(`  ${done} of ${due.length}, ${elapsed()} s`);
      });
      if (n === 0)
        for (const [m, fate] of fates())
          if (!isFound(fate) && types.refuses(m)) progress.note(m, n, 'ill-typed');
      left = options.explained
        ? [...fates()].flatMap(([m, f]) => (isFound(f) ? [] : [m]))
        : unexplained(fates());
    }
    save();
    if (options.report) {
      const command = `npm run test:mutants -- --rounds ${rounds} ${options.keep ? '--keep ' : ''}--report`;
      const at = ranAt(progress.commits);
      console.log(writeReport(reportOf(fates(), progress.seconds, command, at), commit));
    }
    return printReport(fates(), options.explained);
  } finally {
    save();
    pool.stop();
    rmSync(outdir, { recursive: true });
  }
}

process.exitCode = await main();
