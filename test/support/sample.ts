/**
 * Samples of the tests that need a driver. A driver compiles every kernel that is new to it, and a software driver
 * takes a tenth of a second to seconds for each. Where it has compiled nothing yet, these tests would take most of
 * the suite's time. So tests without a driver always run whole. Of tests with one, `npm test` runs the cases that the
 * test names, and `npm run test:nightly` runs all, as does `OFTC_TESTS=all`.
 *
 * A test needs a driver when it opens a GPU device; Dawn's null device has none. The author of a test names cases
 * that together run every kind of code once:
 *
 *   describe.each(sample(LAYERS, ['oft', 'boft']))('$name', …)
 *   it.runIf(sampled(name, ['oft', 'boft']))('…', …)
 *   it.runIf(NIGHTLY)('…', …)
 *
 * A property on a device draws a few instances at `npm test` and hundreds nightly: `runs(8, 300)`
 * (test/support/runs.ts).
 */
import { afterAll, expect } from 'vitest';

const chosen = process.env.OFTC_TESTS || 'sample';
if (chosen !== 'sample' && chosen !== 'all')
  throw new Error(`OFTC_TESTS is 'sample' or 'all', not '${chosen}'`);

/** Whether all cases run, not only samples. */
export const NIGHTLY = chosen === 'all';

/** A case of a test. Its name is itself, the first element of its row, or its field `name`. */
type Case =
  | string
  | undefined
  | readonly [string | number | undefined, ...unknown[]]
  | { readonly name: string };

const nameOf = (c: Case): string => {
  if (typeof c !== 'object') return `${c}`;
  return 'name' in c ? c.name : `${c[0]}`;
};

/** The sampled names of a test file that no case has had so far. `known` holds the names of all cases. */
const unknown = new Set<string>();
const known = new Set<string>();

/** Whether a case runs: at `npm test` where its name is one of these, and nightly always. */
export function sampled(name: string, always: readonly string[]): boolean {
  known.add(name);
  unknown.delete(name);
  for (const a of always) if (!known.has(a)) unknown.add(a);
  return NIGHTLY || always.includes(name);
}

/** The cases that run: those of these names at `npm test`, and all of them nightly. */
export const sample = <T extends Case>(cases: readonly T[], always: readonly string[]): readonly T[] =>
  cases.filter((c) => sampled(nameOf(c), always));

afterAll(() => expect([...unknown], 'a sample names cases that there are').toEqual([]));
