/** Tells which fates of another commit still hold. */
import type { Mutant } from './mutants.ts';
import { type Fate, isFound } from './progress.ts';

/** A test that passes without a mutant. */
interface Passing {
  readonly name: string;
  readonly test: { readonly file: string };
}

/**
 * A mutant that was found stays so where the test that killed it still passes without a mutant, in a file that is unchanged; of
 * a name that several tests have, all. A survivor stays one where it has a reason.
 */
export function isKept(
  killerOf: (m: Mutant) => string | undefined,
  passing: readonly Passing[],
  isExplained: (m: Mutant) => boolean,
) {
  const files = new Map<string, string[]>();
  for (const { name, test } of passing) files.set(name, [...(files.get(name) ?? []), test.file]);
  return (m: Mutant, fate: Fate, unchanged: ReadonlySet<string>): boolean =>
    isFound(fate)
      ? (files.get(killerOf(m) ?? '')?.every((file) => unchanged.has(file)) ?? false)
      : isExplained(m);
}
