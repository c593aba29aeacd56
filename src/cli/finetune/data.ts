/** The data of `oftc finetune` and `oftc eval`: the files that the options name, read and checked. */
import { basename } from 'node:path';
import { OftcError } from '../../../compiler/errors/error.ts';
import { type Data, readData } from '../../finetune/data/read.ts';
import type { OpenModel } from '../../formats/model.ts';
import { type Io, printNotes, withProgress } from '../io.ts';
import { UsageError } from '../usage.ts';

export interface DataArguments {
  /** Files, and folders of files. */
  readonly data: readonly string[];
  /** Files to measure the held-out loss on, instead of a part of the data. */
  readonly validation?: readonly string[];
  /** The n of `--hold-out 1/n`: the last of every n parts is held out. */
  readonly holdOut?: number;
  readonly length: number;
  readonly batch: number;
}

const HOLD_OUT = 20;

/** The n of `--hold-out 1/n`, 0 for nothing. Throws UsageError for a part to hold out beside a validation file. */
export function holdOutOf({ holdOut, validation }: Pick<DataArguments, 'holdOut' | 'validation'>): number {
  if (validation === undefined) return holdOut ?? HOLD_OUT;
  if (holdOut)
    throw new UsageError('--validation names what is held out: leave --hold-out away, or --validation');
  return 0;
}

/** The names of the data's files, for messages and titles. */
export const dataName = (paths: readonly string[]): string =>
  paths.length === 1 ? paths[0]! : `${paths[0]} and ${paths.length - 1} more`;

export const dataTitle = ([first, ...others]: readonly string[]): string =>
  dataName([basename(first!), ...others]);

/** Reads the data, and the validation files as its held-out part. Throws OFT6004 for less than a batch. */
export async function dataOf(args: DataArguments, files: OpenModel, io: Io): Promise<Data> {
  const read = (paths: readonly string[], holdOut: number): Promise<Data> =>
    withProgress(io, `Reading ${dataName(paths)}`, () => readFor(paths, { ...args, holdOut }, files));
  const data = await read(args.data, holdOutOf(args));
  printNotes(io, data.notes);
  const enough = data.train.length >= args.batch;
  if (!enough)
    throw new OftcError(
      'OFT6004',
      `${dataName(args.data)} has ${data.tokens} tokens: ${data.train.length} sequences of ${args.length + 1} to train on, fewer than a batch of ${args.batch}. Take a longer text, or a smaller --length or --batch`,
    );
  if (args.validation === undefined) return data;
  const held = await read(args.validation, 0);
  printNotes(io, held.notes);
  if (held.train.length === 0)
    throw new OftcError(
      'OFT6004',
      `${dataName(args.validation)} has ${held.tokens} tokens, fewer than a sequence of ${args.length + 1}: take a longer text for --validation, or a smaller --length`,
    );
  return { ...data, heldOut: held.train, validation: held.sha256 };
}

/** Reads files for a model. */
export const readFor = (
  paths: readonly string[],
  options: { readonly length: number; readonly holdOut: number },
  { config, ...files }: OpenModel,
): Promise<Data> =>
  readData(paths, files, {
    length: options.length,
    holdOut: options.holdOut,
    separator: config.eosTokenIds[0],
    vocabulary: config.vocabSize,
  });

/** The note of a run without held-out sequences, and the option that would hold some out. */
export function nothingHeldOut(args: DataArguments, { units }: Data): string {
  const holdOut = holdOutOf(args);
  const chunks = Math.ceil(units.count / units.perChunk);
  const few = `${units.count} ${units.are} are too few for --hold-out 1/${holdOut}`;
  const more = units.are === 'sequences' ? 'a longer text' : 'more of them';
  const why = holdOut === 0 ? '' : `: ${few}, take ${chunks < 2 ? more : `1/${chunks} or ${more}`}`;
  return `nothing held out${why}. All losses are of the text that is trained on`;
}
