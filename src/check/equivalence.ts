/** Checks derived ≡ written for every variant, exactly over the prime field and in float64. */
import { portable } from '../../compiler/devices/index.ts';
import type { Binding } from '../../compiler/dims/dims.ts';
import type { Program } from '../../compiler/ir/node.ts';
import type { Compilation, Variant } from '../../compiler/pipeline.ts';
import { FieldSingular, field } from '../../compiler/semantics/domains/field.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { planCost } from '../../kernels-gen/index.ts';
import { escapeOf } from '../identity/escape.ts';
import { probabilityOf, type Tried } from '../identity/probability.ts';
import { printSizes, tokensFrom } from '../identity/sizes.ts';
import { REDRAWS, type Trial, tryOverField } from '../identity/trial.ts';
import { fieldValues, realValues } from '../identity/values.ts';
import { planOf } from '../session/session.ts';
import { random } from '../start/random.ts';
import type { Compiler } from './compiled.ts';
import { evaluate } from './evaluate.ts';
import type { Finding } from './report.ts';
import { agreements, Judge, REDRAWN } from './tolerance.ts';

/** The relative Frobenius error that two float64 evaluations in different orders may have. */
export const FLOAT64_LIMIT = 1e-9;

export interface Case {
  readonly sizes: Binding;
  readonly tokens: readonly number[];
  readonly trials: number;
}

/** A callback that is told what is being verified. */
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

/** The programs to compare, and where. `cases` come smallest first, so that the smallest failure is found. */
export interface Comparison {
  readonly compile: Compiler;
  readonly gradients: boolean;
  readonly cases: readonly Case[];
  readonly seed: number;
  readonly doing: Doing;
}

/** Checks derived ≡ written over the field. */
export function overField(of: Comparison): Finding {
  const finding = compare(of, 'exactly, over a prime field', (program, variant, written, tokens, next) =>
    tryOverField(program, variant.primitives, written, tokens, next),
  );
  return finding.passed ? { ...finding, escape: probabilityOf(escapes(of)) } : finding;
}

/** Yields every variant at every size and token count, with the probability that a wrong one passes a trial. */
function* escapes({ compile, gradients, cases }: Comparison): Generator<Tried> {
  for (const { sizes, tokens, trials } of cases) {
    const { written, derived } = compilePair(compile, sizes, gradients);
    const { program, primitives } = written.variants[0]!;
    for (const count of tokens)
      for (const variant of derived.variants) {
        const once = escapeOf(program, [primitives, variant.primitives], count);
        yield { once, trials, at: printSizes(sizes, count) };
      }
  }
}

/** Checks derived ≡ written in float64, up to rounding. */
export function inFloat64(of: Comparison): Finding {
  const judge = new Judge(FLOAT64_LIMIT);
  const finding = compare(of, 'in float64', (program, variant, written, tokens, next, at) => {
    for (let draw = 0; draw < REDRAWN; draw++) {
      const values = realValues(program, tokens, next);
      const sides = { expected: evaluate(written), actual: evaluate(variant.primitives), values, tokens };
      const judged = agreements(() => judge, sides, at);
      if (!judged) {
        judge.undecided();
        continue;
      }
      const failed = judged.find((j) => j.verdict === 'failed');
      if (failed) return { failure: `${failed.output} differs by ${failed.error.toExponential(1)}` };
      if (judged.every((j) => j.verdict === 'passed')) return {};
    }
    return { empty: 'rounding may exceed every difference' };
  });
  return finding.passed ? { ...finding, ...judge.finding() } : finding;
}

type Comparing = (
  program: Program,
  variant: Variant,
  written: Variant['primitives'],
  tokens: number,
  next: () => number,
  at: string,
) => Trial;

function compare(of: Comparison, arithmetic: string, trial: Comparing): Finding {
  const { compile, gradients, cases, seed, doing } = of;
  const what = gradients ? 'outputs and gradients' : 'outputs';
  const property = `derived ≡ written, ${what}, ${arithmetic}`;
  const where = cases.map((c) => printSizes(c.sizes, ...c.tokens)).join('; ');
  const passedOver = new Set<string>();
  let trials = 0;
  for (const c of cases) {
    doing(`${property}, at ${printSizes(c.sizes)}`);
    const { written, derived } = compilePair(compile, c.sizes, gradients);
    const { program, primitives } = written.variants[0]!;
    for (const tokens of c.tokens) {
      const at = printSizes(c.sizes, tokens);
      for (const variant of derived.variants) {
        const next = random(seed + trials);
        for (let t = 0; t < c.trials; t++) {
          doing(`${property}, at ${at}, trial ${t + 1} of ${c.trials}`);
          const { failure, empty } = trial(program, variant, primitives, tokens, next, at);
          if (empty !== undefined) {
            passedOver.add(`${printSizes(c.sizes)}, where ${empty}`);
            break;
          }
          trials++;
          if (failure !== undefined) {
            const counterexample = `${at}, seed ${seed}: ${failure}`;
            return { property, where, trials, passed: false, counterexample };
          }
        }
      }
    }
  }
  const but = passedOver.size > 0 ? `; not at ${[...passedOver].join('; ')}` : '';
  return { property, where: `${where}, every variant${but}`, trials, passed: true };
}
