/** Compares a layer with another that should be the same function, on the same random tensors. */
import { type Binding, evalDim } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { bindProgram, solveDims } from '../../compiler/ir/bind.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { getOrMake } from '../../compiler/keyed.ts';
import { compileProgram, type Variant } from '../../compiler/pipeline.ts';
import { printSizes } from '../identity/sizes.ts';
import { realValues } from '../identity/values.ts';
import { random } from '../start/random.ts';
import { FLOAT64_LIMIT } from './equivalence.ts';
import { evaluate } from './evaluate.ts';
import { compared } from './golden.ts';
import type { Finding } from './report.ts';
import { agreements, Judge } from './tolerance.ts';

const TOKENS = 3;

/** Compiles a layer with its gradients, or without them if it has none. */
function compiled(source: Program, sizes: Binding, asWritten: boolean): Variant {
  const of = (gradients: boolean) => compileProgram(source, { gradients, sizes, asWritten }).variants[0]!;
  try {
    return of(true);
  } catch (e) {
    if (e instanceof OftcError && e.code === 'OFT2020') return of(false);
    throw e;
  }
}

/** The sizes of `other`, solved from the shapes of the tensors that both layers take. */
function sizesOf(other: Program, source: Program, sizes: Binding): Binding {
  const shapes = bindProgram(source, sizes).inputs.map((i) => [
    i.name,
    i.type.shape.map((d) => evalDim(d, { tokens: TOKENS })),
  ]);
  const { tokens: _, ...solved } = solveDims(other, {}, Object.fromEntries(shapes));
  return solved;
}

/** A message that names the entries that only `a` or only `b` has; undefined if both have the same. */
function onlyOne(a: readonly string[], b: readonly string[]): string | undefined {
  const extra = (x: readonly string[], y: readonly string[]) => x.filter((n) => !y.includes(n));
  const [mine, theirs] = [extra(a, b), extra(b, a)];
  const parts = [
    ...(mine.length > 0 ? [`only this layer has ${mine.join(', ')}`] : []),
    ...(theirs.length > 0 ? [`only the other has ${theirs.join(', ')}`] : []),
  ];
  return parts.length > 0 ? parts.join('; ') : undefined;
}

/** Compares the derived program with `other` as it is written: a finding for each output and gradient. */
export function checkAgainst(
  source: Program,
  other: Program,
  sizes: readonly Binding[],
  trials: number,
  seed: number,
): Finding[] {
  const where = `${sizes.map((at) => printSizes(at)).join('; ')}, tokens=${TOKENS}, in float64`;
  const names = (p: Program) => p.inputs.map((i) => `'${i.name}'`);
  const apart = (what: string, counterexample: string): Finding[] => [
    { property: `the same ${what} as ${other.name}`, where, trials: 0, passed: false, counterexample },
  ];
  const tensors = onlyOne(names(source), names(other));
  if (tensors) return apart('tensors', tensors);
  const results = new Map<string, Finding>();
  const judges = new Map<string, Judge>();
  const judgeOf = (output: string): Judge => {
    return getOrMake(judges, output, () => new Judge(FLOAT64_LIMIT));
  };
  for (const at of sizes) {
    const mine = compiled(source, at, false);
    const theirs = compiled(other, sizesOf(other, source, at), true);
    const outputs = onlyOne(
      ...([mine, theirs].map((v) => v.program.outputs.map((o) => o.name)) as [string[], string[]]),
    );
    if (outputs) return apart('outputs and gradients', outputs);
    for (let t = 0; t < trials; t++) {
      const sides = {
        expected: evaluate(theirs.primitives),
        actual: evaluate(mine.primitives),
        values: realValues(mine.program, TOKENS, random(seed + t)),
        tokens: TOKENS,
      };
      const place = `${printSizes(at)}, seed ${seed + t}`;
      for (const { output, verdict, ...found } of agreements(judgeOf, sides, place) ?? []) {
        const property = `${output} ≡ that of ${other.name}`;
        const old = results.get(output) ?? { property, where, trials: 0, passed: true };
        if (!old.passed || verdict === 'undecided') continue;
        const trials = old.trials + 1;
        results.set(
          output,
          verdict === 'failed'
            ? { ...compared(property, place, { ...found, limit: FLOAT64_LIMIT }), where, trials }
            : { ...old, trials, ...judgeOf(output).finding() },
        );
      }
    }
  }
  return [...results.values()];
}
