/**
 * Measures the product of one token, y = x·Wᵀ. It reads W once and does little else, so the rate of a copy
 * limits it.
 */
import { frozen, input, layer } from '../../src/language/dsl/index.ts';
import { type Compiled, compiled, type Job, place } from '../compiled.ts';
import { seconds, takeTurns } from '../interleave.ts';
import { drawn } from '../layer-values.ts';
import { limitRows, openRates, workOf } from '../limit.ts';
import { COPIED, fastestCopy } from '../probe.ts';
import { productRows, transposed } from '../reference.ts';
import { combined, relativeError, type Summary } from '../statistics.ts';
import type { Entry, Ratio, Setting, Table } from '../table.ts';
import { milliseconds, percent, printTable, rate } from '../terminal.ts';

const WIDTHS = [2048, 4096] as const;
/** The bytes of weights that runs use before one repeats. They exceed any cache. */
const WEIGHTS = 1 << 28;

const linear = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => x.matmul(W.T), {
  name: 'linear',
});

const job = (n: number): Job => ({
  plan: compiled(linear.trace(), { dims: { in: n, out: n }, gradients: false }),
  tokens: 1,
});

const nameOf = (n: number): string => `${n}×${n}`;
const bytesOf = (n: number): number => 4 * n * n;

interface Figures {
  readonly width: number;
  readonly entry: Entry;
  readonly bytes: number;
  readonly gbps: Summary;
  /** The rate of reading W relative to each way to copy. */
  readonly ofCopy: Readonly<Record<string, Ratio>>;
}

export const bandwidth: Table = {
  plans: () => Object.fromEntries(WIDTHS.map((n) => [`one token ${nameOf(n)}`, job(n)])),
  measure: async ({ device, rounds }: Setting) => {
    const rates = await openRates(device);
    const [, ...copies] = rates.probes;
    const own: (readonly [number, Compiled])[] = [];
    const errors: Record<string, number> = {};
    for (const n of WIDTHS) {
      const c = await place(device, nameOf(n), job(n), drawn, { sets: Math.ceil(WEIGHTS / bytesOf(n)) });
      const W = transposed(drawn('W', n * n), n, n);
      errors[c.name] = relativeError((await c.readAll()).y!, productRows(drawn('x', n), W, { k: n, n }, [0]));
      own.push([n, c]);
    }
    const timings = await takeTurns([...rates.probes, ...own.map(([, c]) => c)], rounds);
    for (const d of [rates, ...own.map(([, c]) => c)]) d.dispose();

    const copy = Object.fromEntries(
      copies.map(({ name }) => [name, combined((s) => COPIED / s / 1e9, timings[name]!.wall)!]),
    );
    const fastest = fastestCopy(timings);
    const figures = own.map(([n, { name }]): Figures => {
      const share = (of: 'wall' | 'cpu', way: string) =>
        combined((s, k) => bytesOf(n) / s / (COPIED / k!), timings[name]![of], timings[way]![of]);
      return {
        width: n,
        entry: { seconds: seconds(timings[name]!), error: { y: errors[name]! } },
        bytes: bytesOf(n),
        gbps: combined((s) => bytesOf(n) / s / 1e9, timings[name]!.wall)!,
        ofCopy: Object.fromEntries(
          Object.keys(copy).map((way) => [way, { wall: share('wall', way), cpu: share('cpu', way) }]),
        ),
      };
    });
    console.log(
      `y = x·Wᵀ at tokens = 1; GB/s of weights. ${Object.entries(copy)
        .map(([name, s]) => `${name} ${rate(s)} GB/s`)
        .join(', ')} (read and written)`,
    );
    printTable(
      ['', 'GB/s', ...Object.keys(copy).map((way) => `of ${way}`), 'wall', 'error'],
      figures.map((f) => [
        nameOf(f.width),
        rate(f.gbps),
        ...Object.keys(copy).map((way) => percent(f.ofCopy[way]!.wall)),
        milliseconds(f.entry.seconds.wall),
        f.entry.error!.y!.toExponential(1),
      ]),
    );
    const groups = [...figures.map((f) => nameOf(f.width)), ...Object.keys(copy)];
    const chart = {
      title: 'tokens = 1: bytes of the weights per second, beside copies (read + written)',
      unit: 'GB/s',
      groups,
      series: [{ name: 'GB/s', values: [...figures.map((f) => f.gbps), ...Object.values(copy)] }],
      lines: [{ name: 'half a copy', at: copy[fastest]!.median / 2 }],
    };
    const works = Object.fromEntries(own.map(([n, c]) => [c.name, workOf(job(n))]));
    const limits = limitRows(timings, works, (name) => `one token, W of ${name}`);
    return { figures: { copyGbps: copy, against: fastest, weights: figures }, limits, charts: [chart] };
  },
};
