/** `oftc generate`: writes a model's continuation of a prompt. */
import { generate } from '../../finetune/generate.ts';
import { ChatError } from '../../formats/chat/index.ts';
import type { OpenModel } from '../../formats/model.ts';
import type { Tokenizer } from '../../formats/tokenizer/index.ts';
import { type ModelArguments, withFiles, withModel } from '../finetune/with-model.ts';
import { type Io, printJson } from '../io.ts';
import { UsageError } from '../usage.ts';
import { visible } from '../visible.ts';

export interface GenerateArguments extends ModelArguments {
  readonly prompt: string;
  /** Whether the prompt is a user's turn, which the chat template puts in its place. */
  readonly chat?: boolean;
  /** The system's turn before it. */
  readonly system?: string;
  readonly chatTemplate?: string;
  readonly tokens: number;
  readonly temperature: number;
  readonly topK?: number;
  readonly seed: number;
}

/** The token ids to go on from, and the tokens that end the text. */
interface Opening {
  readonly prompt: Int32Array;
  readonly end: readonly number[];
}

async function openingOf(args: GenerateArguments, files: OpenModel, tokenizer: Tokenizer): Promise<Opening> {
  const end = files.config.eosTokenIds;
  if (!args.chat) return { prompt: tokenizer.encode(args.prompt), end };
  const chat = await files.chat(args.chatTemplate);
  const system = args.system === undefined ? [] : [{ role: 'system', content: args.system }];
  try {
    const prompt = chat.prompt([...system, { role: 'user', content: args.prompt }]);
    return { prompt, end: [...end, ...chat.ends()] };
  } catch (e) {
    if (e instanceof ChatError) throw new UsageError(`--prompt: ${e.message}`);
    throw e;
  }
}

/** Writes the text token by token, or one JSON object at the end. A reply is written without its prompt. */
export async function generateCommand(args: GenerateArguments, io: Io): Promise<void> {
  const other =
    args.system !== undefined ? '--system' : args.chatTemplate !== undefined ? '--chat-template' : '';
  if (other && !args.chat) throw new UsageError(`${other} is of a chat: add --chat, or leave ${other} out`);
  await withFiles(args, io, async (opened) => {
    const { files, config } = opened;
    const tokenizer = await files.tokenizer();
    const { prompt, end } = await openingOf(args, files, tokenizer);
    if (prompt.length === 0) throw new UsageError('--prompt is empty: give the text to go on from');
    const tokens = Math.min(config.maxPositions, prompt.length + args.tokens);
    await withModel(opened, { device: args.device, tokens }, io, async (model) => {
      const options = { ...args, topK: args.topK, end };
      const ids: number[] = [];
      // A token may be part of a letter: decode all tokens, and show the text as far as its letters are complete.
      const decoded = () => tokenizer.decode([...prompt, ...ids], { special: false });
      const before = args.chat ? decoded() : '';
      const spelt = () => decoded().slice(before.length);
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
