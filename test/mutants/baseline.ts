/** Runs all tests without a mutant: they must pass, and each tells the mutants that it reaches. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Pool } from './pool.ts';
import type { Job, Report } from './worker.ts';

export type Passed = Extract<Report, { kind: 'passed' }>;

/** The tests of a file that passed, and those that did not. */
export interface FileRun {
  /** The digest of the test file. */
  readonly of: string;
  readonly passed: readonly Passed[];
  readonly failed: readonly string[];
}

/**
 * The digest of all files of a checkout on which outcomes of tests depend, except those that hold tests, reasons, results or text
 * for people.
 */
export function digestOfCode(root: string): string {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const hash = createHash('sha256');
  for (const file of new Set(listed.split('\n'))) {
    if (/\.test\.ts$|(^|\/)survivors\.json$|\.md$|^bench\/|^docs\//.test(file)) continue;
    const path = join(root, file);
    if (file !== '' && existsSync(path))
      hash.update(file).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

/** Remembers the runs of test files on disk, for as long as the code is the same. */
export class Runs {
  readonly #file: string;
  readonly #code: string;
  readonly #known: Map<string, FileRun>;

  /** Goes on with what `file` has of the same code, if it is there. */
  constructor(file: string, code: string) {
    this.#file = file;
    this.#code = code;
    this.#known = new Map(read(file, code));
  }

  /** The run of a test file at a share of its runs; undefined where the file has changed since, or has not run. */
  of(file: string, runs: string, digest: string): FileRun | undefined {
    const known = this.#known.get(`${runs} ${file}`);
    return known?.of === digest ? known : undefined;
  }

  note(file: string, runs: string, run: FileRun): void {
    this.#known.set(`${runs} ${file}`, run);
  }

  save(): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    const text = JSON.stringify([this.#code, [...this.#known]], (_, value: unknown) =>
      value instanceof Uint8Array ? { bits: Buffer.from(value).toString('base64') } : value,
    );
    writeFileSync(this.#file, gzipSync(text, { level: 1 }));
  }
}

function read(file: string, code: string): [string, FileRun][] {
  if (!existsSync(file)) return [];
  const [before, known] = JSON.parse(gunzipSync(readFileSync(file)).toString(), (_, value: unknown) =>
    isBits(value) ? new Uint8Array(Buffer.from(value.bits, 'base64')) : value,
  ) as [string, [string, FileRun][]];
  return before === code ? known : [];
}

const isBits = (value: unknown): value is { readonly bits: string } =>
  typeof value === 'object' && value !== null && 'bits' in value;

/** Runs test files that are not remembered. `digests` has the digest of each test file. Returns the tests that pass. */
export async function baseline(
  pool: Pick<Pool, 'each'>,
  { runs, cases }: Pick<Job, 'runs' | 'cases'>,
  digests: Readonly<Record<string, string>>,
  known: Runs,
): Promise<Passed[]> {
  const started = performance.now();
  const elapsed = () => Math.round((performance.now() - started) / 1000);
  const all: FileRun[] = [];
  const due: string[] = [];
  for (const [file, of] of Object.entries(digests)) {
    const before = known.of(file, runs, of);
    if (before) all.push(before);
    else due.push(file);
  }
  let done = 0;
  await pool.each(due, async (file, run) => {
    const { reports, end } = await run({ mutant: null, runs, cases, tests: [], files: [file] });
    const failed = reports.flatMap((r) =>
      r.kind === 'failed' ? [`${file}: ${r.name}: ${r.message.split('\n')[0]}`] : [],
    );
    const passed = reports.filter((r) => r.kind === 'passed');
    const own = { of: digests[file]!, passed, failed };
    if (end === 'done') known.note(file, runs, own);
    all.push(end === 'done' ? own : { ...own, failed: [...failed, `${file}: ${end}`] });
    if (++done % 50 === 0) console.log(`  without a mutant: ${done} of ${due.length} files, ${elapsed()} s`);
  });
  known.save();
  for (const f of all.flatMap((r) => r.failed).sort()) console.log(`  not used at ${runs}: ${f}`);
  const passed = all.flatMap((r) => r.passed);
  if (passed.length === 0) throw new Error(`none of ${all.length} test files passes without a mutant`);
  console.log(
    `${passed.length} tests pass at ${runs} of their runs; ${due.length} of ${all.length} files ran, ${elapsed()} s`,
  );
  return passed;
}
