/**
 * Measures random programs as derived and as pinned. A pinned program keeps the author's parentheses; its
 * matrices are structured and its kernels fused as in the derived one. A program that costs the same both
 * ways is skipped.
 */
import fc from 'fast-check';
import { bindProgram } from '../../compiler/ir/bind.ts';
import { type PlanCost, planCost } from '../../kernels-gen/index.ts';
import { compileOn, planOf } from '../../src/session/plan.ts';
import { programs } from '../../test/support/arbitraries/programs.ts';
import { classInUse, type Job } from '../compiled.ts';
import type { LimitRow } from '../limit.ts';
import { type MeasuredPair, measurePair, type PairFigures } from '../pair.ts';
import type { Setting, Table } from '../table.ts';
import { ms, printTable, times } from '../terminal.ts';

const PROGRAMS = 30;
const SEED = 20260101;
/** The factor by which a derived program may be slower than the pinned one before the table names it. */
const SLACK = 1.05;

const calls = fc.record({
  program: programs({ kinks: false }),
  sizes: fc.record({
    n: fc.constantFrom(16, 64, 256, 1024),
    m: fc.constantFrom(2, 3),
    r: fc.constantFrom(4, 8, 16, 32),
    b: fc.constantFrom(8, 16, 32),
  }),
  gradients: fc.boolean(),
  tokens: fc.constantFrom(1, 16, 64, 256, 1024),
});

interface Pair {
  readonly derived: Job;
  readonly pinned: Job;
}

/** The jobs of random programs, by a description of each. */
function drawn(): Readonly<Record<string, Pair>> {
  const found: Record<string, Pair> = {};
  for (let at = 0; Object.keys(found).length < PROGRAMS; at++) {
    const { program, sizes, gradients, tokens } = fc.sample(calls, { numRuns: 1, seed: SEED + at })[0]!;
    const bound = bindProgram(program.symbolic, sizes);
    if (bound.inputs.some((i) => i.type.dtype === 'i32')) continue;
    const job = (isPinned: boolean): Job => {
      const compilation = compileOn(classInUse(), bound, { gradients, pinned: isPinned });
      return { plan: planOf(compilation, { devices: [classInUse()] }), tokens };
    };
    const [derived, pinned] = [job(false), job(true)];
    const [d, p] = [derived, pinned].map(({ plan }) => planCost(plan, tokens)) as [PlanCost, PlanCost];
    if (d.flops === p.flops && d.bytes === p.bytes && d.launches === p.launches) continue;
    const of = gradients ? 'with gradients' : 'forward';
    found[`program ${at}, ${tokens} tokens, ${of}`] = { derived, pinned };
  }
  return found;
}

interface Figures extends PairFigures<keyof Pair> {
  readonly operations: Readonly<Record<keyof Pair, number>>;
}

type Measured = MeasuredPair<keyof Pair> & { readonly figures: Figures };

async function measured(setting: Setting, name: string, jobs: Pair): Promise<Measured> {
  const operations = (of: keyof Pair) => planCost(jobs[of].plan, jobs[of].tokens).flops;
  const { figures, limits } = await measurePair(setting, { ...jobs }, 'derived', 'pinned', name);
  return {
    figures: { ...figures, operations: { pinned: operations('pinned'), derived: operations('derived') } },
    limits,
  };
}

function print(figures: Readonly<Record<string, Figures>>): void {
  printTable(
    ['', 'pinned', 'derived', 'derived ÷ pinned', 'by CPU', 'operations', 'difference'],
    Object.entries(figures).map(([name, f]) => [
      name,
      ms(f.contenders.pinned.seconds.wall),
      ms(f.contenders.derived.seconds.wall),
      times(f.ratio.wall),
      times(f.ratio.cpu),
      (f.operations.derived / f.operations.pinned).toFixed(2),
      f.difference.toExponential(1),
    ]),
  );
  const slower = Object.keys(figures).filter((name) => figures[name]!.ratio.wall!.median > SLACK);
  console.log(`slower than pinned by over 5 %: ${slower.length > 0 ? slower.join('; ') : 'none'}\n`);
}

export const pinnedPrograms: Table = {
  plans: () =>
    Object.fromEntries(
      Object.entries(drawn()).flatMap(([name, { derived, pinned }]) => [
        [`${name}, derived`, derived],
        [`${name}, pinned`, pinned],
      ]),
    ),
  measure: async (setting) => {
    const programs: Record<string, Figures> = {};
    const rows: LimitRow[] = [];
    for (const [name, jobs] of Object.entries(drawn())) {
      const { figures, limits } = await measured(setting, name, jobs);
      programs[name] = figures;
      rows.push(...limits);
    }
    print(programs);
    return { figures: { programs }, limits: rows, charts: [] };
  },
};
