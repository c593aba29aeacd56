/**
 * Explains the joint decision about products that could share a sub-product: every candidate's cost, and the choice.
 */
import { atTokens, bindCost, type Cost, inTokens, isBound, seconds } from '../../compiler/associate/cost.ts';
import type { DeviceProfile } from '../../compiler/devices/index.ts';
import { type Binding, type Dim, printDim, sizeDims, subDim } from '../../compiler/dims/dims.ts';
import { isNegativeQ } from '../../compiler/dims/rational.ts';
import { Identity, topological } from '../../compiler/ir/build.ts';
import type { Node, Program } from '../../compiler/ir/node.ts';
import { byKey } from '../../compiler/keyed.ts';
import { chainGroups, type Decision, type Derivation } from '../../compiler/pipeline.ts';
import { associate } from '../../compiler/rewrite/associate.ts';
import type { ProgramChain, ProgramGroup, SubProducts } from '../../compiler/rewrite/chains.ts';
import { countAssociations, enumerate } from '../../compiler/rewrite/enumerate.ts';
import type { Namer } from '../language/formulas/naming.ts';
import { Trees } from './trees.ts';

export interface ExplainedCandidate {
  /** One association for each chain. */
  readonly forms: readonly string[];
  /** The costs as polynomials in `tokens` and the unbound dimensions. */
  readonly operations: string;
  readonly bytes: string;
  readonly memory: string;
  readonly launches: number;
  /** Whether another candidate is at least as good in each of the four costs at all sizes. */
  readonly dominated: boolean;
  /** The costs at the explanation's token count; absent while dimensions are unbound. */
  readonly at?: CandidateCost;
  /** The costs at the token counts that were asked for; absent while dimensions are unbound, and where none were. */
  readonly sampled?: readonly CandidateCost[];
}

export interface CandidateCost {
  readonly operations: number;
  readonly bytes: number;
  readonly memory: number;
  /** The time by the cost model. */
  readonly seconds: number;
}

export interface ExplainedChoice {
  readonly minTokens: number;
  readonly maxTokens: number | null;
  readonly forms: readonly string[];
  /** Products formed once for several chains. */
  readonly shared: readonly { readonly product: string; readonly by: readonly string[] }[];
  /** Products of a frozen weight with parameters alone: the weight-centric part of the choice, if any. */
  readonly merged: readonly string[];
}

/** The joint decision about one group of chains, and its alternatives. */
export interface ExplainedGroup {
  readonly chains: readonly { readonly of: string; readonly factors: string }[];
  readonly associations: number;
  /** Whether `candidates` has all associations; else it has the undominated ones if sizes are bound, or none. */
  readonly complete: boolean;
  readonly candidates: readonly ExplainedCandidate[];
  readonly chosen: readonly ExplainedChoice[];
}

export interface GroupContext {
  readonly namer: Namer;
  readonly tokens: number;
  readonly sizes: Binding;
  readonly profile: DeviceProfile;
  /** Token counts to give the costs of candidates at. */
  readonly sampleAt: readonly number[];
}

/** The largest number of joint associations that are all listed. Of more, only the undominated ones are. */
const MAX_LISTED = 64;

export function explainGroups(
  d: Pick<Derivation, 'derived'> & { readonly decision?: Decision | undefined },
  context: GroupContext,
): ExplainedGroup[] {
  // Where nothing is decided, as for the program as written, there are no candidates to show.
  const { groups, subs } = chainGroups(d.derived);
  if (d.decision?.groups.length === 0) return [];
  const purpose = chainPurposes(d.derived);
  return groups.map((group, g) => explainGroup(group, g, subs, d.decision, purpose, context));
}

function explainGroup(
  group: ProgramGroup,
  index: number,
  subs: SubProducts,
  decision: Decision | undefined,
  purpose: (chain: ProgramChain) => string,
  context: GroupContext,
): ExplainedGroup {
  const { namer } = context;
  const name = (n: Node) => namer.name(n);
  const factors = group.chains.flatMap((c) => c.factors);
  const forms = (roots: readonly Node[]) => roots.map((r) => namer.association(r, factors));
  const associations = countAssociations(group);
  const complete = associations <= MAX_LISTED;
  const sizes = sizeDims(context.sizes);
  const candidates = complete
    ? enumerate(group, () => '').map((c) => ({ ...c, cost: bindCost(c.cost, sizes) }))
    : decision
      ? associate(group, subs, sizes)
      : [];
  const trees = new Trees(group);
  const listed = candidates.map(({ roots, cost }) => ({ forms: forms(roots), cost, key: trees.key(roots) }));
  // The choice may form a product transposed, but it prints as the candidate with the same products.
  const formsOf = (roots: readonly Node[]) =>
    listed.find((c) => c.key === trees.key(roots))?.forms ?? forms(roots);
  return {
    chains: group.chains.map((c) => ({
      of: purpose(c),
      factors: c.projected ? `blocks(${c.factors.map(name).join('·')})` : c.factors.map(name).join('·'),
    })),
    associations,
    complete,
    candidates: listed.map(({ forms, cost }, i) => ({
      forms,
      operations: printDim(cost.ops),
      bytes: printDim(cost.bytes),
      memory: printDim(cost.memory),
      launches: cost.launches,
      dominated: listed.some((other, k) => k !== i && dominates(other.cost, cost, k < i)),
      ...(decision && isBound(cost) ? costs(cost, context) : {}),
    })),
    chosen: (decision?.chosen ?? []).map(({ candidate, minTokens, maxTokens }) => ({
      minTokens,
      maxTokens,
      forms: formsOf(candidate.roots[index]!),
      ...describe(group, candidate.roots[index]!, purpose, forms),
    })),
  };
}

function costs(
  cost: Cost,
  { tokens, profile, sampleAt }: GroupContext,
): Pick<ExplainedCandidate, 'at' | 'sampled'> {
  const at = costAt(cost, profile);
  return { at: at(tokens), ...(sampleAt.length > 0 ? { sampled: sampleAt.map(at) } : {}) };
}

/** The cost of a candidate as a function of the token count. */
function costAt(cost: Cost, profile: DeviceProfile): (tokens: number) => CandidateCost {
  const [operations, bytes, memory] = [inTokens(cost.ops), inTokens(cost.bytes), inTokens(cost.memory)];
  const time = seconds(cost, profile);
  return (tokens) => ({
    operations: atTokens(operations, tokens),
    bytes: atTokens(bytes, tokens),
    memory: atTokens(memory, tokens),
    seconds: atTokens(time, tokens),
  });
}

/** Whether `a` costs at most as much as `b` in everything at all sizes. Of two equal costs, the first dominates. */
function dominates(a: Cost, b: Cost, first: boolean): boolean {
  const over = ([x, y]: readonly [Dim, Dim]) => subDim(y, x).terms;
  const pairs = (
    [
      [a.ops, b.ops],
      [a.bytes, b.bytes],
      [a.memory, b.memory],
    ] as const
  ).map(over);
  if (a.launches > b.launches || pairs.some((terms) => terms.some((t) => isNegativeQ(t.coef)))) return false;
  return first || a.launches < b.launches || pairs.some((terms) => terms.length > 0);
}

/** The products that several of the chosen roots share, and those that contain no activation. */
function describe(
  group: ProgramGroup,
  roots: readonly Node[],
  purpose: (chain: ProgramChain) => string,
  forms: (roots: readonly Node[]) => string[],
) {
  const identity = new Identity();
  const leaves = new Set(group.chains.flatMap((c) => c.factors.map((f) => identity.of(f))));
  const users = new Map<number, { node: Node; by: Set<string> }>();
  const visit = (n: Node, by: string) => {
    if (n.kind === 'input' || leaves.has(identity.of(n))) return;
    if (n.op === 'matmul') {
      const entry = users.get(identity.of(n)) ?? { node: n, by: new Set() };
      entry.by.add(by);
      users.set(identity.of(n), entry);
    }
    for (const a of n.args) visit(a, by);
  };
  roots.forEach((r, i) => {
    visit(r, purpose(group.chains[i]!));
  });
  const text = (n: Node) => forms([n])[0]!;
  const roles = (n: Node) => new Set(topological([n]).flatMap((m) => (m.kind === 'input' ? [m.role] : [])));
  const isMerged = (n: Node) => {
    const of = roles(n);
    return of.has('frozen') && !of.has('input') && !of.has('cotangent');
  };
  return {
    shared: [...users.values()]
      .filter((u) => u.by.size > 1)
      .map((u) => ({ product: text(u.node), by: [...new Set([...u.by].flatMap((p) => p.split(', ')))] })),
    merged: [...users.values()].filter((u) => isMerged(u.node)).map((u) => text(u.node)),
  };
}

/** The names of the outputs that a chain contributes to; a chain may serve several. */
function chainPurposes(program: Program): (chain: ProgramChain) => string {
  const serves = byKey(
    program.outputs.flatMap((o) => topological([o.node]).map((n) => [n, o.name] as const)),
  );
  return (chain) => (serves.get(chain.site) ?? []).join(', ');
}
