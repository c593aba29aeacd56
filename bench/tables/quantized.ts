/**
 * Measures quantised frozen weights: products with W and its transpose in every format and in f32, and the training
 * steps of QOFT and QLoRA, which are OFT and LoRA on the same NF4 weight.
 */
import type { Program } from '../../compiler/ir/node.ts';
import type { Storage } from '../../compiler/primitives/storage.ts';
import { planCost } from '../../kernels-gen/index.ts';
import { lora } from '../../src/adapters/lora.ts';
import { oft } from '../../src/adapters/oft.ts';
import { frozen, input, layer } from '../../src/language/dsl/index.ts';
import {
  BUILDS,
  type Compiled,
  compiled,
  heldValues,
  type Job,
  Pool,
  place,
  tensorBytes,
} from '../compiled.ts';
import { seconds, type Timings, takeTurns } from '../interleave.ts';
import { drawn } from '../layer-values.ts';
import { limitRows, openRates, workOf } from '../limit.ts';
import { ratio, relativeError } from '../statistics.ts';
import type { Entry, Ratio, Table } from '../table.ts';
import { milliseconds, printTable, times } from '../terminal.ts';

const SIZE = { tokens: 512, in: 1024, out: 1024 } as const;
const [BLOCK, RANK] = [32, 16];
const METHODS_FORMAT = 'nf4-double';

const FORMATS: Readonly<Record<string, Storage | undefined>> = {
  f32: undefined,
  nf4: { format: 'nf4', block: 64 },
  [METHODS_FORMAT]: { format: 'nf4', block: 64, nested: 256 },
  int8: { format: 'int8' },
  'int4:128': { format: 'int4', group: 128 },
};
const BASE = 'f32';
const NAMES = { oft: `QOFT b=${BLOCK}`, lora: `QLoRA r=${RANK}` } as const;

/** The product y = x·Wᵀ, and with gradients x̄ = ȳ·W: both uses of W in a training step. */
const linear = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => x.matmul(W.T), {
  name: 'linear',
});

function jobOf(program: Program, own: Readonly<Record<string, number>>, storage: Storage | undefined): Job {
  const stored = storage ? { W: storage } : {};
  const dims = { in: SIZE.in, out: SIZE.out, ...own };
  return { plan: compiled(program, { dims, gradients: true, stored }), tokens: SIZE.tokens, stored };
}
const productJob = (storage: Storage | undefined): Job => jobOf(linear.trace(), {}, storage);
const methodJobs = (): Record<keyof typeof NAMES, Job> => ({
  oft: jobOf(oft.trace(), { b: BLOCK }, FORMATS[METHODS_FORMAT]),
  lora: jobOf(lora.trace(), { r: RANK }, FORMATS[METHODS_FORMAT]),
});

const bytesPerWeight = ({ plan }: Job): number =>
  tensorBytes(plan.inputs.find((t) => t.name === 'W')!, SIZE.tokens) / (SIZE.in * SIZE.out);

/** The bytes of temporaries, and of all that the device holds for a step. */
function memoryOf({ plan, tokens }: Job) {
  const sum = (tensors: typeof plan.inputs) => tensors.reduce((n, t) => n + tensorBytes(t, tokens), 0);
  const temporary = planCost(plan, tokens).peakTemporaryBytes;
  return { temporary, total: temporary + sum(plan.inputs) + sum(plan.outputs) };
}

const over = (timings: Readonly<Record<string, Timings>>, a: string, b: string): Ratio => {
  const [x, y] = [timings[a], timings[b]];
  const of = (w: keyof Timings) => (x && y ? ratio(x[w], y[w]) : undefined);
  return { wall: of('wall'), cpu: of('cpu') };
};

/** The errors against a step in f32 on the decoded W, which are those of the kernels alone. */
async function errorsAgainst(c: Compiled, exact: Compiled): Promise<Record<string, number>> {
  const [actual, expected] = [await c.readAll(), await exact.readAll()];
  return Object.fromEntries(
    Object.entries(expected).map(([n, e]) => [n, relativeError(actual[n]!, Float64Array.from(e))]),
  );
}

export const quantized: Table = {
  plans: () => ({
    ...Object.fromEntries(
      Object.entries(FORMATS).map(([name, format]) => [`linear ${name}`, productJob(format)] as const),
    ),
    ...Object.fromEntries(
      Object.entries(methodJobs()).map(([k, job]) => [NAMES[k as keyof typeof NAMES], job] as const),
    ),
  }),
  measure: async ({ device, rounds }) => {
    const products: Compiled[] = [];
    const pool = new Pool(device);
    const errors: Record<string, Readonly<Record<string, number>>> = {};
    const bytes: Record<string, number> = {};
    for (const [name, format] of Object.entries(FORMATS)) {
      const job = productJob(format);
      bytes[name] = bytesPerWeight(job);
      const c = await place(device, name, job, drawn, { pool, builds: BUILDS });
      products.push(c);
      if (format === undefined) continue;
      const values = heldValues(job, drawn);
      const exact = await place(device, 'exact', productJob(undefined), values);
      errors[name] = await errorsAgainst(c, exact);
      exact.dispose();
    }
    const rates = await openRates(device);
    const product = await takeTurns([...rates.probes, ...products], rounds);
    for (const c of products) c.dispose();

    const jobs = methodJobs();
    const methods = [
      await place(device, NAMES.oft, jobs.oft, drawn, { pool, builds: BUILDS }),
      await place(device, NAMES.lora, jobs.lora, drawn, { pool, builds: BUILDS }),
    ];
    const step = await takeTurns([...rates.probes, ...methods], rounds);
    for (const c of [rates, ...methods]) c.dispose();
    pool.destroy();

    const entry = (
      timings: Readonly<Record<string, Timings>>,
      of: readonly Compiled[],
    ): Record<string, Entry> =>
      Object.fromEntries(
        of.map(({ name: n }) => [
          n,
          { seconds: seconds(timings[n]!), ...(errors[n] ? { error: errors[n] } : {}) },
        ]),
      );
    const productWorks = Object.entries(FORMATS).map(([n, f]) => [n, workOf(productJob(f))]);
    const stepWorks = (['oft', 'lora'] as const).map((k) => [NAMES[k], workOf(jobs[k])]);
    const limits = [
      ...limitRows(product, Object.fromEntries(productWorks), (name) => `x·Wᵀ and ȳ·W, W in ${name}`),
      ...limitRows(step, Object.fromEntries(stepWorks)),
    ];
    const ratios = Object.fromEntries(
      Object.keys(FORMATS).map((name) => [name, over(product, name, BASE)] as const),
    );
    const memory = { oft: memoryOf(jobs.oft), lora: memoryOf(jobs.lora) };
    const figures = {
      size: SIZE,
      product: { contenders: entry(product, products), ratios, bytesPerWeight: bytes },
      methods: {
        format: METHODS_FORMAT,
        contenders: entry(step, methods),
        ratio: over(step, NAMES.oft, NAMES.lora),
        memory: { ...memory, ratio: memory.oft.total / memory.lora.total },
      },
    };
    const { product: p, methods: m } = figures;
    console.log(`x·Wᵀ and ȳ·W at (tokens, in, out) = (${Object.values(SIZE).join(', ')})`);
    printTable(
      ['W', 'bytes a weight', 'wall', 'CPU', 'over f32: wall', 'CPU', 'largest error'],
      Object.entries(p.contenders).map(([name, { seconds: s, error }]) => [
        name,
        bytes[name]!.toFixed(4),
        milliseconds(s.wall),
        milliseconds(s.cpu),
        times(ratios[name]!.wall),
        times(ratios[name]!.cpu),
        error ? Math.max(...Object.values(error)).toExponential(1) : '',
      ]),
    );
    console.log(`training step on W as ${METHODS_FORMAT}`);
    printTable(
      ['', 'wall', 'CPU', 'temporary', 'all memory'],
      (['oft', 'lora'] as const).map((k) => [
        NAMES[k],
        milliseconds(m.contenders[NAMES[k]]!.seconds.wall),
        milliseconds(m.contenders[NAMES[k]]!.seconds.cpu),
        `${(memory[k].temporary / 1e6).toFixed(2)} MB`,
        `${(memory[k].total / 1e6).toFixed(2)} MB`,
      ]),
    );
    console.log(`QOFT / QLoRA: wall ${times(m.ratio.wall)}, CPU ${times(m.ratio.cpu)}\n`);
    return {
      figures,
      limits,
      charts: [
        {
          title: 'x·Wᵀ and ȳ·W on a quantised W, over f32',
          unit: 'ratio of times',
          groups: Object.keys(FORMATS).slice(1),
          series: [
            {
              name: 'quantised / f32',
              values: Object.keys(FORMATS)
                .slice(1)
                .map((name) => ratios[name]!.wall),
            },
          ],
          lines: [{ name: '1', at: 1 }],
        },
      ],
    };
  },
};
