/** Packs token sequences one after another along `tokens`, with each token's position, start, label and weight. */
import { OftcError } from '../../compiler/errors/error.ts';
import type { ModelShape } from '../formats/config/model-config.ts';

/** The label of a token whose prediction does not count, as in PyTorch. */
export const IGNORED = -100;

export interface Sequence {
  readonly ids: ArrayLike<number>;
  /** The id that each token should predict, or IGNORED. */
  readonly labels: ArrayLike<number>;
}

export interface Batch {
  readonly tokens: number;
  readonly ids: Int32Array<ArrayBuffer>;
  /** The position of each token in its sequence. */
  readonly position: Int32Array<ArrayBuffer>;
  /** The index of the first token of each token's sequence. */
  readonly start: Int32Array<ArrayBuffer>;
  /** The id that each token should predict; 0 if its weight is 0. */
  readonly label: Int32Array<ArrayBuffer>;
  /** 1/(number of labels that count), or 0: the loss is a mean over tokens. */
  readonly weight: Float32Array<ArrayBuffer>;
}

/** A sequence of n tokens from n + 1 ids: every token predicts the next. */
export const nextTokens = (ids: ArrayLike<number>): Sequence => {
  const all = Array.from(ids);
  return { ids: all.slice(0, -1), labels: all.slice(1) };
};

/**
 * Packs sequences into a batch. Throws OFT6003 for unknown ids, a sequence that is too long or has more or fewer
 * labels than ids, and no label that counts.
 */
export function packed(sequences: readonly Sequence[], c: ModelShape): Batch {
  const refuse = (what: string): never => {
    throw new OftcError('OFT6003', what);
  };
  const each = sequences.map(({ ids, labels }, n) => {
    const all = Array.from(ids);
    const wanted = Array.from(labels);
    if (all.length > c.maxPositions)
      refuse(`sequence ${n} has ${all.length} tokens; the model has ${c.maxPositions} positions`);
    if (wanted.length !== all.length)
      refuse(`sequence ${n} has ${all.length} tokens and ${wanted.length} labels`);
    const strange = (id: number) => !(Number.isInteger(id) && id >= 0 && id < c.vocabSize);
    const wrong = all.find(strange) ?? wanted.find((id) => id !== IGNORED && strange(id));
    if (wrong !== undefined)
      refuse(`sequence ${n} holds the id ${wrong}; the vocabulary has 0 to ${c.vocabSize - 1}`);
    return { ids: all, labels: wanted };
  });
  let next = 0;
  const starts = each.flatMap(({ ids }) => {
    const first = next;
    next += ids.length;
    return ids.map(() => first);
  });
  const labels = each.flatMap((s) => s.labels);
  const counted = labels.filter((l) => l !== IGNORED).length;
  if (counted === 0) refuse(`none of ${labels.length} labels counts, so there is no loss`);
  return {
    tokens: next,
    ids: Int32Array.from(each.flatMap((s) => s.ids)),
    position: Int32Array.from(each.flatMap((s) => s.ids.map((_, i) => i))),
    start: Int32Array.from(starts),
    label: Int32Array.from(labels, (l) => (l === IGNORED ? 0 : l)),
    weight: Float32Array.from(labels, (l) => (l === IGNORED ? 0 : 1 / counted)),
  };
}
