/**
 * Measures a training step of 8 experts, of which each token runs 2: with OFT on every expert, and without adapters. Both
 * sort the same choices into tiles, so that the ratio of their times is to be compared with that of their operations.
 */
import { planCost } from '../../kernels-gen/index.ts';
import { oft } from '../../src/adapters/oft.ts';
import {
  collect,
  dispatch,
  frozen,
  input,
  layer,
  ofExpert,
  type Param,
  type Tensor,
  trainable,
} from '../../src/language/dsl/index.ts';
import { compiled, type Fill, type Job, place } from '../compiled.ts';
import { seconds, type Timings, takeTurns } from '../interleave.ts';
import { limitRows, openRates, workOf } from '../limit.ts';
import { ratio } from '../statistics.ts';
import type { Ratio, Setting, Table } from '../table.ts';
import { ms, printTable, times } from '../terminal.ts';

const SIZES = { tokens: 512, in: 1024, out: 1024, experts: 8, k: 2, b: 32 } as const;
const { tokens: TOKENS, b: BLOCK, ...DIMS } = SIZES;

const declared = {
  x: input('tokens', 'in'),
  chosen: input('tokens', 'k', { dtype: 'i32' }),
  W: frozen('experts', 'out', 'in'),
};

/** Experts whose layer is `one`. */
const mixture = (name: string, own: Record<string, Param>, one: (all: Record<string, Tensor>) => Tensor) =>
  layer(
    { ...declared, ...own } as Record<string, Param>,
    (tensors) => {
      const { x, chosen, ...parameters } = tensors as Record<string, Tensor>;
      const parts = Object.entries(parameters).map(([n, t]) => [n, ofExpert(t, chosen!)]);
      return collect(
        one({ ...Object.fromEntries(parts), x: dispatch(x!, chosen!, 'experts') }),
        chosen!,
        'experts',
      );
    },
    { name, ...(Object.keys(own).length > 0 ? { where: { in: 'r*b' } } : {}) },
  ).trace();

const jobs = (): Record<'frozen' | 'oft', Job> => ({
  frozen: {
    plan: compiled(
      mixture('frozen experts', {}, ({ x, W }) => x!.matmul(W!.T)),
      { dims: DIMS, gradients: true },
    ),
    tokens: TOKENS,
  },
  oft: {
    plan: compiled(
      mixture('OFT on experts', { v: trainable('experts', 'r', 'tri(b)') }, ({ x, W, v }) =>
        oft({ x: x!, W: W!, v: [v!] }),
      ),
      { dims: { ...DIMS, b: BLOCK }, gradients: true },
    ),
    tokens: TOKENS,
  },
});

/** Small values, and for each token two experts, some of which more tokens choose than others. */
const values: Fill = (name, n) =>
  Float32Array.from({ length: n }, (_, i) => {
    if (name !== 'chosen') return Math.sin(1 + i * 1.7) / 32;
    const first = Math.floor(8 * Math.abs(Math.sin(1 + (i >> 1) * 2.3)) ** 1.5) % 8;
    return i % 2 === 0 ? first : (first + 1 + ((i >> 1) % 7)) % 8;
  });

interface Figures {
  readonly sizes: typeof SIZES;
  readonly seconds: Readonly<Record<string, ReturnType<typeof seconds>>>;
  readonly ratio: Ratio;
  readonly operations: Readonly<Record<'frozen' | 'oft' | 'ratio', number>>;
  readonly peakTemporaryBytes: Readonly<Record<'frozen' | 'oft', number>>;
  /** The bytes of the frozen weights, of which no second copy is made. */
  readonly weightBytes: number;
}

export const experts: Table = {
  plans: () => jobs(),
  measure: async ({ device, rounds }: Setting) => {
    const own = jobs();
    const placed = [
      await place(device, 'frozen', own.frozen, values),
      await place(device, 'oft', own.oft, values),
    ];
    const rates = await openRates(device);
    const timings = await takeTurns([...rates.probes, ...placed], rounds);
    for (const d of [rates, ...placed]) d.dispose();
    const [f, o] = [planCost(own.frozen.plan, TOKENS), planCost(own.oft.plan, TOKENS)];
    const over = (of: keyof Timings) => ratio(timings.oft![of], timings.frozen![of]);
    const figures: Figures = {
      sizes: SIZES,
      seconds: { frozen: seconds(timings.frozen!), oft: seconds(timings.oft!) },
      ratio: { wall: over('wall'), cpu: over('cpu') },
      operations: { frozen: f.flops, oft: o.flops, ratio: o.flops / f.flops },
      peakTemporaryBytes: { frozen: f.peakTemporaryBytes, oft: o.peakTemporaryBytes },
      weightBytes: 4 * SIZES.experts * SIZES.out * SIZES.in,
    };
    console.log(`training step at ${TOKENS} tokens, 2 of 8 experts of 1024 × 1024`);
    printTable(
      ['', 'no adapter', 'OFT', 'ratio', 'by CPU', 'operations', 'peak MB'],
      [
        [
          'experts',
          ms(figures.seconds.frozen!.wall),
          ms(figures.seconds.oft!.wall),
          times(figures.ratio.wall),
          times(figures.ratio.cpu),
          `${figures.operations.ratio.toFixed(2)}×`,
          [f, o].map((c) => (c.peakTemporaryBytes / 1e6).toFixed(1)).join(' → '),
        ],
      ],
    );
    const works = { frozen: workOf(own.frozen), oft: workOf(own.oft) };
    const chart = {
      title: 'OFT on 8 experts, 2 active, over no adapter',
      unit: 'ratio',
      groups: ['training step'],
      series: [{ name: 'time', values: [figures.ratio.wall] }],
    };
    return { figures, limits: limitRows(timings, works, (name) => `experts, ${name}`), charts: [chart] };
  },
};
