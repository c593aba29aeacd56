/**
 * Compiles a program: derives it, decides how its products are associated, lets derivations compete, and lowers what is
 * chosen to primitives.
 */
import * as association from './associate/associations.ts';
import { addCost, bindCost, type Cost, NO_COST } from './associate/cost.ts';
import { type Choice, MAX_VARIANTS, select, TRAINING_TOLERANCE } from './associate/select.ts';
import { compete, type Entrant, type Estimate } from './compete.ts';
import { type CompileOptions, derive, deriveFew, leavesOut, type PassResult } from './derive.ts';
import { DEFAULT_PROFILE, type DeviceProfile } from './devices/index.ts';
import { type Binding, sizeDims } from './dims/dims.ts';
import { bindProgram } from './ir/bind.ts';
import { apply, reapply, rebuild } from './ir/build.ts';
import { type LoweringOptions, lowerProgram } from './ir/lower.ts';
import type { Node, Program } from './ir/node.ts';
import { checkSpec } from './ir/spec.ts';
import { once } from './once.ts';
import { isOp } from './ops/nodes.ts';
import { withHalfActivations } from './primitives/half.ts';
import type { PrimProgram } from './primitives/prim.ts';
import { applyCandidate, associate, noneSolved, type Solved } from './rewrite/associate.ts';
import { collectChains, groupChains, type ProgramGroup, SubProducts } from './rewrite/chains.ts';
import { productCost } from './rewrite/cost.ts';
import { share } from './rewrite/engine.ts';

/** One choice of parentheses for all groups. `roots[g][i]` replaces chain i of group g. */
export type JointCandidate = association.JointCandidate<Node>;

/** The decision about associations: the groups of chains, the candidates for all of them, and the chosen ones. */
export interface Decision {
  readonly groups: readonly ProgramGroup[];
  readonly candidates: readonly JointCandidate[];
  readonly chosen: readonly Choice<JointCandidate>[];
}

export interface Variant {
  readonly minTokens: number;
  readonly maxTokens: number | null;
  /** The token count that launches are chosen for, where the variant was compared with others by its launches. */
  readonly fusedFor?: number;
  /** The associated program of operators, in the author's dimensions. */
  readonly symbolic: Program;
  /** The same program at the sizes that it is compiled for. */
  readonly program: Program;
  readonly primitives: PrimProgram;
}

/** The options that decide how a bound program becomes primitives. */
export interface VariantLowering extends Pick<LoweringOptions, 'structured' | 'stored'> {
  readonly activations: 'f32' | 'f16';
}

/** The passes from the source to chains, and the decision how the chains are associated. */
export interface Derivation {
  readonly passes: readonly PassResult[];
  /** The program after normalisation and differentiation, before associations are chosen. */
  readonly derived: Program;
  /** The decision about associations; undefined where that pass was left out. */
  readonly decision: Decision | undefined;
}

/** All that the compiler made of one source. */
export interface Compilation extends Derivation {
  readonly source: Program;
  /** The source at the sizes compiled for. */
  readonly bound: Program;
  /** The derivation for few tokens, where it differs. Its decision says for which token counts it is chosen. */
  readonly few: Derivation | undefined;
  /** The pinned program, where it is chosen for some token counts. */
  readonly pinned: Derivation | undefined;
  /** The options by which the variants' programs became primitives, for `primitivesOf` to lower them again. */
  readonly lowering: VariantLowering;
  readonly variants: readonly Variant[];
}

/** The groups of chains of a derived program, and their sub-products. */
export function chainGroups(program: Program): { groups: ProgramGroup[]; subs: SubProducts } {
  const subs = new SubProducts();
  return { groups: groupChains(collectChains(program), subs), subs };
}

/**
 * Compiles a program to primitives, with a variant for each range of token counts. Throws OFT3006 for a dimension
 * that neither the program nor `sizes` binds.
 */
export const compileProgram = (source: Program, options: CompileOptions): Compilation =>
  compileEach(source, options, [{ profile: options.profile ?? DEFAULT_PROFILE }])[0]!;

/** The rates of a device that a program is compiled for, and the costs of programs on it. */
export interface ForDevice {
  /** The rates that associations are chosen by. */
  readonly profile: DeviceProfile;
  /**
   * Estimates the cost of a variant. Without it, and for the objective `memory`, variants are chosen by the costs of
   * their products alone, and not compared with the pinned program.
   */
  readonly estimate?: (v: Pick<Variant, 'minTokens' | 'maxTokens' | 'primitives'>) => Estimate;
}

/** Compiles a program for several devices. It is derived once, and equal choices are lowered once. */
export function compileEach(
  source: Program,
  options: CompileOptions,
  devices: readonly ForDevice[],
): Compilation[] {
  const many = derive(source, options);
  const few = deriveFew(source, options, many.passes);
  const profiles = devices.map((d) => d.profile);
  const solved = noneSolved();
  const open = (few ? [many, few] : [many]).map((d) => opened(d, options, profiles, solved));
  const [first] = open as [Open];
  const sizes = options.sizes ?? {};
  const lowering: VariantLowering = {
    structured: !options.asWritten,
    stored: options.stored ?? {},
    activations: options.activations ?? 'f32',
  };
  const lower = lowererOf(sizes, lowering);
  const whole = { candidate: { of: first, roots: [] }, minTokens: 0, maxTokens: null };
  const pool = once(() => poolOf(open, options));
  const pinned = once(
    (): Pooled => ({
      of: unassociated(derive(source, { ...options, pinned: true })),
      roots: [],
      cost: NO_COST,
    }),
  );
  const chosenFor = ({ profile, estimate }: ForDevice): readonly Fused[] | undefined => {
    if (leavesOut(options, 'associate')) return undefined;
    const derived = choose(pool(), profile, options);
    if (!estimate || options.objective === 'memory' || !isChanged(first)) return derived;
    return fastest(derived, pinned(), lower, estimate);
  };
  const bound = bindProgram(source, sizes);
  return devices.map((device) => {
    const chosen = chosenFor(device);
    const last = chosen?.find((c) => !open.includes(c.candidate.of));
    return {
      source,
      bound,
      ...closed(first, chosen),
      few: open[1] && closed(open[1], chosen),
      pinned: last && closed(last.candidate.of, chosen),
      variants: (chosen ?? [whole]).map(({ candidate, ...range }) => ({ ...range, ...lower(candidate) })),
      lowering,
    };
  });
}

const unassociated = ({ program, passes }: ReturnType<typeof derive>): Open => ({
  passes,
  derived: program,
  groups: [],
  candidates: [],
});

/** A derivation with its associations, of which none is chosen yet. */
const opened = (
  d: ReturnType<typeof derive>,
  options: CompileOptions,
  profiles: readonly DeviceProfile[],
  solved: Solved,
): Open =>
  leavesOut(options, 'associate')
    ? unassociated(d)
    : { passes: d.passes, derived: d.program, ...associations(d.program, options, profiles, solved) };

/** A derivation with the decision about its associations. */
function closed(of: Open, choices: readonly Fused[] | undefined): Derivation {
  const { passes, derived, groups, candidates } = of;
  const chosen = choices?.filter((c) => c.candidate.of === of);
  return { passes, derived, decision: chosen && { groups, candidates, chosen } };
}

/** Lowers candidates to primitives, each once. */
function lowererOf(sizes: Binding, lowering: VariantLowering) {
  const lowered = new Map<unknown, Pick<Variant, 'symbolic' | 'program' | 'primitives'>>();
  return (candidate: Pick<Pooled, 'of' | 'roots'>) => {
    const known = lowered.get(candidate);
    if (known) return known;
    const { of, roots } = candidate;
    const symbolic = share(binary(applyCandidate(of.derived, replacements(of.groups, roots))));
    const program = bindProgram(symbolic, sizes);
    checkSpec(program, ['typed', 'bound', 'associated'], 'associate');
    const variant = { symbolic, program, primitives: primitivesOf(program, lowering) };
    lowered.set(candidate, variant);
    return variant;
  };
}

/** Whether a derivation differs from the pinned program. */
const isChanged = ({ passes, groups }: Open): boolean =>
  groups.length > 0 || passes.some((p) => p.fired.length > 0);

/** A choice, and the token count that its launches are chosen for. */
type Fused = Choice<Pooled> & Pick<Variant, 'fusedFor'>;

/** The derived variants, and the pinned program where one of them would be worse. */
function fastest(
  derived: readonly Choice<Pooled>[],
  pinned: Pooled,
  lower: (candidate: Pooled) => Pick<Variant, 'primitives'>,
  estimate: NonNullable<ForDevice['estimate']>,
): Fused[] {
  const entrant = ({ candidate, ...range }: Choice<Pooled>): Entrant<Pooled> => {
    const { primitives } = lower(candidate);
    return { of: candidate, ...range, cost: estimate({ ...range, primitives }) };
  };
  return compete(
    derived.map(entrant),
    entrant({ candidate: pinned, minTokens: 0, maxTokens: null }),
    MAX_VARIANTS,
  ).map(({ of: candidate, cost, ...range }) => ({ candidate, ...range, fusedFor: cost.fusedFor }));
}

/** Lowers a variant's program to primitives. They show the formulas that `formula` gives. */
export function primitivesOf(
  bound: Program,
  { activations, ...options }: VariantLowering,
  formula?: LoweringOptions['formula'],
): PrimProgram {
  const lowered = lowerProgram(bound, { ...options, ...(formula ? { formula } : {}) });
  return activations === 'f16' ? withHalfActivations(lowered) : lowered;
}

/** A derivation before any of its candidates is chosen. */
interface Open extends Pick<Derivation, 'passes' | 'derived'>, Pick<Decision, 'groups' | 'candidates'> {}

/** The groups of chains of a program, and the associations of all groups together that no other dominates. */
function associations(
  program: Program,
  options: CompileOptions,
  profiles: readonly DeviceProfile[],
  solved: Solved,
): { groups: readonly ProgramGroup[]; candidates: readonly JointCandidate[] } {
  const { groups, subs } = chainGroups(program);
  const sizes = sizeDims(options.sizes ?? {});
  const candidates = association.combined(
    groups.map((group) => associate(group, subs, sizes, profiles, productCost, solved)),
  );
  return { groups, candidates };
}

interface Pooled extends JointCandidate {
  readonly of: Open;
}

/** The candidates of all derivations. With several derivations, costs include the products that belong to no group. */
const poolOf = (open: readonly Open[], options: CompileOptions): Pooled[] =>
  open.flatMap((of) => {
    const beside = open.length > 1 ? bindCost(undecided(of), sizeDims(options.sizes ?? {})) : NO_COST;
    return of.candidates.map((c) => ({ ...c, of, cost: addCost(c.cost, beside) }));
  });

const choose = (
  pool: readonly Pooled[],
  profile: DeviceProfile,
  options: CompileOptions,
): readonly Choice<Pooled>[] =>
  select(pool, profile, options.objective ?? 'latency', options.gradients ? TRAINING_TOLERANCE : 0);

/** The cost of the products that belong to no group. */
function undecided({ derived, groups }: Open): Cost {
  const sites = new Set(groups.flatMap((g) => g.chains.map((c) => c.site)));
  return collectChains(derived)
    .filter((c) => !sites.has(c.site))
    .reduce((sum, c) => addCost(sum, productCost(c.site)), NO_COST);
}

/** A map from each chain's site to the root that replaces it. */
const replacements = (
  groups: readonly ProgramGroup[],
  roots: JointCandidate['roots'],
): ReadonlyMap<Node, Node> =>
  new Map<Node, Node>(
    groups.flatMap((g, n) => g.chains.map((chain, i) => [chain.site, roots[n]![i]!] as const)),
  );

/** Turns each product that still has more than two factors into products of two, from left to right. */
export function binary(program: Program): Program {
  const visit = rebuild(new Map(), (n, args) =>
    isOp(n, 'matmul') && args.length > 2
      ? args.slice(1).reduce((a, b) => apply('matmul', [a, b]), args[0]!)
      : reapply(n, args),
  );
  return { ...program, outputs: program.outputs.map((o) => ({ name: o.name, node: visit(o.node) })) };
}
