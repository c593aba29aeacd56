/** A worker process, which runs tests with one mutant active and evaluates all modules anew for each mutant. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, Script } from 'node:vm';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { Harness } from './harness.ts';
import { LINKS, type Links } from './modules.ts';
import { MutantSet } from './mutant-set.ts';
import { inFile } from './snapshots.ts';

export interface TestId {
  readonly file: string;
  readonly index: number;
}

/** A test, and the seconds of processor time after which it counts as hung. */
export interface Limited extends TestId {
  readonly limit: number;
}

/**
 * A job. With a mutant, tests run one after another until one fails. Without one, all run, and the mutants that each
 * reaches are noted.
 */
export interface Job {
  readonly mutant: number | null;
  /** The value of OFTC_RUNS (test/support/runs.ts). */
  readonly runs: string;
  /** The value of OFTC_TESTS (test/support/sample.ts). */
  readonly cases: 'sample' | 'all';
  readonly tests: readonly Limited[];
  /** The files whose tests all run, where there is no mutant. */
  readonly files: readonly string[];
}

/** The seconds of processor time that a test may take without a mutant. */
const FIRST_LIMIT = 600;

export type Report =
  | { readonly kind: 'test'; readonly test: TestId }
  | {
      readonly kind: 'passed';
      readonly test: TestId;
      readonly name: string;
      /** The test's seconds of processor time. */
      readonly seconds: number;
      /** The seconds of processor time that evaluating the test's file takes, once for each mutant. */
      readonly loading: number;
      /** The mutants that the test reaches, as the bits of a MutantSet. */
      readonly reached: Uint8Array;
    }
  | { readonly kind: 'failed'; readonly test: TestId; readonly name: string; readonly message: string }
  | { readonly kind: 'done' };

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('../../', import.meta.url));
const outdir = process.argv[2]!;
const scripts = new Map<string, Script>();
const { setup, imports, kept } = JSON.parse(readFileSync(join(outdir, LINKS), 'utf8')) as Links;
const isKept = new Set(kept);
/** The evaluated modules that are kept for all mutants. */
const forAll = new Map<string, Module>();
// The guard reads here at which time the running test counts as hung.
const end = new Float64Array(new SharedArrayBuffer(8));
new Worker(new URL('./guard.mjs', import.meta.url), { workerData: end }).unref();

// Properties end at the first counterexample, without shrinking it.
fc.configureGlobal({ endOnFailure: true });

/** The seconds of processor time of this process, all threads included. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

let active: number | null = null;
let reached = new MutantSet();
const chosen = (id: number): boolean => id === active;
const noted = (id: number): boolean => {
  reached.add(id);
  return false;
};

interface Loaded {
  readonly harness: Harness;
  /** The mutants that evaluating the file reaches. */
  readonly reached: MutantSet;
  /** The seconds of processor time that evaluating the file took. */
  readonly seconds: number;
  /** The working folder that the file chose. */
  readonly folder: string;
}

function scriptOf(file: string): Script {
  const known = scripts.get(file);
  if (known) return known;
  const parameters = 'require, module, exports, __import, __mutant';
  const script = new Script(`(function (${parameters}) {${readFileSync(join(outdir, file), 'utf8')}\n})`, {
    filename: join(root, file),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  scripts.set(file, script);
  return script;
}

interface Module {
  exports: unknown;
}

/** Evaluates modules of the project, each once. `vitest` is what they import by that name. */
function evaluator(vitest: unknown): (file: string) => unknown {
  const own = new Map<string, Module>();
  const evaluated = (file: string): unknown => {
    const modules = isKept.has(file) ? forAll : own;
    const known = modules.get(file);
    if (known) return known.exports;
    const module: Module = { exports: {} };
    modules.set(file, module);
    const required = (name: string): unknown => {
      if (name === 'vitest') return vitest;
      const linked = imports[file]?.[name];
      if (linked === undefined) return require(name);
      return linked.endsWith('.ts') ? evaluated(linked) : require(join(root, linked));
    };
    const later = async (name: string) => required(name);
    const isMutant = active === null ? noted : chosen;
    scriptOf(file).runInThisContext()(required, module, module.exports, later, isMutant);
    return module.exports;
  };
  return evaluated;
}

function load(file: string): Loaded {
  const harness = new Harness();
  const evaluate = evaluator(harness.api);
  reached = new MutantSet();
  process.chdir(root);
  const begin = processorSeconds();
  evaluate(setup);
  evaluate(file);
  return { harness, reached, seconds: processorSeconds() - begin, folder: process.cwd() };
}

const send = (report: Report): void => void process.send!(report);
const messageOf = (e: unknown): string => (e instanceof Error ? e.message : String(e)).slice(0, 300);

async function run(job: Job): Promise<void> {
  active = job.mutant;
  process.env.OFTC_RUNS = job.runs;
  process.env.OFTC_TESTS = job.cases;
  const loaded = new Map<string, Loaded>();
  const at = (file: string): Loaded => {
    const known = loaded.get(file) ?? load(file);
    loaded.set(file, known);
    return known;
  };
  const tests = [
    ...job.tests,
    ...job.files.flatMap((file) =>
      at(file).harness.tests.map((_, index): Limited => ({ file, index, limit: FIRST_LIMIT })),
    ),
  ];
  let stray: unknown;
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (e) => {
    stray = e;
  });
  for (const { limit, ...current } of tests) {
    end[0] = processorSeconds() + limit;
    send({ kind: 'test', test: current });
    let name = '';
    try {
      const { harness, reached: byLoading, seconds: loading, folder } = at(current.file);
      process.chdir(folder);
      const begin = processorSeconds();
      const test = harness.tests[current.index];
      if (!test) throw new Error('this test is no longer defined');
      name = test.name;
      reached = byLoading.copy();
      inFile(join(root, current.file));
      await harness.run(test);
      if (stray !== undefined) throw stray;
      send({
        kind: 'passed',
        test: current,
        name,
        seconds: processorSeconds() - begin,
        loading,
        reached: reached.bits,
      });
    } catch (e) {
      stray = undefined;
      send({ kind: 'failed', test: current, name, message: messageOf(e) });
      if (active !== null) break;
    }
  }
  for (const { harness } of loaded.values()) await harness.end().catch(() => {});
  end[0] = 0;
  send({ kind: 'done' });
}

process.on('message', (job: Job) => {
  // A file that cannot be evaluated has no tests that could report the error.
  run(job).catch((e) => {
    send({
      kind: 'failed',
      test: { file: job.files[0]!, index: 0 },
      name: 'evaluation',
      message: messageOf(e),
    });
    send({ kind: 'done' });
  });
});
process.on('disconnect', () => process.exit());
