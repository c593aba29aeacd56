/** Computes the device memory of a run before it starts. */
import type { AdamW } from '../adamw.ts';
import type { Model } from '../model-run.ts';
import type { BatchSizes } from './engine.ts';
import type { Sums } from './sums.ts';

/**
 * The peak of device memory in training. It is reached while gradients are computed and those of earlier batches are
 * held, or while the optimiser applies them. The first step holds less, because it creates the running means.
 */
export async function plannedTraining(
  model: Model,
  optimizer: AdamW,
  sums: Sums,
  { tokens, accumulate }: BatchSizes,
): Promise<number> {
  const { weights, adapter, stages, activations, gradients } = await model.plannedBytes(...tokens);
  const { means, stage, step } = optimizer.bytes();
  const { stages: sumStages, squares } = sums.bytes(accumulate);
  const always = weights + adapter + means + stages + stage + sumStages;
  // With several batches, the sum so far is held while the next is computed and added; a sum is as large as the
  // adapter.
  const [before, sum] = accumulate > 1 ? [gradients, adapter] : [0, 0];
  const computed = before + gradients + Math.max(activations, sum);
  const followed = (accumulate > 1 ? sum : gradients) + Math.max(squares, step);
  return always + Math.max(computed, followed);
}
