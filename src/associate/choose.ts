/** Chooses between joint associations at every symbolic size. */
import {
  type Associations,
  combined,
  type JointCandidate,
  secondsAt,
  TOKENS,
} from '../../compiler/associate/associations.ts';
import type { Chain } from '../../compiler/associate/chains.ts';
import { addCost, NO_COST } from '../../compiler/associate/cost.ts';
import { HORIZON } from '../../compiler/associate/crossings.ts';
import { type Choice, select } from '../../compiler/associate/select.ts';
import type { DeviceProfile } from '../../compiler/devices/class.ts';

/** The number of products that the search of one group may compare at one size. */
const WORK = 16_000_000;
/** The largest number of sizes at which the search looks for the least time. */
const MAX_LOOKS = 64;

export interface Choices<N> {
  readonly choices: readonly Choice<JointCandidate<N>>[];
  /** Whether it is proven that no association takes less time at the sizes looked at. */
  readonly isProven: boolean;
}

/**
 * The choice for each range of sizes. It searches for the least time at both ends of every range, and adds what it
 * finds to the candidates, until no search finds less. Where times are linear in the size, the ranges then begin and
 * end at the exact sizes.
 */
export function choose<N, C extends Chain<N>>(
  groups: readonly Associations<N, C>[],
  profile: DeviceProfile,
  tolerance: number,
  most: number,
): Choices<N> {
  const candidates = [...combined(groups.map((g) => g.candidates([profile])))];
  const looked = new Set<number>();
  let isProven = true;
  for (;;) {
    const ranges = select(candidates, profile, 'latency', 0, Infinity);
    const ends = ranges.flatMap((c) => [Math.max(c.minTokens, 1), c.maxTokens ?? HORIZON]);
    const next = [...TOKENS, HORIZON, ...ends].find((t) => !looked.has(t));
    if (next === undefined || looked.size === MAX_LOOKS) {
      const choices =
        tolerance === 0 && ranges.length <= most
          ? ranges
          : select(candidates, profile, 'latency', tolerance, most);
      return { choices, isProven: isProven && next === undefined };
    }
    looked.add(next);
    const found = groups.map((g) => g.lightest(secondsAt(profile, next), { left: WORK }));
    isProven &&= found.every((f) => f.isProven);
    candidates.push({
      roots: found.map((f) => f.found.roots),
      cost: found.reduce((sum, f) => addCost(sum, f.found.cost), NO_COST),
    });
  }
}
