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

/** The memory at a moment of a step, beyond what is held always. */
interface Moment {
  readonly gradients: number;
  readonly activations: number;
  /** The optimiser's part. */
  readonly own: number;
}

const at = (gradients: number, activations: number, own = 0): Moment => ({ gradients, activations, own });

const totalOf = ({ gradients, activations, own }: Moment): number => gradients + activations + own;

/**
 * The peak of device memory in training. It is reached while gradients are computed or joined and those of earlier
 * batches are held, or while the optimiser applies them. The first step holds less, because it creates the running
 * means.
 */
export async function plannedTraining(
  model: Pick<Trainable<never>, 'plannedBytes'>,
  optimizer: AdamW,
  sums: Sums,
  { sizes, accumulate }: BatchSizes,
): Promise<TrainingBytes> {
  const { weights, adapter, stages, head, activations, gradients } = await model.plannedBytes(sizes);
  const { means, stage, step } = optimizer.bytes();
  const { stages: sumStages, ...of } = sums.bytes(accumulate);
  // A batch's gradients are the results of runs, which have gradients of activations too.
  const others = gradients - adapter;
  const own = Math.max(of.squares, step);
  const held = of.keeps ? at(adapter + of.joined, others) : at(of.joined, 0);
  const batch = (before: Moment): Moment[] => [
    at(before.gradients + adapter, before.activations + others + activations),
    at(before.gradients + adapter + of.joined, before.activations + others),
  ];
  const sum = at(of.sum, 0);
  // The sum so far is held while the next batch is computed, joined and added.
  const added = (before: Moment): Moment[] => [
    ...batch(before),
    at(before.gradients + held.gradients + of.sum, before.activations + held.activations),
  ];
  const moments = [
    ...batch(at(0, 0)),
    ...(accumulate > 1 ? added(held) : []),
    ...(accumulate > 2 ? added(sum) : []),
    { ...(accumulate > 1 ? sum : held), own },
  ];
  const peak = moments.reduce((a, b) => (totalOf(b) > totalOf(a) ? b : a));
  const always = weights + adapter + stages + head + means + stage + sumStages;
  return {
    weights,
    adapter,
    optimizer: means + stage + sumStages + peak.own,
    gradients: peak.gradients,
    activations: peak.activations,
    temporaries: stages,
    logits: head,
    total: always + totalOf(peak),
  };
}
