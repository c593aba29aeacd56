/**
 * Chooses associations for chains that share sub-products. Forward and gradients are decided together, so that g·W is
 * formed once for both dx and dR. The exact search finds, for each set of sub-products to form once, the undominated
 * associations: no other is at most as costly in operations, bytes, memory and launches at every token count. Larger
 * groups are searched for one weighing of these costs after another.
 */
import type { DeviceProfile } from '../devices/class.ts';

import { type Algebra, type Chain, type Group, MAX_CHAIN, type SubProducts } from './chains.ts';
import { addCost, atTokens, type Cost, NO_COST } from './cost.ts';
import { type Candidate, GroupForms, type Joint } from './group-forms.ts';
import { including, MAX_FRONT, paretoFront, undominated } from './pareto.ts';
import type { Weigh } from './products.ts';
import { lightest, type Proven, provenLightest, type Work } from './search.ts';

/**
 * The largest number of shareable sub-products at which every subset of them is tried. Groups with more are searched.
 */
export const MAX_EXHAUSTIVE_SHARED = 8;
/** The number of options that the exact search keeps for each part of a group: more than for the group itself. */
const EXACT_FRONT = 4 * MAX_FRONT;
/** The number of products that the search of one group may compare for each weighing. */
const WORK = 200_000;
/** The token counts whose costs are weighed. */
export const TOKENS = [1, 64, 512, 4096];

/** Whether a group is small enough that all of its joint associations are compared. */
export const isExhaustive = ({ chains, shareable }: Group<Chain<unknown>>): boolean =>
  shareable.length <= MAX_EXHAUSTIVE_SHARED && chains.every((c) => c.factors.length <= MAX_CHAIN);

/** The joint associations of a group. */
export class Associations<N, C extends Chain<N>> {
  readonly #group: Group<C>;
  readonly #forms: GroupForms<N, C>;

  constructor(group: Group<C>, subs: SubProducts<N>, algebra: Algebra<N, C>) {
    this.#group = group;
    this.#forms = new GroupForms(group, { algebra, subs, most: EXACT_FRONT });
  }

  /**
   * Finds joint associations. The search is exact, and finds all that are undominated, up to MAX_EXHAUSTIVE_SHARED
   * shareable sub-products, MAX_CHAIN factors and MAX_FRONT candidates. Beyond, it finds cheap ones for each profile.
   * The association as written is among the candidates unless one of them costs no more.
   */
  candidates(profiles: readonly DeviceProfile[]): Candidate<N>[] {
    return this.built(this.front(profiles));
  }

  /** Builds the joint associations that a group which is the same problem has. */
  built(front: readonly Joint[]): Candidate<N>[] {
    return front.map((joint) => this.#forms.build(joint));
  }

  /** The candidates before they are built. */
  front(profiles: readonly DeviceProfile[]): readonly Joint[] {
    const front = isExhaustive(this.#group)
      ? this.#exhaustive(this.#group.shareable)
      : this.#searched(profiles);
    // A front that is too long keeps the options that are best in one count. The one as written may be best in total.
    return including(front, this.#forms.written());
  }

  /**
   * Finds a joint association of small weight. `isProven` says whether the work sufficed to prove that none weighs
   * less.
   */
  lightest(weigh: Weigh, work: Work): Proven<Candidate<N>> {
    const { found, isProven } = provenLightest(this.#forms, weigh, work);
    return { found: this.#forms.build(found), isProven };
  }

  #exhaustive(keys: readonly string[]): Joint[] {
    const subsets = Array.from({ length: 1 << keys.length }, (_, mask) =>
      keys.filter((_, i) => (mask >> i) & 1),
    );
    return undominated(subsets.flatMap((once) => this.#forms.forming(once)));
  }

  #searched(profiles: readonly DeviceProfile[]): Joint[] {
    return undominated(
      profiles.flatMap(weighings).map((weigh) => lightest(this.#forms, weigh, { left: WORK })),
    );
  }
}

/** Two weighings at each of TOKENS: seconds, and seconds with each intermediate written and read once more. */
const weighings = (profile: DeviceProfile): Weigh[] =>
  TOKENS.flatMap((tokens) => [0, 2].map((times) => secondsAt(profile, tokens, times)));

/** The seconds at a token count. The time to move all intermediates once is added `times` times. */
export const secondsAt =
  ({ flops, bandwidth, launch }: DeviceProfile, tokens: number, times = 0): Weigh =>
  ([ops, bytes, held, launches]) =>
    atTokens(ops, tokens) / flops +
    atTokens(bytes, tokens) / bandwidth +
    atTokens(held, tokens) * (times / bandwidth) +
    atTokens(launches, tokens) * launch;

/** One choice of parentheses for all groups. `roots[g][i]` is the product of chain i of group g. */
export interface JointCandidate<N> {
  readonly roots: readonly (readonly N[])[];
  readonly cost: Cost;
}

/** The undominated choices for all groups together, of the candidates of each. */
export const combined = <N>(groups: readonly (readonly Candidate<N>[])[]): JointCandidate<N>[] =>
  groups.reduce<JointCandidate<N>[]>(
    (joint, own) =>
      paretoFront(
        joint.flatMap((c) =>
          own.map((o) => ({ roots: [...c.roots, o.roots], cost: addCost(c.cost, o.cost) })),
        ),
      ),
    [{ roots: [], cost: NO_COST }],
  );
