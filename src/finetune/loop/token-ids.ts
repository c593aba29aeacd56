/** Reads a text that is already tokens: integers in a safetensors file. */
import { OftcError } from '../../../compiler/errors/error.ts';
import { listed } from '../../formats/error.ts';
import {
  openSafetensors,
  type SafetensorsDtype,
  type SafetensorsFile,
  type TensorArray,
} from '../../formats/safetensors/index.ts';

/** The tensor's name in Hugging Face's data sets. */
const IDS = 'input_ids';
const INTEGERS: readonly SafetensorsDtype[] = ['U8', 'I8', 'U16', 'I16', 'U32', 'I32', 'U64', 'I64'];

export interface IdOptions {
  /** The number of tokens that a sequence predicts. */
  readonly length: number;
  readonly vocabulary: number;
}

/** The ids of a file, and the names of its other integer tensors, which are not read. */
export interface TokenIds {
  readonly ids: Int32Array;
  readonly unread: readonly string[];
}

/**
 * Reads the ids, one sequence after another. A tensor with one axis is a text. The last axis of any other is a
 * sequence of `length` + 1 ids. Throws OFT6004 for a file without ids, other lengths, and an id outside the
 * vocabulary.
 */
export async function readIds(path: string, options: IdOptions): Promise<TokenIds> {
  const file = await openSafetensors(path);
  try {
    const name = nameOf(file);
    checkSequences(path, file.tensors.get(name)!.shape, options.length);
    return {
      ids: inVocabulary(path, await file.array(name), options.vocabulary),
      unread: integersIn(file).filter((other) => other !== name),
    };
  } finally {
    await file.close();
  }
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
