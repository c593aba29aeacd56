/**
 * What `npm test` runs of the tests that need a driver. A driver compiles every kernel that is new to it, and one that runs
 * on the processor takes a tenth of a second to seconds for each: where it has compiled nothing yet, these tests would take
 * most of the suite's time. So what needs no driver runs whole at every `npm test`. Of what needs one, the cases run that
 * their test names, and `npm run test:nightly` runs all. `OFTC_TESTS=all` runs all elsewhere.
 *
 * A test needs a driver when it opens a GPU device; Dawn's null device has none. The author of the test
 * names cases that between them take every kind of code once, where the cases are made or where one test is:
 *
 *   describe.each(sample(LAYERS, ['oft', 'boft']))('$name', …)
 *   it.runIf(sampled(name, ['oft', 'boft']))('…', …)
 *   it.runIf(NIGHTLY)('…', …)
 *
 * A property on a device draws a few at every `npm test` and hundreds nightly: `runs(8, 300)` (test/support/runs.ts).
 */
import { afterAll, expect } from 'vitest';

const chosen = process.env.OFTC_TESTS || 'sample';
if (chosen !== 'sample' && chosen !== 'all')
  throw new Error(`OFTC_TESTS is 'sample' or 'all', not '${chosen}'`);

/** Whether every test runs. */
export const NIGHTLY = chosen === 'all';

/** A case is named by itself, by the first of its row, or by its `name`. */
type Case =
  | string
  | undefined
  | readonly [string | number | undefined, ...unknown[]]
  | { readonly name: string };

const nameOf = (c: Case): string => {
  if (typeof c !== 'object') return `${c}`;
  return 'name' in c ? c.name : `${c[0]}`;
};

/** Names of a test file that no case has had so far. */
const unknown = new Set<string>();
const known = new Set<string>();

/** Whether a case runs at every `npm test`: where it has one of these names. */
export function sampled(name: string, always: readonly string[]): boolean {
  known.add(name);
  unknown.delete(name);
  for (const a of always) if (!known.has(a)) unknown.add(a);
  return NIGHTLY || always.includes(name);
}

/** The cases of these names at every `npm test`, all of them nightly. */
export const sample = <T extends Case>(cases: readonly T[], always: readonly string[]): readonly T[] =>
  cases.filter((c) => sampled(nameOf(c), always));

afterAll(() => expect([...unknown], 'a sample names cases that there are').toEqual([]));
