/** Device memory of a run, before it starts. */
import type { AdamW } from '../adamw.ts';
import type { Model } from '../model-run.ts';
import type { Sums } from './sums.ts';

export interface Planned {
  /** Counts of tokens of the batches to come. */
  readonly tokens: readonly number[];
  readonly accumulate: number;
}

/**
 * The most that training holds: while a batch's gradients are computed, beside those of the batches before it, or
 * while the optimiser follows them. The first step holds less, for the running means are made in it.
 */
export async function plannedTraining(
  model: Model,
  optimizer: AdamW,
  sums: Sums,
  { tokens, accumulate }: Planned,
): Promise<number> {
  const { weights, adapter, stages, activations, gradients } = await model.plannedBytes(...tokens);
  const { means, stage, step } = optimizer.bytes();
  const { stages: sumStages, squares } = sums.bytes(accumulate);
  const always = weights + adapter + means + stages + stage + sumStages;
  // Of several batches those before are held as the next is computed, until both are added: a sum is as large as the
  // adapter.
  const [before, sum] = accumulate > 1 ? [gradients, adapter] : [0, 0];
  const computed = before + gradients + Math.max(activations, sum);
  const followed = (accumulate > 1 ? sum : gradients) + Math.max(squares, step);
  return always + Math.max(computed, followed);
}
