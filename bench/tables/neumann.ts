/** Measures how long OFT's R takes from its packed parameters by five Cayley–Neumann terms, with its gradient. */
import { planCost } from '../../kernels-gen/index.ts';
import { cayleyNeumann, layer, skew, trainable } from '../../src/language/dsl/index.ts';
import { type Compiled, compiled, type Job, place } from '../compiled.ts';
import { seconds, takeTurns } from '../interleave.ts';
import { drawn } from '../layer-values.ts';
import { COPIED, copyProbes, fastestCopy } from '../probe.ts';
import { rotationBlock } from '../reference.ts';
import { combined, relativeError, type Summary } from '../statistics.ts';
import type { Entry, Ratio, Setting, Table } from '../table.ts';
import { milliseconds, printTable, rate, times } from '../terminal.ts';
import { rowsOf, sampledRows } from '../values.ts';
import { productJob, SHAPES } from './kernels.ts';

const WIDTH = 4096;
const BLOCKS = [16, 32, 64, 128, 256] as const;

const rotation = layer(
  { v: trainable('r', 'tri(b)') },
  ({ v }) => ({ R: cayleyNeumann(skew(v), { terms: 5 }) }),
  { name: 'neumann' },
);

const job = (b: number): Job => ({
  plan: compiled(rotation.trace(), { dims: { r: WIDTH / b, b }, gradients: true }),
  tokens: 1,
});

const nameOf = (b: number): string => `b = ${b}`;
const PRODUCT = SHAPES[0];

interface Figures {
  readonly b: number;
  readonly entry: Entry;
  readonly flops: number;
  /** The same operations as a number of b×b matrix products for each block. */
  readonly products: number;
  readonly launches: number;
  /** The bytes of v, R and their gradients, each read or written once. */
  readonly bytes: number;
  /** The measured time divided by the limit. */
  readonly overLimit: Ratio;
  /** The seconds for the operations at the rate of oftc's own product, plus those for the bytes at a copy's rate. */
  readonly limitSeconds: Summary;
}

export const neumann: Table = {
  plans: () => Object.fromEntries(BLOCKS.map((b) => [`Neumann ${nameOf(b)}`, job(b)])),
  measure: async ({ device, rounds }: Setting) => {
    const product = await place(device, 'product', productJob(PRODUCT, 'f32'), drawn);
    const copies = await copyProbes(device);
    const own: (readonly [number, Job, Compiled])[] = [];
    for (const b of BLOCKS) {
      const j = job(b);
      own.push([b, j, await place(device, nameOf(b), j, drawn)]);
    }
    const errors: Record<string, Record<string, number>> = {};
    for (const [b, , c] of own) errors[c.name] = await check(c, b);
    const timings = await takeTurns([product, ...copies, ...own.map(([, , c]) => c)], rounds);

    const copy = fastestCopy(timings);
    const productFlops = 2 * PRODUCT.m * PRODUCT.k * PRODUCT.n;
    const figures = own.map(([b, { plan }, c]): Figures => {
      const { flops, launches } = planCost(plan, 1);
      const r = WIDTH / b;
      const bytes = 4 * 2 * r * ((b * (b - 1)) / 2 + b * b);
      const limit = (product: number, copied: number) =>
        flops * (product / productFlops) + bytes * (copied / COPIED);
      const bound = (of: 'wall' | 'cpu') => [timings.product![of], timings[copy]![of]] as const;
      const over = (of: 'wall' | 'cpu') =>
        combined((s, p, k) => s / limit(p!, k!), timings[c.name]![of], ...bound(of));
      return {
        b,
        entry: { seconds: seconds(timings[c.name]!), error: errors[c.name]! },
        flops,
        products: flops / (2 * b ** 3 * r),
        launches,
        bytes,
        overLimit: { wall: over('wall'), cpu: over('cpu') },
        limitSeconds: combined((p, k) => limit(p!, k!), ...bound('wall'))!,
      };
    });
    const gflops = combined((s) => productFlops / s / 1e9, timings.product!.wall);
    const gbps = combined((s) => COPIED / s / 1e9, timings[copy]!.wall);
    for (const d of [product, ...copies, ...own.map(([, , c]) => c)]) d.dispose();

    console.log(
      `R and its gradient, d = ${WIDTH}; product ${rate(gflops)} GFLOP/s, ${copy} ${rate(gbps)} GB/s`,
    );
    printTable(
      ['', 'wall', 'over the limit', 'by CPU', 'limit', 'b×b products', 'kernels', 'largest error'],
      figures.map((f) => [
        nameOf(f.b),
        milliseconds(f.entry.seconds.wall),
        times(f.overLimit.wall),
        times(f.overLimit.cpu),
        milliseconds(f.limitSeconds),
        f.products.toFixed(1),
        `${f.launches}`,
        Math.max(...Object.values(f.entry.error!)).toExponential(1),
      ]),
    );
    const chart = {
      title: `Cayley–Neumann, d = ${WIDTH}: time over operations and copies at measured rates`,
      unit: 'ratio',
      groups: figures.map((f) => nameOf(f.b)),
      series: [{ name: 'forward + backward', values: figures.map((f) => f.overLimit.wall) }],
      lines: [{ name: '1.5', at: 1.5 }],
    };
    return {
      figures: { width: WIDTH, productGflops: gflops, copy, copyGbps: gbps, blocks: figures },
      charts: [chart],
    };
  },
};

async function check(c: Compiled, b: number): Promise<Record<string, number>> {
  const r = WIDTH / b;
  const tri = (b * (b - 1)) / 2;
  // Check few large blocks: a gradient takes twenty products in float64.
  const blocks = sampledRows(r, b > 100 ? 1 : 3);
  const v = drawn('v', r * tri);
  const G = drawn('grad.R', r * b * b);
  const expected = blocks.map((k) => {
    const { R, gradient } = rotationBlock(v.subarray(k * tri, (k + 1) * tri), b);
    return { R, v: gradient(G.subarray(k * b * b, (k + 1) * b * b)) };
  });
  const error = (actual: Float32Array, width: number, of: (e: (typeof expected)[number]) => Float64Array) =>
    relativeError(
      rowsOf(actual, width, blocks),
      expected.flatMap((e) => [...of(e)]),
    );
  const outputs = await c.readAll();
  return {
    R: error(outputs.R!, b * b, (e) => e.R),
    'grad.v': error(outputs['grad.v']!, tri, (e) => e.v),
  };
}
