/** Opens a model's folder: its configuration, its weights and its tokenizer. */
import { join } from 'node:path';
import { Chat } from './chat/index.ts';
import { prefixed } from './checkpoint/prefixed.ts';
import { openCheckpoint, type TensorStore } from './checkpoint/store.ts';
import { readQuantized, type StoredWeight, storedWeights } from './checkpoint/weights.ts';
import type { ModelConfig, ModelReader } from './config/model-config.ts';
import { BODY, EMBEDDING, OUTPUT_LAYER } from './config/names.ts';
import { type At, FormatError, listed } from './error.ts';
import { readJsonFile } from './json.ts';
import { dequantize, type QuantizedTensor } from './quantized/index.ts';
import { shownShape } from './safetensors/error.ts';
import { findTensor } from './safetensors/read.ts';
import { checkVocabulary, openTokenizer, type Tokenizer } from './tokenizer/index.ts';

/** Reads `count` rows of a matrix from row `first` on, row-major. */
export type Rows = (first: number, count: number) => Promise<Float32Array>;

export interface OpenModel {
  readonly path: string;
  readonly config: ModelConfig;
  /** The tensors as they are stored. */
  readonly tensors: TensorStore;
  /** The architecture's weights, by its names for them, in the forms that they are stored in. */
  readonly weights: ReadonlyMap<string, StoredWeight>;
  /** Notes, a line each, on contents that are not read or not known and might matter. */
  readonly notes: readonly string[];
  /** Reads a weight's codes and scales; undefined if it is stored as floats. */
  quantised(name: string): Promise<QuantizedTensor | undefined>;
  /** Reads a weight as float32, row-major: widened exactly, or dequantised. */
  weight(name: string): Promise<Float32Array>;
  /** A reader of a weight's rows. Of a weight stored as floats it reads only these; any other is held whole. */
  rows(name: string): Promise<Rows>;
  /** Opens the tokenizer. Throws what `openTokenizer` throws, and VocabularyMismatch for a token without a row. */
  tokenizer(): Promise<Tokenizer>;
  /** Opens the tokenizer with its chat template, or with that in a file. Throws what `Chat.open` throws too. */
  chat(template?: string): Promise<Chat>;
  close(): Promise<void>;
}

const REMEDY = 'Take the weights and config.json from one checkpoint.';

/** Reads `config.json`. Throws what the reader's `parse` throws. */
export async function readModelConfig(folder: string, reader: ModelReader): Promise<ModelConfig> {
  const path = join(folder, 'config.json');
  return reader.parse(await readJsonFile(path, 'Name the folder of a model.'), path);
}

/** The tensors of a model's checkpoint by their names in the class with a head. */
export const openBody = async (
  folder: string,
  { isBare }: Pick<ModelConfig, 'isBare'>,
): Promise<TensorStore> => prefixed(await openCheckpoint(folder), isBare ? BODY : undefined);

/**
 * Opens a model and checks its weights against its configuration, reading only headers. Throws FormatError:
 * WeightMismatch for a weight that is missing or has another shape, and what `openCheckpoint` and the
 * reader's `parse` throw.
 */
export async function openModel(folder: string, reader: ModelReader): Promise<OpenModel> {
  const config = await readModelConfig(folder, reader);
  if (config.isPart)
    throw new FormatError(
      'UnsupportedModel',
      { file: join(folder, 'config.json') },
      `${config.architecture} is a model of images and text, of which only the configuration of the text model is read`,
      'Save its text model alone, as transformers does for the class of causal language models, and name that folder.',
    );
  const tensors = await openBody(folder, config);
  try {
    const weights = storedWeights(tensors.tensors, config.quantization);
    const expected = reader.weights(config);
    checkWeights(weights, expected, tensors.path);
    const checkTokens = (tokenizer: Tokenizer): void =>
      checkVocabulary(tokenizer, config.vocabSize, join(folder, 'config.json'));
    return {
      path: folder,
      config,
      tensors,
      weights: new Map([...weights].filter(([name]) => expected.has(name))),
      notes: notesOf(config, weights, expected),
      ...readingOf(tensors, weights, expected, config),
      tokenizer: async () => {
        const tokenizer = await openTokenizer(folder);
        checkTokens(tokenizer);
        return tokenizer;
      },
      chat: async (template) => {
        const chat = await Chat.open(folder, template);
        checkTokens(chat.tokenizer);
        return chat;
      },
      close: () => tensors.close(),
    };
  } catch (error) {
    await tensors.close();
    throw error;
  }
}

/** The readers of weights by name. */
function readingOf(
  tensors: TensorStore,
  weights: ReadonlyMap<string, StoredWeight>,
  expected: ReadonlyMap<string, readonly number[]>,
  config: ModelConfig,
): Pick<OpenModel, 'quantised' | 'weight' | 'rows'> {
  const find = (name: string): StoredWeight => {
    const weight = weights.get(name);
    if (weight) return weight;
    findTensor({ tensors: tensors.tensors, metadata: undefined }, name, tensors.path);
    throw new FormatError(
      'WeightMismatch',
      { file: tensors.path, name },
      'it is part of a quantised weight',
      'Ask for the weight.',
    );
  };
  const quantised = async (name: string) => {
    const packed = await readQuantized(tensors, find(name), config.quantization);
    const shape = expected.get(name);
    if (packed && shape) checkShape(packed, shape, { file: tensors.path, name });
    return packed;
  };
  const weight = async (name: string): Promise<Float32Array> => {
    const packed = await quantised(name);
    return packed ? dequantize(packed, { file: tensors.path, tensor: name }) : tensors.f32(name);
  };
  const rows = async (name: string): Promise<Rows> => {
    if (find(name).form === 'plain') return (first, count) => tensors.rows(name, first, count);
    const all = await weight(name);
    const width = all.length / (expected.get(name)?.[0] ?? 1);
    return async (first, count) => all.subarray(first * width, (first + count) * width);
  };
  return { quantised, weight, rows };
}

/** Matches the names that transformers 5 has in memory for the experts of a layer. */
const JOINED_EXPERTS = /\.experts\.(gate_up_proj|down_proj)$/;

function checkWeights(
  weights: ReadonlyMap<string, StoredWeight>,
  expected: ReadonlyMap<string, readonly number[]>,
  file: string,
): void {
  const missing = [...expected.keys()].filter((name) => !weights.has(name));
  if (missing.length > 0) {
    const joined = [...weights.keys()].find((name) => JOINED_EXPERTS.test(name));
    if (joined !== undefined)
      throw new FormatError(
        'UnsupportedModel',
        { file, name: joined },
        'it joins the experts of a layer to one tensor, and each expert is read by a name of its own, as on the hub: experts.0.…',
        'Save the model with transformers, which writes these names unless save_original_format is false.',
      );
    throw new FormatError(
      'WeightMismatch',
      { file },
      `it lacks ${missing.length} of the ${expected.size} weights that the configuration means: ${listed(missing)}`,
      REMEDY,
    );
  }
  for (const [name, shape] of expected) {
    const weight = weights.get(name)!;
    if (fits(weight, shape)) continue;
    throw new FormatError(
      'WeightMismatch',
      { file: weight.tensors[0]?.file ?? file, name },
      `the configuration means ${shownShape(shape)}, and the ${weight.form === 'plain' ? 'tensor' : `${weight.form} weight`} has ${shownShape(weight.shape)}`,
      REMEDY,
    );
  }
}

/**
 * Whether a weight fits its expected shape. For NF4 it compares the number of codes that are stored, which is even.
 */
function fits({ form, shape }: StoredWeight, expected: readonly number[]): boolean {
  if (form !== 'nf4') return shape.length === expected.length && shape.every((n, i) => n === expected[i]);
  const elements = expected.reduce((p, n) => p * n, 1);
  return shape[0] === elements + (elements % 2);
}

/** Throws WeightMismatch for an NF4 weight whose quant state has another shape than expected. */
export function checkShape(
  { shape }: { readonly shape: readonly number[] },
  expected: readonly number[],
  at: At,
): void {
  if (shownShape(shape) === shownShape(expected)) return;
  throw new FormatError(
    'WeightMismatch',
    at,
    `the configuration means ${shownShape(expected)}, and its quant state says ${shownShape(shape)}`,
    REMEDY,
  );
}

/** Matches names of buffers that old checkpoints store although models compute them. */
const COMPUTED = /\.rotary_emb\.inv_freq$/;

function notesOf(
  config: ModelConfig,
  weights: ReadonlyMap<string, StoredWeight>,
  expected: ReadonlyMap<string, readonly number[]>,
): string[] {
  const notes = [...(config.notes ?? []).map((note) => `config.json: ${note}`)];
  if (config.unknown.length > 0)
    notes.push(`config.json has fields that are not known here and not read: ${listed(config.unknown, 12)}`);
  const output = `${OUTPUT_LAYER}.weight`;
  if (config.tiedEmbeddings && weights.has(output))
    notes.push(`${output} is stored and not read: the output layer is tied to ${EMBEDDING}.weight`);
  const others = [...weights.keys()].filter(
    (n) => !expected.has(n) && !COMPUTED.test(n) && !(config.tiedEmbeddings && n === output),
  );
  if (others.length > 0)
    notes.push(`${others.length} tensors are none of the architecture's and not read: ${listed(others, 12)}`);
  const packed = [...weights.values()].some((w) => w.form !== 'plain');
  if (config.quantization && !packed)
    notes.push(`config.json says ${config.quantization.method}, and no weight is quantised`);
  if (!config.quantization && packed)
    notes.push('weights are quantised, and config.json has no quantization_config');
  return notes;
}
