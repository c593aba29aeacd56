/**
 * Measures random programs as compiled and as written. The written program keeps its associations, but is structured
 * and fused as any other. Programs that are compiled as written anyway are drawn again.
 */
import fc from 'fast-check';
import { bindProgram } from '../../compiler/ir/bind.ts';
import { planCost } from '../../kernels-gen/index.ts';
import { compileOn, planOf } from '../../src/session/plan.ts';
import { programs } from '../../test/support/arbitraries/programs.ts';
import { classInUse, type Fill, type Job, place } from '../compiled.ts';
import { seconds, type Timings, takeTurns } from '../interleave.ts';
import { ratio, relativeError } from '../statistics.ts';
import type { Entry, Ratio, Setting, Table } from '../table.ts';
import { ms, printTable, times } from '../terminal.ts';

const PROGRAMS = 30;
const SEED = 20260101;
/** The share by which a compiled program may be slower than as written before the table names it. */
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
  readonly written: Job;
}

/** The jobs of random programs, by a description of each. */
function drawn(): Readonly<Record<string, Pair>> {
  const found: Record<string, Pair> = {};
  for (let at = 0; Object.keys(found).length < PROGRAMS; at++) {
    const { program, sizes, gradients, tokens } = fc.sample(calls, { numRuns: 1, seed: SEED + at })[0]!;
    const bound = bindProgram(program.symbolic, sizes);
    if (bound.inputs.some((i) => i.type.dtype === 'i32')) continue;
    const job = (pinned: boolean): Job => {
      const compilation = compileOn(classInUse(), bound, { gradients, pinned });
      return { plan: planOf(compilation, { devices: [classInUse()] }), tokens };
    };
    const [derived, written] = [job(false), job(true)];
    const [d, w] = [derived, written].map(({ plan }) => planCost(plan, tokens)) as [PlanCost, PlanCost];
    if (d.flops === w.flops && d.bytes === w.bytes && d.launches === w.launches) continue;
    const of = gradients ? 'with gradients' : 'forward';
    found[`program ${at}, ${tokens} tokens, ${of}`] = { derived, written };
  }
  return found;
}

type PlanCost = ReturnType<typeof planCost>;

/** Small values without a short period, so that nothing overflows. */
const small: Fill = (_, n) => Float32Array.from({ length: n }, (_, i) => Math.sin(1 + i * 1.7) / 32);

interface Figures {
  readonly contenders: Readonly<Record<keyof Pair, Entry>>;
  /** The largest ‖written − derived‖ ÷ ‖written‖ of the outputs. */
  readonly difference: number;
  readonly operations: Readonly<Record<keyof Pair, number>>;
  /** The time of derived ÷ written within rounds. */
  readonly ratio: Ratio;
}

async function measurePair({ device, rounds }: Setting, jobs: Pair): Promise<Figures> {
  const written = await place(device, 'written', jobs.written, small);
  const derived = await place(device, 'derived', jobs.derived, small);
  const [expected, actual] = [await written.readAll(), await derived.readAll()];
  const differences = Object.keys(expected).map((n) => relativeError(actual[n]!, expected[n]!));
  const timings = await takeTurns([written, derived], rounds);
  written.dispose();
  derived.dispose();
  const over = (of: keyof Timings) => ratio(timings.derived![of], timings.written![of]);
  const operations = (of: keyof Pair) => planCost(jobs[of].plan, jobs[of].tokens).flops;
  return {
    contenders: {
      written: { seconds: seconds(timings.written!) },
      derived: { seconds: seconds(timings.derived!) },
    },
    difference: Math.max(...differences),
    operations: { written: operations('written'), derived: operations('derived') },
    ratio: { wall: over('wall'), cpu: over('cpu') },
  };
}

function print(measured: Readonly<Record<string, Figures>>): void {
  printTable(
    ['', 'written', 'derived', 'derived ÷ written', 'by CPU', 'operations', 'difference'],
    Object.entries(measured).map(([name, f]) => [
      name,
      ms(f.contenders.written.seconds.wall),
      ms(f.contenders.derived.seconds.wall),
      times(f.ratio.wall),
      times(f.ratio.cpu),
      (f.operations.derived / f.operations.written).toFixed(2),
      f.difference.toExponential(1),
    ]),
  );
  const slower = Object.keys(measured).filter((name) => measured[name]!.ratio.wall!.median > SLACK);
  console.log(`slower than as written by over 5 %: ${slower.length > 0 ? slower.join('; ') : 'none'}\n`);
}

export const asWritten: Table = {
  plans: () =>
    Object.fromEntries(
      Object.entries(drawn()).flatMap(([name, { derived, written }]) => [
        [`${name}, derived`, derived],
        [`${name}, written`, written],
      ]),
    ),
  measure: async (setting) => {
    const measured: Record<string, Figures> = {};
    for (const [name, jobs] of Object.entries(drawn())) measured[name] = await measurePair(setting, jobs);
    print(measured);
    return { figures: { programs: measured }, charts: [] };
  },
};
