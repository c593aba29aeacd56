/**
 * Measures one product y = x·W, in f32 and stored as f16, by oftc and its peers, beside the device's peak.
 */
import { frozen, input, layer } from '../../src/language/dsl/index.ts';
import { type Compiled, compiled, type Job, place } from '../compiled.ts';
import { seconds, type Timings, takeTurns } from '../interleave.ts';
import { drawn } from '../layer-values.ts';
import { type LimitRow, limitRows, openRates, workOf } from '../limit.ts';
import type { PeerContender } from '../peers/client.ts';
import { PEERS, type Precision } from '../peers/protocol.ts';
import { PEAK_FLOPS } from '../probe.ts';
import { productRows } from '../reference.ts';
import { combined, interval, ratio, relativeError } from '../statistics.ts';
import type { Entry, Ratio, Setting, Table } from '../table.ts';
import { percent, printTable, rate, times } from '../terminal.ts';
import { rowsOf, sampledRows } from '../values.ts';

export const SHAPES = [
  { m: 1024, k: 1024, n: 1024 },
  { m: 1024, k: 1024, n: 2816 },
  { m: 128, k: 2048, n: 2048 },
] as const;

const PRECISIONS = ['f32', 'f16'] as const;

/**
 * The largest relative error with which a peer's product counts as right. Sums of f16 products in f16 stay
 * below it.
 */
const TOLERANCE: Readonly<Record<Precision, number>> = { f32: 1e-4, f16: 2e-2 };

interface Shape {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

const nameOf = ({ m, k, n }: Shape): string => `${m}×${k}×${n}`;

export const product = (dtype: Precision) =>
  layer(
    { x: input('tokens', 'in', { dtype }), W: frozen('in', 'out', { dtype }) },
    ({ x, W }) => x.matmul(W),
    { name: `product_${dtype}` },
  );

export function productJob({ m, k, n }: Shape, precision: Precision): Job {
  const plan = compiled(product(precision).trace(), { dims: { in: k, out: n }, gradients: false });
  return { plan, tokens: m };
}

interface Figures {
  readonly shape: Shape;
  readonly flops: number;
  readonly contenders: Readonly<Record<string, Entry & { readonly gflops: Ratio; readonly ofPeak: Ratio }>>;
  readonly peakGflops: Ratio;
  /** The time of the fastest peer in the same precision ÷ oftc's. */
  readonly overBest: Readonly<Record<string, { readonly peer: string } & Ratio>>;
  /** The time in f32 ÷ the time with f16 storage. */
  readonly f16OverF32: Ratio;
  readonly missing: Readonly<Record<string, string>>;
}

interface Measured {
  readonly figures: Figures;
  readonly limits: readonly LimitRow[];
}

async function measureShape({ device, rounds, peers }: Setting, shape: Shape): Promise<Measured> {
  const { m, k, n } = shape;
  const rows = sampledRows(m);
  const own: Compiled[] = [];
  const others: PeerContender[] = [];
  const missing: Record<string, string> = {};
  for (const precision of PRECISIONS) {
    if (precision === 'f16' && !device.features.has('shader-f16')) {
      missing['oftc f16'] = 'the device has no shader-f16';
      continue;
    }
    own.push(await place(device, `oftc ${precision}`, productJob(shape, precision), drawn));
    const task = { kind: 'contraction', m, k, n, precision } as const;
    const { contenders, reasons } = await peers.contenders(task, PEERS, ` ${precision}`);
    others.push(...contenders);
    Object.assign(missing, reasons);
  }
  const expected = productRows(drawn('x', m * k), drawn('W', k * n), shape, rows);
  const error: Record<string, number> = {};
  for (const c of own) error[c.name] = relativeError(rowsOf((await c.readAll()).y!, n, rows), expected);
  for (const c of others) error[c.name] = relativeError((await c.read({ y: rows })).y!, expected);

  const rates = await openRates(device);
  const timings = await takeTurns([...rates.probes, ...own, ...others], rounds, missing);
  rates.dispose();
  for (const c of own) c.dispose();
  for (const c of others) await c.close();

  const flops = 2 * m * k * n;
  const p = timings.peak!;
  const both = (f: (of: 'wall' | 'cpu') => Ratio['wall']): Ratio => ({ wall: f('wall'), cpu: f('cpu') });
  const figures = ([name, t]: [string, Timings]) => [
    name,
    {
      seconds: seconds(t),
      error: { y: error[name]! },
      gflops: both((of) => combined((s) => flops / s / 1e9, t[of])),
      ofPeak: both((of) => combined((s, top) => flops / s / (PEAK_FLOPS / top), t[of], p[of])),
    },
  ];
  const best = (precision: Precision) => {
    const right = others.filter(
      (c) => c.name in timings && c.name.endsWith(precision) && error[c.name]! <= TOLERANCE[precision],
    );
    const median = (name: string) => interval(timings[name]!.wall.filter((s) => s !== undefined)).median;
    const [first] = right.map((c) => c.name).sort((a, b) => median(a) - median(b));
    const ours = timings[`oftc ${precision}`];
    if (first === undefined || ours === undefined) return [];
    return [[precision, { peer: first, ...both((of) => ratio(timings[first]![of], ours[of])) }]];
  };
  const [f32, f16] = [timings['oftc f32']!, timings['oftc f16']];
  const contenders = [...own, ...others];
  // A peer's product is the same work.
  const works = contenders.map(({ name }) => {
    const precision = PRECISIONS.find((p) => name.endsWith(p))!;
    return [name, workOf(productJob(shape, precision))] as const;
  });
  const limits = limitRows(timings, Object.fromEntries(works), (name) => `${nameOf(shape)}, ${name}`);
  const measured: Figures = {
    shape,
    flops,
    contenders: Object.fromEntries(
      contenders.flatMap(({ name }) => (name in timings ? [figures([name, timings[name]!])] : [])),
    ),
    peakGflops: both((of) => combined((s) => PEAK_FLOPS / s / 1e9, p[of])),
    overBest: Object.fromEntries(PRECISIONS.flatMap(best)),
    f16OverF32: both((of) => (f16 ? ratio(f32[of], f16[of]) : undefined)),
    missing,
  };
  return { figures: measured, limits };
}

function print(f: Figures): void {
  console.log(`y = x·W, ${nameOf(f.shape)}; peak ${rate(f.peakGflops.wall)} GFLOP/s`);
  const entries = Object.entries(f.contenders).sort(
    (a, b) => a[1].seconds.wall.median - b[1].seconds.wall.median,
  );
  printTable(
    ['', 'GFLOP/s', 'of the peak', 'ms', 'CPU-ms', 'error'],
    entries.map(([name, c]) => [
      name,
      rate(c.gflops.wall),
      percent(c.ofPeak.wall),
      (1e3 * c.seconds.wall.median).toFixed(1),
      (1e3 * c.seconds.cpu.median).toFixed(1),
      c.error!.y!.toExponential(1),
    ]),
  );
  for (const [precision, b] of Object.entries(f.overBest))
    console.log(
      `oftc ${precision} over the best peer, ${b.peer}: ${times(b.wall)}, by CPU time ${times(b.cpu)}`,
    );
  console.log(`oftc f16 over f32: ${times(f.f16OverF32.wall)}, by CPU time ${times(f.f16OverF32.cpu)}`);
  for (const [name, reason] of Object.entries(f.missing)) console.log(`${name}: ${reason}`);
  console.log();
}

export const kernels: Table = {
  plans: () =>
    Object.fromEntries(
      SHAPES.flatMap((s) => PRECISIONS.map((p) => [`product ${nameOf(s)} ${p}`, productJob(s, p)])),
    ),
  measure: async (setting) => {
    const shapes: Figures[] = [];
    const limits: LimitRow[] = [];
    for (const shape of SHAPES) {
      const measured = await measureShape(setting, shape);
      print(measured.figures);
      shapes.push(measured.figures);
      limits.push(...measured.limits);
    }
    const names = [...new Set(shapes.flatMap((f) => Object.keys(f.contenders)))];
    const chart = {
      title: 'One product y = x·W (m×k×n)',
      unit: 'GFLOP/s',
      groups: shapes.map((f) => nameOf(f.shape)),
      series: names.map((name) => ({ name, values: shapes.map((f) => f.contenders[name]?.gflops.wall) })),
    };
    return {
      figures: { tolerance: TOLERANCE, shapes },
      limits,
      charts: [chart],
      peers: setting.peers.status,
    };
  },
};
