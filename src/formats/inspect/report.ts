/**
 * Reports the contents of a folder or a file of tensors. A part that cannot be read becomes a problem, and the rest
 * is still reported.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { INDEX, openTensors, SINGLE, type TensorStore } from '../checkpoint/store.ts';
import { verifyWeight } from '../checkpoint/verify.ts';
import { type StoredWeight, storedShape, storedWeights } from '../checkpoint/weights.ts';
import type { ModelConfig, ModelReader } from '../config/model-config.ts';
import { CLASSIFIER } from '../config/names.ts';
import { FormatError } from '../error.ts';
import { hubAdvice } from '../hub.ts';
import { type Json, sizeOf } from '../json.ts';
import { checkShape, openBody, openModel, readModelConfig } from '../model.ts';
import { readAdapter, tensorsFile } from '../peft/adapter.ts';
import { CONFIG, TENSORS } from '../peft/fields.ts';
import type { LayerConfig } from '../peft/layers.ts';
import { QuantizationError } from '../quantized/index.ts';
import { SafetensorsError } from '../safetensors/index.ts';
import { io } from '../safetensors/io.ts';
import { checkVocabulary, openTokenizer } from '../tokenizer/index.ts';
import { grouped } from './groups.ts';

export interface TensorGroup {
  readonly pattern: string;
  readonly count: number;
  readonly shape: readonly number[];
  /** The dtype, or the form of a quantised weight. */
  readonly stored: string;
  /** The bytes of all members, companions included. */
  readonly bytes: number;
}

export interface TensorsReport {
  readonly files: readonly string[];
  /** The number of stored tensors; a quantised weight has several. */
  readonly tensors: number;
  readonly bytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly groups: readonly TensorGroup[];
}

export interface ModuleGroup {
  readonly pattern: string;
  readonly count: number;
  readonly layer: string;
  readonly dims: Readonly<Record<string, number>>;
}

export interface AdapterReport {
  readonly method: string;
  readonly peftVersion: Json;
  readonly baseModel: Json;
  readonly parameters: number;
  /** The configurations of the layers; several if ranks or scales differ by module. */
  readonly configs: readonly LayerConfig[];
  readonly modules: readonly ModuleGroup[];
}

export interface ImageModel {
  readonly architecture: string;
  readonly parameters: number;
  readonly layers: number;
  readonly width: number;
  /** The inner width of the MLPs. */
  readonly inner: number;
  readonly heads: number;
  readonly image: readonly [height: number, width: number];
  readonly patch: readonly [height: number, width: number];
  /** The names of the classes; none without a classifier. */
  readonly classes: readonly string[];
}

export interface Report {
  readonly path: string;
  readonly model: (ModelConfig & { readonly parameters: number }) | undefined;
  /** An image classifier, which has no configuration of a model of texts. */
  readonly images?: ImageModel;
  readonly adapter: AdapterReport | undefined;
  readonly tokenizer: { readonly kind: string; readonly words: number; readonly size: number } | undefined;
  readonly tensors: TensorsReport | undefined;
  readonly notes: readonly string[];
  readonly problems: readonly FileError[];
}

export type FileError = FormatError | SafetensorsError | QuantizationError;

export const isFileError = (error: unknown): error is FileError =>
  error instanceof FormatError || error instanceof SafetensorsError || error instanceof QuantizationError;

/** Collects the errors of parts of a report, each once. */
export class Problems {
  readonly found: FileError[] = [];

  async of<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isFileError(error)) throw error;
      if (!this.found.some((p) => p.message === error.message)) this.found.push(error);
      return undefined;
    }
  }
}

/** The endings of files that hold texts, such as the data of a run. */
const TEXTS = new Set(['.txt', '.jsonl', '.jinja', '.md']);
const INSPECTED =
  'Name a folder of a model or an adapter, a .safetensors file, the index of shards or a tokenizer.json.';

/**
 * Inspects a folder of a model, an adapter or a tokenizer, a safetensors file, an index, or a tokenizer.json. With
 * `model`, the folder of a model, it checks an adapter against that model. Throws FormatError or SafetensorsError
 * only if there is nothing to report on.
 */
export async function inspect(path: string, reader: ModelReader, model?: string): Promise<Report> {
  const problems = new Problems();
  const advice = hubAdvice(path);
  if (advice !== undefined)
    throw new FormatError('MissingFile', { file: path }, 'there is no such file or folder', advice);
  const isFolder = (await io(path, 'cannot read it', stat(path))).isDirectory();
  if (!isFolder && TEXTS.has(extname(path).toLowerCase()))
    throw new FormatError(
      'MissingFile',
      { file: path },
      'it is a text, and no file of a model or an adapter',
      INSPECTED,
    );
  if (isFolder) return inspectFolder(path, model, problems, reader);
  if (['config.json', CONFIG].includes(basename(path)))
    return inspectFolder(dirname(path), model, problems, reader);
  if (basename(path) === 'tokenizer.json') {
    const tokenizer = await problems.of(() => tokenizerOf(dirname(path), undefined));
    return report(path, problems, { tokenizer });
  }
  return report(path, problems, {
    tensors: await problems.of(() => tensorsOf(() => openTensors(path), undefined, problems)),
  });
}

export const report = (path: string, problems: Problems, parts: Partial<Report>): Report => ({
  path,
  model: undefined,
  adapter: undefined,
  tokenizer: undefined,
  tensors: undefined,
  notes: [],
  ...parts,
  problems: problems.found,
});

async function inspectFolder(
  path: string,
  base: string | undefined,
  problems: Problems,
  reader: ModelReader,
): Promise<Report> {
  const has = async (...names: string[]): Promise<boolean> => {
    for (const name of names) if ((await sizeOf(join(path, name))) !== undefined) return true;
    return false;
  };
  const notes: string[] = [];
  const inner = join(path, 'adapter');
  if (await has('metrics.jsonl', 'checkpoint.safetensors'))
    throw new FormatError(
      'MissingFile',
      { file: path },
      'it is the folder of a run',
      `Name its adapter: ${inner}.`,
    );
  const isAdapter = await has(CONFIG, TENSORS);
  const hasTokenizer = await has('tokenizer.json');
  const isModel = await has('config.json', SINGLE, INDEX);
  if (isAdapter) {
    const adapter = await problems.of(() => adapterOf(path, base, notes, reader));
    const opened = async () => openTensors(await tensorsFile(path));
    const tensors = await problems.of(() => tensorsOf(opened, undefined, problems));
    const tokenizer = hasTokenizer ? await problems.of(() => tokenizerOf(path, undefined)) : undefined;
    return report(path, problems, { adapter, tensors, tokenizer, notes });
  }
  if (isModel || !hasTokenizer) {
    const config = await problems.of(() => readModelConfig(path, reader));
    const means = config && { config, weights: reader.weights(config) };
    const tensors = await problems.of(() => tensorsOf(() => openBody(path, config ?? {}), means, problems));
    if (config && tensors) await problems.of(() => checkModel(path, notes, reader));
    const tokenizer = hasTokenizer ? await problems.of(() => tokenizerOf(path, config)) : undefined;
    const model = means && { ...means.config, parameters: sum([...means.weights.values()].map(elements)) };
    return report(path, problems, { model, tensors, tokenizer, notes });
  }
  return report(path, problems, { tokenizer: await problems.of(() => tokenizerOf(path, undefined)) });
}

const elements = (shape: readonly number[]): number => shape.reduce((p, n) => p * n, 1);
const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);

async function checkModel(path: string, notes: string[], reader: ModelReader): Promise<void> {
  const model = await openModel(path, reader);
  notes.push(...model.notes);
  await model.close();
}

async function tokenizerOf(folder: string, config: ModelConfig | undefined): Promise<Report['tokenizer']> {
  const tokenizer = await openTokenizer(folder);
  if (config) checkVocabulary(tokenizer, config.vocabSize, join(folder, 'config.json'));
  return { kind: tokenizer.kind, words: tokenizer.words, size: tokenizer.size };
}

async function adapterOf(
  path: string,
  base: string | undefined,
  notes: string[],
  reader: ModelReader,
): Promise<AdapterReport> {
  const sizes = base === undefined ? undefined : await reader.modulesAt(base);
  const adapter = await readAdapter(path, sizes, [CLASSIFIER]);
  const { modules, fields, peftType, tensors } = adapter;
  await adapter.close();
  notes.push(...adapter.notes);
  const all = [...modules.values()];
  const parameters = all
    .flatMap((m) => Object.values(m.tensors))
    .reduce((sum, name) => sum + elements(tensors.tensors.get(name)!.shape), 0);
  const configs = new Map(all.map((m) => [JSON.stringify(m.config), m.config]));
  const named = all.map((m) => ({ ...m, name: m.path }));
  return {
    method: peftType,
    peftVersion: fields.peft_version ?? null,
    baseModel: fields.base_model_name_or_path ?? null,
    parameters,
    configs: [...configs.values()],
    modules: grouped(named, (m) => JSON.stringify([m.layer, m.dims])).map(({ pattern, members }) => ({
      pattern,
      count: members.length,
      layer: members[0]!.layer,
      dims: members[0]!.dims,
    })),
  };
}

/** A model's quantisation as far as it is known, and the weights that its configuration means. */
interface Means {
  readonly config: Pick<ModelConfig, 'quantization'>;
  readonly weights: ReturnType<ModelReader['weights']>;
}

/** Reports the tensors of a store, each weight verified that the model has. */
export async function tensorsOf(
  open: () => Promise<TensorStore>,
  means: Means | undefined,
  problems: Problems,
): Promise<TensorsReport> {
  const store = await open();
  const quantization = means?.config.quantization;
  /** Verifies a weight. It skips a plain tensor, of any dtype, that is no weight of the architecture. */
  const verify = async (weight: StoredWeight): Promise<void> => {
    const wanted = means?.weights.get(weight.name);
    if (weight.form === 'plain' && !wanted) return;
    const shape = await verifyWeight(store, weight, quantization);
    // openModel has checked a plain tensor's shape, which is in the header, against the configuration.
    if (wanted && weight.form !== 'plain')
      checkShape({ shape }, wanted, { file: store.path, name: weight.name });
  };
  try {
    const weights = [];
    for (const weight of storedWeights(store.tensors, quantization).values()) {
      await problems.of(() => verify(weight));
      const shape = (await problems.of(() => storedShape(store, weight))) ?? weight.shape;
      const stored = weight.form === 'plain' ? weight.tensors[0]!.dtype : weight.form;
      const bytes = weight.tensors.reduce((sum, t) => sum + t.end - t.begin, 0);
      weights.push({ name: weight.name, shape, stored, bytes });
    }
    return {
      files: store.files,
      tensors: store.tensors.size,
      bytes: weights.reduce((sum, w) => sum + w.bytes, 0),
      metadata: Object.fromEntries(store.metadata ?? []),
      groups: grouped(weights, (w) => JSON.stringify([w.shape, w.stored])).map(({ pattern, members }) => ({
        pattern,
        count: members.length,
        shape: members[0]!.shape,
        stored: members[0]!.stored,
        bytes: members.reduce((sum, m) => sum + m.bytes, 0),
      })),
    };
  } finally {
    await store.close();
  }
}
