/**
 * The table of contents of the compiler: all passes in order. A pass names what it needs of a Program and what it
 * promises. The driver checks the promise and records the rules that fired, which `explain` prints.
 */
import { checkDifferentiable, differentiate } from './autodiff/differentiate.ts';
import { valuesOnly } from './autodiff/values-only.ts';
import type { DeviceProfile } from './devices/index.ts';
import type { Binding } from './dims/dims.ts';
import type { Program } from './ir/node.ts';
import { checkSpec, type Spec } from './ir/spec.ts';
import './ops/index.ts';
import { MAX_CHAIN } from './associate/chains.ts';
import type { Objective } from './associate/select.ts';
import type { Storage } from './primitives/storage.ts';
import { collectChains } from './rewrite/chains.ts';
import { type Firing, rewrite, share } from './rewrite/engine.ts';
import { nestLong } from './rewrite/nest.ts';
import { type Rule, runsUntil } from './rewrite/rule.ts';
import { applicable } from './rewrite/rules/index.ts';

export interface CompileOptions {
  /** Whether to compute the gradients of every input and trainable parameter, too. */
  readonly gradients: boolean;
  /**
   * Whether to compile the program as written: dense matrices, products in the written order, each operator's own
   * gradient.
   */
  readonly asWritten?: boolean;
  /** The rates of the device that associations are chosen for. */
  readonly profile?: DeviceProfile;
  readonly objective?: Objective;
  /** The sizes of all symbolic dimensions but `tokens`. */
  readonly sizes?: Binding;
  /** The quantised formats of some inputs. The derivation does not depend on them. */
  readonly stored?: Readonly<Record<string, Storage>>;
  /** The form of stored tensors that grow with `tokens`; f32 by default. */
  readonly activations?: 'f32' | 'f16';
  /** Whether to keep the parentheses of the source and fire no rule. Matrices stay structured. */
  readonly pinned?: boolean;
  /** The kinds of rules that may fire although they change the function. */
  readonly allow?: readonly 'approximates'[];
  /** The passes to leave out, for tests and for `explain` to show what each pass contributes. */
  readonly disable?: readonly ('normalise' | 'apply' | 'associate')[];
}

/** The result of a pass: the Program that it made, and the rules that fired. */
export interface PassResult {
  readonly pass: string;
  readonly program: Program;
  readonly fired: readonly Firing[];
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
  output: name === 'define' ? ['typed', 'normal'] : ['typed', 'normal', 'expanded'],
  rules,
  run: (p) => rewrite(p, rules, sizes),
});

const differentiation: Pass = {
  name: 'differentiate',
  input: ['typed'],
  output: ['typed'],
  rules: [],
  run: (p) => ({ program: share(valuesOnly(differentiate(p))), fired: [] }),
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

/**
 * Runs the passes of normalisation. `other` has their results for the other TokenCase, which are used up to the first
 * pass that may differ.
 */
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

/**
 * Runs a pass and checks its promise. Only the needs of the first pass are checked, because each pass promises what
 * the next one needs.
 */
function runPass({ program, passes }: Derived, pass: Pass): Derived {
  if (passes.length === 0) checkSpec(program, pass.input, `before ${pass.name}`);
  const { program: next, fired } = pass.run(program);
  checkSpec(next, pass.output, pass.name);
  return { program: next, passes: [...passes, { pass: pass.name, program: next, fired }] };
}

/** The derivation for few tokens, if a rule that pays only for some token counts fires in the forward pass. */
export function deriveFew(
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

export const leavesOut = (options: CompileOptions, pass: 'normalise' | 'apply' | 'associate'): boolean =>
  (options.asWritten ?? false) || (options.pinned ?? false) || (options.disable ?? []).includes(pass);
