/** Reads pairs of texts for a model with an encoder, which reads the first; the decoder learns to write the second. */
import { OftcError } from '../../../compiler/errors/error.ts';
import { counted, listed, shownValue } from '../../formats/error.ts';
import { isObject, type JsonObject } from '../../formats/json.ts';
import type { Tokenizer } from '../../formats/tokenizer/index.ts';
import { IGNORED, type Sequence } from '../batch.ts';
import type { ChatCounts } from './chats.ts';
import type { Line } from './lines.ts';

export interface PairOptions {
  /** The most tokens that the decoder predicts, and the most that the encoder reads. */
  readonly length: number;
  readonly sourceLength: number;
  /** The token that the decoder starts with. */
  readonly start: number;
  /** The end-of-text token. */
  readonly end: number | undefined;
  /** The token that fills texts up to a common length. */
  readonly filler: number;
}

export interface Pairs {
  readonly sequences: readonly Sequence[];
  readonly counts: ChatCounts;
  readonly notes: readonly string[];
}

/** The names of the two texts of a line. */
const NAMES = [
  ['prompt', 'completion'],
  ['source', 'target'],
] as const;

/** Whether a line holds a pair. */
export const isPair = ({ json }: Line): boolean =>
  isObject(json) && NAMES.some(([first, second]) => first in json || second in json);

/**
 * The pairs of lines, all of one length on each side. The decoder reads its text shifted right, after its start token.
 * Throws OFT6004 for a line without two texts, and for a pair of which one is empty.
 */
export function pairsOf(lines: readonly Line[], tokenizer: Tokenizer, options: PairOptions): Pairs {
  const unread = new Set<string>();
  const texts = lines.map((line) => textsOf(line, unread));
  const read = texts.map(({ at, source, target }) => {
    const spelt = { source: [...tokenizer.encode(source)], target: [...tokenizer.encode(target)] };
    for (const [name, ids] of Object.entries(spelt))
      if (ids.length === 0) throw refused(at, `the ${name} is an empty text`);
    if (options.end !== undefined && spelt.target.at(-1) !== options.end) spelt.target.push(options.end);
    return spelt;
  });
  const cut = { pairs: 0, tokens: 0 };
  const shortened = read.map(({ source, target }) => {
    const over =
      Math.max(0, source.length - options.sourceLength) + Math.max(0, target.length - options.length);
    cut.tokens += over;
    cut.pairs += Number(over > 0);
    return {
      source: shortenedTo(options.sourceLength, source, options.end),
      target: shortenedTo(options.length, target, options.end),
    };
  });
  const longest = (side: 'source' | 'target') => Math.max(1, ...shortened.map((pair) => pair[side].length));
  const [sources, targets] = [longest('source'), longest('target')];
  const { filler, start } = options;
  const sequences = shortened.map(
    ({ source, target }): Sequence => ({
      ids: filled([start, ...target.slice(0, -1)], targets, filler),
      labels: filled(target, targets, IGNORED),
      source: { ids: filled(source, sources, filler), count: source.length },
    }),
  );
  const tokens = read.reduce((sum, { source, target }) => sum + source.length + target.length, 0);
  const counts = { conversations: lines.length, tokens, cut: cut.pairs, cutTokens: cut.tokens, dropped: 0 };
  return { sequences, counts, notes: notesOf([...unread], cut, options) };
}

const refused = (at: string, what: string): OftcError => new OftcError('OFT6004', `${at}: ${what}`);

function textsOf({ at, json }: Line, unread: Set<string>): Record<'at' | 'source' | 'target', string> {
  const line: JsonObject = isObject(json) ? json : {};
  const names = NAMES.find((pair) => pair.some((name) => line[name] !== undefined));
  if (!names)
    throw refused(
      at,
      'the model has an encoder, and the line has no pair of texts: write {"prompt": "…", "completion": "…"} a line',
    );
  for (const name of Object.keys(line)) if (!(names as readonly string[]).includes(name)) unread.add(name);
  const [source, target] = names.map((name) => {
    const text = line[name];
    if (typeof text === 'string') return text;
    const found = text === undefined ? 'is missing' : `is ${shownValue(text)}`;
    throw refused(at, `"${name}" ${found}, and a model with an encoder is trained on two texts`);
  });
  return { at, source: source!, target: target! };
}

/** The first tokens; a text that ends with the end-of-text token still does. */
function shortenedTo(length: number, ids: readonly number[], end: number | undefined): readonly number[] {
  if (ids.length <= length) return ids;
  const kept = ids.slice(0, length);
  return end !== undefined && ids.at(-1) === end ? [...kept.slice(0, -1), end] : kept;
}

const filled = (ids: readonly number[], length: number, filler: number): number[] => [
  ...ids,
  ...new Array<number>(length - ids.length).fill(filler),
];

function notesOf(
  unread: readonly string[],
  cut: { readonly pairs: number; readonly tokens: number },
  { length, sourceLength }: PairOptions,
): string[] {
  const fields = `lines have fields beside their pairs of texts that are not read: ${listed(unread)}`;
  const shorter = `${counted(cut.pairs, 'pair')} ${cut.pairs === 1 ? 'is' : 'are'} cut, by ${counted(cut.tokens, 'token')}: the encoder reads at most ${sourceLength}, and --length ${length} holds for the decoder`;
  return [...(unread.length > 0 ? [fields] : []), ...(cut.pairs > 0 ? [shorter] : [])];
}
