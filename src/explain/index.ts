/** What the compiler did to a layer, as data: the derivation, every candidate with its joint cost, the choice. */

import { DEFAULT_CLASS, type DeviceClass, type DeviceProfile } from '../../compiler/devices/index.ts';
import { type Binding, printDim, RUNTIME_DIM } from '../../compiler/dims/dims.ts';
import type { Span } from '../../compiler/errors/span.ts';
import { bindProgram, programDims, solveDims } from '../../compiler/ir/bind.ts';
import { topological } from '../../compiler/ir/build.ts';
import type { Node, Program } from '../../compiler/ir/node.ts';
import { factsOf, operator } from '../../compiler/ir/operator.ts';
import {
  type Compilation,
  type CompileOptions,
  chainGroups,
  compileProgram,
  type Derivation,
  derive,
} from '../../compiler/pipeline.ts';
import { type Entry, Namer } from '../language/formulas/naming.ts';
import type { SessionOptions } from '../session/session.ts';
import { type ExplainedGroup, explainGroups } from './groups.ts';
import { type ExplainedKernel, explainKernels } from './kernels.ts';

export type { ExplainedCandidate, ExplainedChoice, ExplainedGroup } from './groups.ts';
export type { ExplainedKernel } from './kernels.ts';

export interface ExplainedStep {
  readonly pass: string;
  readonly rule: string;
  readonly law: string;
  readonly before: string;
  readonly after: string;
  /** `file:line:column` of what the author wrote. */
  readonly at: readonly string[];
}

/** One way from the source to products without an association, and how these associate. */
export interface ExplainedDerivation {
  /** Token counts that it is chosen for: none when another is better at each; undefined while sizes are unbound. */
  readonly chosenFor:
    | readonly { readonly minTokens: number; readonly maxTokens: number | null }[]
    | undefined;
  readonly steps: readonly ExplainedStep[];
  readonly derived: readonly string[];
  readonly groups: readonly ExplainedGroup[];
}

export interface Explanation {
  readonly name: string;
  /** The sizes everything below is for; names left out are symbolic. */
  readonly dims: Binding;
  readonly unbound: readonly string[];
  readonly tokens: number;
  /** The class of devices that it is for, and the rates that times and guards follow from. */
  readonly device: string;
  readonly profile: DeviceProfile;
  readonly formula: readonly string[];
  readonly where: readonly string[];
  readonly facts: readonly string[];
  /** Names of sub-expressions, used throughout. */
  readonly legend: readonly Entry[];
  /** Forward and gradients together: the derivation, then another one for few tokens where there is one. */
  readonly training: readonly ExplainedDerivation[];
  /** The forward alone. */
  readonly inference: readonly ExplainedDerivation[];
  /** The kernels of a training step; none while dimensions are unbound. */
  readonly kernels: readonly ExplainedKernel[];
}

export interface ExplainOptions
  extends Pick<SessionOptions, 'dims' | 'objective' | 'profile' | 'allow' | 'tuning'> {
  readonly locate?: (span: Span) => string;
  /** The class of devices; a GPU by default. */
  readonly device?: DeviceClass;
  /** Token count that times and kernels are shown for. */
  readonly tokens?: number;
}

/** A derivation without a decision, for sizes that are not bound. */
type Open = Pick<Derivation, 'passes' | 'derived'> & Partial<Derivation>;
type Compiled = Open & Partial<Pick<Compilation, 'few' | 'variants'>>;

/** Explains training and, beside it, what a forward alone would choose. Unbound dimensions stay formulas. */
export function explain(source: Program, options: ExplainOptions = {}): Explanation {
  const tokens = options.tokens ?? 512;
  const sizes = solveDims(source, options.dims ?? {});
  const unbound = programDims(source).filter(
    (n) => n !== RUNTIME_DIM && !Object.hasOwn(source.where, n) && !Object.hasOwn(sizes, n),
  );
  const bound = unbound.length === 0;
  if (bound) bindProgram(source, sizes);
  const device = options.device ?? DEFAULT_CLASS;
  const profile = options.profile ?? device.chosenBy;
  const compile = (gradients: boolean): Compiled => {
    const of: CompileOptions = {
      gradients,
      sizes,
      profile,
      ...(options.objective ? { objective: options.objective } : {}),
      ...(options.allow ? { allow: options.allow } : {}),
    };
    return bound ? compileProgram(source, of) : derivedOnly(source, of);
  };
  const [training, inference] = [compile(true), compile(false)];
  const namer = named(source, training, inference);
  const at = (spans: readonly Span[]) => (options.locate ? [...new Set(spans.map(options.locate))] : []);
  const explained = (of: Compiled): ExplainedDerivation[] =>
    derivations(of).map((d) => ({
      chosenFor: d.decision?.chosen.map(({ minTokens, maxTokens }) => ({ minTokens, maxTokens })),
      derived: d.derived.outputs.map((o) => `${o.name} = ${namer.formula(o.node)}`),
      groups: explainGroups(d, { namer, tokens, sizes, profile }),
      steps: steps(d, namer, at),
    }));
  return {
    name: source.name,
    dims: sizes,
    unbound,
    tokens,
    device: device.name,
    profile,
    formula: source.outputs.map((o) => `${o.name} = ${namer.written(o.node)}`),
    where: Object.entries(source.where).map(([n, d]) => `${n} = ${printDim(d)}`),
    facts: orthogonalFacts(source, namer),
    training: explained(training),
    inference: explained(inference),
    kernels: training.variants
      ? explainKernels(training as Compilation, namer, tokens, { ...options, device })
      : [],
    legend: namer.entries(),
  };
}

/** The kernels of what was compiled, by token count: a function, since the names are the same for all. */
export function explainedKernels(
  compilation: Compilation,
  device: DeviceClass,
  locate?: (span: Span) => string,
): (tokens: number) => ExplainedKernel[] {
  const namer = named(compilation.source, compilation);
  return (tokens) => explainKernels(compilation, namer, tokens, { device, ...(locate ? { locate } : {}) });
}

const derivedOnly = (source: Program, options: CompileOptions): Open => {
  const { program, passes } = derive(source, options);
  return { derived: program, passes };
};

const derivations = (of: Compiled): readonly Open[] => (of.few ? [of, of.few] : [of]);

/** Names for what is displayed of all programs together. */
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

/** What is known about orthogonality: exact, or only up to a truncation. */
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

/** Where orthogonality comes from; what is built of it inherits it. */
const isRotation = (n: Node): boolean => n.kind === 'op' && operator(n.op).rotates === true;
