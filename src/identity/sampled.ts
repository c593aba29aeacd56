/** Samples derived ≡ written at one small size, so that `oftc explain` shows no derivation that nothing has tested. */
import { derive } from '../../compiler/derive.ts';
import { type Binding, evalDim } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { bindProgram } from '../../compiler/ir/bind.ts';
import { lowerProgram } from '../../compiler/ir/lower.ts';
import type { Program } from '../../compiler/ir/node.ts';
import type { Prim, PrimProgram } from '../../compiler/primitives/prim.ts';
import { postOrder } from '../../compiler/primitives/walk.ts';
import { random } from '../start/random.ts';
import { escapeOf } from './escape.ts';
import { type Probability, probabilityOf } from './probability.ts';
import { printSizes, smallSizes, tokensFrom } from './sizes.ts';
import { tryOverField } from './trial.ts';

/** The result of sampling; `untested` says why there was none, and `failure` where the two differ. */
export type Sampled =
  | { readonly untested: string }
  | { readonly at: string; readonly failure: string }
  | { readonly at: string; readonly trials: number; readonly probability: Probability };

const TRIALS = 5;
/** The least token count. It differs from most small sizes, so that rows are told from columns. */
const TOKENS = 5;
/** The largest number of loop iterations of both programs in one trial. 10⁶ take about a second. */
const MOST_ITERATIONS = 3e5;

/**
 * Compares derived programs, whose dimensions are symbolic, with the source: outputs and gradients, over the field. Takes
 * the first small sizes at which there is something to compare, those that tell axes apart before others.
 */
export function sample(source: Program, derived: readonly Program[]): Sampled {
  const [least, apart, ...more] = small(source);
  let result: Sampled = { untested: 'no small sizes fit it' };
  for (const sizes of [apart, least, ...more]) {
    if (sizes) result = sampleAt(sizes, source, derived);
    if (!('untested' in result)) break;
  }
  return result;
}

function small(source: Program): readonly Binding[] {
  try {
    return smallSizes(source);
  } catch (e) {
    if (e instanceof OftcError && e.code === 'OFT3007') return [];
    throw e;
  }
}

function sampleAt(sizes: Binding, source: Program, derived: readonly Program[]): Sampled {
  const tokens = tokensFrom(source, sizes, TOKENS);
  const at = printSizes(sizes, tokens);
  const program = bindProgram(derive(source, { gradients: true, asWritten: true }).program, sizes);
  const written = lowerProgram(program, { structured: false });
  const sides = derived.map((d) => lowerProgram(bindProgram(d, sizes), { structured: true }));
  if ([written, ...sides].some((side) => iterations(side, tokens) > MOST_ITERATIONS))
    return { untested: `it takes too long here at ${at}, and oftc check takes that time` };
  const next = random(1);
  for (const side of sides) {
    for (let t = 0; t < TRIALS; t++) {
      const { failure, empty } = tryOverField(program, side, written, tokens, next);
      if (failure !== undefined) return { at, failure };
      if (empty !== undefined) return { untested: `at ${at} ${empty}` };
    }
  }
  const tried = sides.map((side) => ({
    once: escapeOf(program, [written, side], tokens),
    trials: TRIALS,
    at,
  }));
  return { at, trials: TRIALS, probability: probabilityOf(tried) };
}

/** The number of elements that loops visit. */
function iterations({ outputs }: PrimProgram, tokens: number): number {
  const prims = postOrder<Prim>(
    outputs.map((o) => o.prim),
    (p) => p.args,
  );
  const elements = (p: Prim) =>
    [...p.shape, ...('over' in p ? p.over.map((a) => a.extent) : [])].reduce(
      (n, d) => n * evalDim(d, { tokens }),
      1,
    );
  return prims.reduce((sum, p) => sum + elements(p), 0);
}
