/**
 * The passes in order: the table of contents. A pass names what it needs and what it promises; the driver
 * checks the promise and records what fired, which is all that `explain` prints.
 */
import { checkDifferentiable, differentiate } from './autodiff/differentiate.ts';
import { bindProgram } from './ir/bind.ts';
import { apply, reapply } from './ir/build.ts';
import { type Binding, dimConst } from './ir/dims.ts';
import type { Node, Program } from './ir/node.ts';
import { checkSpec, type Spec } from './ir/spec.ts';
import './ops/index.ts';
import { isOp } from './ops/nodes.ts';
import { lowerProgram } from './primitives/lower.ts';
import type { PrimProgram } from './primitives/prim.ts';
import { applyCandidate, associate } from './rewrite/associate.ts';
import { collectChains, type Group, groupChains, SubProducts } from './rewrite/chains.ts';
import { addCost, type Cost, DEFAULT_PROFILE, type DeviceProfile, NO_COST } from './rewrite/cost.ts';
import { type Firing, rewrite, share } from './rewrite/engine.ts';
import { paretoFront } from './rewrite/pareto.ts';
import type { Rule } from './rewrite/rule.ts';
import { applicable } from './rewrite/rules/index.ts';
import { type Choice, type Objective, select, TRAINING_TOLERANCE } from './rewrite/select.ts';

export interface CompileOptions {
  /** Also compute the gradients of every input and trainable parameter. */
  readonly gradients: boolean;
  /** The baseline: structured matrices dense, products in the written order, gradients taken locally. */
  readonly asWritten?: boolean;
  readonly profile?: DeviceProfile;
  readonly objective?: Objective;
  /** Sizes of the dimensions that are symbolic in the program, `tokens` aside. */
  readonly sizes?: Binding;
  /** Keep the program as it is written, structured but not rewritten: what `oftc rewrite` prints is final. */
  readonly pinned?: boolean;
  /** Rules that make it another function, asked for. */
  readonly allow?: readonly 'approximates'[];
  /** Passes to leave out, for tests and for `explain` of what each contributes. */
  readonly disable?: readonly ('normalise' | 'associate')[];
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

export interface Stage {
  readonly pass: string;
  readonly program: Program;
  readonly fired: readonly Firing[];
}

/** Everything the compiler decided, in order. */
export interface Compilation {
  readonly source: Program;
  readonly stages: readonly Stage[];
  /** Normalised and differentiated, before an association is chosen. */
  readonly derived: Program;
  /** undefined when association was left out. */
  readonly decision: Decision | undefined;
  readonly variants: readonly Variant[];
}

interface Pass {
  readonly name: string;
  readonly input: Spec;
  readonly output: Spec;
  run(program: Program): { program: Program; fired: readonly Firing[] };
}

const normalise = (rules: readonly Rule[]): Pass => ({
  name: 'normalise',
  input: ['typed'],
  output: ['typed', 'normal'],
  run: (p) => rewrite(p, rules),
});

/** Rules of a later phase, normalisation going on beside them. */
const later = (name: 'define' | 'apply', rules: readonly Rule[], sizes: Binding): Pass => ({
  name,
  input: ['typed', 'normal'],
  output: ['typed', 'normal'],
  run: (p) => rewrite(p, rules, sizes),
});

const differentiation: Pass = {
  name: 'differentiate',
  input: ['typed'],
  output: ['typed'],
  run: (p) => ({ program: share(differentiate(p)), fired: [] }),
};

/** Normalises and differentiates; dimensions may still be symbolic. */
export function derive(source: Program, options: CompileOptions): { program: Program; stages: Stage[] } {
  const stages: Stage[] = [];
  const step = (program: Program, pass: Pass): Program => {
    checkSpec(program, pass.input, `before ${pass.name}`);
    const { program: next, fired } = pass.run(program);
    checkSpec(next, pass.output, pass.name);
    stages.push({ pass: pass.name, program: next, fired });
    return next;
  };
  const rules = applicable(options.allow);
  const sizes = options.sizes ?? {};
  const passes = [
    normalise(rules.filter((r) => r.phase === undefined)),
    later(
      'define',
      rules.filter((r) => r.phase !== 'apply'),
      sizes,
    ),
    later('apply', rules, sizes),
  ];
  const normal = (p: Program) => (leavesOut(options, 'normalise') ? p : passes.reduce(step, p));
  const written = share(source);
  if (options.gradients) checkDifferentiable(written);
  const forward = normal(written);
  return { program: options.gradients ? normal(step(forward, differentiation)) : forward, stages };
}

const leavesOut = (options: CompileOptions, pass: 'normalise' | 'associate'): boolean =>
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
export function compileProgram(source: Program, options: CompileOptions): Compilation {
  const { program, stages } = derive(source, options);
  const decision = leavesOut(options, 'associate') ? undefined : decide(program, options);
  const variants = ranges(decision).map(({ minTokens, maxTokens, replacements }) => {
    const symbolic = share(binary(applyCandidate(program, replacements)));
    const bound = bindProgram(symbolic, options.sizes ?? {});
    checkSpec(bound, ['typed', 'bound', 'associated'], 'associate');
    const primitives = lowerProgram(bound, { structured: !options.asWritten });
    return { minTokens, maxTokens, symbolic, program: bound, primitives };
  });
  return { source, stages, derived: program, decision, variants };
}

function decide(program: Program, options: CompileOptions): Decision {
  const { groups, subs } = chainGroups(program);
  const sizes = Object.fromEntries(Object.entries(options.sizes ?? {}).map(([n, v]) => [n, dimConst(v)]));
  let candidates: JointCandidate[] = [{ roots: [], cost: NO_COST }];
  for (const group of groups) {
    const own = associate(group, subs, sizes);
    candidates = paretoFront(
      candidates.flatMap((c) =>
        own.map((o) => ({ roots: [...c.roots, o.roots], cost: addCost(c.cost, o.cost) })),
      ),
    );
  }
  const chosen = select(
    candidates,
    options.profile ?? DEFAULT_PROFILE,
    options.objective ?? 'latency',
    options.gradients ? TRAINING_TOLERANCE : 0,
  );
  return { groups, candidates, chosen };
}

/** Token ranges of the variants, with the replacement of every chain's site in each. */
function ranges(decision: Decision | undefined) {
  if (!decision) return [{ minTokens: 0, maxTokens: null, replacements: new Map<Node, Node>() }];
  return decision.chosen.map(({ candidate, minTokens, maxTokens }) => ({
    minTokens,
    maxTokens,
    replacements: new Map<Node, Node>(
      decision.groups.flatMap((g, n) =>
        g.chains.map((chain, i) => [chain.site, candidate.roots[n]![i]!] as const),
      ),
    ),
  }));
}

/** Folds every remaining product of more than two factors left to right. */
function binary(program: Program): Program {
  const done = new Map<Node, Node>();
  const visit = (n: Node): Node => {
    if (n.kind === 'input') return n;
    const old = done.get(n);
    if (old) return old;
    const args = n.args.map(visit);
    const next =
      isOp(n, 'matmul') && args.length > 2
        ? args.slice(1).reduce((a, b) => apply('matmul', [a, b]), args[0]!)
        : reapply(n, args);
    done.set(n, next);
    return next;
  };
  return { ...program, outputs: program.outputs.map((o) => ({ name: o.name, node: visit(o.node) })) };
}
