/** Measures a training step (forward, x̄ and the parameters' gradients; W frozen) of adapters and frozen layer. */
import { planCost } from '../../kernels-gen/index.ts';
import { evalExtent } from '../../runtime/index.ts';
import { lora } from '../../src/adapters/lora.ts';
import { oft } from '../../src/adapters/oft.ts';
import { frozen, input, layer } from '../../src/language/dsl/index.ts';
import { BUILDS, type Compiled, compiled, type Job, Pool, place } from '../compiled.ts';
import { seconds, type Timings, takeTurns } from '../interleave.ts';
import { drawn } from '../layer-values.ts';
import { type LimitRow, limitRows, openRates, workOf } from '../limit.ts';
import type { Rows } from '../peers/protocol.ts';
import { frozenStep, type LayerSize, loraStep, oftStep } from '../reference-layers.ts';
import { ratio, relativeError } from '../statistics.ts';
import type { Entry, Ratio, Setting, Table } from '../table.ts';
import { milliseconds, printTable, times } from '../terminal.ts';
import { rowsOf, sampledRows } from '../values.ts';

const SIZES = [
  { tokens: 512, in: 1024, out: 1024 },
  { tokens: 128, in: 2048, out: 2048 },
  { tokens: 1024, in: 1024, out: 2816 },
] as const;

export const BLOCK = 32;
export const RANK = 16;
/** The number of samples of the layer as written: fewer than of others, because it is slow. */
const SAMPLES_AS_WRITTEN = 5;

const NAMES = {
  frozen: 'frozen layer',
  oft: `OFTv2 b=${BLOCK}`,
  lora: `LoRA r=${RANK}`,
  written: 'OFT as written',
  jax: 'jax-js',
} as const;
const PEER = 'OFTv2 in jax-js';

export const frozenLayer = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in') },
  ({ x, W }) => x.matmul(W.T),
  {
    name: 'frozen',
  },
);

type Own = Exclude<keyof typeof NAMES, 'jax'>;

function jobs({ tokens, in: columns, out }: LayerSize): Record<Own, Job> {
  const dims = { in: columns, out };
  const step = (plan: Job['plan']): Job => ({ plan, tokens });
  const gradients = true;
  return {
    frozen: step(compiled(frozenLayer.trace(), { dims, gradients })),
    oft: step(compiled(oft.trace(), { dims: { ...dims, b: BLOCK }, gradients })),
    lora: step(compiled(lora.trace(), { dims: { ...dims, r: RANK }, gradients })),
    written: step(compiled(oft.trace(), { dims: { ...dims, b: BLOCK }, gradients, asWritten: true })),
  };
}

const sizeName = (s: LayerSize): string => `${s.tokens}, ${s.in}, ${s.out}`;

interface Figures {
  readonly size: LayerSize;
  readonly contenders: Readonly<Record<string, Entry>>;
  readonly ratios: Readonly<Record<string, Ratio>>;
  /** Temporary bytes beyond those of the frozen layer. */
  readonly adapterBytes: { readonly written: number; readonly oft: number; readonly ratio: number };
  readonly operations: Readonly<Record<Own, number>>;
  readonly missing: Readonly<Record<string, string>>;
}

/** An output's name without the index of the only adapter in the list. */
const plain = (output: string): string => output.replace(/\.0$/, '');

async function ownErrors(
  c: Compiled,
  job: Job,
  rows: Rows,
  expected: Readonly<Record<string, Float64Array>>,
) {
  const errors: Record<string, number> = {};
  const outputs = await c.readAll();
  for (const { name, shape } of job.plan.outputs) {
    const width = evalExtent(shape.at(-1)!, job.tokens);
    const actual = rowsOf(outputs[name]!, width, rows[plain(name)]!);
    errors[plain(name)] = relativeError(actual, expected[plain(name)]!);
  }
  return errors;
}

interface Measured {
  readonly figures: Figures;
  readonly limits: readonly LimitRow[];
}

async function measureSize({ device, rounds, peers }: Setting, size: LayerSize): Promise<Measured> {
  const some = sampledRows(size.tokens);
  const blocks = sampledRows(size.in / BLOCK, 3);
  const rows: Rows = {
    y: some,
    'grad.x': some,
    'grad.v': blocks,
    'grad.A': sampledRows(RANK),
    'grad.B': sampledRows(size.out),
  };
  const rotated = oftStep(size, BLOCK, rows);
  const expected = {
    frozen: frozenStep(size, rows),
    oft: rotated,
    lora: loraStep(size, RANK, rows),
    written: rotated,
  };
  const own = jobs(size);
  const keys = Object.keys(own) as Own[];
  const pool = new Pool(device);
  const placed: Compiled[] = [];
  const errors: Record<string, Readonly<Record<string, number>>> = {};
  for (const key of keys) {
    const samples = key === 'written' ? { atMost: SAMPLES_AS_WRITTEN } : { builds: BUILDS };
    const c = await place(device, NAMES[key], own[key], drawn, { pool, ...samples });
    errors[c.name] = await ownErrors(c, own[key], rows, expected[key]);
    placed.push(c);
  }
  const { contenders: others, reasons } = await peers.contenders({ kind: 'oft', ...size, b: BLOCK }, [
    'jax-js',
  ]);
  for (const c of others) {
    const of: Record<string, number> = {};
    const outputs = await c.read(rows);
    for (const [output, values] of Object.entries(rotated))
      of[output] = relativeError(outputs[output]!, values);
    errors[c.name] = of;
  }
  const rates = await openRates(device);
  const timings = await takeTurns([...rates.probes, ...placed, ...others], rounds, reasons);
  for (const c of [rates, ...placed]) c.dispose();
  pool.destroy();
  for (const c of others) await c.close();

  const over = (a: keyof typeof NAMES, b: keyof typeof NAMES): Ratio => {
    const [x, y] = [timings[NAMES[a]], timings[NAMES[b]]];
    const of = (w: keyof Timings) => (x && y ? ratio(x[w], y[w]) : undefined);
    return { wall: of('wall'), cpu: of('cpu') };
  };
  const costs = keys.map((k) => [k, planCost(own[k].plan, size.tokens)] as const);
  const cost = Object.fromEntries(costs) as Record<Own, (typeof costs)[number][1]>;
  const beside = (k: Own) => cost[k].peakTemporaryBytes - cost.frozen.peakTemporaryBytes;
  const works = Object.fromEntries(keys.map((k) => [NAMES[k], workOf(own[k])]));
  // The peer has the limit of the derived layer, which is the least work that is known for its results.
  works[NAMES.jax] = works[NAMES.oft]!;
  const measured = [...placed, ...others].filter((c) => c.name in timings);
  const figures: Figures = {
    size,
    contenders: Object.fromEntries(
      measured.map(({ name }) => [name, { seconds: seconds(timings[name]!), error: errors[name]! }]),
    ),
    ratios: {
      'OFTv2 / frozen': over('oft', 'frozen'),
      'LoRA / frozen': over('lora', 'frozen'),
      'OFTv2 / LoRA': over('oft', 'lora'),
      'as written / OFTv2': over('written', 'oft'),
      'jax-js / OFTv2': over('jax', 'oft'),
    },
    adapterBytes: {
      written: beside('written'),
      oft: beside('oft'),
      ratio: beside('written') / beside('oft'),
    },
    operations: Object.fromEntries(keys.map((k) => [k, cost[k].flops])) as Record<Own, number>,
    missing: reasons,
  };
  return { figures, limits: limitRows(timings, works, (name) => `(${sizeName(size)}), ${shown(name)}`) };
}

const shown = (name: string): string => (name === NAMES.jax ? PEER : name);

function print(f: Figures): void {
  console.log(`training step at (tokens, in, out) = (${sizeName(f.size)})`);
  printTable(
    ['', 'wall', 'CPU', 'largest error'],
    Object.entries(f.contenders).map(([name, { seconds: s, error }]) => {
      const worst = Object.entries(error!).sort((a, b) => b[1] - a[1])[0]!;
      return [
        shown(name),
        milliseconds(s.wall),
        milliseconds(s.cpu),
        `${worst[1].toExponential(1)} ${worst[0]}`,
      ];
    }),
  );
  printTable(
    ['ratio', 'wall', 'CPU'],
    Object.entries(f.ratios).map(([name, r]) => [name, times(r.wall), times(r.cpu)]),
  );
  const { written, oft: derived, ratio: r } = f.adapterBytes;
  console.log(
    `adapter memory: as written ${(written / 1e6).toFixed(2)} MB, OFTv2 ${(derived / 1e6).toFixed(2)} MB: ${r.toFixed(2)}×`,
  );
  for (const [name, reason] of Object.entries(f.missing)) console.log(`${name}: ${reason}`);
  console.log();
}

export const layers: Table = {
  plans: () =>
    Object.fromEntries(
      SIZES.flatMap((s) =>
        Object.entries(jobs(s)).map(([k, job]) => [`${NAMES[k as Own]} (${sizeName(s)})`, job] as const),
      ),
    ),
  measure: async (setting) => {
    const sizes: Figures[] = [];
    const limits: LimitRow[] = [];
    for (const size of SIZES) {
      const measured = await measureSize(setting, size);
      print(measured.figures);
      sizes.push(measured.figures);
      limits.push(...measured.limits);
    }
    const chart = (title: string, names: readonly string[]) => ({
      title,
      unit: 'ratio of times',
      groups: sizes.map((f) => sizeName(f.size)),
      series: names.map((name) => ({ name, values: sizes.map((f) => f.ratios[name]!.wall) })),
      lines: [{ name: '1', at: 1 }],
    });
    return {
      figures: { block: BLOCK, rank: RANK, sizes },
      limits,
      charts: [
        chart('Training step over the frozen layer (tokens, in, out)', [
          'OFTv2 / frozen',
          'LoRA / frozen',
          'OFTv2 / LoRA',
        ]),
        chart('Over OFTv2 compiled by oftc', ['as written / OFTv2', 'jax-js / OFTv2']),
      ],
      peers: setting.peers.status,
    };
  },
};
