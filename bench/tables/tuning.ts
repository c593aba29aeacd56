/**
 * Measures tuning on this device: for the contractions of products and of training steps, the time of the model's
 * schedule against the fastest measured, and the time of tuning itself.
 */
import type { Compilation } from '../../compiler/pipeline.ts';
import { type Tunable, tunablesOf } from '../../kernels-gen/tune/candidates.ts';
import { traitsOf } from '../../runtime/choose.ts';
import { lora } from '../../src/adapters/lora.ts';
import { oft } from '../../src/adapters/oft.ts';
import { classOf } from '../../src/session/backends/gpu.ts';
import { planOf, variantsOf } from '../../src/session/session.ts';
import { tuneKernels } from '../../src/tune/index.ts';
import { Bench, clockOf } from '../../src/tune/measure.ts';
import { EMPTY, merge, type TuningEntry } from '../../src/tune/table.ts';
import { compilationOf } from '../compiled.ts';
import { timed } from '../interleave.ts';
import { ownVersions } from '../report.ts';
import type { Table } from '../table.ts';
import { printTable } from '../terminal.ts';
import { product, SHAPES } from './kernels.ts';
import { BLOCK, frozenLayer, RANK } from './layers.ts';

/**
 * The seconds to tune all kernels. They are more than enough, so that only close times leave a kernel
 * undecided.
 */
const BUDGET = 600;
const STEP = { tokens: 512, in: 1024, out: 1024 };

interface Case {
  readonly name: string;
  readonly tokens: number;
  readonly compilation: () => Compilation;
}

const { tokens: TOKENS, ...dims } = STEP;
const CASES: readonly Case[] = [
  ...SHAPES.map(({ m, k, n }) => ({
    name: `product ${m}×${k}×${n}`,
    tokens: m,
    compilation: () => compilationOf(product('f32').trace(), { dims: { in: k, out: n }, gradients: false }),
  })),
  ...[
    { name: 'frozen layer', of: frozenLayer, more: {} },
    { name: `OFTv2 b=${BLOCK}`, of: oft, more: { b: BLOCK } },
    { name: `LoRA r=${RANK}`, of: lora, more: { r: RANK } },
  ].map(({ name, of, more }) => ({
    name,
    tokens: TOKENS,
    compilation: () => compilationOf(of.trace(), { dims: { ...dims, ...more }, gradients: true }),
  })),
];

interface Row {
  readonly case: string;
  readonly kernel: string;
  readonly key: string;
  readonly outcome: TuningEntry['outcome'] | 'not measured';
  readonly default: string | null;
  readonly fastest: string | null;
  /** The default's median time divided by the fastest schedule's, in the rounds in which all raced. */
  readonly overFastest: number | undefined;
  /** The same ratio in the rounds of these two alone; null if there were none. */
  readonly gain: TuningEntry['gain'];
}

function rowOf(name: string, { label, key }: Tunable, entry: TuningEntry | undefined): Row {
  const [own] = entry?.times ?? [];
  const fastest = entry?.times.reduce((a, b) => (b.seconds.median < a.seconds.median ? b : a));
  return {
    case: name,
    kernel: label,
    key,
    outcome: entry?.outcome ?? 'not measured',
    default: entry?.default ?? null,
    fastest: fastest?.schedule ?? null,
    overFastest: own && fastest && own.seconds.median / fastest.seconds.median,
    gain: entry?.gain ?? null,
  };
}

export const tuning: Table = {
  plans: () =>
    Object.fromEntries(
      CASES.map(({ name, tokens, compilation }) => [name, { plan: planOf(compilation()), tokens }]),
    ),
  measure: async ({ device }) => {
    const traits = traitsOf(device);
    let table = EMPTY;
    const rows: Row[] = [];
    const cost = await timed(1, async () => {
      for (const { name, tokens, compilation } of CASES) {
        const tuned = await tuneKernels(
          tunablesOf(variantsOf(compilation()), tokens, { traits, class: classOf(device) }),
          {
            adapter: traits.adapter,
            tokens,
            clock: clockOf(device),
            version: ownVersions().oftc,
            budget: BUDGET,
            now: () => performance.now() / 1e3,
            open: (_, first) => Bench.open(device, first, tokens),
            table: () => table,
            record: async (entry) => {
              table = merge(table, { entries: [entry] });
            },
          },
        );
        rows.push(...tuned.filter((t) => !t.known).map((t) => rowOf(name, t.kernel, t.entry)));
      }
    });
    printTable(
      ['', 'kernel', 'default', 'fastest', 'default ÷ fastest', 'against each other', 'outcome'],
      rows.map((r) => [
        r.case,
        r.kernel,
        r.default ?? '',
        r.fastest ?? '',
        r.overFastest?.toFixed(2) ?? '',
        r.gain ? `${r.gain.median.toFixed(2)} [${r.gain.low.toFixed(2)}, ${r.gain.high.toFixed(2)}]` : '',
        r.outcome,
      ]),
    );
    console.log(`tuning took ${cost.wall.toFixed(0)} s, ${cost.cpu.toFixed(0)} s of CPU\n`);
    return { figures: { cost, kernels: rows }, charts: [], once: true };
  },
};
