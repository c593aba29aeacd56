/**
 * Measures a training step of whole models: forward, backward with recomputed blocks, clipping and AdamW, with an
 * adapter on all seven projections of every block.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Storage } from '../../compiler/primitives/storage.ts';
import { planCost } from '../../kernels-gen/index.ts';
import type { Plan } from '../../runtime/index.ts';
import { lora } from '../../src/adapters/lora.ts';
import { oft } from '../../src/adapters/oft.ts';
import { type AdapterChoice, blockProgram, blockStages } from '../../src/finetune/blocks.ts';
import { compiledStage } from '../../src/finetune/compiled-stage.ts';
import { weightsFrom } from '../../src/finetune/models/from-files.ts';
import { projectionsOf } from '../../src/finetune/models/linear-layers.ts';
import { openModel } from '../../src/finetune/models/open.ts';
import { quantisedAs } from '../../src/finetune/quantised.ts';
import type { ModelShape } from '../../src/formats/config/model-config.ts';
import { Allocations } from '../allocations.ts';
import { classInUse, type Job } from '../compiled.ts';
import { seconds, takeTurns } from '../interleave.ts';
import { type LimitRow, limitRows, openRates, workOfAll } from '../limit.ts';
import { type Base, randomBatch, randomModel, type Trained, trainedModel } from '../models.ts';
import { ratio } from '../statistics.ts';
import type { Entry, Ratio, Setting, Table } from '../table.ts';
import { milliseconds, printTable, times } from '../terminal.ts';
import { BLOCK, RANK } from './layers.ts';

export const [SEQUENCES, LENGTH] = [4, 64];
const TOKENS = SEQUENCES * LENGTH;
export const RANDOM = 'random weights, hidden 1024';
export const CONFIG: ModelShape = {
  family: 'llama',
  vocabSize: 2048,
  hiddenSize: 1024,
  intermediateSize: 2816,
  layers: 2,
  heads: 16,
  kvHeads: 8,
  headDim: 64,
  maxPositions: LENGTH,
  rmsNormEps: 1e-5,
  rope: { kind: 'default', theta: 10000 },
  bias: { qkv: false, output: false, mlp: false },
  tiedEmbeddings: true,
};
export const MODEL_FILES =
  process.env.OFTC_MODEL ??
  fileURLToPath(new URL('../../../shared/models/shakespeare-llama', import.meta.url));
/** The number of samples of the model as written: fewer than of others, because it is slow. */
const SAMPLES_AS_WRITTEN = 5;
const FORMAT = 'nf4-double';
const STORAGE: Storage = { format: 'nf4', block: 64, nested: 256 };

interface Kind {
  readonly name: string;
  readonly adapter?: Omit<AdapterChoice, 'tensors'>;
  readonly quantised?: boolean;
  readonly asWritten?: boolean;
}
const OFT = { source: oft, dims: { b: BLOCK } };
const LORA = { source: lora, dims: { r: RANK } };
const KINDS = {
  frozen: { name: 'no adapter' },
  oft: { name: `OFTv2 b=${BLOCK}`, adapter: OFT },
  lora: { name: `LoRA r=${RANK}`, adapter: LORA },
  written: { name: 'OFT as written', adapter: OFT, asWritten: true },
  quantised: { name: `no adapter, ${FORMAT}`, quantised: true },
  qoft: { name: `QOFT b=${BLOCK}`, adapter: OFT, quantised: true },
  qlora: { name: `QLoRA r=${RANK}`, adapter: LORA, quantised: true },
} as const satisfies Readonly<Record<string, Kind>>;
type Which = keyof typeof KINDS;
const ALL = Object.keys(KINDS) as Which[];
const kindOf = (which: Which): Kind => KINDS[which];

/** The Plans that a block runs. */
function plansOf(config: ModelShape, { adapter, quantised, asWritten = false }: Kind): Plan[] {
  const program = blockProgram(config, adapter);
  const stored = quantised ? Object.fromEntries(projectionsOf(config).map((p) => [p, STORAGE])) : {};
  const { forward, gradient } = blockStages(program, { stored, asWritten });
  return [forward, gradient].map((of) => compiledStage(program, of, classInUse()).plan());
}

interface Memory {
  /** The temporary bytes of a block's two Plans, which stay allocated from step to step. */
  readonly temporary: number;
  /** The peak of allocated bytes. */
  readonly allocated: number;
  /** The bytes of the model's tensors, by form. */
  readonly held: Readonly<Record<string, number>>;
}

interface Figures {
  readonly model: string;
  readonly config: ModelShape;
  readonly contenders: Readonly<Record<string, Entry & { readonly loss: number }>>;
  readonly ratios: Readonly<Record<string, Ratio>>;
  readonly memory: Readonly<Record<string, Memory>>;
  /** The bytes beyond those of the model without an adapter and with equal storages. */
  readonly adapterBytes: Readonly<Record<string, Omit<Memory, 'held'>>>;
  /** The adapter's bytes as written ÷ those of OFTv2. */
  readonly adapterRatio: Omit<Memory, 'held'>;
  /** The operations of a block, forward and backward. */
  readonly operations: Readonly<Record<string, number>>;
}

interface Measured {
  readonly figures: Figures;
  readonly limits: readonly LimitRow[];
}

async function measureModel(
  { device, rounds }: Setting,
  allocations: Allocations,
  base: Base,
): Promise<Measured> {
  const batch = randomBatch(base.config, SEQUENCES, LENGTH);
  const quantised: Base = { ...base, weights: quantisedAs(base.weights, base.config, FORMAT) };
  const trained: Partial<Record<Which, Trained>> = {};
  const memory: Record<string, Memory> = {};
  const operations: Record<string, number> = {};
  for (const which of ALL) {
    const kind = kindOf(which);
    const one = await trainedModel(device, allocations, kind.name, {
      base: kind.quantised ? quantised : base,
      adapter: kind.adapter,
      batch,
      ...(kind.asWritten ? { asWritten: true, atMost: SAMPLES_AS_WRITTEN } : {}),
    });
    const costs = one.plans.map((plan) => planCost(plan, TOKENS));
    operations[kind.name] = costs.reduce((n, c) => n + c.flops, 0);
    trained[which] = one;
    memory[kind.name] = {
      temporary: costs.reduce((n, c) => n + c.peakTemporaryBytes, 0),
      allocated: one.bytes.peak,
      held: one.bytes.held,
    };
  }
  const contenders = Object.values(trained);
  const rates = await openRates(device);
  const timings = await takeTurns([...rates.probes, ...contenders], rounds);
  for (const c of [rates, ...contenders]) c.dispose();
  const works = contenders.map(({ name, runs }) => {
    const own = runs.map((r) => ({ ...r, sequences: SEQUENCES }));
    return [name, workOfAll(own)] as const;
  });
  const limits = limitRows(timings, Object.fromEntries(works), (name) => `${base.name}, ${name}`);

  const over = (a: Which, b: Which): Ratio => {
    const [x, y] = [timings[KINDS[a].name]!, timings[KINDS[b].name]!];
    return { wall: ratio(x.wall, y.wall), cpu: ratio(x.cpu, y.cpu) };
  };
  const beside = (which: Which) => {
    const [own, without] = [
      memory[KINDS[which].name]!,
      memory[KINDS[kindOf(which).quantised ? 'quantised' : 'frozen'].name]!,
    ];
    return { temporary: own.temporary - without.temporary, allocated: own.allocated - without.allocated };
  };
  const adapted = ALL.filter((w) => kindOf(w).adapter !== undefined);
  const [asWritten, derived] = [beside('written'), beside('oft')];
  const figures: Figures = {
    model: base.name,
    config: base.config,
    contenders: Object.fromEntries(
      contenders.map((c) => [c.name, { seconds: seconds(timings[c.name]!), loss: c.loss }]),
    ),
    ratios: {
      'OFTv2 / LoRA': over('oft', 'lora'),
      'QOFT / QLoRA': over('qoft', 'qlora'),
      'OFTv2 / no adapter': over('oft', 'frozen'),
      'LoRA / no adapter': over('lora', 'frozen'),
      'QOFT / OFTv2': over('qoft', 'oft'),
      'as written / OFTv2': over('written', 'oft'),
    },
    memory,
    adapterBytes: Object.fromEntries(adapted.map((w) => [KINDS[w].name, beside(w)])),
    adapterRatio: {
      temporary: asWritten.temporary / derived.temporary,
      allocated: asWritten.allocated / derived.allocated,
    },
    operations,
  };
  return { figures, limits };
}

const mega = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

function print(f: Figures): void {
  console.log(`training step of ${f.model}: ${SEQUENCES} sequences of ${LENGTH} tokens`);
  printTable(
    ['', 'wall', 'CPU', 'first loss', 'all memory', 'adapter', 'of it temporary'],
    Object.entries(f.contenders).map(([name, { seconds: s, loss }]) => {
      const own = f.adapterBytes[name];
      return [
        name,
        milliseconds(s.wall),
        milliseconds(s.cpu),
        loss.toFixed(6),
        mega(f.memory[name]!.allocated),
        own ? mega(own.allocated) : '',
        own ? mega(own.temporary) : '',
      ];
    }),
  );
  printTable(
    ['ratio', 'wall', 'CPU'],
    Object.entries(f.ratios).map(([name, r]) => [name, times(r.wall), times(r.cpu)]),
  );
  const { allocated, temporary } = f.adapterRatio;
  console.log(
    `adapter memory, as written over OFTv2: ${allocated.toFixed(2)}×, of temporaries ${temporary.toFixed(2)}×\n`,
  );
}

/** Measures the trained model; if its files are missing, prints that instead. */
async function measureFiles(setting: Setting, allocations: Allocations): Promise<Measured | undefined> {
  if (!existsSync(MODEL_FILES)) {
    console.log(`there is no model at ${MODEL_FILES}: name the folder of one with OFTC_MODEL\n`);
    return undefined;
  }
  const files = await openModel(MODEL_FILES);
  try {
    const config = files.config;
    const name = MODEL_FILES.split('/').at(-1)!;
    return await measureModel(setting, allocations, { name, config, weights: weightsFrom(files) });
  } finally {
    await files.close();
  }
}

export const model: Table = {
  plans: () =>
    Object.fromEntries(
      ALL.flatMap((which) =>
        plansOf(CONFIG, kindOf(which)).map((plan, i): [string, Job] => [
          `${KINDS[which].name} ${['forward', 'backward'][i]} (${RANDOM})`,
          { plan, tokens: TOKENS, sequences: SEQUENCES },
        ]),
      ),
    ),
  measure: async (setting) => {
    const allocations = new Allocations(setting.device);
    const models: Figures[] = [];
    const limits: LimitRow[] = [];
    const add = (measured: Measured | undefined) => {
      if (!measured) return;
      print(measured.figures);
      models.push(measured.figures);
      limits.push(...measured.limits);
    };
    add(await measureModel(setting, allocations, randomModel(RANDOM, CONFIG)));
    add(await measureFiles(setting, allocations));
    const chart = (title: string, names: readonly string[], at: number) => ({
      title,
      unit: 'ratio of times',
      groups: models.map((f) => f.model),
      series: names.map((name) => ({ name, values: models.map((f) => f.ratios[name]!.wall) })),
      lines: [{ name: `${at}`, at }],
    });
    return {
      figures: { tokens: TOKENS, block: BLOCK, rank: RANK, format: FORMAT, models },
      limits,
      charts: [
        chart('Training step of a model, OFT over LoRA', ['OFTv2 / LoRA', 'QOFT / QLoRA'], 1.02),
        chart('Training step of a model, over OFTv2', ['as written / OFTv2', 'QOFT / OFTv2'], 1),
      ],
    };
  },
};
