/** Measures how long OFT's R takes from its packed parameters by five Cayley–Neumann terms, with its gradient. */
import { planCost } from '../../kernels-gen/index.ts';
import { cayleyNeumann, layer, skew, trainable } from '../../src/language/dsl/index.ts';
import { type Compiled, compiled, type Job, place } from '../compiled.ts';
import { seconds, takeTurns } from '../interleave.ts';
import { drawn } from '../layer-values.ts';
import { limitRows, openRates, workOf } from '../limit.ts';
import { rotationBlock } from '../reference.ts';
import { relativeError } from '../statistics.ts';
import type { Entry, Setting, Table } from '../table.ts';
import { milliseconds, printTable } from '../terminal.ts';
import { rowsOf, sampledRows } from '../values.ts';

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

interface Figures {
  readonly b: number;
  readonly entry: Entry;
  readonly flops: number;
  /** The same operations as a number of b×b matrix products for each block. */
  readonly products: number;
  readonly launches: number;
}

export const neumann: Table = {
  plans: () => Object.fromEntries(BLOCKS.map((b) => [`Neumann ${nameOf(b)}`, job(b)])),
  measure: async ({ device, rounds }: Setting) => {
    const own: (readonly [number, Job, Compiled])[] = [];
    for (const b of BLOCKS) {
      const j = job(b);
      own.push([b, j, await place(device, nameOf(b), j, drawn)]);
    }
    const errors: Record<string, Record<string, number>> = {};
    for (const [b, , c] of own) errors[c.name] = await check(c, b);
    const rates = await openRates(device);
    const timings = await takeTurns([...rates.probes, ...own.map(([, , c]) => c)], rounds);
    for (const d of [rates, ...own.map(([, , c]) => c)]) d.dispose();

    const figures = own.map(([b, { plan }, c]): Figures => {
      const { flops, launches } = planCost(plan, 1);
      return {
        b,
        entry: { seconds: seconds(timings[c.name]!), error: errors[c.name]! },
        flops,
        products: flops / (2 * b ** 2 * WIDTH),
        launches,
      };
    });
    const works = Object.fromEntries(own.map(([, j, c]) => [c.name, workOf(j)]));
    const limits = limitRows(timings, works, (name) => `R and its gradient, ${name}`);

    console.log(`R and its gradient, d = ${WIDTH}`);
    printTable(
      ['', 'wall', 'b×b products', 'kernels', 'largest error'],
      figures.map((f) => [
        nameOf(f.b),
        milliseconds(f.entry.seconds.wall),
        f.products.toFixed(1),
        `${f.launches}`,
        Math.max(...Object.values(f.entry.error!)).toExponential(1),
      ]),
    );
    const chart = {
      title: `Cayley–Neumann, d = ${WIDTH}: its limit over its time`,
      unit: 'share of the limit',
      groups: figures.map((f) => nameOf(f.b)),
      series: [{ name: 'forward + backward', values: limits.map((l) => l.share.wall) }],
      lines: [{ name: '1', at: 1 }],
    };
    return { figures: { width: WIDTH, blocks: figures }, limits, charts: [chart] };
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
