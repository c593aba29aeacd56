/** `oftc generate`: writes a model's continuation of a prompt. */
import { generate } from '../../finetune/generate.ts';
import { type ModelArguments, withFiles, withModel } from '../finetune/with-model.ts';
import { type Io, printJson } from '../io.ts';
import { UsageError } from '../usage.ts';
import { visible } from '../visible.ts';

export interface GenerateArguments extends ModelArguments {
  readonly prompt: string;
  readonly tokens: number;
  readonly temperature: number;
  readonly topK?: number;
  readonly seed: number;
}

/** Writes the text token by token, or one JSON object at the end. */
export async function generateCommand(args: GenerateArguments, io: Io): Promise<void> {
  await withFiles(args, io, async (opened) => {
    const { files, config } = opened;
    const tokenizer = await files.tokenizer();
    const prompt = tokenizer.encode(args.prompt);
    if (prompt.length === 0) throw new UsageError('--prompt is empty: give the text to go on from');
    const tokens = Math.min(config.maxPositions, prompt.length + args.tokens);
    await withModel(opened, { device: args.device, tokens }, io, async (model) => {
      const options = { ...args, topK: args.topK, end: files.config.eosTokenIds };
      const ids: number[] = [];
      // A token may be part of a letter: decode all tokens, and show the text as far as its letters are complete.
      const spelt = () => tokenizer.decode([...prompt, ...ids], { special: false });
      let shown = '';
      for await (const id of generate(model, prompt, options)) {
        ids.push(id);
        if (io.stdout.closed) return;
        const text = spelt();
        if (io.json || text.endsWith('\ufffd') || !text.startsWith(shown)) continue;
        const more = text.slice(shown.length);
        // A terminal would obey control characters, which a file only holds: make them visible.
        io.stdout.write(io.stdout.isTTY ? visible(more) : more);
        shown = text;
      }
      if (io.json) printJson(io, { prompt: args.prompt, text: spelt(), ids });
      else {
        const rest = spelt().slice(shown.length);
        io.stdout.write(`${io.stdout.isTTY ? visible(rest) : rest}\n`);
      }
    });
  });
}
