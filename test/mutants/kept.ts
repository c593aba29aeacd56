/** Tells which fates of another commit still hold. */
import type { Mutant } from './mutants.ts';
import { type Fate, isFound } from './progress.ts';

/** A test that passes without a mutant. */
interface Passing {
  readonly name: string;
  readonly test: { readonly file: string };
}

/**
 * A mutant that a test found stays so where this test still passes without a mutant, in a file that is unchanged; of a name
 * that several tests have, all. An ill-typed one stays so where it is ill-typed now, and a survivor where it has a reason.
 */
export function isKept(
  killerOf: (m: Mutant) => string | undefined,
  passing: readonly Passing[],
  isExplained: (m: Mutant) => boolean,
  isIllTyped: (m: Mutant) => boolean,
) {
  const files = new Map<string, string[]>();
  for (const { name, test } of passing) files.set(name, [...(files.get(name) ?? []), test.file]);
  return (m: Mutant, fate: Fate, unchanged: ReadonlySet<string>): boolean => {
    if (fate === 'ill-typed') return isIllTyped(m);
    if (!isFound(fate)) return isExplained(m);
    return files.get(killerOf(m) ?? '')?.every((file) => unchanged.has(file)) ?? false;
  };
}
