/** Computes the device memory of a run before it starts. */
import type { AdamW } from '../adamw.ts';
import type { BatchSizes } from './engine.ts';
import type { Trainable } from './step.ts';
import type { Sums } from './sums.ts';

/** The bytes of device memory at the peak of training, by use. */
export interface TrainingBytes {
  /** Frozen tensors and the tables of the rotary embedding. */
  readonly weights: number;
  readonly adapter: number;
  /** AdamW's running means, its stages, and the new values that a step holds beside the old ones. */
  readonly optimizer: number;
  /** Gradients of the adapter's tensors. */
  readonly gradients: number;
  /** The inputs of the blocks, or the gradients that have taken their place. */
  readonly activations: number;
  /** Temporaries of the blocks, which are freed within a step. */
  readonly temporaries: number;
  /** Temporaries of the head: logits and their gradient. */
  readonly logits: number;
  readonly total: number;
}

/**
 * The peak of device memory in training. It is reached while gradients are computed and those of earlier batches are
 * held, or while the optimiser applies them. The first step holds less, because it creates the running means.
 */
export async function plannedTraining(
  model: Pick<Trainable<never>, 'plannedBytes'>,
  optimizer: AdamW,
  sums: Sums,
  { sizes, accumulate }: BatchSizes,
): Promise<TrainingBytes> {
  const { weights, adapter, stages, head, activations, gradients } = await model.plannedBytes(sizes);
  const { means, stage, step } = optimizer.bytes();
  const { stages: sumStages, squares } = sums.bytes(accumulate);
  // With several batches, the sum so far is held while the next is computed and added; a sum is as large as the
  // adapter.
  const [before, sum] = accumulate > 1 ? [gradients, adapter] : [0, 0];
  const computed = before + gradients + Math.max(activations, sum);
  const followed = (accumulate > 1 ? sum : gradients) + Math.max(squares, step);
  const most = Math.max(computed, followed);
  const own = followed > computed ? Math.max(squares, step) : 0;
  const copies = accumulate === 1 || followed > computed ? 1 : sum > activations ? 3 : 2;
  const always = weights + adapter + stages + head + means + stage + sumStages;
  return {
    weights,
    adapter,
    optimizer: means + stage + sumStages + own,
    gradients: copies * adapter,
    activations: most - own - copies * adapter,
    temporaries: stages,
    logits: head,
    total: always + most,
  };
}
