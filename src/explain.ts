/** What the compiler did to a layer, as data: the derivation, every candidate with its joint cost, the choice. */
import { bindProgram, programDims, RUNTIME_DIM, solveDims } from '../compiler/ir/bind.ts';
import { Identity, topological } from '../compiler/ir/build.ts';
import { type Binding, dimConst, printDim } from '../compiler/ir/dims.ts';
import type { Node, Program, Span } from '../compiler/ir/node.ts';
import { printNode } from '../compiler/ir/print.ts';
import { isOp } from '../compiler/ops/nodes.ts';
import { factsOf } from '../compiler/ops/operator.ts';
import {
  type CompileOptions,
  chainGroups,
  compileProgram,
  type Decision,
  derive,
  type Stage,
} from '../compiler/pipeline.ts';
import type { Chain, Group } from '../compiler/rewrite/chains.ts';
import {
  atTokens,
  bindCost,
  type Cost,
  DEFAULT_PROFILE,
  type DeviceProfile,
  seconds,
} from '../compiler/rewrite/cost.ts';
import { countAssociations, enumerate } from '../compiler/rewrite/enumerate.ts';
import { evalExtent, type Plan } from '../runtime/index.ts';
import { Namer } from './naming.ts';
import { planOf, type SessionOptions } from './session.ts';

export interface ExplainedStep {
  readonly pass: string;
  readonly rule: string;
  readonly law: string;
  readonly before: string;
  readonly after: string;
  /** `file:line:column` of what the author wrote. */
  readonly at: readonly string[];
}

export interface ExplainedCandidate {
  /** One association per chain. */
  readonly forms: readonly string[];
  readonly operations: string;
  readonly bytes: string;
  readonly memory: string;
  readonly launches: number;
  /** Modelled seconds at `tokens` of the explanation; absent while dimensions are unbound. */
  readonly seconds?: number;
}

export interface ExplainedChoice {
  readonly minTokens: number;
  readonly maxTokens: number | null;
  readonly forms: readonly string[];
  /** Products formed once for several chains. */
  readonly shared: readonly { readonly product: string; readonly by: readonly string[] }[];
  /** Products of parameters alone: the weight-centric part, if any. */
  readonly merged: readonly string[];
}

/** The joint decision about one group of chains. */
export interface ExplainedGroup {
  readonly chains: readonly { readonly of: string; readonly factors: string }[];
  readonly associations: number;
  /** All of them when there are few, else those no other dominates. */
  readonly complete: boolean;
  readonly candidates: readonly ExplainedCandidate[];
  readonly chosen: readonly ExplainedChoice[];
}

export interface ExplainedKernel {
  readonly kernel: string;
  readonly label: string;
  readonly at: readonly string[];
  readonly flops: number;
  readonly bytes: number;
}

export interface Explanation {
  readonly name: string;
  /** The sizes everything below is for; names left out are symbolic. */
  readonly dims: Binding;
  readonly unbound: readonly string[];
  readonly tokens: number;
  /** The rates that times and guards follow from. */
  readonly profile: DeviceProfile;
  readonly formula: readonly string[];
  readonly where: readonly string[];
  readonly facts: readonly string[];
  /** Names used below for sub-expressions. */
  readonly legend: readonly string[];
  readonly derivation: readonly ExplainedStep[];
  readonly derived: readonly string[];
  readonly training: readonly ExplainedGroup[];
  readonly inference: readonly ExplainedGroup[];
  /** Empty while dimensions are unbound. */
  readonly kernels: readonly ExplainedKernel[];
}

export interface ExplainOptions extends Pick<SessionOptions, 'dims' | 'objective' | 'profile' | 'allow'> {
  readonly locate?: (span: Span) => string;
  /** Token count that times and kernels are shown for. */
  readonly tokens?: number;
}

/** Above this many joint associations only the undominated ones are listed. */
const MAX_LISTED = 64;

/** Explains training and, beside it, what a forward alone would choose. Unbound dimensions stay formulas. */
export function explain(source: Program, options: ExplainOptions = {}): Explanation {
  const tokens = options.tokens ?? 512;
  const sizes = solveDims(source, options.dims ?? {});
  const unbound = programDims(source).filter(
    (n) => n !== RUNTIME_DIM && !(n in source.where) && !(n in sizes),
  );
  const bound = unbound.length === 0;
  if (bound) bindProgram(source, sizes);
  const namer = new Namer();
  const at = (spans: readonly Span[]) => (options.locate ? [...new Set(spans.map(options.locate))] : []);
  const of = (gradients: boolean): CompileOptions => ({
    gradients,
    sizes,
    ...(options.objective ? { objective: options.objective } : {}),
    ...(options.profile ? { profile: options.profile } : {}),
    ...(options.allow ? { allow: options.allow } : {}),
  });
  const { program: derived, stages } = derive(source, of(true));
  namer.nameIn(derived);
  const decided = (gradients: boolean) => explainGroups(source, of(gradients), bound, namer, tokens);
  const training = decided(true);
  const inference = decided(false);
  const plan = bound ? planOf(compileProgram(source, of(true)), options.locate) : undefined;
  return {
    name: source.name,
    dims: sizes,
    unbound,
    tokens,
    profile: options.profile ?? DEFAULT_PROFILE,
    formula: source.outputs.map((o) => `${o.name} = ${printNode(o.node)}`),
    where: Object.entries(source.where).map(([n, d]) => `${n} = ${printDim(d)}`),
    facts: orthogonalFacts(source),
    derivation: stages.flatMap((s) => steps(s, namer, at)),
    derived: derived.outputs.map((o) => `${o.name} = ${namer.print(o.node)}`),
    training,
    inference,
    kernels: plan ? kernels(plan, tokens) : [],
    legend: namer.legend(),
  };
}

function steps(stage: Stage, namer: Namer, at: (spans: readonly Span[]) => string[]): ExplainedStep[] {
  if (stage.pass === 'differentiate') {
    const law = 'reverse mode: the cotangent of a factor is Pᵀ·g·Sᵀ, projected on its structure';
    const gradients = stage.program.outputs.filter((o) => o.name.startsWith('grad.')).map((o) => o.name);
    return [
      {
        pass: stage.pass,
        rule: 'vjp',
        law,
        before: 'outputs',
        after: `outputs, ${gradients.join(', ')}`,
        at: [],
      },
    ];
  }
  return stage.fired.map((f) => ({
    pass: stage.pass,
    rule: f.rule,
    law: f.law,
    before: namer.print(f.before),
    after: namer.print(f.after),
    at: at(f.spans),
  }));
}

/** What is known about orthogonality: exact, or only up to a truncation. */
function orthogonalFacts(program: Program): string[] {
  const found = topological(program.outputs.map((o) => o.node)).filter(
    (n) => isOp(n, 'polynomial') || isOp(n, 'cayley'),
  );
  return found.flatMap((n) => {
    const { orthogonal } = factsOf(n);
    if (!orthogonal) return [];
    const how =
      orthogonal.kind === 'exact'
        ? 'orthogonal: exact'
        : `orthogonal: approximate, ‖RᵀR − I‖ = ${orthogonal.residual}`;
    return [`${printNode(n)}  ${how}`];
  });
}

function explainGroups(
  program: Program,
  compile: CompileOptions,
  bound: boolean,
  namer: Namer,
  tokens: number,
): ExplainedGroup[] {
  const { derived, decision } = bound
    ? compileProgram(program, compile)
    : { derived: derive(program, compile).program, decision: undefined };
  const groups = decision?.groups ?? chainGroups(derived).groups;
  const purpose = chainPurposes(derived);
  return groups.map((group, g) => explainGroup(group, g, decision, purpose, namer, tokens, compile));
}

function explainGroup(
  group: Group,
  index: number,
  decision: Decision | undefined,
  purpose: (chain: Chain) => string,
  namer: Namer,
  tokens: number,
  compile: CompileOptions,
): ExplainedGroup {
  const name = (n: Node) => namer.name(n);
  const associations = countAssociations(group);
  const complete = associations <= MAX_LISTED;
  const listed = complete
    ? enumerate(group, name).map((e) => ({ forms: e.forms, cost: bindCost(e.cost, sizesOf(compile)) }))
    : (decision?.candidates ?? []).map((c) => ({
        forms: c.roots[index]!.map((r) => namer.print(r)),
        cost: c.cost,
      }));
  return {
    chains: group.chains.map((c) => ({ of: purpose(c), factors: c.factors.map(name).join('·') })),
    associations,
    complete,
    candidates: listed.map(({ forms, cost }) => ({
      forms,
      ...counts(cost),
      ...(decision ? { seconds: atTokens(seconds(cost, compile.profile ?? DEFAULT_PROFILE), tokens) } : {}),
    })),
    chosen: (decision?.chosen ?? []).map(({ candidate, minTokens, maxTokens }) => ({
      minTokens,
      maxTokens,
      ...describe(group, candidate.roots[index]!, purpose, namer),
    })),
  };
}

const sizesOf = ({ sizes = {} }: CompileOptions) =>
  Object.fromEntries(Object.entries(sizes).map(([n, v]) => [n, dimConst(v)]));

const counts = (c: Cost) => ({
  operations: printDim(c.ops),
  bytes: printDim(c.bytes),
  memory: printDim(c.memory),
  launches: c.launches,
});

/** The chosen roots as formulas, what several of them share, and what has no activation in it. */
function describe(group: Group, roots: readonly Node[], purpose: (chain: Chain) => string, namer: Namer) {
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
  const text = (n: Node) => namer.print(n);
  const activation = (n: Node): boolean =>
    topological([n]).some((m) => m.kind === 'input' && (m.role === 'input' || m.role === 'cotangent'));
  return {
    forms: roots.map(text),
    shared: [...users.values()]
      .filter((u) => u.by.size > 1)
      .map((u) => ({ product: text(u.node), by: [...u.by] })),
    merged: [...users.values()].filter((u) => !activation(u.node)).map((u) => text(u.node)),
  };
}

/** Which outputs a chain serves: a chain under several is theirs together. */
function chainPurposes(program: Program): (chain: Chain) => string {
  const serves = new Map<Node, string[]>();
  for (const o of program.outputs) {
    for (const n of topological([o.node])) serves.set(n, [...(serves.get(n) ?? []), o.name]);
  }
  return (chain) => (serves.get(chain.site) ?? []).join(', ');
}

function kernels(plan: Plan, tokens: number): ExplainedKernel[] {
  const variant = plan.variants.find((v) => v.maxTokens === null || tokens <= v.maxTokens)!;
  return variant.steps.map((s) => ({
    kernel: plan.kernels[s.kernel]!.name,
    label: s.label,
    at: s.source,
    flops: evalExtent(s.flops, tokens),
    bytes: evalExtent(s.bytes, tokens),
  }));
}
