/** Checks derived ≡ written for every variant, exactly over the prime field and in float64. */
import { portable } from '../../compiler/devices/index.ts';
import type { Binding } from '../../compiler/dims/dims.ts';
import type { Program } from '../../compiler/ir/node.ts';
import type { Compilation, Variant } from '../../compiler/pipeline.ts';
import { FieldSingular, field } from '../../compiler/semantics/domains/field.ts';
import { float64 } from '../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { planCost } from '../../kernels-gen/index.ts';
import { planOf } from '../session/session.ts';
import { random } from '../start/random.ts';
import type { Compiler } from './compiled.ts';
import type { Finding } from './report.ts';
import { printSizes, tokensFrom } from './sizes.ts';
import { fieldValues, firstDifference, realValues, worstError } from './values.ts';

/** The relative Frobenius error that two float64 evaluations in different orders may have. */
export const FLOAT64_LIMIT = 1e-9;
/** Redraws where a random matrix over the field has no inverse; each has a chance of about 1/p. */
const REDRAWS = 20;

export interface Case {
  readonly sizes: Binding;
  readonly tokens: readonly number[];
  readonly trials: number;
}

/** Is told what is being verified. */
export type Doing = (what: string) => void;

export interface Pair {
  readonly written: Compilation;
  readonly derived: Compilation;
}

export const compilePair = (compile: Compiler, sizes: Binding, gradients: boolean): Pair => ({
  written: compile({ gradients, asWritten: true, sizes }),
  derived: compile({ gradients, sizes }),
});

/** The operations of the written program at a token count, which measure the cost of verifying there. */
export const costOf = (c: Compilation, tokens: number): number =>
  planCost(planOf(c, { devices: [portable] }), tokens).flops;

/** Whether the program's inverses exist: a Gram matrix of more vectors than dimensions has no inverse. */
export function hasInverses(compile: Compiler, sizes: Binding): boolean {
  const { source, variants } = compile({ gradients: false, asWritten: true, sizes });
  const { program, primitives } = variants[0]!;
  const [next, tokens] = [random(1), tokensFrom(source, sizes, 1)];
  for (let draw = 0; draw < REDRAWS; draw++) {
    try {
      interpret(primitives, field(draw), fieldValues(program, tokens, next), tokens);
      return true;
    } catch (e) {
      if (!(e instanceof FieldSingular)) throw e;
    }
  }
  return false;
}

/** Checks derived ≡ written over the field. `cases` come smallest first, so that the smallest failure is found. */
export function overField(
  compile: Compiler,
  gradients: boolean,
  cases: readonly Case[],
  seed: number,
  doing: Doing,
): Finding {
  return compare(
    compile,
    gradients,
    cases,
    seed,
    doing,
    'exactly, over a prime field',
    (program, variant, written, tokens, next) => {
      const domain = field(Math.floor(next() * 2 ** 31));
      let exists = false;
      for (let draw = 0; draw < REDRAWS; draw++) {
        const inputs = fieldValues(program, tokens, next);
        try {
          const expected = interpret(written, domain, inputs, tokens);
          exists = true;
          const d = firstDifference(expected, interpret(variant.primitives, domain, inputs, tokens));
          return d
            ? { failure: `${d.output}[${d.index}] is ${d.actual}, written ${d.expected} (mod 94906249)` }
            : {};
        } catch (e) {
          if (!(e instanceof FieldSingular)) throw e;
        }
      }
      // Every draw divides by 0, as in the gradient of an empty norm: there is nothing to compare.
      return exists
        ? { failure: 'the derived program divides by 0 where the written one does not' }
        : { empty: true };
    },
  );
}

export function inFloat64(
  compile: Compiler,
  gradients: boolean,
  cases: readonly Case[],
  seed: number,
  doing: Doing,
): Finding {
  return compare(
    compile,
    gradients,
    cases,
    seed,
    doing,
    'in float64',
    (program, variant, written, tokens, next) => {
      const inputs = realValues(program, tokens, next);
      const expected = interpret(written, float64, inputs, tokens);
      const { output, error } = worstError(expected, interpret(variant.primitives, float64, inputs, tokens));
      return error <= FLOAT64_LIMIT
        ? { error }
        : { error, failure: `${output} differs by ${error.toExponential(1)}` };
    },
  );
}

type Trial = (
  program: Program,
  variant: Variant,
  written: Variant['primitives'],
  tokens: number,
  next: () => number,
) => { readonly error?: number; readonly failure?: string; readonly empty?: boolean };

function compare(
  compile: Compiler,
  gradients: boolean,
  cases: readonly Case[],
  seed: number,
  doing: Doing,
  arithmetic: string,
  trial: Trial,
): Finding {
  const what = gradients ? 'outputs and gradients' : 'outputs';
  const property = `derived ≡ written, ${what}, ${arithmetic}`;
  const where = cases.map((c) => `${printSizes(c.sizes)}, tokens=${c.tokens.join('|')}`).join('; ');
  const passedOver = new Set<string>();
  let [trials, observed] = [0, 0];
  for (const c of cases) {
    doing(`${property}, at ${printSizes(c.sizes)}`);
    const { written, derived } = compilePair(compile, c.sizes, gradients);
    const program = written.variants[0]!.program;
    for (const tokens of c.tokens) {
      for (const variant of derived.variants) {
        const next = random(seed + trials);
        for (let t = 0; t < c.trials; t++) {
          doing(`${property}, at ${printSizes(c.sizes)}, tokens=${tokens}, trial ${t + 1} of ${c.trials}`);
          const {
            error = 0,
            failure,
            empty,
          } = trial(program, variant, written.variants[0]!.primitives, tokens, next);
          if (empty) {
            passedOver.add(printSizes(c.sizes));
            break;
          }
          trials++;
          observed = Math.max(observed, error);
          if (failure !== undefined) {
            const counterexample = `${printSizes(c.sizes)}, tokens=${tokens}, seed ${seed}: ${failure}`;
            return { property, where, trials, passed: false, counterexample };
          }
        }
      }
    }
  }
  const errors = arithmetic === 'in float64' ? { observed, limit: FLOAT64_LIMIT } : {};
  const but = passedOver.size > 0 ? `; not at ${[...passedOver].join('; ')}, where it divides by 0` : '';
  return { property, where: `${where}, every variant${but}`, trials, passed: true, ...errors };
}
