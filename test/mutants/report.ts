/** Reports which mutants were killed, and compares the survivors with survivors.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesOfTests } from '../suite/files.ts';
import { peakMB, type TrustRun } from '../trust/report.ts';
import type { Mutant } from './mutants.ts';
import { FATES, type Fate, isFound } from './progress.ts';

/** The reason why some mutants behave like the code, or need not be killed. */
interface Explanation {
  readonly reason: string;
  /** The keys of these mutants. */
  readonly mutants: readonly string[];
}

/** The least share of mutants that are found, by a failing test, a time-out or the type check. */
const LEAST = 0.98;

const root = fileURLToPath(new URL('../../', import.meta.url));
const explanations = filesOfTests(root, '/survivors.json').flatMap(
  (f) => JSON.parse(readFileSync(join(root, f), 'utf8')) as readonly Explanation[],
);
/** The keys of all mutants that have a reason. */
export const explained: ReadonlySet<string> = new Set(explanations.flatMap((e) => e.mutants));

/** Whether survivors.json has a reason for a mutant. */
export const isExplained = (m: Mutant): boolean => explained.has(m.key);

/** The mutants that survive and have no entry in survivors.json. */
export const unexplained = (fates: ReadonlyMap<Mutant, Fate>): Mutant[] =>
  [...fates].filter(([m, f]) => !isFound(f) && !isExplained(m)).map(([m]) => m);

const count = (fates: Iterable<Fate>, fate: Fate): number => [...fates].filter((f) => f === fate).length;

/** The percentage of mutants that tests find, among those that pass the type check. */
function foundByTests(fates: Iterable<Fate>): string {
  const typed = [...fates].filter((f) => f !== 'ill-typed');
  return ((100 * typed.filter(isFound).length) / Math.max(1, typed.length)).toFixed(1);
}

/**
 * The run as a report. A case that fails is a mutant that no test finds and survivors.json does not explain. `ran` says how
 * many mutants met tests at which commit.
 */
export function reportOf(
  fates: ReadonlyMap<Mutant, Fate>,
  seconds: number,
  command: string,
  ran: string | undefined,
): TrustRun {
  const of = (fate: Fate): number => count(fates.values(), fate);
  const open = unexplained(fates).length;
  const found = [...fates.values()].filter(isFound).length;
  const left = fates.size - found - open;
  const percent = ((100 * found) / Math.max(1, fates.size)).toFixed(1);
  return {
    name: 'mutants',
    command,
    seed: 1,
    cases: fates.size,
    crashes: open,
    slowestMs: null,
    peakMB: peakMB(),
    processorSeconds: Math.round(seconds),
    found: [],
    more: {
      note: `${percent} % found: ${of('killed')} by a failing test, ${of('timed out')} by a time-out and ${of('ill-typed')} by the type check. Of those that pass the type check, tests find ${foundByTests(fates.values())} %. ${left} survivors are explained in the files survivors.json beside the tests${ran ? `; ${ran}` : ''}`,
    },
  };
}

/**
 * Prints the table of files and the survivors, and returns the exit code. It is 1 where a reason is wrong, and in a run of other
 * mutants than those with a reason, where too few are found or a survivor has none.
 */
export function printReport(fates: ReadonlyMap<Mutant, Fate>, areExplained = false): number {
  const files = [...new Set([...fates.keys()].map((m) => m.file))];
  const row = (name: string, cells: readonly (number | string)[]) =>
    console.log(name.padEnd(44) + cells.map((c) => `${c}`.padStart(12)).join(''));
  row('file', ['mutants', ...FATES]);
  for (const file of [...files, 'all']) {
    const of = [...fates].flatMap(([m, fate]) => (m.file === file || file === 'all' ? [fate] : []));
    row(file, [of.length, ...FATES.map((fate) => count(of, fate))]);
  }

  for (const [m, f] of fates) {
    if (f === 'killed' || f === 'ill-typed' || (f !== 'timed out' && isExplained(m))) continue;
    console.log(`\n${f}: ${m.file}:${m.line}\n${m.key}`);
  }
  const stale = [...fates].filter(([m, f]) => isFound(f) && isExplained(m));
  for (const [m] of stale) console.log(`\nfound although survivors.json explains it: ${m.key}`);

  const total = Math.max(1, fates.size);
  const found = [...fates.values()].filter(isFound).length;
  const percent = (n: number) => `${((100 * n) / total).toFixed(1)} %`;
  const by = (fate: Fate) => percent(count(fates.values(), fate));
  const without = unexplained(fates).length;
  console.log(
    `\n${percent(found)} found: ${by('killed')} by a failing test, ${by('timed out')} by a time-out, ${by('ill-typed')} by the type check; ` +
      `${foundByTests(fates.values())} % of those that pass the type check; ${without} survivors without a reason in survivors.json`,
  );
  if (stale.length > 0)
    console.log(`${stale.length} reasons in survivors.json are wrong: these mutants are found`);
  if (areExplained) return stale.length === 0 ? 0 : 1;
  return found >= LEAST * fates.size && without === 0 && stale.length === 0 ? 0 : 1;
}
