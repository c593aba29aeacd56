/** The data of `oftc finetune` and `oftc eval`: the files that the options name, read and checked. */
import { basename } from 'node:path';
import { OftcError } from '../../../compiler/errors/error.ts';
import { type Data, readData } from '../../finetune/data/read.ts';
import type { ModelShape } from '../../formats/config/model-config.ts';
import { counted } from '../../formats/error.ts';
import type { OpenModel } from '../../formats/model.ts';
import { type Io, printNotes, say, withProgress } from '../io.ts';
import { UsageError } from '../usage-error.ts';
import { type Named, onCommandLine } from './named.ts';

export interface DataArguments {
  /** Files, and folders of files. */
  readonly data: readonly string[];
  /** Files to measure the held-out loss on, instead of a part of the data. */
  readonly validation?: readonly string[];
  /** The n of `--hold-out 1/n`: the last of every n parts is held out. */
  readonly holdOut?: number;
  /** The file of a chat template that is used instead of the tokenizer's own. */
  readonly chatTemplate?: string;
  readonly inOrder?: boolean;
  readonly length: number;
  /** The most tokens that an encoder reads; by default the model's positions. */
  readonly sourceLength?: number;
  readonly batch: number;
}

const HOLD_OUT = 20;

/** The n of `--hold-out 1/n`, 0 for nothing. Throws UsageError for a part to hold out beside a validation file. */
export function holdOutOf(
  { holdOut, validation }: Pick<DataArguments, 'holdOut' | 'validation'>,
  named: Named = onCommandLine,
): number {
  if (validation === undefined) return holdOut ?? HOLD_OUT;
  const [part, files] = [named('hold-out'), named('validation')];
  if (holdOut) throw new UsageError(`${files} names what is held out: leave ${part} away, or ${files}`);
  return 0;
}

/** The names of the data's files, for messages and titles. */
export const dataName = (paths: readonly string[]): string =>
  paths.length === 1 ? paths[0]! : `${paths[0]} and ${paths.length - 1} more`;

export const dataTitle = ([first, ...others]: readonly string[]): string =>
  dataName([basename(first!), ...others]);

/**
 * Reads the data, and the validation files as its held-out part. Throws OFT6004 for less than a batch, UsageError
 * as `checkTemplate`.
 */
export async function dataOf(args: DataArguments, files: OpenModel, io: Io): Promise<Data> {
  const read = (paths: readonly string[], holdOut: number): Promise<Data> =>
    withProgress(io, `Reading ${dataName(paths)}`, () => readFor(paths, { ...args, holdOut }, files));
  const data = await read(args.data, holdOutOf(args));
  tellOf(args.data, data, args, io);
  if (data.train.length < args.batch)
    throw tooFew(args.data, data, args, `to train on, fewer than a batch of ${args.batch}`);
  if (args.validation === undefined) {
    checkTemplate(args, [data]);
    return data;
  }
  const held = await read(args.validation, 0);
  checkTemplate(args, [data, held]);
  checkKinds(args, data, held);
  tellOf(args.validation, held, args, io);
  if (held.train.length === 0) throw tooFew(args.validation, held, args, 'to evaluate');
  return { ...data, heldOut: held.train, validation: held.sha256 };
}

/** Throws OFT6004 where either the data or the validation files have conversations and the other have texts. */
function checkKinds({ data, validation = [] }: DataArguments, trained: Data, held: Data): void {
  const kinds = [trained.holds, held.holds];
  if (trained.holds === held.holds || kinds.includes('token ids')) return;
  throw new OftcError(
    'OFT6004',
    `${dataName(data)} has ${trained.holds}, and ${dataName(validation)} ${held.holds}: a loss of one says nothing of the other. Give --validation files of the same kind`,
  );
}

/** Throws UsageError for a chat template beside data without a conversation, which would not use it. */
export function checkTemplate(
  { chatTemplate }: Pick<DataArguments, 'chatTemplate'>,
  data: readonly Data[],
): void {
  if (chatTemplate === undefined || data.some(({ chats }) => chats)) return;
  throw new UsageError(
    `--chat-template is for conversations, and the data have none: leave it out, or give .jsonl files whose lines have "messages", or a "prompt" and a "completion"`,
  );
}

/** Prints the notes on data, and what conversations come to. */
export function tellOf(
  paths: readonly string[],
  data: Data,
  { length }: { readonly length: number },
  io: Io,
): void {
  printNotes(io, data.notes);
  if (!data.chats) return;
  const { conversations, tokens } = data.chats;
  const one = data.holds === 'pairs' ? 'pair' : 'conversation';
  const rows = data.train.length + data.heldOut.length;
  say(
    io,
    `${dataName(paths)}: ${counted(conversations, one)}, ${counted(tokens, 'token')}, of which ${counted(data.counted, 'counts', 'count')}, in ${counted(rows, 'row')} of ${data.holds === 'pairs' ? rowOf(data) : length}`,
  );
}

/** The lengths of the rows that the encoder and the decoder read. */
function rowOf({ train, heldOut }: Data): string {
  const [one] = [...train, ...heldOut];
  return one ? `${one.source!.ids.length} and ${one.ids.length}` : '0';
}

/** The error for data of which too little is left. */
export function tooFew(
  paths: readonly string[],
  { tokens, train, chats, responses }: Data,
  { length }: { readonly length: number },
  why: string,
): OftcError {
  const [has, remedy] = chats
    ? [
        `${counted(train.length, 'row')} of ${length}`,
        responses && chats.dropped === chats.conversations
          ? `Responses begin after ${counted(responses.before, 'token')} or later: take a larger --length. At ${responses.longest - 1} the longest conversation is whole`
          : 'Take more conversations, or a smaller --length or --batch',
      ]
    : [
        `${counted(train.length, 'sequence')} of ${length + 1}`,
        'Take a longer text, or a smaller --length or --batch',
      ];
  return new OftcError(
    'OFT6004',
    `${dataName(paths)} has ${counted(tokens, 'token')}: ${has} ${why}. ${remedy}`,
  );
}

/** Reads files for a model. */
export const readFor = (
  paths: readonly string[],
  options: Pick<DataArguments, 'length' | 'sourceLength' | 'chatTemplate' | 'inOrder'> & {
    readonly holdOut: number;
  },
  { config, tokenizer, chat }: OpenModel,
): Promise<Data> =>
  readData(
    paths,
    { tokenizer, chat: () => chat(options.chatTemplate) },
    {
      length: options.length,
      holdOut: options.holdOut,
      separator: config.eosTokenIds[0],
      vocabulary: config.vocabSize,
      inOrder: options.inOrder,
      pairs: config.encoder && {
        sourceLength: options.sourceLength ?? config.maxPositions,
        start: config.encoder.decoderStart,
        filler: config.padTokenId ?? 0,
      },
    },
  );

/** The note of a run without held-out sequences, and the option that would hold some out. */
export function nothingHeldOut(args: DataArguments, { holds, units }: Data): string {
  const isCut = holds === 'texts' || holds === 'token ids';
  const holdOut = holdOutOf(args);
  const chunks = Math.ceil(units.count / units.perChunk);
  const few = `${units.count} ${isCut ? 'sequences' : holds} are too few for --hold-out 1/${holdOut}`;
  const more = isCut ? 'a longer text' : 'more of them';
  const why = holdOut === 0 ? '' : `: ${few}, take ${chunks < 2 ? more : `1/${chunks} or ${more}`}`;
  return `nothing held out${why}. All losses are of the text that is trained on`;
}

/** Throws UsageError for lengths of more tokens than the model has positions, and for that of an encoder that is not there. */
export function checkLength(
  { length, sourceLength }: { readonly length: number; readonly sourceLength?: number | undefined },
  { maxPositions, encoder }: ModelShape,
): void {
  if (sourceLength !== undefined && !encoder)
    throw new UsageError('--source-length is of an encoder, and the model has none: leave it out');
  for (const [name, given] of [
    ['--length', length],
    ['--source-length', sourceLength ?? 0],
  ] as const)
    if (given > maxPositions)
      throw new UsageError(`${name} ${given} is more than the ${maxPositions} positions of the model`);
}
