/** `oftc generate`: writes a model's continuation of a prompt. */

import { generate, sourceText } from '../../finetune/generate.ts';
import { type ContinueOptions, continued } from '../../finetune/greedy.ts';
import type { Model } from '../../finetune/model-run.ts';
import { spelt } from '../../finetune/spelt.ts';
import { ChatError } from '../../formats/chat/index.ts';
import type { OpenModel } from '../../formats/model.ts';
import type { Tokenizer } from '../../formats/tokenizer/index.ts';
import { checkBeams, type EarlyStopping, searchOf } from '../finetune/beams.ts';
import { checkCompose, type ModelArguments, withFiles, withModel } from '../finetune/with-model.ts';
import { type Io, printJson } from '../io.ts';
import { UsageError } from '../usage-error.ts';
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
  /** Whether to use all adapters together. */
  readonly compose?: boolean;
  /** The number of beams to search with, of a model with an encoder. */
  readonly beams?: number;
  readonly lengthPenalty?: number;
  readonly earlyStopping?: EarlyStopping;
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
    if (prompt.length === 0)
      throw new UsageError(`--prompt: the chat template writes nothing for it${chat.source}`);
    return { prompt, end: [...end, ...chat.ends()] };
  } catch (e) {
    if (e instanceof ChatError) throw new UsageError(`--prompt: ${e.message}${chat.source}`);
    throw e;
  }
}

/** Writes the text token by token, or one JSON object at the end. A reply is written without its prompt. */
export async function generateCommand(args: GenerateArguments, io: Io): Promise<void> {
  checkCompose(args);
  checkBeams(args);
  const other =
    args.system !== undefined ? '--system' : args.chatTemplate !== undefined ? '--chat-template' : '';
  if (other && !args.chat) throw new UsageError(`${other} is of a chat: add --chat, or leave ${other} out`);
  await withFiles(args, io, async (opened) => {
    const { files, config } = opened;
    const tokenizer = await files.tokenizer();
    const { prompt, end } = await openingOf(args, files, tokenizer);
    if (prompt.length === 0) throw new UsageError('--prompt is empty: give the text to go on from');
    const longest = config.encoder ? Math.max(prompt.length, args.tokens) : prompt.length + args.tokens;
    const tokens = Math.min(config.maxPositions, longest);
    if (config.encoder && prompt.length > config.maxPositions)
      throw new UsageError(
        `--prompt has ${prompt.length} tokens, and the encoder reads at most ${config.maxPositions}`,
      );
    const use = { device: args.device, tokens, compose: args.compose };
    await withModel(opened, use, io, async (models) => {
      const several = models.length > 1;
      const texts = [];
      for (const [n, { name, model }] of models.entries()) {
        if (io.stdout.closed) return;
        if (several && !io.json) io.stdout.write(`${n > 0 ? '\n' : ''}[${name}]\n`);
        const written = await write({ model, tokenizer, prompt, end }, args, io);
        texts.push({ adapter: name, ...written });
      }
      if (!io.json) return;
      const { adapter: _, ...only } = texts[0]!;
      printJson(io, { prompt: args.prompt, ...(several ? { texts } : only) });
    });
  });
}

/** The tokens that a search with beams finds. */
async function beamed(
  model: Model,
  prompt: Int32Array,
  options: ContinueOptions,
  end: readonly number[],
): Promise<readonly number[]> {
  const { encoder } = model.config;
  const asked = encoder
    ? { ids: [encoder.decoderStart], source: sourceText(prompt, model.config), end }
    : { ids: Array.from(prompt), end };
  return (await continued(model, [asked], options))[0]!;
}

interface Writing extends Opening {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
}

/** Generates a text and, without --json, writes it as it comes. */
async function write({ model, tokenizer, prompt, end }: Writing, args: GenerateArguments, io: Io) {
  const options = { ...args, topK: args.topK, end };
  const ids: number[] = [];
  // A token may be part of a letter: decode all tokens, and show the text as far as its letters are complete.
  const isEncoded = model.config.encoder !== undefined;
  const decoded = () => spelt(tokenizer, [...(isEncoded ? [] : prompt), ...ids]);
  const before = args.chat ? decoded() : '';
  const after = () => decoded().slice(before.length);
  let shown = '';
  // A terminal would obey control characters, which a file only holds: make them visible.
  const show = (text: string) => io.stdout.write(io.stdout.isTTY ? visible(text) : text);
  const search = searchOf(args);
  const tokens = search
    ? await beamed(model, prompt, { most: args.tokens, batch: 1, search }, end)
    : generate(model, prompt, options);
  for await (const id of tokens) {
    ids.push(id);
    if (io.stdout.closed) break;
    const text = after();
    if (io.json || text.endsWith('\ufffd') || !text.startsWith(shown)) continue;
    show(text.slice(shown.length));
    shown = text;
  }
  if (!io.json && !io.stdout.closed) show(`${after().slice(shown.length)}\n`);
  return { text: after(), ids };
}
