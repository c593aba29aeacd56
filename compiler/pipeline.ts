/**
 * The table of contents of the compiler: all passes in order. A pass names what it needs of a Program and what it
 * promises. The driver checks the promise and records the rules that fired, which `explain` prints.
 */
import { checkDifferentiable, differentiate } from './autodiff/differentiate.ts';
import { DEFAULT_PROFILE, type DeviceProfile } from './devices/index.ts';
import { type Binding, sizeDims } from './dims/dims.ts';
import { bindProgram } from './ir/bind.ts';
import { apply, reapply, rebuild } from './ir/build.ts';
import type { Node, Program } from './ir/node.ts';
import { checkSpec, type Spec } from './ir/spec.ts';
import './ops/index.ts';
import { type LoweringOptions, lowerProgram } from './ir/lower.ts';
import { isOp } from './ops/nodes.ts';
import { withHalfActivations } from './primitives/half.ts';
import type { PrimProgram } from './primitives/prim.ts';
import type { Storage } from './primitives/storage.ts';
import { applyCandidate, associate, MAX_EXHAUSTIVE_SHARED } from './rewrite/associate.ts';
import { collectChains, type Group, groupChains, MAX_CHAIN, SubProducts } from './rewrite/chains.ts';
import { addCost, bindCost, type Cost, NO_COST, productCost } from './rewrite/cost.ts';
import { type Firing, rewrite, share } from './rewrite/engine.ts';
import { nestLong } from './rewrite/nest.ts';
import { paretoFront } from './rewrite/pareto.ts';
import { type Rule, runsUntil } from './rewrite/rule.ts';
import { applicable } from './rewrite/rules/index.ts';
import { type Choice, type Objective, select, TRAINING_TOLERANCE } from './rewrite/select.ts';

export interface CompileOptions {
  /** Whether to compute the gradients of every input and trainable parameter, too. */
  readonly gradients: boolean;
  /** Whether to compile the baseline: dense matrices, products in the written order, gradients local to operators. */
  readonly asWritten?: boolean;
  /** The rates of the device that associations are chosen for. */
  readonly profile?: DeviceProfile;
  readonly objective?: Objective;
  /** The sizes of all symbolic dimensions but `tokens`. */
  readonly sizes?: Binding;
  /** The quantised formats of some inputs. The derivation does not depend on them. */
  readonly stored?: Readonly<Record<string, Storage>>;
  /** How tensors that grow with `tokens` are stored; f32 by default. */
  readonly activations?: 'f32' | 'f16';
  /** Whether to leave the program as it is, but keep matrices structured, as for what `oftc rewrite` prints. */
  readonly pinned?: boolean;
  /** The kinds of rules that may fire although they change the function. */
  readonly allow?: readonly 'approximates'[];
  /** The passes to leave out, for tests and for `explain` to show what each pass contributes. */
  readonly disable?: readonly ('normalise' | 'apply' | 'associate')[];
}

/** One choice of parentheses for all groups. `roots[g][i]` replaces the site of chain i of group g. */
export interface JointCandidate {
  readonly roots: readonly (readonly Node[])[];
  readonly cost: Cost;
}

/** The decision about associations: the groups of chains, the candidates for all of them, and the chosen ones. */
export interface Decision {
  readonly groups: readonly Group[];
  readonly candidates: readonly JointCandidate[];
  readonly chosen: readonly Choice<JointCandidate>[];
}

export interface Variant {
  readonly minTokens: number;
  readonly maxTokens: number | null;
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

/** The result of a pass: the Program that it made, and the rules that fired. */
export interface PassResult {
  readonly pass: string;
  readonly program: Program;
  readonly fired: readonly Firing[];
}

/** The passes from the source to chains, and the decision how the chains are associated. */
export interface Derivation {
  readonly passes: readonly PassResult[];
  /** The program after normalisation and differentiation, before associations are chosen. */
  readonly derived: Program;
  /** The decision about associations; undefined where that pass was left out. */
  readonly decision: Decision | undefined;
}

/** All that the compiler made of one source, in the order in which it was made. */
export interface Compilation extends Derivation {
  readonly source: Program;
  /** The source at the sizes compiled for. */
  readonly bound: Program;
  /** The derivation for few tokens, where it differs. Its decision says for which token counts it is chosen. */
  readonly few: Derivation | undefined;
  /** The options by which the variants' programs became primitives, for `primitivesOf` to lower them again. */
  readonly lowering: VariantLowering;
  readonly variants: readonly Variant[];
}

interface Pass {
  readonly name: string;
  readonly input: Spec;
  readonly output: Spec;
  /** The rules that the pass rewrites by. */
  readonly rules: readonly Rule[];
  run(program: Program): { program: Program; fired: readonly Firing[] };
}

const normalise = (rules: readonly Rule[]): Pass => ({
  name: 'normalise',
  input: ['typed'],
  output: ['typed', 'normal'],
  rules,
  run: (p) => rewrite(p, rules),
});

/** The pass of a phase after normalisation. Rules of earlier phases run beside those of the phase. */
const later = (name: 'define' | 'apply' | 'form', rules: readonly Rule[], sizes: Binding): Pass => ({
  name,
  input: ['typed', 'normal'],
  output: ['typed', 'normal'],
  rules,
  run: (p) => rewrite(p, rules, sizes),
});

const differentiation: Pass = {
  name: 'differentiate',
  input: ['typed'],
  output: ['typed'],
  rules: [],
  run: (p) => ({ program: share(differentiate(p)), fired: [] }),
};

const nesting: Pass = {
  name: 'nest',
  input: ['typed', 'normal'],
  output: ['typed'],
  rules: [],
  run: (p) => ({ program: share(nestLong(p)), fired: [] }),
};

type TokenCase = 'few' | 'many';

export interface Derived {
  readonly program: Program;
  readonly passes: readonly PassResult[];
}

/** Normalises and differentiates a program, whose dimensions may be symbolic. */
export function derive(source: Program, options: CompileOptions, tokens: TokenCase = 'many'): Derived {
  const written = { program: share(source), passes: [] };
  if (options.gradients) checkDifferentiable(written.program);
  return withGradients(normalised(written, options, tokens), options, tokens);
}

function withGradients(forward: Derived, options: CompileOptions, tokens: TokenCase): Derived {
  const all = options.gradients ? normalised(runPass(forward, differentiation), options, tokens) : forward;
  const isLong = collectChains(all.program).some((c) => c.factors.length > MAX_CHAIN);
  return isLong && !leavesOut(options, 'associate') ? runPass(all, nesting) : all;
}

/** Runs the passes of normalisation. `other` has their results for other token counts, of which equal ones are used. */
function normalised(
  from: Derived,
  options: CompileOptions,
  tokens: TokenCase,
  other: readonly PassResult[] = [],
): Derived {
  if (leavesOut(options, 'normalise')) return from;
  const rules = applicable(options.allow).filter((r) => (r.tokens ?? tokens) === tokens);
  const sizes = options.sizes ?? {};
  const until = (last: Rule['phase']) => rules.filter((r) => runsUntil(r, last));
  const passes = [
    normalise(until(undefined)),
    later('define', until('define'), sizes),
    ...(leavesOut(options, 'apply')
      ? []
      : [later('apply', until('apply'), sizes), later('form', until('form'), sizes)]),
  ];
  const differs = passes.findIndex((p, i) => depends(p.rules) || depends(other[i]?.fired ?? []));
  const alike = other.slice(0, differs < 0 ? passes.length : differs);
  const begun = { program: alike.at(-1)?.program ?? from.program, passes: [...from.passes, ...alike] };
  return passes.slice(alike.length).reduce(runPass, begun);
}

/** Whether some rule is for few or for many tokens only. */
const depends = (all: readonly Pick<Rule, 'tokens'>[]): boolean => all.some((r) => r.tokens !== undefined);

/** Runs a pass. Each pass promises what the next one needs. */
function runPass({ program, passes }: Derived, pass: Pass): Derived {
  if (passes.length === 0) checkSpec(program, pass.input, `before ${pass.name}`);
  const { program: next, fired } = pass.run(program);
  checkSpec(next, pass.output, pass.name);
  return { program: next, passes: [...passes, { pass: pass.name, program: next, fired }] };
}

/** The derivation for few tokens, if a rule that pays only for some token counts fires in the forward pass. */
function deriveFew(
  source: Program,
  options: CompileOptions,
  many: readonly PassResult[],
): Derived | undefined {
  if (leavesOut(options, 'normalise') || leavesOut(options, 'associate')) return undefined;
  const end = many.findIndex((s) => s.pass === differentiation.name);
  const other = end < 0 ? many : many.slice(0, end);
  const few = normalised({ program: share(source), passes: [] }, options, 'few', other);
  return [...other, ...few.passes].some((s) => depends(s.fired))
    ? withGradients(few, options, 'few')
    : undefined;
}

const leavesOut = (options: CompileOptions, pass: 'normalise' | 'apply' | 'associate'): boolean =>
  (options.asWritten ?? false) || (options.pinned ?? false) || (options.disable ?? []).includes(pass);

/** The groups of chains of a derived program, and their sub-products. */
export function chainGroups(program: Program): { groups: Group[]; subs: SubProducts } {
  const subs = new SubProducts();
  return { groups: groupChains(collectChains(program), subs), subs };
}

/**
 * Compiles a program to primitives, with a variant for each range of token counts. Throws OFT3006 for a dimension
 * that neither the program nor `sizes` binds.
 */
export const compileProgram = (source: Program, options: CompileOptions): Compilation =>
  compileEach(source, options, [options.profile ?? DEFAULT_PROFILE])[0]!;

/** Compiles a program for several profiles. It is derived once, and equal choices are lowered once. */
export function compileEach(
  source: Program,
  options: CompileOptions,
  profiles: readonly DeviceProfile[],
): Compilation[] {
  const many = derive(source, options);
  const few = deriveFew(source, options, many.passes);
  const ways = few && isDecidable(few.program) ? [many, few] : [many];
  const open = ways.map(
    ({ program: derived, passes }): Open =>
      leavesOut(options, 'associate')
        ? { passes, derived, groups: [], candidates: [] }
        : { passes, derived, ...associations(derived, options, profiles) },
  );
  const lowering: VariantLowering = {
    structured: !options.asWritten,
    stored: options.stored ?? {},
    activations: options.activations ?? 'f32',
  };
  const whole = { candidate: { of: open[0]!, roots: [] }, minTokens: 0, maxTokens: null };
  const pool = leavesOut(options, 'associate') ? undefined : poolOf(open, options);
  const lowered = new Map<unknown, Omit<Variant, 'minTokens' | 'maxTokens'>>();
  const lower = (candidate: Pick<Pooled, 'of' | 'roots'>) => {
    const known = lowered.get(candidate);
    if (known) return known;
    const { of, roots } = candidate;
    const symbolic = share(binary(applyCandidate(of.derived, replacements(of.groups, roots))));
    const program = bindProgram(symbolic, options.sizes ?? {});
    checkSpec(program, ['typed', 'bound', 'associated'], 'associate');
    const variant = { symbolic, program, primitives: primitivesOf(program, lowering) };
    lowered.set(candidate, variant);
    return variant;
  };
  const bound = bindProgram(source, options.sizes ?? {});
  return profiles.map((profile) => {
    const chosen = pool && choose(pool, profile, options);
    const variants = (chosen ?? [whole]).map(({ candidate, minTokens, maxTokens }) => ({
      minTokens,
      maxTokens,
      ...lower(candidate),
    }));
    const closed = open.map(({ passes, derived, groups, candidates }, n): Derivation => {
      const own = chosen?.filter((c) => c.candidate.of === open[n]);
      return { passes, derived, decision: own && { groups, candidates, chosen: own } };
    });
    return { source, bound, ...closed[0]!, few: closed[1], variants, lowering };
  });
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

/** Whether a program has few enough associations to try all. A derivation for few tokens with more is left out. */
const isDecidable = (program: Program): boolean =>
  chainGroups(program).groups.every((g) => g.shareable.length <= MAX_EXHAUSTIVE_SHARED);

/** The groups of chains of a program, and the associations of all groups together that no other dominates. */
function associations(
  program: Program,
  options: CompileOptions,
  profiles: readonly DeviceProfile[],
): { groups: readonly Group[]; candidates: readonly JointCandidate[] } {
  const { groups, subs } = chainGroups(program);
  const sizes = sizeDims(options.sizes ?? {});
  let candidates: JointCandidate[] = [{ roots: [], cost: NO_COST }];
  for (const group of groups) {
    const own = associate(group, subs, sizes, profiles);
    candidates = paretoFront(
      candidates.flatMap((c) =>
        own.map((o) => ({ roots: [...c.roots, o.roots], cost: addCost(c.cost, o.cost) })),
      ),
    );
  }
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
const replacements = (groups: readonly Group[], roots: JointCandidate['roots']): ReadonlyMap<Node, Node> =>
  new Map<Node, Node>(
    groups.flatMap((g, n) => g.chains.map((chain, i) => [chain.site, roots[n]![i]!] as const)),
  );

/** Turns each product that still has more than two factors into products of two, from left to right. */
function binary(program: Program): Program {
  const visit = rebuild(new Map(), (n, args) =>
    isOp(n, 'matmul') && args.length > 2
      ? args.slice(1).reduce((a, b) => apply('matmul', [a, b]), args[0]!)
      : reapply(n, args),
  );
  return { ...program, outputs: program.outputs.map((o) => ({ name: o.name, node: visit(o.node) })) };
}
