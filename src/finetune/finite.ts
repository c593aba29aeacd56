/** Refuses numbers of a model that are NaN or infinite, and names the tensor that is the likely cause. */
import { OftcError } from '../../compiler/errors/error.ts';
import type { Model } from './model-run.ts';

/** The adapter's tensors and the model's weights that a number in a message is made from. */
export type Source = Pick<Model, 'trained'> & Partial<Pick<Model, 'notFinite'>>;

/** The first tensor of the adapter or the model that is not finite, as the end of a sentence. */
export async function culprit(model: Source): Promise<string> {
  for (const [path, held] of model.trained)
    if (!(await held.read()).every((x) => Number.isFinite(x))) return `, and so is '${path}'`;
  const weight = await model.notFinite?.();
  if (weight !== undefined) return `, and so is ${weight}`;
  return model.trained.size === 0 ? '' : ', though every trained tensor is finite';
}

/** Throws OFT6011 for a number that is not finite; `what` names the number in the message. */
export async function checkFinite(model: Source, values: Iterable<number>, what: string): Promise<void> {
  for (const x of values)
    if (!Number.isFinite(x)) throw new OftcError('OFT6011', `${what} is ${x}${await culprit(model)}`);
}
