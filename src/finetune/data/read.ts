/** Reads the data of a run: sequences to train on and held-out sequences, from texts, conversations or token ids. */
import { createHash } from 'node:crypto';
import { OftcError } from '../../../compiler/errors/error.ts';
import type { Chat } from '../../formats/chat/index.ts';
import type { Tokenizer } from '../../formats/tokenizer/index.ts';
import { countedLabels, type Sequence } from '../batch.ts';
import { type ChatCounts, chatsOf, type Responses } from './chats.ts';
import { isConversation } from './conversations.ts';
import { dataFiles, endingOf } from './files.ts';
import { heldApart, PER_CHUNK } from './hold-out.ts';
import { type Line, linesOf, readDataText } from './lines.ts';
import { type PairOptions, pairsOf } from './pairs.ts';
import { rowsOf } from './rows.ts';
import { cut, encoded, type TextFile, textOf } from './texts.ts';
import { readIds } from './token-ids.ts';

export interface DataOptions {
  /** The number of tokens that a sequence predicts; it has one more. */
  readonly length: number;
  /** The last of every n chunks, or conversations, is held out; 0 holds nothing out. */
  readonly holdOut: number;
  /** The end-of-text token, which goes between two texts. */
  readonly separator?: number | undefined;
  readonly vocabulary: number;
  /** Whether rows have conversations in the order of the data. */
  readonly inOrder?: boolean | undefined;
  /** The options of pairs of texts. A model with an encoder has them, and reads pairs. */
  readonly pairs?: Omit<PairOptions, 'length' | 'end'> | undefined;
}

/** The kinds of data. */
export type Holds = 'texts' | 'conversations' | 'pairs' | 'token ids';

export interface Data {
  readonly holds: Holds;
  readonly train: readonly Sequence[];
  readonly heldOut: readonly Sequence[];
  /** The number of tokens in the files. */
  readonly tokens: number;
  /** The number of labels that count, in all sequences. */
  readonly counted: number;
  /** Counts of conversations, where the data are conversations. */
  readonly chats?: ChatCounts;
  /** The ends and the beginnings of responses, where the data are conversations. */
  readonly responses?: Responses;
  /** The digest of the files' texts, or of their ids. */
  readonly sha256: string;
  /** The digest of the validation files, where the held-out part comes from these. */
  readonly validation?: string;
  /** Notes on contents of the files that are not read, cut or left out. */
  readonly notes: readonly string[];
  /** The parts of which every n-th is held out, `perChunk` together. */
  readonly units: Units;
}

interface Units {
  readonly count: number;
  readonly perChunk: number;
}

/** The parts of a model that reading its data may need. */
export interface Reader {
  tokenizer(): Promise<Tokenizer>;
  /** The tokenizer with its chat template; where it is left out, conversations are refused. */
  chat?(): Promise<Chat>;
}

const sha256 = (data: string | Int32Array): string => createHash('sha256').update(data).digest('hex');

/**
 * Reads files, and the files of folders, in the order of their names. A .safetensors file has token ids, which need no
 * tokenizer. A .jsonl file has in each line an object with a `text`, with `messages`, or with a `prompt` and a
 * `completion`. Any other file is a text in UTF-8. For a model with an encoder, every line has a pair of texts.
 * Throws MissingFile, InvalidJson, OFT6004 for lines of another kind
 * and files of two kinds, and what `readIds`, the tokenizer and the chat template throw.
 */
export async function readData(
  paths: readonly string[],
  reader: Reader,
  options: DataOptions,
): Promise<Data> {
  const { files, notes } = await dataFiles(paths);
  const isIds = (file: string): boolean => endingOf(file) === '.safetensors';
  const [ids, other] = [files.find(isIds), files.find((file) => !isIds(file))];
  if (ids !== undefined && other !== undefined) throw mixed(`${ids} has token ids and ${other} text`);
  if (options.pairs && ids !== undefined) throw noPairs(ids);
  const read = ids === undefined ? await readTexts(files, reader, options) : await readAllIds(files, options);
  return {
    ...read,
    counted: [...read.train, ...read.heldOut].reduce((sum, s) => sum + countedLabels(s), 0),
    notes: [...notes, ...read.notes],
  };
}

type Read = Omit<Data, 'counted'>;

const mixed = (what: string): OftcError =>
  new OftcError('OFT6004', `${what}: give files of one kind, the others to a run of their own`);

const noPairs = (file: string): OftcError =>
  new OftcError(
    'OFT6004',
    `${file} has no pairs of texts, which a model with an encoder is trained on: give .jsonl with {"prompt": "…", "completion": "…"} a line`,
  );

const digestOf = (digests: readonly string[]): string =>
  digests.length === 1 ? digests[0]! : sha256(digests.join('\n'));

const ofText = (sequences: readonly Sequence[], { holdOut }: DataOptions) => ({
  ...heldApart(sequences, holdOut, PER_CHUNK),
  units: { count: sequences.length, perChunk: PER_CHUNK } as const,
});

async function readAllIds(files: readonly string[], options: DataOptions): Promise<Read> {
  const read = [];
  for (const file of files) read.push(await readIds(file, options));
  return {
    holds: 'token ids',
    ...ofText(
      read.flatMap(({ sequences }) => sequences),
      options,
    ),
    tokens: read.reduce((sum, { ids }) => sum + ids.length, 0),
    sha256: digestOf(
      read.map(({ ids, labels }) => sha256(labels ? Int32Array.from([...ids, ...labels]) : ids)),
    ),
    notes: read.flatMap(({ notes }) => notes),
  };
}

async function readTexts(files: readonly string[], reader: Reader, options: DataOptions): Promise<Read> {
  const texts: TextFile[] = [];
  const digests: string[] = [];
  for (const file of files) {
    const text = await readDataText(file);
    texts.push(endingOf(file) === '.jsonl' ? { lines: linesOf(text, file) } : { text });
    digests.push(sha256(text));
  }
  const lines = texts.flatMap((file) => ('lines' in file ? file.lines : []));
  if (options.pairs) {
    const unpaired = files.find((_, n) => 'text' in texts[n]!);
    if (unpaired !== undefined) throw noPairs(unpaired);
    return { ...(await readPairs(lines, reader, options, options.pairs)), sha256: digestOf(digests) };
  }
  const chat = lines.find(isConversation);
  const plain = files.find((_, n) => 'text' in texts[n]!) ?? lines.find((line) => !isConversation(line))?.at;
  if (chat && plain !== undefined) throw mixed(`${chat.at} has a conversation, and ${plain} has none`);
  const read = chat
    ? await readChats(lines, reader, options)
    : await readPlain({ files, texts, lines }, reader, options);
  return { ...read, sha256: digestOf(digests) };
}

interface Texts {
  readonly files: readonly string[];
  readonly texts: readonly TextFile[];
  /** The lines of all .jsonl files. */
  readonly lines: readonly Line[];
}

/** The note on a text whose first line is an object as .jsonl files have. */
function notesOn(text: string, file: string): string[] {
  const first = text.trimStart().split('\n', 1)[0]!;
  return /^\{\s*"(?:messages|prompt|completion|text)"\s*:/.test(first)
    ? [`${file} is read as a text, and its first line is an object: rename it to .jsonl if each line is one`]
    : [];
}

async function readPlain(
  { files, texts, lines }: Texts,
  reader: Reader,
  options: DataOptions,
): Promise<Omit<Read, 'sha256'>> {
  const wrong = lines.find((line) => textOf(line) === undefined);
  if (wrong)
    throw new OftcError(
      'OFT6004',
      `${wrong.at}: there is no "text": write {"text": "…"}, {"messages": […]} or {"prompt": …, "completion": …} a line`,
    );
  const ids = encoded(texts, await reader.tokenizer(), options.separator);
  return {
    holds: 'texts',
    ...ofText(cut(ids, options.length), options),
    tokens: ids.length,
    notes: texts.flatMap((file, n) => ('text' in file ? notesOn(file.text, files[n]!) : [])),
  };
}

async function readPairs(
  lines: readonly Line[],
  reader: Reader,
  { length, separator, holdOut }: DataOptions,
  pairs: NonNullable<DataOptions['pairs']>,
): Promise<Omit<Read, 'sha256'>> {
  const read = pairsOf(lines, await reader.tokenizer(), { ...pairs, length, end: separator });
  return {
    holds: 'pairs',
    ...heldApart(read.sequences, holdOut, 1),
    tokens: read.counts.tokens,
    chats: read.counts,
    notes: read.notes,
    units: { count: read.sequences.length, perChunk: 1 },
  };
}

async function readChats(
  lines: readonly Line[],
  reader: Reader,
  options: DataOptions,
): Promise<Omit<Read, 'sha256'>> {
  if (!reader.chat) throw new OftcError('OFT6004', `${lines[0]!.at}: a conversation is not read here`);
  const { length, separator, inOrder = false, holdOut } = options;
  const chats = chatsOf(lines, await reader.chat(), { length, end: separator });
  const { train, heldOut } = heldApart(chats.sequences, holdOut, 1);
  const rows = (sequences: readonly Sequence[]): Sequence[] =>
    rowsOf(sequences, length, { inOrder, filler: separator ?? 0 });
  return {
    holds: 'conversations',
    train: rows(train),
    heldOut: rows(heldOut),
    tokens: chats.counts.tokens,
    chats: chats.counts,
    responses: chats.responses,
    notes: chats.notes,
    units: { count: chats.sequences.length, perChunk: 1 },
  };
}
