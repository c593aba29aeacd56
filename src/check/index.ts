/**
 * `oftc check`: verifies a user's own layer, every time, and says what it verified and where. It verifies small sizes
 * first, so that it reports a failure at the smallest case; then the sizes that the user bound, as far as the budget
 * allows.
 */
import { type CompileOptions, type Derived, derive } from '../../compiler/derive.ts';
import type { Binding } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { bindProgram, freeDims, solveDims } from '../../compiler/ir/bind.ts';
import { resultsOf, rootsOf } from '../../compiler/ir/build.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { smallSizes, tokensFrom } from '../identity/sizes.ts';
import { type Quantization, storagesOf } from '../session/quantized.ts';
import { checkAgainst } from './against.ts';
import { checkAngles } from './angles.ts';
import { type Compiler, compilerOf } from './compiled.ts';
import { authoredRules, checkDefinitions } from './definitions.ts';
import { checkDevice } from './device.ts';
import { type Case, compilePair, costOf, hasInverses, inFloat64, overField } from './equivalence.ts';
import { whyNotCompared } from './frozen-start.ts';
import { checkGolden, type Golden } from './golden.ts';
import { checkGradients } from './gradients.ts';
import { checkMerge } from './merge.ts';
import { checkOrthogonality } from './orthogonality.ts';
import { reflectionNotes } from './reflections.ts';
import type { CheckReport, Finding } from './report.ts';
import { startNote } from './start-notes.ts';
import { stuckNotes } from './stuck.ts';

export { type Golden, readGolden } from './golden.ts';
export {
  type CheckReport,
  type Finding,
  renderCheck,
  renderFinding,
  renderOutcome,
  renderTitle,
} from './report.ts';

export interface CheckOptions {
  /** Sizes to verify at besides the small ones: every dimension but `tokens`, or none. */
  readonly dims?: Binding;
  readonly device?: GPUDevice;
  /** Frozen tensors that the device holds quantised. */
  readonly quantized?: Readonly<Record<string, Quantization | string>>;
  /** The form of tensors that grow with `tokens` on the device; f32 by default. */
  readonly activations?: CompileOptions['activations'];
  /** Random cases per property and size; default 20. */
  readonly trials?: number;
  readonly seed?: number;
  /** Recorded inputs, outputs and gradients that the layer must reproduce: `readGolden(path)`. */
  readonly golden?: Golden;
  /** Another layer that must be the same function of the same tensors. */
  readonly against?: Program;
  /** Called with each property as it ends. */
  readonly found?: (finding: Finding) => void;
  /** Called with what is being verified, again and again while it takes time. */
  readonly doing?: (what: string) => void;
}

/** The operations of the written program that the reference may spend at the bound sizes, over all token counts. */
const BUDGET = 5e8;

/**
 * Verifies a layer, and the author's own operators and rules that take part in it. Throws OFT3007 if no small sizes
 * fit the layer and the inverses in it, OFT3006 if `dims` leaves a dimension open, and what checkGolden throws.
 */
export async function check(source: Program, options: CheckOptions = {}): Promise<CheckReport> {
  const { seed = 1 } = options;
  const conformance = { seed, ...(options.trials === undefined ? {} : { trials: options.trials }) };
  const written = rootsOf(source);
  const findings: Finding[] = [];
  const tell = (finding: Finding) => {
    findings.push(finding);
    options.found?.(finding);
  };
  const reported = (rules: readonly string[]): CheckReport => ({
    name: source.name,
    results: resultsOf(source),
    passed: findings.every((f) => f.passed),
    findings,
    rules,
    seed,
  });
  try {
    options.doing?.('derivation');
    const { many, lacking } = derived(source);
    const ways = [many, derive(source, { gradients: lacking === undefined }, 'few')];
    const fired = [
      ...new Set(ways.flatMap(({ passes }) => passes.flatMap((s) => s.fired.map((f) => f.rule)))),
    ];
    const nodes = [...written, ...ways.flatMap(({ program }) => program.outputs.map((o) => o.node))];
    for await (const finding of checkLayer(source, lacking, options)) tell(finding);
    checkDefinitions(nodes, authoredRules(fired), conformance, options.doing).forEach(tell);
    return reported(fired);
  } catch (e) {
    // A wrong definition can keep the layer from being compiled at all: the findings about it are the report then.
    const own = checkDefinitions(written, authoredRules(), conformance).filter((f) => !f.passed);
    if (own.length === 0) throw e;
    own.forEach(tell);
    return reported([]);
  }
}

/** Yields each property of the layer as it ends. */
async function* checkLayer(
  source: Program,
  lacking: string | undefined,
  options: CheckOptions,
): AsyncGenerator<Finding> {
  const gradients = lacking === undefined;
  const { trials = 20, seed = 1, device, golden, against, quantized = {}, activations = 'f32' } = options;
  const { doing = () => {} } = options;
  const bound = boundSizes(source, options.dims ?? {});
  const compile = compilerOf(source);
  const small = smallSizes(source, bound).filter((sizes) => hasInverses(compile, sizes));
  if (small.length === 0) {
    throw new OftcError(
      'OFT3007',
      `at no small sizes do the inverses in '${source.name}' exist; give --dims at which they do`,
    );
  }
  const stored = storagesOf(bindProgram(source, bound ?? small.at(-1)!), quantized);
  const counts = (at: Binding, ...least: readonly number[]) => [
    ...new Set(least.map((n) => tokensFrom(source, at, n))),
  ];
  const cases: Case[] = small.map((sizes) => ({ sizes, tokens: counts(sizes, 1, 5), trials }));
  const skipped: string[] = lacking === undefined ? [] : [`no gradient is checked: ${lacking}`];
  if (bound) {
    doing('costs at the bound sizes');
    const tokens = affordable(compile, bound, gradients, counts(bound, ...guards(compile, bound, gradients)));
    if (tokens.length > 0) cases.push({ sizes: bound, tokens, trials: 1 });
    else skipped.push('the bound sizes cost too much for the reference: verified at small sizes only');
  }
  const of = { compile, gradients, cases, seed, doing };
  const first = overField({ ...of, gradients: false });
  yield skipped.length > 0 ? { ...first, note: skipped.join('; ') } : first;
  if (gradients) yield overField(of);
  const real = cases.map((c) => ({ ...c, trials: Math.min(c.trials, 5) }));
  const starts = gradients ? startNote(source, small, bound) : [];
  const skippedStart = whyNotCompared(source);
  const notes = [
    ...starts.flatMap((n) => (n.fails ? [] : [n.text])),
    ...(skippedStart === undefined ? [] : [`the start is not compared with a frozen layer: ${skippedStart}`]),
    ...reflectionNotes(source, small),
  ];
  yield { ...inFloat64({ ...of, cases: real }), ...(notes.length === 0 ? {} : { note: notes.join('; ') }) };
  for (const { text } of starts.filter((n) => n.fails)) yield failedStart(text);
  const sizes = small.at(-1)!;
  const [some] = counts(sizes, 3) as [number];
  doing('gradients by central differences');
  if (gradients) {
    const [note] = stuckNotes(source, small, compile);
    const finding = checkGradients(source, sizes, some, Math.min(trials, 5), seed, compile);
    yield note === undefined ? finding : { ...finding, note };
  }
  doing('orthogonality');
  yield* checkOrthogonality(source, sizes, trials, seed);
  doing('merged weight');
  yield* checkMerge(source, sizes, trials, seed);
  doing('angles between neurons');
  yield* checkAngles(source, bound ? [bound, sizes] : [sizes], trials, seed);
  if (against) {
    doing(`comparison with ${against.name}`);
    yield* checkAgainst(source, against, small, Math.min(trials, 5), seed);
  }
  if (golden) {
    doing('recorded results');
    yield* checkGolden(source, golden);
  }
  if (!device) return;
  doing('device');
  const few = counts(sizes, 1, 7);
  const tokens = bound
    ? affordable(compile, bound, gradients, counts(bound, 1, 7, ...guards(compile, bound, gradients)))
    : few;
  yield await checkDevice(
    source,
    bound && tokens.length > 0 ? bound : sizes,
    gradients,
    tokens.length > 0 ? tokens : few,
    device,
    seed,
    { stored, activations },
    compile,
  );
}

/** The finding on a start at which nothing can be trained. */
const failedStart = (counterexample: string): Finding => ({
  property: 'a new adapter computes finite results',
  where: 'float64, at the declared starts',
  trials: 1,
  passed: false,
  counterexample,
});

function boundSizes(source: Program, dims: Binding): Binding | undefined {
  if (Object.keys(dims).length === 0) return undefined;
  const sizes = solveDims(source, dims);
  const open = freeDims(source).filter((n) => !Object.hasOwn(sizes, n));
  if (open.length > 0) {
    throw new OftcError(
      'OFT3006',
      `unbound dimensions ${open.map((n) => `'${n}'`).join(', ')} of '${source.name}'; bind all of them or none`,
    );
  }
  return sizes;
}

/** Derives the layer for many tokens; without gradients if an input reaches no output, to check the forward pass. */
function derived(source: Program): { readonly many: Derived; readonly lacking: string | undefined } {
  try {
    return { many: derive(source, { gradients: true }), lacking: undefined };
  } catch (e) {
    if (!(e instanceof OftcError && e.code === 'OFT2020')) throw e;
    return { many: derive(source, { gradients: false }), lacking: e.message };
  }
}

/** The token counts on both sides of every variant's guard, forward and gradients. */
function guards(compile: Compiler, sizes: Binding, gradients: boolean): number[] {
  const variants = [false, ...(gradients ? [true] : [])].flatMap(
    (g) => compilePair(compile, sizes, g).derived.variants,
  );
  return [
    ...new Set([2, ...variants.flatMap((v) => (v.maxTokens === null ? [] : [v.maxTokens, v.maxTokens + 1]))]),
  ];
}

/** The token counts whose cost together stays within the budget, cheapest first. */
function affordable(
  compile: Compiler,
  sizes: Binding,
  gradients: boolean,
  tokens: readonly number[],
): number[] {
  const { written } = compilePair(compile, sizes, gradients);
  let spent = 0;
  return [...new Set(tokens)]
    .sort((a, b) => a - b)
    .filter((t) => {
      spent += costOf(written, t);
      return spent <= BUDGET;
    });
}
