/**
 * Chooses associations for chains that share sub-products. Forward and gradients are decided together, so that g·W is
 * formed once for both dx and dR. The exact search finds, for each set of sub-products to form once, the undominated
 * associations: no other is at most as costly in operations, bytes, memory and launches at every token count. Larger
 * groups are searched for one weighing of these costs after another.
 */
import { DEFAULT_PROFILE, type DeviceProfile } from '../devices/index.ts';
import type { Dim } from '../dims/dims.ts';
import { reapply } from '../ir/build.ts';
import type { Node, OpNode, Program } from '../ir/node.ts';
import { argsOf } from '../ir/walk.ts';
import { foldOver } from '../primitives/walk.ts';
import type { Weigh } from './chain-forms.ts';
import type { Group, SubProducts } from './chains.ts';
import { atTokens, bindCost, type Cost, productCost } from './cost.ts';
import { type Candidate, GroupForms, type Joint } from './group-forms.ts';
import { including, MAX_FRONT, undominated } from './pareto.ts';
import { lightest, type Work } from './search.ts';

/** The most shareable sub-products of which every subset is tried. Groups with more are searched. */
export const MAX_EXHAUSTIVE_SHARED = 8;
/** How many options the exact search keeps for each part of a group: more than for the group itself. */
const EXACT_FRONT = 4 * MAX_FRONT;
/** The products that the search of one group compares for each weighing. */
const WORK = 200_000;
/** The token counts whose costs are weighed. */
const TOKENS = [1, 64, 512, 4096];

/**
 * Finds joint associations of a group. `price` is the cost of one product; with `sizes`, only `tokens` may stay
 * symbolic in it. The search is exact, and finds all that are undominated, up to MAX_EXHAUSTIVE_SHARED shareable
 * sub-products and MAX_FRONT candidates. Beyond, it finds cheap ones for each profile. The association as written is
 * among the candidates unless one of them costs no more.
 */
export function associate(
  group: Group,
  subs: SubProducts,
  sizes: Readonly<Record<string, Dim>> = {},
  profiles: readonly DeviceProfile[] = [DEFAULT_PROFILE],
  price: (node: OpNode) => Cost = productCost,
): Candidate[] {
  const forms = new GroupForms(group, {
    subs,
    costOf: (node) => bindCost(price(node), sizes),
    most: EXACT_FRONT,
  });
  const front =
    group.shareable.length <= MAX_EXHAUSTIVE_SHARED
      ? exhaustive(group.shareable, forms)
      : searched(forms, profiles);
  // A front that is too long keeps the options that are best in one count. The one as written may be best in total.
  return including(front, forms.written()).map((joint) => forms.build(joint));
}

function exhaustive(keys: readonly string[], forms: GroupForms): Joint[] {
  const subsets = Array.from({ length: 1 << keys.length }, (_, mask) =>
    keys.filter((_, i) => (mask >> i) & 1),
  );
  return undominated(subsets.flatMap((once) => forms.forming(once)));
}

function searched(forms: GroupForms, profiles: readonly DeviceProfile[]): Joint[] {
  return undominated(
    profiles.flatMap(weighings).map((weigh) => {
      const work: Work = { left: WORK };
      return lightest(forms, weigh, work);
    }),
  );
}

/** The seconds at each of TOKENS, by themselves and with the time to write and read all intermediates once more. */
const weighings = ({ flops, bandwidth, launch }: DeviceProfile): Weigh[] =>
  TOKENS.flatMap((tokens) =>
    [0, 2 / bandwidth].map(
      (memory): Weigh =>
        ([ops, bytes, held, launches]) =>
          atTokens(ops, tokens) / flops +
          atTokens(bytes, tokens) / bandwidth +
          atTokens(held, tokens) * memory +
          atTokens(launches, tokens) * launch,
    ),
  );

/** The program with the sites of a group's chains replaced. */
export function applyCandidate(program: Program, replacements: ReadonlyMap<Node, Node>): Program {
  const targetOf = (n: Node): Node => (n.kind === 'input' ? n : (replacements.get(n) ?? n));
  const visit = foldOver<Node, Node>(
    (n) => argsOf(targetOf(n)),
    (n, of) => {
      const target = targetOf(n);
      return target.kind === 'input' ? target : reapply(target, target.args.map(of));
    },
  );
  return { ...program, outputs: program.outputs.map((o) => ({ name: o.name, node: visit(o.node) })) };
}
