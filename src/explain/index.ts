/** The compiler's work on a layer as data: the derivation, every candidate with its joint cost, the choice. */
import { type CompileOptions, derive } from '../../compiler/derive.ts';
import { DEFAULT_CLASS, type DeviceClass, type DeviceProfile } from '../../compiler/devices/index.ts';
import { type Binding, printDim } from '../../compiler/dims/dims.ts';
import type { Span } from '../../compiler/errors/span.ts';
import { bindProgram, freeDims, solveDims, toGive } from '../../compiler/ir/bind.ts';
import { resultsOf, topological } from '../../compiler/ir/build.ts';
import type { Node, Program } from '../../compiler/ir/node.ts';
import { factsOf, operator } from '../../compiler/ir/operator.ts';
import { type Compilation, chainGroups, type Derivation } from '../../compiler/pipeline.ts';
import { defined } from '../../compiler/records.ts';
import { applicable } from '../../compiler/rewrite/rules/index.ts';
import { KernelError, type PlanCost, planCost, TYPICAL_TOKENS } from '../../kernels-gen/index.ts';
import { type Sampled, sample } from '../identity/sampled.ts';
import type { Entry } from '../language/formulas/families.ts';
import { Namer } from '../language/formulas/naming.ts';
import { compileOn, planOf } from '../session/plan.ts';
import { type Quantization, storageNames, storagesOf } from '../session/quantized.ts';
import type { SessionOptions } from '../session/session.ts';
import { type ExplainedGroup, explainGroups } from './groups.ts';
import { type ExplainedKernel, explainPlan } from './kernels.ts';
import { type ExplainedPrediction, predictedOn } from './prediction.ts';
import { stoppedSearches } from './stopped.ts';
import type { KernelStory } from './story.ts';

export type { CandidateCost, ExplainedCandidate, ExplainedChoice, ExplainedGroup } from './groups.ts';
export type { ExplainedKernel } from './kernels.ts';
export type { KernelStory } from './story.ts';

export interface ExplainedStep {
  readonly pass: string;
  readonly rule: string;
  readonly law: string;
  readonly before: string;
  readonly after: string;
  /** The author's source places, as `file:line:column`. */
  readonly at: readonly string[];
}

/** One derivation of the source to chains without parentheses, and the parentheses that are chosen. */
export interface ExplainedDerivation {
  /** The token counts that its rules are for, many or few; `written` is the program without rules. */
  readonly way: 'many' | 'few' | 'written';
  /** The token counts it is chosen for: none if another is better at each; undefined while sizes are unbound. */
  readonly chosenFor:
    | readonly { readonly minTokens: number; readonly maxTokens: number | null }[]
    | undefined;
  readonly steps: readonly ExplainedStep[];
  readonly derived: readonly string[];
  readonly groups: readonly ExplainedGroup[];
}

export interface Explanation {
  readonly name: string;
  /** The sizes of this explanation; dimensions without a size are symbolic. */
  readonly dims: Binding;
  readonly unbound: readonly string[];
  /** The names to give sizes for: each entry is one name, or two of which either gives the other. */
  readonly toGive: readonly (readonly string[])[];
  readonly tokens: number;
  /** The forms of quantised tensors, by the tensors' names; absent where all are f32. */
  readonly quantized?: Readonly<Record<string, string>>;
  /** The dtype of stored tensors that grow with tokens; absent where it is f32. */
  readonly activations?: 'f16';
  /** The name of the class of devices; its rates in `profile` determine times and guards. */
  readonly device: string;
  readonly profile: DeviceProfile;
  readonly formula: readonly string[];
  readonly where: readonly string[];
  /** The results with their shapes, as `y (tokens, out)`. */
  readonly results: readonly string[];
  readonly facts: readonly string[];
  /** The names of sub-expressions that all texts here use. */
  readonly legend: readonly Entry[];
  /** The derivations of forward and gradients together: for many tokens, then perhaps for few, and as written. */
  readonly training: readonly ExplainedDerivation[];
  /** The derivations of the forward pass alone. */
  readonly inference: readonly ExplainedDerivation[];
  /** The kernels of a training step; none while dimensions are unbound. */
  readonly kernels: readonly ExplainedKernel[];
  /** Whether the program is the one as written, and nothing is derived. */
  readonly asWritten: boolean;
  /** The costs of a training step at `tokens`; none while dimensions are unbound. */
  readonly cost?: {
    /** The costs of the program as written; undefined if no kernels can compute it. */
    readonly written?: PlanCost;
    /** The costs of the program that `kernels` compute. */
    readonly own: PlanCost;
  };
  /** The predicted time of a training step at `tokens`; none while dimensions are unbound. */
  readonly prediction?: ExplainedPrediction;
  /** The searches that stopped at a limit, so that a better program may exist. */
  readonly stopped: readonly string[];
  /** Whether the derivations of a training step were tested, and how; absent for a program as written. */
  readonly sampled?: Sampled;
  /**
   * The products and sparse matrices of the weight's size in a training step; undefined for a layer without a
   * frozen matrix.
   */
  readonly weightSized?: readonly string[];
  /** The way to WGSL of the kernel that was asked for; absent where none was, or no kernel has the name. */
  readonly story?: KernelStory;
  /** The ways to WGSL of all kernels; absent where they were not asked for. */
  readonly stories?: readonly KernelStory[];
  /** The names of all kernels; absent where no story was asked for. */
  readonly names?: readonly string[];
}

export interface ExplainOptions
  extends Pick<
    SessionOptions,
    'dims' | 'objective' | 'profile' | 'allow' | 'asWritten' | 'tuning' | 'activations'
  > {
  readonly locate?: (span: Span) => string;
  /** The forms of frozen tensors that are stored quantised. All sizes must then be bound. */
  readonly quantized?: Readonly<Record<string, Quantization | string>>;
  /** The class of devices to explain for; a GPU by default. */
  readonly device?: DeviceClass;
  /** The token count to show times and kernels at. */
  readonly tokens?: number;
  /** The name of a kernel to tell the story of. */
  readonly kernel?: string;
  /** Whether to tell the stories of all kernels. */
  readonly stories?: boolean;
  /** Token counts to give the costs of every candidate at. */
  readonly sampleAt?: readonly number[];
}

/** A derivation that has no decision while sizes are unbound. */
type Open = Pick<Derivation, 'passes' | 'derived'> & Partial<Derivation>;
type Compiled = Open & Partial<Pick<Compilation, 'few' | 'pinned' | 'variants'>>;

/** Explains a training step, and a forward pass alone. Costs stay formulas while dimensions are unbound. */
export function explain(source: Program, options: ExplainOptions = {}): Explanation {
  const tokens = options.tokens ?? TYPICAL_TOKENS;
  const sizes = solveDims(source, options.dims ?? {});
  const unbound = freeDims(source).filter((n) => !Object.hasOwn(sizes, n));
  const bound = unbound.length === 0;
  const stored = storagesOf(bound ? bindProgram(source, sizes) : source, options.quantized ?? {});
  const device = options.device ?? DEFAULT_CLASS;
  const profile = options.profile ?? device.chosenBy;
  const asWritten = options.asWritten ?? false;
  const held = { stored, ...defined({ activations: options.activations }) };
  const compileOptions = {
    sizes,
    profile,
    ...held,
    ...defined({ objective: options.objective, allow: options.allow }),
  };
  const compile = (gradients: boolean): Compiled => {
    const of: CompileOptions = { gradients, asWritten, ...compileOptions };
    return bound ? compileOn(device, source, of) : derivedOnly(source, of);
  };
  const [training, inference] = [compile(true), compile(false)];
  const namer = named(source, training, inference);
  const at = (spans: readonly Span[]) => (options.locate ? [...new Set(spans.map(options.locate))] : []);
  const explained = (of: Compiled): ExplainedDerivation[] =>
    derivations(of).map((d) => ({
      way: asWritten || d === of.pinned ? 'written' : d === of.few ? 'few' : 'many',
      chosenFor: d.decision?.chosen.map(({ minTokens, maxTokens }) => ({ minTokens, maxTokens })),
      derived: d.derived.outputs.map((o) => `${o.name} = ${namer.formula(o.node)}`),
      groups: asWritten
        ? []
        : explainGroups(d, { namer, tokens, sizes, profile, sampleAt: options.sampleAt ?? [] }),
      steps: steps(d, namer, at),
    }));
  const planned =
    training.variants && explainPlan(training as Compilation, namer, tokens, { ...options, device });
  const predicted = planned && predictedOn(device, planned.plan, tokens);
  return {
    name: source.name,
    dims: sizes,
    unbound,
    toGive: toGive(source, sizes),
    tokens,
    ...(Object.keys(stored).length > 0 ? { quantized: storageNames(stored) } : {}),
    ...(options.activations === 'f16' ? { activations: 'f16' } : {}),
    device: device.name,
    profile,
    formula: source.outputs.map((o) => `${o.name} = ${namer.written(o.node)}`),
    results: resultsOf(source),
    where: Object.entries(source.where).map(([n, d]) => `${n} = ${printDim(d)}`),
    facts: orthogonalFacts(source, namer),
    training: explained(training),
    inference: explained(inference),
    kernels: (planned?.kernels ?? []).map((k, n) => ({ ...k, predicted: predicted!.steps.get(n) ?? 0 })),
    legend: namer.entries(),
    asWritten,
    stopped: stoppedSearches([training, inference].flatMap(derivations), planned?.untried ?? 0),
    ...(asWritten ? {} : { sampled: sampled(source, training) }),
    ...(planned && {
      prediction: predicted!.prediction,
      cost: {
        own: planned.cost,
        ...defined({
          written: asWritten ? planned.cost : costAsWritten(source, { sizes, ...held }, tokens, device),
        }),
      },
      ...defined({ weightSized: planned.weightSized, story: planned.story, stories: planned.stories }),
      ...(options.kernel === undefined ? {} : { names: planned.names }),
    }),
  };
}

/** Tests the derivations, unless a rule changed the function on purpose. */
function sampled(source: Program, training: Compiled): Sampled {
  const derived = derivations(training).filter((d) => d !== training.pinned);
  const fired = new Set(derived.flatMap((d) => d.passes.flatMap((p) => p.fired.map((f) => f.rule))));
  const changes = applicable(['approximates']).filter((r) => r.numerics === 'approximates');
  const changed = changes.flatMap((r) => (fired.has(r.name) ? [r.name] : []));
  if (changed.length > 0) return { untested: `${changed.join(', ')} changes the function` };
  return sample(
    source,
    derived.map((d) => d.derived),
  );
}

/** The cost of a training step as written; undefined if no kernels can compute it. */
function costAsWritten(
  source: Program,
  options: Pick<CompileOptions, 'sizes' | 'stored' | 'activations'>,
  tokens: number,
  device: DeviceClass,
): PlanCost | undefined {
  try {
    const compilation = compileOn(device, source, { gradients: true, asWritten: true, ...options });
    return planCost(planOf(compilation, { devices: [device] }), tokens);
  } catch (e) {
    if (e instanceof KernelError) return undefined;
    throw e;
  }
}

/** The kernels of a compilation, with the same names for all token counts. */
export interface NamedKernels {
  at(tokens: number): readonly ExplainedKernel[];
  /** The definitions of the names in the kernels that were asked for. */
  legend(): readonly Entry[];
}

export function explainedKernels(
  compilation: Compilation,
  device: DeviceClass,
  locate?: (span: Span) => string,
): NamedKernels {
  const namer = named(compilation.source, compilation);
  return {
    at: (tokens) =>
      explainPlan(compilation, namer, tokens, { device, ...(locate ? { locate } : {}) }).kernels,
    legend: () => namer.entries(),
  };
}

const derivedOnly = (source: Program, options: CompileOptions): Open => {
  const { program, passes } = derive(source, options);
  return { derived: program, passes };
};

const derivations = (of: Compiled): readonly Open[] => [of, of.few, of.pinned].filter((d) => d !== undefined);

/** A namer for all displayed programs together. */
function named(source: Program, ...compiled: readonly Compiled[]): Namer {
  const all = compiled.flatMap(derivations);
  return new Namer({
    source,
    derived: all.map((d) => d.derived),
    associated: compiled.flatMap((c) => (c.variants ?? []).map((v) => v.symbolic)),
    factors: all.flatMap((d) =>
      chainGroups(d.derived).groups.flatMap((g) => g.chains.flatMap((c) => c.factors)),
    ),
  });
}

const REVERSE = 'reverse mode: the cotangent of a factor is Pᵀ·g·Sᵀ, projected on its structure';

function steps({ passes }: Open, namer: Namer, at: (spans: readonly Span[]) => string[]): ExplainedStep[] {
  return passes.flatMap((ran): ExplainedStep[] => {
    if (ran.pass === 'differentiate') {
      const gradients = ran.program.outputs.filter((o) => o.name.startsWith('grad.')).map((o) => o.name);
      const after = `outputs, ${gradients.join(', ')}`;
      return [{ pass: ran.pass, rule: 'vjp', law: REVERSE, before: 'outputs', after, at: [] }];
    }
    return ran.fired.map((f) => ({
      pass: ran.pass,
      rule: f.rule,
      law: f.law,
      before: namer.written(f.before),
      after: namer.written(f.after),
      at: at(f.spans),
    }));
  });
}

/** The matrices known to be orthogonal: exactly, or only up to a truncation. */
function orthogonalFacts(program: Program, namer: Namer): string[] {
  const found = topological(program.outputs.map((o) => o.node)).filter(isRotation);
  return found.flatMap((n) => {
    const { orthogonal } = factsOf(n);
    if (!orthogonal) return [];
    const how =
      orthogonal.kind === 'exact'
        ? 'orthogonal: exact'
        : `orthogonal: approximate, up to ${orthogonal.residual}`;
    return [`${namer.text(n).text}  ${how}`];
  });
}

/** Whether the node's operator makes an orthogonal matrix, which products of such matrices inherit. */
const isRotation = (n: Node): boolean => n.kind === 'op' && operator(n.op).rotates === true;
