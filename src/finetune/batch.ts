/** Packs token sequences one after another along `tokens`, with each token's position, start, label and weight. */
import { OftcError } from '../../compiler/errors/error.ts';
import type { ModelShape } from '../formats/config/model-config.ts';
import { firstRow } from './models/rope.ts';

/** The label of a token whose prediction does not count, as in PyTorch. */
export const IGNORED = -100;

export interface Sequence {
  readonly ids: ArrayLike<number>;
  /** The id that each token should predict, or IGNORED. */
  readonly labels: ArrayLike<number>;
  /** The text that the encoder reads, of a model with an encoder. */
  readonly source?: SourceText;
  /** The indices at which the texts in the sequence start, 0 first. A token sees its own text alone. Default: [0]. */
  readonly starts?: readonly number[];
}

/** A text that an encoder reads: its ids, filled up to a common length, of which the first `count` are the text's. */
export interface SourceText {
  readonly ids: ArrayLike<number>;
  readonly count: number;
}

/** The texts of a batch that the encoder reads, one after another along `tokens`. */
export interface Source {
  readonly tokens: number;
  readonly ids: Int32Array<ArrayBuffer>;
  /** The position of each token in its text. */
  readonly position: Int32Array<ArrayBuffer>;
  /** The first and the last token that each token sees, (tokens, 2): those of its text. */
  readonly seen: Int32Array<ArrayBuffer>;
  /** The first and the last of these tokens that each token of the decoder sees, (the decoder's tokens, 2). */
  readonly read: Int32Array<ArrayBuffer>;
}

export interface Batch {
  readonly tokens: number;
  readonly ids: Int32Array<ArrayBuffer>;
  /** The row of the rotary tables for each token: for most models, its position in its text. */
  readonly position: Int32Array<ArrayBuffer>;
  /** The index of the first token of each token's text. */
  readonly start: Int32Array<ArrayBuffer>;
  /** The id that each token should predict; 0 if its weight is 0. */
  readonly label: Int32Array<ArrayBuffer>;
  /** The weight of each label in the loss; 0 for a label that does not count. */
  readonly weight: Float32Array<ArrayBuffer>;
  /** The texts that the encoder reads, for a model with one. */
  readonly source?: Source;
}

/** A sequence of n tokens from n + 1 ids: every token predicts the next. */
export const nextTokens = (ids: ArrayLike<number>): Sequence => {
  const all = Array.from(ids);
  return { ids: all.slice(0, -1), labels: all.slice(1) };
};

/** The number of labels of a sequence that count. */
export function countedLabels({ labels }: Pick<Sequence, 'labels'>): number {
  let count = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] !== IGNORED) count++;
  return count;
}

/**
 * Packs sequences into a batch. `weight` is that of each label that counts; by default 1/(number of labels that count),
 * with which the loss is their mean. Throws OFT6003 for unknown ids, a text that is too long, a sequence that has more
 * or fewer labels than ids, and no label that counts.
 */
export function packed(sequences: readonly Sequence[], c: ModelShape, weight?: number): Batch {
  const tokens = sequences.reduce((n, { ids }) => n + ids.length, 0);
  const labels = sequences.reduce((n, s) => n + s.labels.length, 0);
  const counted = sequences.reduce((n, s) => n + countedLabels(s), 0);
  if (counted === 0) throw refused(`none of ${labels} labels counts, so there is no loss`);
  const batch: Batch = {
    tokens,
    ids: new Int32Array(tokens),
    position: new Int32Array(tokens),
    start: new Int32Array(tokens),
    label: new Int32Array(tokens),
    weight: new Float32Array(tokens),
  };
  let first = 0;
  for (const [n, sequence] of sequences.entries()) {
    write(batch, first, { sequence, n, weight: weight ?? 1 / counted }, c);
    first += sequence.ids.length;
  }
  return c.encoder ? { ...batch, source: packedSources(sequences, c) } : batch;
}

const refused = (what: string): OftcError => new OftcError('OFT6003', what);

/** Packs the texts that the encoder reads. Throws OFT6003 for a missing or an empty one, for ids and for lengths. */
export function packedSources(
  sequences: readonly Pick<Sequence, 'ids' | 'source'>[],
  c: Pick<ModelShape, 'vocabSize' | 'maxPositions'>,
): Source {
  const [ids, position, seen, read]: number[][] = [[], [], [], []];
  for (const [n, { ids: own, source }] of sequences.entries()) {
    if (!source || source.count === 0) throw refused(`sequence ${n} has no text for the encoder`);
    if (source.ids.length > c.maxPositions)
      throw refused(
        `sequence ${n} has ${source.ids.length} tokens for the encoder; the model has ${c.maxPositions} positions`,
      );
    const first = ids!.length;
    const range = [first, first + source.count - 1];
    for (let i = 0; i < source.ids.length; i++) {
      const id = source.ids[i]!;
      if (!(Number.isInteger(id) && id >= 0 && id < c.vocabSize))
        throw refused(`sequence ${n} holds the id ${id}; the vocabulary has 0 to ${c.vocabSize - 1}`);
      ids!.push(id);
      position!.push(i);
      seen!.push(...range);
    }
    for (let i = 0; i < own.length; i++) read!.push(...range);
  }
  return {
    tokens: ids!.length,
    ids: Int32Array.from(ids!),
    position: Int32Array.from(position!),
    seen: Int32Array.from(seen!),
    read: Int32Array.from(read!),
  };
}

interface Placed {
  readonly sequence: Sequence;
  /** The number of the sequence in the batch. */
  readonly n: number;
  readonly weight: number;
}

/** Writes a sequence into a batch, from index `first` on. */
function write(batch: Batch, first: number, { sequence, n, weight }: Placed, c: ModelShape): void {
  const { ids, labels, starts = [0] } = sequence;
  if (labels.length !== ids.length)
    throw refused(`sequence ${n} has ${ids.length} tokens and ${labels.length} labels`);
  const known = (id: number): boolean => Number.isInteger(id) && id >= 0 && id < c.vocabSize;
  for (const [t, start] of starts.entries()) {
    const end = starts[t + 1] ?? ids.length;
    if (end - start > c.maxPositions)
      throw refused(`sequence ${n} has ${end - start} tokens; the model has ${c.maxPositions} positions`);
    const row = firstRow(c, end - start);
    for (let i = start; i < end; i++) {
      const [id, label] = [ids[i]!, labels[i]!];
      const counts = label !== IGNORED;
      const wrong = known(id) ? (counts && !known(label) ? label : undefined) : id;
      if (wrong !== undefined)
        throw refused(`sequence ${n} holds the id ${wrong}; the vocabulary has 0 to ${c.vocabSize - 1}`);
      const at = first + i;
      batch.ids[at] = id;
      batch.position[at] = row + i - start;
      batch.start[at] = first + start;
      batch.label[at] = counts ? label : 0;
      batch.weight[at] = counts ? weight : 0;
    }
  }
}
