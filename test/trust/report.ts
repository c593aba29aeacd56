/**
 * Writes the result of a long counted run to `bench/results/trust/NAME.json`, one file a run, from which
 * docs/guarantees.md is generated.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(ROOT, 'bench/results/trust');

/** A fault that a run found, and its mend. */
export interface Found {
  readonly what: string;
  /** The command or the test that shows it. */
  readonly shown: string;
  /** How it was mended; null while it is open. */
  readonly mend: string | null;
}

export interface TrustRun {
  /** The name of the file: `fuzz-safetensors`. */
  readonly name: string;
  /** The command that repeats the run. */
  readonly command: string;
  readonly seed: number;
  readonly cases: number;
  /** The cases that failed. */
  readonly crashes: number;
  /** The longest that one case took, in milliseconds; null where cases are not timed. */
  readonly slowestMs: number | null;
  /** The most resident memory of the process, in megabytes. */
  readonly peakMB: number;
  /** The processor seconds of the run. */
  readonly processorSeconds: number;
  readonly found: readonly Found[];
  /** Further counts of a run, such as outcomes by name. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** A run as it is stored: with the commit that it ran on, and whether files differed from that commit. */
export interface TrustReport extends TrustRun {
  readonly commit: string;
  readonly changed: boolean;
  readonly date: string;
}

const git = (...args: string[]): string => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();

/** Call it when the run starts, so that the report names the commit whose code ran. */
export const commitNow = (): Pick<TrustReport, 'commit' | 'changed'> => ({
  commit: git('rev-parse', 'HEAD'),
  changed: git('status', '--porcelain', '--', ':!bench/results') !== '',
});

/** Writes the report, and returns its path. */
export function writeReport(run: TrustRun, at: ReturnType<typeof commitNow> = commitNow()): string {
  const { name, command, seed, cases, crashes, slowestMs, peakMB, ...rest } = run;
  const report: TrustReport = {
    ...{ name, command, date: new Date().toISOString(), ...at, seed, cases, crashes, slowestMs, peakMB },
    ...rest,
  };
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, `${name}.json`);
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
  return path;
}

/** All reports, by name. */
export function readReports(): readonly TrustReport[] {
  try {
    return readdirSync(FOLDER)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as TrustReport);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** The most resident memory of this process so far, in megabytes. */
export const peakMB = (): number => Math.round(process.resourceUsage().maxRSS / 1024);

/** The processor seconds of this process so far. */
export const processorSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 1e5) / 10;
};
