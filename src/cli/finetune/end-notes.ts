/** Notes on tokens that end responses and that the model can hardly learn to predict. */

import type { Data } from '../../finetune/data/read.ts';
import { alikeTo } from '../../finetune/end-token.ts';
import { HEAD } from '../../finetune/models/linear-layers.ts';
import { counted, shownValue } from '../../formats/error.ts';
import type { OpenModel } from '../../formats/model.ts';
import type { StartingPoint } from './start.ts';

/**
 * A note for each token that ends responses and is nearly the same as others in the output layer. None if the adapter
 * can tell them apart: if it is on that layer, and is no rotation, which keeps the angles between rows.
 */
export async function endNotes(
  { responses }: Pick<Data, 'responses'>,
  files: OpenModel,
  { sites }: Pick<StartingPoint, 'sites'>,
): Promise<string[]> {
  const onHead = sites.find(({ target }) => target === HEAD);
  const ends = responses?.ends ?? [];
  const parts = onHead?.adapted.program.claims?.orthogonal ?? [];
  if (ends.length === 0 || (onHead && parts.length === 0)) return [];
  const tokenizer = await files.tokenizer();
  const notes = [];
  for (const id of ends) {
    const alike = await alikeTo(id, files);
    if (alike === 0) continue;
    const rows =
      alike === 1 ? 'another token has' : `${counted(alike, 'other token has', 'other tokens have')}`;
    notes.push(
      `${shownValue(tokenizer.decode([id]))} ends responses, and ${rows} nearly its row in the output layer, so that the model hardly learns to stop there: sampled replies may run on. Train that layer too, by a method that is no rotation (--adapter lora --targets all-linear,lm_head), or end responses with another token`,
    );
  }
  return notes;
}
