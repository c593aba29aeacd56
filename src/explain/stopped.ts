/** Finds the searches that stopped at a limit, so that a better program may exist than the one explained. */
import { isExhaustive, MAX_EXHAUSTIVE_SHARED } from '../../compiler/associate/associations.ts';
import type { Decision, Derivation } from '../../compiler/pipeline.ts';
import { collectChains } from '../../compiler/rewrite/chains.ts';
import { SEGMENT } from '../../compiler/rewrite/nest.ts';

/** A derivation, with its decision where sizes are bound. */
type Searched = Pick<Derivation, 'passes'> & { readonly decision?: Decision | undefined };

/** One text for each kind of search that stopped. `untried` counts the recomputations that were not tried. */
export function stoppedSearches(derivations: readonly Searched[], untried: number): string[] {
  const longest = Math.max(0, ...derivations.map(nestedFactors));
  const shared = derivations.flatMap((d) =>
    (d.decision?.groups ?? []).flatMap((g) => (isExhaustive(g) ? [] : [g.shareable.length])),
  );
  return [
    longest > 0 &&
      `a product of ${longest} factors is first cut into segments of ${SEGMENT}: a better nesting may exist`,
    shared.length > 0 &&
      `${Math.max(...shared)} sub-products could be formed once, and of more than ${MAX_EXHAUSTIVE_SHARED} not every set is tried: better parentheses may exist`,
    untried > 0 &&
      `${untried} ${untried === 1 ? 'tensor was' : 'tensors were'} not tried to be computed again: less memory may do`,
  ].filter((text) => text !== false);
}

/** The factors of the longest product that was nested; 0 where none was. */
function nestedFactors({ passes }: Searched): number {
  const at = passes.findIndex((p) => p.pass === 'nest');
  if (at < 0) return 0;
  return Math.max(...collectChains(passes[at - 1]!.program).map((c) => c.factors.length));
}
