/**
 * The passes in order: the table of contents. A pass names what it needs and what it promises; the driver
 * checks the promise and records what fired, which is all that `explain` prints.
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
import { paretoFront } from './rewrite/pareto.ts';
import { type Rule, runsUntil } from './rewrite/rule.ts';
import { applicable } from './rewrite/rules/index.ts';
import { type Choice, type Objective, select, TRAINING_TOLERANCE } from './rewrite/select.ts';

export interface CompileOptions {
  /** Also compute the gradients of every input and trainable parameter. */
  readonly gradients: boolean;
  /** The baseline: structured matrices dense, products in the written order, gradients taken locally. */
  readonly asWritten?: boolean;
  /** Rates of the devices that associations are chosen for. */
  readonly profile?: DeviceProfile;
  readonly objective?: Objective;
  /** Sizes of the dimensions that are symbolic in the program, `tokens` aside. */
  readonly sizes?: Binding;
  /** How devices hold some of the inputs: quantised. What is derived does not depend on it. */
  readonly stored?: Readonly<Record<string, Storage>>;
  /** How tensors that grow with `tokens` are stored; f32 by default. */
  readonly activations?: 'f32' | 'f16';
  /** Keep the program as it is written, structured but not rewritten: what `oftc rewrite` prints is final. */
  readonly pinned?: boolean;
  /** Rules that make it another function, asked for. */
  readonly allow?: readonly 'approximates'[];
  /** Passes to leave out, for tests and for `explain` of what each contributes. */
  readonly disable?: readonly ('normalise' | 'apply' | 'associate')[];
}

/** Associations of all groups together; `roots[g][i]` replaces the site of chain i of group g. */
export interface JointCandidate {
  readonly roots: readonly (readonly Node[])[];
  readonly cost: Cost;
}

/** What was decided about associations: the groups of chains, and the joint candidates chosen between. */
export interface Decision {
  readonly groups: readonly Group[];
  readonly candidates: readonly JointCandidate[];
  readonly chosen: readonly Choice<JointCandidate>[];
}

export interface Variant {
  readonly minTokens: number;
  readonly maxTokens: number | null;
  /** Operators, associated, in the author's dimensions. */
  readonly symbolic: Program;
  /** The same at the sizes compiled for. */
  readonly program: Program;
  readonly primitives: PrimProgram;
}

/** The options that decide how a bound program becomes primitives. */
export interface VariantLowering extends Pick<LoweringOptions, 'structured' | 'stored'> {
  readonly activations: 'f32' | 'f16';
}

/** What a pass made of a Program, and the rules that fired. */
export interface PassResult {
  readonly pass: string;
  readonly program: Program;
  readonly fired: readonly Firing[];
}

/** One way from the source to chains, and what was decided about them. */
export interface Derivation {
  readonly passes: readonly PassResult[];
  /** Normalised and differentiated, before an association is chosen. */
  readonly derived: Program;
  /** undefined when association was left out. */
  readonly decision: Decision | undefined;
}

/** Everything the compiler decided, in order. */
export interface Compilation extends Derivation {
  readonly source: Program;
  /** The source at the sizes compiled for. */
  readonly bound: Program;
  /** The derivation for few tokens, where rules make it another; its decision says for which it is chosen. */
  readonly few: Derivation | undefined;
  /** How the variants' programs became primitives: `primitivesOf` makes the same again. */
  readonly lowering: VariantLowering;
  readonly variants: readonly Variant[];
}

interface Pass {
  readonly name: string;
  readonly input: Spec;
  readonly output: Spec;
  /** What it rewrites by. */
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

/** Rules of a later phase, normalisation going on beside them. */
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

type Tokens = 'few' | 'many';

export interface Derived {
  readonly program: Program;
  readonly passes: readonly PassResult[];
}

/** Normalises and differentiates; dimensions may still be symbolic. */
export function derive(source: Program, options: CompileOptions, tokens: Tokens = 'many'): Derived {
  const written = { program: share(source), passes: [] };
  if (options.gradients) checkDifferentiable(written.program);
  return withGradients(normalised(written, options, tokens), options, tokens);
}

const withGradients = (forward: Derived, options: CompileOptions, tokens: Tokens): Derived =>
  options.gradients ? normalised(runPass(forward, differentiation), options, tokens) : forward;

/** Passes that come out as in `other`, the derivation for other counts, are taken from there. */
function normalised(
  from: Derived,
  options: CompileOptions,
  tokens: Tokens,
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

/** Whether among rules, or what fired, is one that is of few or of many tokens alone. */
const depends = (all: readonly Pick<Rule, 'tokens'>[]): boolean => all.some((r) => r.tokens !== undefined);

/** Derived by one more pass; each promises what the next one needs. */
function runPass({ program, passes }: Derived, pass: Pass): Derived {
  if (passes.length === 0) checkSpec(program, pass.input, `before ${pass.name}`);
  const { program: next, fired } = pass.run(program);
  checkSpec(next, pass.output, pass.name);
  return { program: next, passes: [...passes, { pass: pass.name, program: next, fired }] };
}

/** The derivation for few tokens, where a rule that pays only for some token counts fires in the forward. */
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

/** Chains of a derived program that decide together. */
export function chainGroups(program: Program): { groups: Group[]; subs: SubProducts } {
  const subs = new SubProducts();
  return { groups: groupChains(collectChains(program), subs), subs };
}

/**
 * Compiles a program to primitives, one variant per range of token counts. Throws OFT3006 for a dimension
 * that neither the program nor `sizes` binds.
 */
export const compileProgram = (source: Program, options: CompileOptions): Compilation =>
  compileEach(source, options, [options.profile ?? DEFAULT_PROFILE])[0]!;

/** The same for each of some profiles: derived once, and what is chosen alike is lowered once. */
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
        : { passes, derived, ...associations(derived, options) },
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

/** The primitives of a variant's program, with formulas where these are given. */
export function primitivesOf(
  bound: Program,
  { activations, ...options }: VariantLowering,
  formula?: LoweringOptions['formula'],
): PrimProgram {
  const lowered = lowerProgram(bound, { ...options, ...(formula ? { formula } : {}) });
  return activations === 'f16' ? withHalfActivations(lowered) : lowered;
}

/** A derivation whose candidates are still compared. */
interface Open extends Pick<Derivation, 'passes' | 'derived'>, Pick<Decision, 'groups' | 'candidates'> {}

/** Whether the associations are few enough to try all: an alternative that takes a search is left out. */
const isDecidable = (program: Program): boolean =>
  chainGroups(program).groups.every(
    (g) =>
      g.shareable.length <= MAX_EXHAUSTIVE_SHARED && g.chains.every((c) => c.factors.length <= MAX_CHAIN),
  );

/** Groups of chains, and their joint associations that no other dominates. */
function associations(
  program: Program,
  options: CompileOptions,
): { groups: readonly Group[]; candidates: readonly JointCandidate[] } {
  const { groups, subs } = chainGroups(program);
  const sizes = sizeDims(options.sizes ?? {});
  let candidates: JointCandidate[] = [{ roots: [], cost: NO_COST }];
  for (const group of groups) {
    const own = associate(group, subs, sizes);
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

/** The candidates of all derivations, each with the products that it has beside its chains. */
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

/** What the products cost that no group decides about. */
function undecided({ derived, groups }: Open): Cost {
  const sites = new Set(groups.flatMap((g) => g.chains.map((c) => c.site)));
  return collectChains(derived)
    .filter((c) => !sites.has(c.site))
    .reduce((sum, c) => addCost(sum, productCost(c.site)), NO_COST);
}

/** The replacement of every chain's site by its root. */
const replacements = (groups: readonly Group[], roots: JointCandidate['roots']): ReadonlyMap<Node, Node> =>
  new Map<Node, Node>(
    groups.flatMap((g, n) => g.chains.map((chain, i) => [chain.site, roots[n]![i]!] as const)),
  );

/** Folds every remaining product of more than two factors left to right. */
function binary(program: Program): Program {
  const visit = rebuild(new Map(), (n, args) =>
    isOp(n, 'matmul') && args.length > 2
      ? args.slice(1).reduce((a, b) => apply('matmul', [a, b]), args[0]!)
      : reapply(n, args),
  );
  return { ...program, outputs: program.outputs.map((o) => ({ name: o.name, node: visit(o.node) })) };
}
