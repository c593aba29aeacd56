/** Reads a text that is already tokens: integers in a safetensors file, with labels beside them or without. */
import { OftcError } from '../../../compiler/errors/error.ts';
import { listed } from '../../formats/error.ts';
import {
  openSafetensors,
  type SafetensorsDtype,
  type SafetensorsFile,
  type TensorArray,
} from '../../formats/safetensors/index.ts';
import { countedLabels, IGNORED, type Sequence } from '../batch.ts';
import { cut } from './texts.ts';

/** The tensors' names in Hugging Face's data sets. */
const IDS = 'input_ids';
const LABELS = 'labels';
const INTEGERS: readonly SafetensorsDtype[] = ['U8', 'I8', 'U16', 'I16', 'U32', 'I32', 'U64', 'I64'];

export interface IdOptions {
  /** The number of tokens that a sequence predicts. */
  readonly length: number;
  readonly vocabulary: number;
}

export interface TokenIds {
  readonly ids: Int32Array;
  readonly labels: Int32Array | undefined;
  /** The sequences with a label that counts. */
  readonly sequences: readonly Sequence[];
  /** Notes on the tensors of integers that are not read, and on sequences that are left out. */
  readonly notes: readonly string[];
}

/**
 * Reads the ids, one sequence after another. A tensor with one axis is a text. The last axis of any other is a
 * sequence of `length` + 1 ids. The tensor `labels`, of the same shape as `input_ids`, has at each token the id that
 * its predecessor should predict, or -100. Throws OFT6004 for a file without ids, other lengths or shapes, and an id
 * or a label outside the vocabulary.
 */
export async function readIds(path: string, options: IdOptions): Promise<TokenIds> {
  const file = await openSafetensors(path);
  try {
    const name = nameOf(file);
    const { shape } = file.tensors.get(name)!;
    checkSequences(path, shape, options.length);
    const ids = inVocabulary(path, await file.array(name), options.vocabulary);
    const labels = name === IDS ? await labelsOf(file, shape, options.vocabulary) : undefined;
    const all = cut(ids, options.length);
    const targets = labels && cut(labels, options.length);
    const labelled = targets ? all.map((s, n) => ({ ...s, labels: targets[n]!.labels })) : all;
    const sequences = labelled.filter((s) => countedLabels(s) > 0);
    const used = labels ? [name, LABELS] : [name];
    const unread = integersIn(file).filter((other) => !used.includes(other));
    return { ids, labels, sequences, notes: notesOf(path, unread, all.length - sequences.length, labels) };
  } finally {
    await file.close();
  }
}

function notesOf(
  path: string,
  unread: readonly string[],
  dropped: number,
  labels: Int32Array | undefined,
): string[] {
  const notes = [];
  const otherwise = labels ? '' : ': every token predicts the next one of its sequence';
  if (unread.length > 0)
    notes.push(
      `of ${path}, the token ids${labels ? ' and labels' : ''} are used, and ${listed(unread)} ${unread.length === 1 ? 'is' : 'are'} not${otherwise}`,
    );
  if (dropped > 0)
    notes.push(
      `${path}: ${dropped} ${dropped === 1 ? 'sequence has' : 'sequences have'} no label that counts, and ${dropped === 1 ? 'is' : 'are'} left out`,
    );
  return notes;
}

const refused = (path: string, what: string): OftcError => new OftcError('OFT6004', `${path}: ${what}`);

const integersIn = ({ tensors }: SafetensorsFile): string[] =>
  [...tensors.values()].filter((t) => INTEGERS.includes(t.dtype)).map((t) => t.name);

function nameOf(file: SafetensorsFile): string {
  const { path } = file;
  const integers = integersIn(file);
  const [only, ...others] = integers.includes(IDS) ? [IDS] : integers;
  if (only !== undefined && others.length === 0) return only;
  const found = only === undefined ? 'no tensor of integers' : `several of integers, ${listed(integers)}`;
  throw refused(path, `there is ${found}: name the token ids '${IDS}'`);
}

function checkSequences(path: string, shape: readonly number[], length: number): void {
  const width = shape.at(-1);
  if (shape.length === 1 || width === length + 1) return;
  const said = `the ids are (${shape.join(', ')})`;
  if (width === undefined || width < 2)
    throw refused(path, `${said}, and a sequence has at least 2: store them along the last axis`);
  throw refused(
    path,
    `${said}, sequences of ${width} where --length ${length} has ${length + 1}: give --length ${width - 1}, or store the text along one axis`,
  );
}

/** The labels of a file; undefined where it has none. */
async function labelsOf(
  file: SafetensorsFile,
  shape: readonly number[],
  vocabulary: number,
): Promise<Int32Array | undefined> {
  const found = file.tensors.get(LABELS);
  if (!found || !INTEGERS.includes(found.dtype)) return undefined;
  if (found.shape.join() !== shape.join())
    throw refused(
      file.path,
      `'${LABELS}' is (${found.shape.join(', ')}) and '${IDS}' (${shape.join(', ')}): give each token a label, ${IGNORED} where none counts`,
    );
  return Int32Array.from((await file.array(LABELS)) as ArrayLike<number | bigint>, (stored, i) => {
    const label = Number(stored);
    if (label === IGNORED || (label >= 0 && label < vocabulary)) return label;
    throw refused(
      file.path,
      `label ${i} is ${stored}; a label is ${IGNORED}, which does not count, or in the model's vocabulary of 0 to ${vocabulary - 1}`,
    );
  });
}

function inVocabulary(path: string, ids: TensorArray, vocabulary: number): Int32Array {
  return Int32Array.from(ids as ArrayLike<number | bigint>, (stored, i) => {
    const id = Number(stored);
    if (id >= 0 && id < vocabulary) return id;
    throw refused(
      path,
      `element ${i} is ${stored}, and the model's vocabulary has 0 to ${vocabulary - 1}: tokenise with the model's own tokenizer`,
    );
  });
}
