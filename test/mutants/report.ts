/** Reports which mutants were killed, and compares the survivors with survivors.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesOfTests } from '../suite/files.ts';
import type { Mutant } from './mutants.ts';

export type Fate =
  | { readonly kind: 'killed'; readonly by: string }
  | { readonly kind: 'survived' }
  | { readonly kind: 'not reached' };

/** The reason why some mutants behave like the code, or need not be killed. */
interface Explanation {
  readonly reason: string;
  /** The keys of these mutants. */
  readonly mutants: readonly string[];
}

const LEAST = 0.95;

const root = fileURLToPath(new URL('../../', import.meta.url));
const explanations = filesOfTests(root, '/survivors.json').flatMap(
  (f) => JSON.parse(readFileSync(join(root, f), 'utf8')) as readonly Explanation[],
);
const explained = new Set(explanations.flatMap((e) => e.mutants));

/** The mutants that survive and have no entry in survivors.json. */
export const unexplained = (fates: ReadonlyMap<Mutant, Fate>): Mutant[] =>
  [...fates].filter(([m, f]) => f.kind !== 'killed' && !explained.has(m.key)).map(([m]) => m);

/** Prints the table of files and the survivors, and returns the exit code. */
export function printReport(fates: ReadonlyMap<Mutant, Fate>): number {
  const files = [...new Set([...fates.keys()].map((m) => m.file))];
  const count = (of: Iterable<readonly [Mutant, Fate]>, kind: Fate['kind']) =>
    [...of].filter(([, f]) => f.kind === kind).length;
  const row = (name: string, cells: readonly (number | string)[]) =>
    console.log(name.padEnd(44) + cells.map((c) => `${c}`.padStart(12)).join(''));
  row('file', ['mutants', 'killed', 'survived', 'not reached']);
  for (const file of [...files, 'all']) {
    const of = [...fates].filter(([m]) => m.file === file || file === 'all');
    row(file, [of.length, count(of, 'killed'), count(of, 'survived'), count(of, 'not reached')]);
  }

  for (const [m, f] of fates) {
    if (f.kind === 'killed' || explained.has(m.key)) continue;
    console.log(`\n${f.kind}: ${m.file}:${m.line}\n${m.key}`);
  }
  const killed = [...fates].filter(([m, f]) => f.kind === 'killed' && explained.has(m.key));
  for (const [m] of killed) console.log(`\nkilled although survivors.json explains it: ${m.key}`);

  const share = fates.size === 0 ? 1 : count(fates, 'killed') / fates.size;
  const without = unexplained(fates).length;
  console.log(
    `\n${(100 * share).toFixed(1)} % killed; ${without} survivors without a reason in survivors.json`,
  );
  return share >= LEAST && without === 0 ? 0 : 1;
}
