/** Trains in a loop: batches drawn by seed, gradients, clipping, AdamW, evaluation, metrics and checkpoints. */

import { join } from 'node:path';
import type { HostArray } from '../../session/tensors.ts';
import type { Betas } from '../adamw.ts';
import { type Checkpoint, type Constant, saveCheckpoint, stateOf } from './checkpoint.ts';
import type { TrainingEngine } from './engine.ts';
import type { Feed } from './feed.ts';
import type { Evaluation, StepMetric } from './metrics.ts';
import { MetricsFile } from './metrics-file.ts';
import { Order } from './order.ts';
import { CHECKPOINT } from './run-folder.ts';
import { type RateOptions, rateAt } from './schedule.ts';
import { secondsSince } from './seconds.ts';
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
  /** Called after a step. Its answer `save` asks for a checkpoint after this step. */
  step(step: StepMetric): 'save' | undefined | Promise<'save' | undefined>;
  evaluated(evaluation: Evaluation): void | Promise<void>;
  /** Called when a checkpoint is whole on the disk; the run waits for it. */
  saved?(step: number): void | Promise<void>;
}

export interface Run extends Constant {
  readonly folder: string;
  /** The checkpoint to resume from; undefined at the start. */
  readonly from: Checkpoint | undefined;
  /** The lines of metrics.jsonl up to the checkpoint. */
  readonly metrics: string;
}

/**
 * Trains the adapter of an engine that is compiled, and returns its tensors by path. Throws OFT6007 at the first loss
 * or gradient that is not finite.
 */
export async function train<B, E extends TrainingEngine<B>>(
  engine: E,
  feed: Feed<B, E>,
  options: TrainOptions,
  { folder, from, metrics: before, ...constant }: Run,
  watch: Watch,
): Promise<ReadonlyMap<string, HostArray>> {
  const checkpoint = join(folder, CHECKPOINT);
  if (from) await engine.restore(stateOf(from));
  const metrics = await MetricsFile.open(folder, before);
  const order = new Order(feed.count, options.inOrder ? undefined : options.seed);
  const evaluate = async (step: number) => {
    const measured = await feed.measured?.(engine);
    if (!measured) return;
    if (!Number.isFinite(measured.heldOut)) throw notFinite(step, `the held-out loss is ${measured.heldOut}`);
    const evaluation: Evaluation = { step, ...measured };
    await metrics.append(evaluation);
    await watch.evaluated(evaluation);
  };
  const save = async (step: number) => {
    await metrics.flush();
    await saveCheckpoint(checkpoint, await engine.state(), constant, { step, ...metrics.state });
    await watch.saved?.(step);
  };
  const planned = await engine.planned({ sizes: feed.sizes, accumulate: options.accumulate });
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
      const drawn = order.batch(step * accumulate * batch, accumulate * batch);
      const { tokens, draw } = feed.drawn(drawn, batch);
      const rate = rateAt(step, options);
      const { loss, norm } = await engine.step(draw, { ...options, step: done, rate });
      const taken: StepMetric = {
        step: done,
        loss,
        rate,
        norm,
        tokens,
        seconds: secondsSince(start),
      };
      await metrics.append(taken);
      const asked = await watch.step(taken);
      const last = done === options.steps;
      if (last || done % options.evaluateEvery === 0) await evaluate(done);
      if (last || asked === 'save' || done % options.saveEvery === 0) await save(done);
    }
    return await engine.adapter();
  } finally {
    await metrics.close();
  }
}
