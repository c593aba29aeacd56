/** Measures losses on a text that commands are given to compare adapters by. */
import type { Data } from '../../finetune/data/read.ts';
import { checkFinite } from '../../finetune/finite.ts';
import { meanLoss } from '../../finetune/loop/feed.ts';
import { type Io, withProgress } from '../io.ts';
import { checkLength, checkTemplate, readFor, tellOf, tooFew } from './data.ts';
import { type Opened, withModel } from './with-model.ts';

export interface LossArguments {
  readonly data: readonly string[];
  /** The number of tokens in a sequence. */
  readonly length: number;
  /** The most tokens that an encoder reads; by default the model's positions. */
  readonly sourceLength?: number;
  readonly batch: number;
  /** The file of a chat template that is used instead of the tokenizer's own. */
  readonly chatTemplate?: string;
  readonly device: 'gpu' | 'cpu';
}

/**
 * The whole text in sequences, none of which is held out from `train`. Throws UsageError for a length beyond the
 * model's, and for a chat template without conversations, OFT6004 for a text that is too short.
 */
export async function heldOutOf(args: LossArguments, { files, config }: Opened, io: Io): Promise<Data> {
  checkLength(args, config);
  const data = await readFor(args.data, { ...args, holdOut: 0 }, files);
  checkTemplate(args, [data]);
  tellOf(args.data, data, args, io);
  if (data.train.length === 0) throw tooFew(args.data, data, args, 'to evaluate');
  return data;
}

/** The mean loss of the model, with the adapter if one is opened. Rejects with OFT6011 for one that is not finite. */
export const heldOutLoss = (
  opened: Opened,
  { train }: Pick<Data, 'train'>,
  { device, batch, length }: Omit<LossArguments, 'data'>,
  io: Io,
): Promise<number> =>
  withModel(opened, { device, tokens: batch * length }, io, async ([variant]) => {
    const { model } = variant!;
    const loss = await withProgress(io, 'Evaluating', () => meanLoss(model, train, batch));
    await checkFinite(model, [loss], 'the loss');
    return loss;
  });
