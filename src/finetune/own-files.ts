/**
 * Writes and reads an adapter in this project's own format. `adapter.json` has the layer as data: the name of a method
 * of the library, or the Program of an author's own layer. Reading it runs no code, except for operators that an
 * author defined and for the files of version 1: such an adapter includes its source, and is read only if the caller
 * trusts it.
 */
import { copyFile, lstat, readdir, realpath, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import * as v from 'valibot';
import { OftcError } from '../../compiler/errors/error.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { readProgram, StoredProgramError, storeProgram } from '../../compiler/ir/stored.ts';
import { openTensors } from '../formats/checkpoint/store.ts';
import type { ModelConfig } from '../formats/config/model-config.ts';
import { FormatError, listed } from '../formats/error.ts';
import { writeFolder } from '../formats/folder.ts';
import { isFileError, type Report } from '../formats/inspect/report.ts';
import { formatJson, type Json, readJsonFile, sizeOf } from '../formats/json.ts';
import { makeFolders } from '../formats/make-folders.ts';
import { shown } from '../formats/safetensors/error.ts';
import { type TensorData, writeSafetensors } from '../formats/safetensors/index.ts';
import { io } from '../formats/safetensors/io.ts';
import { byName, checked, isNumber, isText } from '../formats/schema.ts';
import type { HostTensor } from '../session/tensors.ts';
import { checkFits, choiceOf } from './adapter-choice.ts';
import { fromLibrary, type Given, type Method, type OwnLayer, ownMethod } from './known-methods.ts';
import type { AdapterChoice } from './model-run.ts';
import { shortNames, type Target, targetsNamed, targetsOf } from './models/linear-layers.ts';
import { inspect, readModelConfig } from './models/open.ts';

const OWN = 'adapter.json';
const TENSORS = 'adapter.safetensors';
/** The folder of the layer's source in the adapter's folder, for people to read. */
const SOURCE = 'source';

/** The version of the format. Version 1 has the file of an author's own layer instead of its program. */
const VERSION = 2;

/** Whether a folder holds an adapter in this project's own format. */
export const isOwn = async (path: string): Promise<boolean> => (await sizeOf(join(path, OWN))) !== undefined;

/** An adapter's method, and the linear layers that it is on. */
export interface Adaptation {
  /** The name of the method, or of the layer. */
  readonly name: string;
  readonly method: Method;
  readonly targets: readonly Target[];
}

export interface Written extends Pick<Adaptation, 'name' | 'method'> {
  /** The last words of the targets' modules: `q_proj`. */
  readonly modules: readonly string[];
  readonly baseModel: string;
  readonly tensors: readonly TensorData[];
}

/** Writes the folder whole or not at all. Throws FormatError and SafetensorsError. */
export async function writeOwn(
  folder: string,
  { name, method, modules, baseModel, tensors }: Written,
): Promise<void> {
  const { own, config, dims } = method;
  await writeFolder(folder, async (into) => {
    await writeSafetensors(join(into, TENSORS), tensors, { format: 'pt' }, join(folder, TENSORS));
    const fields = {
      version: VERSION,
      ...(own ? await layerFields(own, method.program, into, folder) : { method: name }),
      config,
      dims: { ...dims },
      target_modules: modules,
      base_model: baseModel,
    };
    await io(join(folder, OWN), 'cannot write it', writeFile(join(into, OWN), formatJson(fields as never)));
  });
}

/** Copies the layer's source into the folder, and returns the fields of adapter.json that define the layer. */
async function layerFields({ files, operators }: OwnLayer, program: Program, into: string, folder: string) {
  const [first] = files;
  const above = commonFolder(files);
  for (const file of files) {
    const copy = join(SOURCE, relative(above, file));
    await io(join(folder, copy), 'cannot write it', async () => {
      makeFolders(dirname(join(into, copy)));
      await copyFile(file, join(into, copy));
    });
  }
  const file = first === undefined ? {} : { file: [SOURCE, ...relative(above, first).split(sep)].join('/') };
  const source = { ...file, layer: program.name };
  return operators.length === 0 ? { program: storeProgram(program), source } : { operators, source };
}

function commonFolder(files: readonly string[]): string {
  let above = dirname(resolve(files[0] ?? '.'));
  while (files.some((f) => isOutside(above, resolve(f)))) above = dirname(above);
  return above;
}

/** Whether a path is not below a folder; both are absolute. */
const isOutside = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way === '' || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
};

const isSetting = (value: unknown): value is string | number | boolean =>
  isText(value) || isNumber(value) || typeof value === 'boolean';

const schema = v.looseObject({
  version: v.optional(v.number()),
  method: v.optional(v.string()),
  program: v.optional(v.unknown()),
  operators: v.optional(v.array(v.string())),
  source: v.optional(v.looseObject({ file: v.optional(v.string()), layer: v.string() })),
  /** The fields of version 1. */
  file: v.optional(v.string()),
  layer: v.optional(v.string()),
  config: byName(isSetting, 'texts, numbers and booleans by name are expected'),
  dims: byName(isNumber, 'numbers by name are expected'),
  target_modules: v.array(v.string()),
});
type Fields = v.InferOutput<typeof schema>;

const REMEDY = 'Take the folder as finetune wrote it.';

/** Reads adapter.json. Throws FormatError. */
const readFields = async (path: string): Promise<Fields> => ownFields(await readJsonFile(path, REMEDY), path);

/** Checks the contents of the adapter.json at `path`. Throws FormatError. */
export function ownFields(json: Json, path: string): Fields {
  const fields = checked(schema, json, { file: path }, 'InvalidAdapter', REMEDY);
  const { version = 1, method, program, operators, file } = fields;
  if (version > VERSION)
    throw new FormatError(
      'UnsupportedAdapter',
      { file: path, name: 'version' },
      `version ${version} is of a newer oftc, and this one reads ${VERSION}`,
      'Use the newer one.',
    );
  const kinds = Object.entries({ method, program, operators, file }).filter(([, x]) => x !== undefined);
  if (kinds.length !== 1)
    throw new FormatError(
      'InvalidAdapter',
      { file: path },
      `it has ${kinds.length === 0 ? 'none' : kinds.map(([k]) => k).join(' and ')} of method, program and operators, and one is expected`,
      REMEDY,
    );
  return fields;
}

/** Runs an author's code, for callers that trust it. */
export interface Trust {
  /** Announces the code before it runs. */
  readonly announce: (what: string) => void;
  /** The method of a layer in a TypeScript file. */
  readonly load: (file: string, given: Given, layer: string | undefined) => Method;
}

export interface ReadBack extends Adaptation {
  readonly choice: AdapterChoice;
  /** Notes on contents that are not read and might matter. */
  readonly notes: readonly string[];
  /** The dropout that PEFT's configuration states. */
  readonly dropout?: number;
}

/**
 * Reads the adapter in a folder for a Model. Throws FormatError, and OFT6009 without `trust` for an adapter that only
 * its author's code defines.
 */
export async function readOwn(folder: string, config: ModelConfig, trust?: Trust): Promise<ReadBack> {
  const path = join(folder, OWN);
  const fields = await readFields(path);
  const { name, method } = await methodIn(folder, path, fields, trust);
  const targets = fields.target_modules.flatMap((t) => targetsIn(config, t, path));
  const store = await openTensors(join(folder, TENSORS));
  try {
    const values = new Map<string, HostTensor>();
    for (const [tensor, { shape, dtype }] of store.tensors) {
      const integers = dtype === 'I32' ? await store.array(tensor) : undefined;
      values.set(tensor, {
        data: integers instanceof Int32Array ? integers : await store.f32(tensor),
        shape,
      });
    }
    const choice = choiceOf(method, targets, values, folder);
    checkFits(values, choice, config, store.path);
    return { name, method, targets, choice, notes: [] };
  } finally {
    await store.close();
  }
}

/** The targets that adapter.json names. Throws InvalidAdapter where the model has none of this name. */
function targetsIn(config: ModelConfig, named: string, path: string): Target[] {
  const targets = targetsNamed(config, named);
  if (targets.length > 0) return targets;
  const known = shortNames(config, targetsOf(config));
  throw new FormatError(
    'InvalidAdapter',
    { file: path, name: 'target_modules' },
    `the model has no linear layer ${shown(named)}, and has ${listed(known, known.length)}`,
    'Use the model that it was trained on.',
  );
}

/** The method that the fields of adapter.json name or hold. Throws FormatError and what the method throws. */
export async function methodIn(
  folder: string,
  path: string,
  fields: Fields,
  trust: Trust | undefined,
): Promise<Pick<Adaptation, 'name' | 'method'>> {
  const { method: name, program, source, config, dims } = fields;
  const given: Given = Object.fromEntries(
    Object.entries({ ...config, ...dims }).map(([k, x]) => [k, String(x)]),
  );
  if (name !== undefined) return { name, method: fromLibrary(name, given) };
  if (program !== undefined) {
    const read = inFile(path, 'program', () => readProgram(program));
    const files = await sourcesBeside(folder, source?.file);
    return { name: read.name, method: ownMethod(read, config, dims, files) };
  }
  const file = fields.file ?? source?.file;
  const layer = fields.file === undefined ? source?.layer : fields.layer;
  const defined = fields.operators?.join(', ');
  const code = defined === undefined ? 'an older version of oftc wrote it' : `its author defined ${defined}`;
  if (!trust || file === undefined)
    throw new OftcError(
      'OFT6009',
      `${path}: the adapter can be computed only by running the TypeScript file ${file ?? 'of its layer'} (${code}). Read the file; if you trust it, pass --trust-code, which runs it with all the rights of this process`,
    );
  const real = await insideOf(folder, path, file);
  trust.announce(`--trust-code: running ${real} with all the rights of this process (${code})`);
  const method = trust.load(real, given, layer);
  return { name: method.program.name, method };
}

/** The real path of a file in the adapter's folder. Throws FormatError for a file outside it, or a missing one. */
async function insideOf(folder: string, path: string, file: string): Promise<string> {
  const at = { file: path, name: 'file' };
  const remedy = 'Copy the source and what it imports into the folder, and name it there.';
  const outside = () =>
    new FormatError('UnsupportedAdapter', at, `${file} lies outside the adapter's folder`, remedy);
  if (isAbsolute(file) || isOutside(resolve(folder), resolve(folder, file))) throw outside();
  if ((await sizeOf(join(folder, file))) === undefined)
    throw new FormatError('MissingFile', { file: join(folder, file) }, `${path} names it`, remedy);
  const real = await realpath(join(folder, file));
  if (isOutside(await realpath(folder), real)) throw outside();
  return real;
}

/** The files in the adapter's source folder, which are copied again if it is trained further. Links are left out. */
async function sourcesBeside(folder: string, file: string | undefined): Promise<string[]> {
  const below = join(resolve(folder), SOURCE);
  if (file === undefined || (await lstat(below).catch(() => undefined))?.isDirectory() !== true) return [];
  const entries = await io(below, 'cannot list it', readdir(below, { recursive: true, withFileTypes: true }));
  const files = entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
  const first = resolve(folder, file);
  return files.includes(first) ? [first, ...files.filter((f) => f !== first)] : [];
}

function inFile<T>(file: string, name: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof StoredProgramError)) throw cause;
    throw new FormatError('InvalidAdapter', { file, name, cause }, cause.message, REMEDY);
  }
}

/**
 * The report of `inspect` on a folder of this format, checked against a model if one is named. It runs no code of the
 * adapter.
 */
export async function inspectOwn(folder: string, model?: string): Promise<Report> {
  const report = await inspect(join(folder, TENSORS));
  const problems = [...report.problems];
  const notes: string[] = [];
  try {
    const { method, source, operators, layer, file, config, dims, target_modules } = await readFields(
      join(folder, OWN),
    );
    const settings = Object.entries({ ...config, ...dims }).map(([k, x]) => `${k}=${x}`);
    const own = source?.layer ?? layer ?? 'a layer';
    notes.push(
      `an adapter of oftc's own format: ${method ?? `${own}, a layer of its author's`} on ${target_modules.join(', ')}`,
      `configuration: ${settings.join(' ')}`,
    );
    const needs = operators ? `its author's operators ${operators.join(', ')}` : file && `the source ${file}`;
    if (needs)
      notes.push(
        `it needs ${needs}: generate, eval and merge take it with --trust-code only, and inspect does not check it`,
      );
    else if (model !== undefined) await readOwn(folder, await readModelConfig(model));
  } catch (error) {
    if (!isFileError(error)) throw error;
    if (problems.every((p) => p.message !== error.message)) problems.push(error);
  }
  return { ...report, path: folder, notes, problems };
}
