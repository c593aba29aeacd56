/** `oftc eval`: how well a model predicts a text. */
import { OftcError } from '../../compiler/ir/error.ts';
import { readData } from '../finetune/loop/data.ts';
import { meanLoss } from '../finetune/loop/train.ts';
import { type Io, print, printJson, withProgress } from './io.ts';
import { UsageError } from './usage.ts';
import { type ModelArguments, withFiles, withModel } from './with-model.ts';

export interface EvalArguments extends ModelArguments {
  readonly data: string;
  readonly length: number;
  readonly batch: number;
}

/** The mean loss over all of the text, in sequences one after another. */
export async function evalCommand(args: EvalArguments, io: Io): Promise<void> {
  await withFiles(args, async (opened) => {
    const { files, config } = opened;
    if (args.length > config.positions)
      throw new UsageError(
        `--length ${args.length} is more than the ${config.positions} positions of the model`,
      );
    const [separator] = files.config.eosTokenIds;
    const { train: sequences, tokens } = await readData(args.data, await files.tokenizer(), {
      length: args.length,
      holdOut: 0,
      separator,
    });
    if (sequences.length === 0)
      throw new OftcError(
        'OFT6004',
        `${args.data} has ${tokens} tokens, fewer than a sequence of ${args.length + 1}: take a longer text, or a smaller --length`,
      );
    await withModel(opened, args.device, io, async (model) => {
      const loss = await withProgress(io, 'Evaluating', () => meanLoss(model, sequences, args.batch));
      const summary = {
        loss,
        perplexity: Math.exp(loss),
        tokens: sequences.length * args.length,
        sequences: sequences.length,
        bytes: model.bytes,
      };
      if (io.json) printJson(io, summary);
      else
        print(
          io,
          `perplexity ${summary.perplexity.toFixed(3)}, loss ${loss.toFixed(4)} nats a token, over ${summary.tokens} tokens in sequences of ${args.length}`,
        );
    });
  });
}
