/** Refuses numbers of a model that are NaN or infinite, and names the tensor that is the likely cause. */
import { OftcError } from '../../compiler/errors/error.ts';
import type { Model } from './model-run.ts';

/** The first tensor of the adapter that is not finite, as the end of a sentence. */
export async function culprit({ trained }: Pick<Model, 'trained'>): Promise<string> {
  if (trained.size === 0) return '';
  for (const [path, held] of trained)
    if (!(await held.read()).every((x) => Number.isFinite(x))) return `, and so is '${path}'`;
  return ', though every trained tensor is finite';
}

/** Throws OFT6011 for a number that is not finite; `what` names the number in the message. */
export async function checkFinite(
  model: Pick<Model, 'trained'>,
  values: Iterable<number>,
  what: string,
): Promise<void> {
  for (const x of values)
    if (!Number.isFinite(x)) throw new OftcError('OFT6011', `${what} is ${x}${await culprit(model)}`);
}
