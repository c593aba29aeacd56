/**
 * Measures every method's training step as written and as derived: how much time the saved arithmetic saves.
 */
import type { Binding } from '../../compiler/dims/dims.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { planCost } from '../../kernels-gen/index.ts';
import { boft } from '../../src/adapters/boft.ts';
import { etherPlus } from '../../src/adapters/ether.ts';
import { gsoft } from '../../src/adapters/gsoft.ts';
import { hoft } from '../../src/adapters/hoft.ts';
import { hra } from '../../src/adapters/hra.ts';
import { dora } from '../../src/adapters/lora.ts';
import { oft } from '../../src/adapters/oft.ts';
import { psoft } from '../../src/adapters/psoft.ts';
import { compiled, type Job } from '../compiled.ts';
import type { LimitRow } from '../limit.ts';
import { type MeasuredPair, measurePair, type PairFigures } from '../pair.ts';
import type { Setting, Table } from '../table.ts';
import { ms, printTable, times } from '../terminal.ts';

const TOKENS = 256;
const LAYER = { in: 1024, out: 1024 };

const CASES: Readonly<Record<string, readonly [Program, Binding]>> = {
  'BOFT m=2, b=32': [boft.trace({ factors: 2 }), { b: 32 }],
  'BOFT m=4, b=32': [boft.trace({ factors: 4 }), { b: 32 }],
  'HRA r=8': [hra.trace(), { r: 8 }],
  'GSOFT b=32': [gsoft.trace(), { b: 32 }],
  'HOFT r=8': [hoft.trace(), { r: 8 }],
  'ETHER+ 4 blocks': [etherPlus.trace(), { k: 4 }],
  'ETHER+ 32 blocks': [etherPlus.trace(), { k: 32 }],
  'PSOFT r=32': [psoft.trace(), { r: 32 }],
  'DoRA r=16': [dora.trace(), { r: 16 }],
  'OFT b=32': [oft.trace(), { b: 32 }],
};

const FORMS = ['written', 'derived'] as const;
type Form = (typeof FORMS)[number];

const jobOf = (method: string, form: Form): Job => {
  const [program, dims] = CASES[method]!;
  const request = { dims: { ...LAYER, ...dims }, gradients: true, asWritten: form === 'written' };
  return { plan: compiled(program, request), tokens: TOKENS };
};

interface Figures extends PairFigures<Form> {
  readonly operations: Readonly<Record<Form | 'ratio', number>>;
  readonly bytes: Readonly<Record<Form | 'ratio', number>>;
  readonly peakTemporaryBytes: Readonly<Record<Form, number>>;
  /** The ratio of wall times divided by the ratio of operations. */
  readonly reached: number;
}

type Measured = MeasuredPair<Form> & { readonly figures: Figures };

async function measureMethod(setting: Setting, method: string): Promise<Measured> {
  const jobs = { written: jobOf(method, 'written'), derived: jobOf(method, 'derived') };
  const { figures, limits } = await measurePair(setting, jobs, 'written', 'derived', method);
  const [w, d] = [planCost(jobs.written.plan, TOKENS), planCost(jobs.derived.plan, TOKENS)];
  const both = (of: 'flops' | 'bytes') => ({ written: w[of], derived: d[of], ratio: w[of] / d[of] });
  const operations = both('flops');
  return {
    figures: {
      ...figures,
      operations,
      bytes: both('bytes'),
      peakTemporaryBytes: { written: w.peakTemporaryBytes, derived: d.peakTemporaryBytes },
      reached: figures.ratio.wall!.median / operations.ratio,
    },
    limits,
  };
}

function print(methods: Readonly<Record<string, Figures>>): void {
  console.log(`training step at tokens = ${TOKENS}, ${LAYER.in} → ${LAYER.out}, as written and as derived`);
  const by = (n: number) => `${n.toFixed(n < 10 ? 2 : 1)}×`;
  printTable(
    ['', ...FORMS, 'ratio', 'by CPU', 'operations', 'bytes', 'reached', 'peak MB', 'difference'],
    Object.entries(methods).map(([name, f]) => [
      name,
      ...FORMS.map((form) => ms(f.contenders[form].seconds.wall)),
      times(f.ratio.wall),
      times(f.ratio.cpu),
      by(f.operations.ratio),
      by(f.bytes.ratio),
      `${(100 * f.reached).toFixed(0)} %`,
      FORMS.map((form) => (f.peakTemporaryBytes[form] / 1e6).toFixed(1)).join(' → '),
      f.difference.toExponential(1),
    ]),
  );
}

export const methods: Table = {
  plans: () =>
    Object.fromEntries(
      Object.keys(CASES).flatMap((m) => FORMS.map((form) => [`${m}, ${form}`, jobOf(m, form)])),
    ),
  measure: async (setting) => {
    const measured: Record<string, Figures> = {};
    const rows: LimitRow[] = [];
    for (const method of Object.keys(CASES)) {
      const { figures, limits } = await measureMethod(setting, method);
      measured[method] = figures;
      rows.push(...limits);
    }
    print(measured);
    const chart = {
      title: 'Training step, as written over as derived',
      unit: 'ratio of times',
      groups: Object.keys(measured),
      series: [{ name: 'time', values: Object.values(measured).map((f) => f.ratio.wall) }],
    };
    return { figures: { tokens: TOKENS, layer: LAYER, methods: measured }, limits: rows, charts: [chart] };
  },
};
