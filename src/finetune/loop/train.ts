/** Trains in a loop: batches drawn by seed, gradients, clipping, AdamW, evaluation, metrics and checkpoints. */
import { join } from 'node:path';
import type { HostArray } from '../../session/tensors.ts';
import type { Betas } from '../adamw.ts';
import type { Score } from '../answers.ts';
import { type Batch, countedLabels, IGNORED, packed, type Sequence } from '../batch.ts';
import type { Data } from '../data/read.ts';
import type { BatchSize } from '../model-sizes.ts';
import { type Checkpoint, type Constant, saveCheckpoint, stateOf } from './checkpoint.ts';
import type { Engine } from './engine.ts';
import type { Evaluation, StepMetric } from './metrics.ts';
import { MetricsFile } from './metrics-file.ts';
import { Order } from './order.ts';
import { CHECKPOINT } from './run-folder.ts';
import { type RateOptions, rateAt } from './schedule.ts';
import { notFinite } from './step.ts';

export interface TrainOptions extends RateOptions {
  /** The number of sequences in a batch. */
  readonly batch: number;
  /** The number of batches in a step, which follows the mean gradient of all their labels that count. */
  readonly accumulate: number;
  /** The largest norm of the gradient of all tensors together; a larger one is scaled down to it. */
  readonly clip: number | undefined;
  readonly decay: number;
  /** The decay of AdamW's running means. */
  readonly betas: Betas;
  readonly seed: number;
  /** Whether sequences come in the order of the data, whatever the seed. */
  readonly inOrder?: boolean;
  /** The number of steps between evaluations; there is one at the start and one at the end too. */
  readonly evaluateEvery: number;
  /** The number of steps between checkpoints; there is one at the start and one at the end too. */
  readonly saveEvery: number;
}

/** Callbacks that report progress. */
export interface Watch {
  /** Reports the peak of device memory in bytes before the first step, where the engine knows it. */
  planned?(bytes: number): void;
  step(step: StepMetric): void | Promise<void>;
  evaluated(evaluation: Evaluation): void | Promise<void>;
}

export interface Run extends Constant {
  readonly folder: string;
  /** The checkpoint to resume from; undefined at the start. */
  readonly from: Checkpoint | undefined;
  /** The lines of metrics.jsonl up to the checkpoint. */
  readonly metrics: string;
  /** Lets the model answer questions at each evaluation. */
  readonly examine?: ((engine: Engine) => Promise<Score>) | undefined;
}

/**
 * Trains the adapter of an engine that is compiled, and returns its tensors by path. Throws OFT6007 at the first loss
 * or gradient that is not finite.
 */
export async function train(
  engine: Engine,
  data: Pick<Data, 'train' | 'heldOut'>,
  options: TrainOptions,
  { folder, from, metrics: before, examine, ...constant }: Run,
  watch: Watch,
): Promise<ReadonlyMap<string, HostArray>> {
  const checkpoint = join(folder, CHECKPOINT);
  if (from) await engine.restore(stateOf(from));
  const metrics = await MetricsFile.open(folder, before);
  const order = new Order(data.train.length, options.inOrder ? undefined : options.seed);
  const evaluate = async (step: number) => {
    if (data.heldOut.length === 0) return;
    const heldOut = await meanLoss(engine, data.heldOut, options.batch);
    if (!Number.isFinite(heldOut)) throw notFinite(step, `the held-out loss is ${heldOut}`);
    const evaluation: Evaluation = { step, heldOut, ...(await examine?.(engine)) };
    await metrics.append(evaluation);
    await watch.evaluated(evaluation);
  };
  const save = async (step: number) => {
    await metrics.flush();
    await saveCheckpoint(checkpoint, await engine.state(), constant, { step, ...metrics.state });
  };
  const sizes = sizesOf(data, options.batch);
  const planned = await engine.planned({ sizes, accumulate: options.accumulate });
  if (planned !== undefined) watch.planned?.(planned);
  try {
    if (!from) {
      await evaluate(0);
      await save(0);
    }
    const { batch, accumulate } = options;
    for (let step = from?.step ?? 0; step < options.steps; step++) {
      const start = performance.now();
      const done = step + 1;
      const drawn = order.batch(step * accumulate * batch, accumulate * batch).map((n) => data.train[n]!);
      const tokens = drawn.reduce((sum, { ids }) => sum + ids.length, 0);
      // An engine takes the mean over the batches, so that each label of the step counts 1/(number of labels).
      const weight = accumulate / drawn.reduce((sum, s) => sum + countedLabels(s), 0);
      const draw = (k: number): Batch =>
        packed(drawn.slice(k * batch, (k + 1) * batch), engine.config, weight);
      const rate = rateAt(step, options);
      const { loss, norm } = await engine.step(draw, { ...options, step: done, rate });
      const taken: StepMetric = {
        step: done,
        loss,
        rate,
        norm,
        tokens,
        seconds: (performance.now() - start) / 1000,
      };
      await metrics.append(taken);
      await watch.step(taken);
      const last = done === options.steps;
      if (last || done % options.evaluateEvery === 0) await evaluate(done);
      if (last || done % options.saveEvery === 0) await save(done);
    }
    return await engine.adapter();
  } finally {
    await metrics.close();
  }
}

/** The sizes of the batches to train on and to evaluate. */
export function sizesOf({ train, heldOut }: Pick<Data, 'train' | 'heldOut'>, batch: number): BatchSize[] {
  const evaluated = Math.min(batch, heldOut.length);
  const of = (sequences: number, { ids, source }: Sequence): BatchSize => ({
    tokens: sequences * ids.length,
    ...(source ? { sources: sequences * source.ids.length } : {}),
  });
  return [of(batch, train[0]!), ...(evaluated > 0 ? [of(evaluated, heldOut[0]!)] : [])];
}

/**
 * The mean loss over all labels that count. A last batch of fewer sequences is filled up with sequences whose labels do
 * not count: one more token count would need kernels of its own, which take longer to compile than the batch to run.
 */
export async function meanLoss(
  model: Pick<Engine, 'config' | 'loss'>,
  sequences: readonly Sequence[],
  batch: number,
): Promise<number> {
  let [sum, labels] = [0, 0];
  for (let n = 0; n < sequences.length; n += batch) {
    const own = sequences.slice(n, n + batch);
    const filling = n === 0 ? [] : sequences.slice(0, batch - own.length).map(uncounted);
    const counted = own.reduce((all, s) => all + countedLabels(s), 0);
    sum += (await model.loss(packed([...own, ...filling], model.config))) * counted;
    labels += counted;
  }
  return sum / labels;
}

const uncounted = (sequence: Sequence): Sequence => ({
  ...sequence,
  labels: Array.from(sequence.ids, () => IGNORED),
});
