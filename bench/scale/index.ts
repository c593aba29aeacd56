/** Measures how cost grows: time, memory, launches and compile time over one size after another. */
import { Allocations } from '../allocations.ts';
import type { Chart } from '../chart.ts';
import { classInUse, compiled } from '../compiled.ts';
import type { Table } from '../table.ts';
import { compared, dominated, OVER_EMPTY, OVER_FIRST, type Verdict } from './fit.ts';
import { type Measured, measureSweep, type PointFigures } from './measure.ts';
import { printSweep, type SweepFigures } from './print.ts';
import { measuredRates } from './rates.ts';
import { SWEEPS, type Sweep } from './sweeps.ts';

const KINDS = { cpu: 'processor time', wall: 'wall time' } as const;

/** Compares the slopes of all quantities of a sweep with those beside them. */
function verdicts(
  sweep: Sweep,
  { points, timings }: Pick<Measured, 'points' | 'timings'>,
  isSoftware: boolean,
): Verdict[] {
  const sizes = points.map((p) => p.size);
  const all = points.map((_, i) => i);
  const times = (['cpu', 'wall'] as const).map((kind) => {
    const costs = points.map((p) => p.seconds[kind].median);
    const floors = points.map((p) => p.empty[kind]);
    const verdict = compared({
      quantity: KINDS[kind],
      sizes,
      costs,
      beside: 'limit',
      others: points.map((p) => p.limit[kind]),
      range: dominated(costs, floors, OVER_EMPTY),
      samples: timings.map((t) => t[kind]),
    });
    // The processor does a software device's work, and its time is steadier. A GPU's work takes none.
    return (kind === 'cpu') === isSoftware ? verdict : { ...verdict, isSteep: undefined };
  });
  const counted = (['memory', 'launches'] as const).map((of) =>
    compared({
      quantity: { memory: 'allocated memory', launches: 'counted launches' }[of],
      sizes,
      costs: points.map((p) => p[of].counted),
      beside: 'planned',
      others: points.map((p) => p[of].planned),
      range: all,
    }),
  );
  return [...times, ...counted, ...(sweep.counts ? overSize(sizes, points) : [])];
}

/** Compares what the compiler decides and takes with the number of parts. */
function overSize(sizes: readonly number[], points: readonly PointFigures[]): Verdict[] {
  const compile = points.flatMap((p) => (p.compile ? [p.compile.median] : []));
  const quantities = {
    operations: points.map((p) => p.operations),
    'planned memory': points.map((p) => p.memory.planned),
    'planned launches': points.map((p) => p.launches.planned),
    ...(compile.length === points.length ? { 'compile time': compile } : {}),
  };
  return Object.entries(quantities).map(([quantity, costs]) => {
    const floors = costs.map(() => costs[0]!);
    const range = dominated(costs, floors, OVER_FIRST);
    return compared({ quantity, sizes, costs, beside: 'size', others: sizes, range });
  });
}

/** The chart of a sweep: the time over the limit, which is level where time grows as the arithmetic does. */
const chartOf = (name: string, { title, axis, points }: SweepFigures): Chart => ({
  title: `${name}: ${title}`,
  unit: 'time ÷ limit of the arithmetic',
  groups: points.map((p) => `${axis} ${p.size}`),
  series: (['cpu', 'wall'] as const).map((kind) => ({
    name: KINDS[kind],
    values: points.map(({ seconds, limit }) => {
      const { median, low, high, runs } = seconds[kind];
      const by = limit[kind];
      return { median: median / by, low: low / by, high: high / by, runs };
    }),
  })),
});

export const scale: Table = {
  plans: () =>
    Object.fromEntries(
      Object.entries(SWEEPS).flatMap(([name, sweep]) =>
        'model' in sweep
          ? []
          : sweep.sizes.map((size) => {
              const { program, tokens, ...request } = sweep.at(size);
              return [
                `${name} ${size}`,
                { plan: compiled(program, { ...request, gradients: true }), tokens },
              ];
            }),
      ),
    ),
  measure: async ({ device, rounds, budget }) => {
    const tools = { device, allocations: new Allocations(device) };
    const rates = await measuredRates(device, rounds);
    const isSoftware = classInUse().devices.software === true;
    const sweeps: Record<string, SweepFigures> = {};
    for (const [name, sweep] of Object.entries(SWEEPS)) {
      const { timings, ...measured } = await measureSweep(sweep, {
        tools,
        rates,
        isSoftware,
        rounds,
        budget,
      });
      const { axis, title } = sweep;
      const slopes = verdicts(sweep, { ...measured, timings }, isSoftware);
      sweeps[name] = { title, axis, ...measured, slopes };
      printSweep(name, sweeps[name]);
    }
    const steep = Object.entries(sweeps).flatMap(([name, s]) =>
      s.slopes.filter((v) => v.isSteep).map((v) => `${v.quantity} over ${name}`),
    );
    console.log(`too steep: ${steep.length > 0 ? steep.join('; ') : 'none'}\n`);
    const { flops, bandwidth } = rates;
    return {
      figures: {
        budgetSeconds: budget,
        range: { overEmptyLaunches: OVER_EMPTY, overFirst: OVER_FIRST },
        rates: { flops, bandwidth, emptyLaunch: rates.empty(1), emptyLaunches65: rates.empty(65) },
        steep,
        sweeps,
      },
      charts: Object.entries(sweeps).flatMap(([name, s]) => (s.points.length > 0 ? [chartOf(name, s)] : [])),
    };
  },
};
