/** Takes a training step: computes the gradients of some batches, clips their mean, and runs AdamW with it. */
import { OftcError } from '../../../compiler/errors/error.ts';
import type { AdamW } from '../adamw.ts';
import type { DrawnFor } from '../dropout/draws.ts';
import { culprit } from '../finite.ts';
import type { Model } from '../model-run.ts';
import type { Gradients } from '../model-types.ts';
import type { Summed, Sums } from './sums.ts';

/** A model that is trained on batches of one kind. */
export interface Trainable<B>
  extends Pick<
    Model,
    'place' | 'bytes' | 'trained' | 'replace' | 'compile' | 'plannedBytes' | 'operations' | 'dispose'
  > {
  loss(batch: B): Promise<number>;
  gradients(batch: B, at: DrawnFor): Promise<Gradients>;
}

/** Draws a batch of a step by its number. */
export type Draw<B> = (batch: number) => B | Promise<B>;

export interface Trainer<B> {
  readonly model: Pick<Trainable<B>, 'trained' | 'gradients'>;
  readonly optimizer: AdamW;
  readonly sums: Sums;
}

export interface StepOptions {
  /** The number of batches whose mean gradient the step follows. */
  readonly accumulate: number;
  /** The number of the step, from 1, for errors. */
  readonly step: number;
  readonly rate: number;
  /** The largest norm of the gradient of all tensors together; a larger one is scaled down to it. */
  readonly clip: number | undefined;
}

export interface Taken {
  /** The mean loss over the batches, before the step. */
  readonly loss: number;
  /** The norm of the gradient before it was clipped. */
  readonly norm: number;
}

/**
 * Takes a step, and resolves when it is taken. It draws batches one after another, so that one is in memory at a
 * time. Rejects with OFT6007 for a loss or a gradient that is not finite.
 */
export async function takeStep<B>(trainer: Trainer<B>, draw: Draw<B>, options: StepOptions): Promise<Taken> {
  const held: { total?: Summed | undefined } = {};
  try {
    return await taking(trainer, draw, options, held);
  } finally {
    held.total?.free();
  }
}

/** The work of `takeStep`. Leaves the sum of gradients in `held`, to be freed. */
async function taking<B>(
  { model, optimizer, sums }: Trainer<B>,
  draw: Draw<B>,
  { accumulate, step, rate, clip }: StepOptions,
  held: { total?: Summed | undefined },
): Promise<Taken> {
  const stop = (what: string) => notFinite(step, what, step - 1);
  let [loss, scale] = [0, 1];
  for (let k = 0; k < accumulate; k++) {
    const g = await model.gradients(await draw(k), { step, part: k });
    if (!Number.isFinite(g.loss)) {
      g.free();
      throw stop(`the loss is ${g.loss}${await culprit(model)}`);
    }
    loss += g.loss / accumulate;
    scale = g.scale;
    const before = held.total;
    held.total = undefined;
    held.total = before === undefined ? await sums.join(g) : await sums.add(before, g);
  }
  const { total } = held;
  const squares = await sums.squares(total!);
  const infinite = squares.findIndex((square) => !Number.isFinite(square));
  if (infinite >= 0) throw stop(`the gradient of '${await sums.culprit(total!, infinite)}' is not finite`);
  const parts = accumulate * scale;
  const norm = Math.sqrt(squares.reduce((a, b) => a + b, 0)) / parts;
  if (!Number.isFinite(norm)) throw stop(`the norm of the gradient is ${norm}`);
  const clipped = clip !== undefined && norm > clip ? clip / norm : 1;
  await optimizer.stepAlong(total!.values, rate, clipped / parts);
  await optimizer.done();
  return { loss, norm };
}

/** The error for a number that is not finite once `taken` steps are taken. */
export const notFinite = (step: number, what: string, taken = step): OftcError =>
  new OftcError(
    'OFT6007',
    taken > 0
      ? `step ${step}: ${what}. The run stops here; its last checkpoint is whole. Try a lower --lr, a longer --warmup or a smaller --clip`
      : `step ${step}: ${what}, before anything is trained, so that no option of training mends it: \`oftc check\` of the adapter says where its start is not finite`,
  );
