/** Makes contenders that train a whole model: a sample is one training step, on the same tokens for all. */
import type { Plan } from '../runtime/index.ts';
import { AdamW } from '../src/finetune/adamw.ts';
import { type Batch, nextTokens, packed } from '../src/finetune/batch.ts';
import type { AdapterChoice } from '../src/finetune/blocks.ts';
import { plannedTraining } from '../src/finetune/loop/memory.ts';
import { takeStep } from '../src/finetune/loop/step.ts';
import { Sums } from '../src/finetune/loop/sums.ts';
import { Model, type Weights } from '../src/finetune/model-run.ts';
import { blocksOf } from '../src/finetune/models/linear-layers.ts';
import { expectedWeights } from '../src/finetune/models/weights.ts';
import { sitesOf, startOf } from '../src/finetune/start.ts';
import type { ModelShape } from '../src/formats/config/model-config.ts';
import type { HostTensor } from '../src/session/tensors.ts';
import { random } from '../src/start/random.ts';
import type { Allocations } from './allocations.ts';
import { type Contender, repeatsFor, timed } from './interleave.ts';
import type { PlanRun } from './limit.ts';
import { runsDuring } from './recorded-runs.ts';
import { values } from './values.ts';

/** The model to measure: read from files, or drawn at random. */
export interface Base {
  readonly name: string;
  readonly config: ModelShape;
  readonly weights: Weights;
}

/** A model whose tensors are all in memory. */
export interface RandomBase extends Base {
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

/**
 * A model of random weights, with standard deviations near those of untrained models. The weights of its norms are 1.
 */
export function randomModel(name: string, config: ModelShape): RandomBase {
  const tensors = new Map<string, HostTensor>();
  const draw = (path: string, shape: readonly number[]) => {
    const count = shape.reduce((p, n) => p * n, 1);
    tensors.set(path, { data: values(tensors.size + 1, count, 1 / 32), shape });
  };
  const norms = [...expectedWeights(config)].filter(([path]) => path.endsWith('norm.weight'));
  const setNorms = (below: string) => {
    for (const [path, shape] of norms)
      if (path.startsWith(below)) tensors.set(path, { data: new Float32Array(shape[0]!).fill(1), shape });
  };
  draw('model.embed_tokens.weight', [config.vocabSize, config.hiddenSize]);
  for (const { path, linear } of blocksOf(config)) {
    for (const { module, shape } of Object.values(linear)) draw(`${path}.${module}.weight`, shape);
    setNorms(`${path}.`);
  }
  setNorms('model.norm.');
  if (!config.tiedEmbeddings) draw('lm_head.weight', [config.vocabSize, config.hiddenSize]);
  const read = async (path: string) => tensors.get(path)!;
  return { name, config, weights: { read }, tensors };
}

/** A batch of sequences of random ids. */
export function randomBatch(config: ModelShape, sequences: number, length: number): Batch {
  const next = random(7);
  const ids = () => Array.from({ length: length + 1 }, () => Math.floor(next() * config.vocabSize));
  return packed(
    Array.from({ length: sequences }, () => nextTokens(ids())),
    config,
  );
}

export interface Trained extends Contender {
  /** The loss before the first step. */
  readonly loss: number;
  /** The runs of Plans that one step makes. */
  readonly runs: readonly PlanRun[];
  /** The Plans of a block, forward and backward. */
  readonly plans: readonly Plan[];
  /** The peak of bytes allocated from opening through the first steps, and the bytes held throughout. */
  readonly bytes: { readonly peak: number; readonly held: Model['bytes'] };
  /** The peak of bytes that training plans. */
  readonly planned: number;
  dispose(): void;
}

export interface TrainedOptions {
  readonly base: Base;
  /** The adapter; undefined for the model without one, whose step is forward and backward only. */
  readonly adapter: Omit<AdapterChoice, 'tensors'> | undefined;
  readonly asWritten?: boolean;
  readonly batch: Batch;
  readonly atMost?: number;
}

const [RATE, CLIP, SEED] = [1e-4, 1, 1];

/** A model whose step is forward, backward, clipping and AdamW; the adapter changes with each step. */
export async function trainedModel(
  device: GPUDevice,
  allocations: Allocations,
  name: string,
  { base: { config, weights }, adapter, asWritten = false, batch, atMost }: TrainedOptions,
): Promise<Trained> {
  const start = adapter && (await startOf(config, sitesOf(config, adapter), weights, SEED));
  const tensors: Weights = { read: async (path) => start!.get(path)! };
  const open = async () => {
    const model = await Model.open({
      config,
      weights,
      device,
      asWritten,
      ...(adapter ? { adapter: { ...adapter, tensors } } : {}),
    });
    const optimizer = await AdamW.prepare(model, { rate: RATE });
    return { model, optimizer, sums: await Sums.prepare(model.place, optimizer) };
  };
  const opened: Awaited<ReturnType<typeof open>>[] = [];
  let [step, loss] = [0, Number.NaN];
  const run = (repeats: number) =>
    timed(repeats, async () => {
      for (let i = 0; i < repeats; i++) {
        const taken = await takeStep(opened[0]!, () => batch, {
          accumulate: 1,
          step: ++step,
          rate: RATE,
          clip: CLIP,
        });
        if (step === 1) loss = taken.loss;
      }
    });
  let repeats = 1;
  let runs: readonly PlanRun[] = [];
  const peak = await allocations.peakOf(async () => {
    opened.push(await open());
    runs = await runsDuring(() => run(1));
    repeats = await repeatsFor(run);
  });
  const [{ model, optimizer, sums }] = opened as [Awaited<ReturnType<typeof open>>];
  const { forward, gradient } = (await model.stages())[0]!;
  const plans = [(await forward.ready()).plan(), (await gradient.ready()).plan()];
  const { total: planned } = await plannedTraining(model, optimizer, sums, {
    sizes: [{ tokens: batch.tokens }],
    accumulate: 1,
  });
  return {
    name,
    repeats,
    run,
    ...(atMost === undefined ? {} : { atMost }),
    loss,
    runs,
    plans,
    bytes: { peak, held: model.bytes },
    planned,
    dispose: () => {
      sums.dispose();
      optimizer.dispose();
      model.dispose();
    },
  };
}
