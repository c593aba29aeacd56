/** A trained adapter's folder: PEFT's own format where PEFT has the method, else its tensors and what they are of. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import * as v from 'valibot';
import { evalDim } from '../../compiler/ir/dims.ts';
import { OftcError } from '../../compiler/ir/error.ts';
import type { InputNode } from '../../compiler/ir/node.ts';
import { openTensors } from '../formats/checkpoint/store.ts';
import type { ModelConfig as FileConfig } from '../formats/config/model-config.ts';
import { FormatError, listed } from '../formats/error.ts';
import { writeFolder } from '../formats/folder.ts';
import { inspect, isFileError, type Report } from '../formats/inspect/report.ts';
import { formatJson, readJsonFile, sizeOf } from '../formats/json.ts';
import { type OpenModel, readModelConfig } from '../formats/model.ts';
import { type Adapter, readAdapter, writeAdapter } from '../formats/peft/adapter.ts';
import { adapterFields, type ModuleValue, moduleTensors } from '../formats/peft/create.ts';
import { LAYERS, type LayerName } from '../formats/peft/methods.ts';
import { shownShape } from '../formats/safetensors/error.ts';
import { type TensorData, writeSafetensors } from '../formats/safetensors/index.ts';
import { io } from '../formats/safetensors/io.ts';
import { checked } from '../formats/schema.ts';
import type { HostArray, HostTensor } from '../tensors.ts';
import { type Method, methodOf } from './methods.ts';
import type { AdapterChoice } from './model-run.ts';
import { frozenOf } from './models/adapted.ts';
import {
  MODULES,
  PROJECTIONS,
  shortName,
  TARGETS,
  type Target,
  targetNamed,
  weightOf,
} from './models/config.ts';
import { modelConfigOf } from './models/from-files.ts';
import { type Site, sitesOf, tensorPath } from './start.ts';

const OWN = 'adapter.json';
const TENSORS = 'adapter.safetensors';

/** PEFT's configuration has one size for all modules. */
const SIZE: Readonly<Record<LayerName, string>> = {
  ...{ oft: 'b', oftEmbedding: 'b', boft: 'b', hra: 'r', road: 'g', lora: 'r', dora: 'r', psoft: 'r' },
};

export type AdapterFormat = 'peft' | 'oftc';

/**
 * PEFT's where PEFT has the method at one size for all modules, and stores all of it: what it derives from the weight again,
 * as PSOFT's factors, another decomposition gives other signs, and a trained adapter is another function with them.
 */
export const formatOf = ({ peft, dims, program }: Method): AdapterFormat =>
  peft !== undefined && dims[SIZE[peft]] !== undefined && frozenOf(program).length === 0 ? 'peft' : 'oftc';

export interface Trained {
  readonly name: string;
  readonly method: Method;
  readonly targets: readonly Target[];
  readonly sites: readonly Site[];
  readonly baseModel: string;
  /** By path. */
  readonly values: ReadonlyMap<string, HostArray>;
}

/** Writes the folder whole or not at all. Throws FormatError and SafetensorsError. */
export async function writeTrained(folder: string, trained: Trained): Promise<void> {
  const { method, targets, sites, baseModel } = trained;
  const tensorOf = (site: Site, i: InputNode) => trained.values.get(tensorPath(site.module, i))!;
  const shapeOf = (i: InputNode) => i.type.shape.map((d) => evalDim(d, {}));
  const moduleValue = (site: Site, i: InputNode): ModuleValue => ({
    data: Float32Array.from(tensorOf(site, i)),
    shape: shapeOf(i),
  });
  const { peft } = method;
  const ends = targets.map(shortName);
  if (peft !== undefined && formatOf(method) === 'peft') {
    const tensors = sites.flatMap((site) =>
      moduleTensors(
        site.module,
        peft,
        method.config,
        Object.fromEntries(site.adapted.own.map((i) => [i.name, moduleValue(site, i)])),
      ),
    );
    const size = method.dims[SIZE[peft]]!;
    const fields = adapterFields({ layer: peft, config: method.config, size, targets: ends, baseModel });
    return writeAdapter(folder, { fields, tensors });
  }
  const tensors: TensorData[] = sites.flatMap((site) =>
    site.adapted.own.map((i): TensorData => {
      const name = tensorPath(site.module, i);
      const data = tensorOf(site, i);
      return data instanceof Int32Array
        ? { name, dtype: 'I32', shape: shapeOf(i), data }
        : { name, dtype: 'F32', ...moduleValue(site, i) };
    }),
  );
  const { file } = method;
  const of = file
    ? { file: relative(resolve(folder), resolve(file.path)), layer: file.layer, sha256: file.sha256 }
    : { method: trained.name };
  const { config, dims } = method;
  await writeFolder(folder, async (into) => {
    await writeSafetensors(join(into, TENSORS), tensors, { format: 'pt' }, join(folder, TENSORS));
    const fields = { ...of, config, dims: { ...dims }, target_modules: ends, base_model: baseModel };
    await io(join(folder, OWN), 'cannot write it', writeFile(join(into, OWN), formatJson(fields)));
  });
}

const numbers = v.record(v.string(), v.number());
const ownSchema = v.looseObject({
  method: v.optional(v.string()),
  file: v.optional(v.string()),
  layer: v.optional(v.string()),
  sha256: v.optional(v.string()),
  config: v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])),
  dims: numbers,
  target_modules: v.array(v.picklist(TARGETS.map(shortName))),
});

export interface ReadBack {
  /** Of the method, or of the file with the layer. */
  readonly name: string;
  readonly method: Method;
  readonly choice: AdapterChoice;
  readonly targets: readonly Target[];
}

/** The model that an adapter is for. */
export type Base = Pick<OpenModel, 'config' | 'weight'>;

/**
 * An adapter's folder of either format, as what a Model is opened with. Throws FormatError, OFT6009 where the file
 * that the adapter was trained with has changed.
 */
export const readTrained = async (folder: string, model: Base): Promise<ReadBack> =>
  (await isOwn(folder)) ? readOwn(folder, model.config) : readPeft(folder, model);

/** Whether it is the folder of an adapter in this project's own format. */
export const isOwn = async (path: string): Promise<boolean> => (await sizeOf(join(path, OWN))) !== undefined;

/** What such a folder holds, as `inspect` has it of the others; held against a model where one is named. */
export async function inspectOwn(folder: string, model?: string): Promise<Report> {
  const report = await inspect(join(folder, TENSORS));
  const problems = [...report.problems];
  const notes: string[] = [];
  try {
    const {
      method,
      file,
      layer,
      config,
      dims,
      target_modules: targets,
    } = await readFields(join(folder, OWN));
    const settings = Object.entries({ ...config, ...dims }).map(([k, x]) => `${k}=${x}`);
    notes.push(
      `an adapter of oftc's own format: ${method ?? `${layer} of ${file}`} on ${targets.join(', ')}`,
    );
    notes.push(`configuration: ${settings.join(' ')}`);
    if (model !== undefined) await readOwn(folder, await readModelConfig(model));
  } catch (error) {
    if (!isFileError(error)) throw error;
    if (problems.every((p) => p.message !== error.message)) problems.push(error);
  }
  return { ...report, path: folder, notes, problems };
}

/** adapter.json. */
async function readFields(path: string): Promise<v.InferOutput<typeof ownSchema>> {
  const remedy = 'Take the folder as finetune wrote it.';
  return checked(ownSchema, await readJsonFile(path, remedy), { file: path }, 'InvalidAdapter', remedy);
}

async function readOwn(folder: string, config: FileConfig): Promise<ReadBack> {
  const path = join(folder, OWN);
  const { method: name, file, layer, sha256, ...c } = await readFields(path);
  const source = file === undefined ? undefined : resolve(folder, file);
  if (source !== undefined && (await sizeOf(source)) === undefined)
    throw new FormatError(
      'MissingFile',
      { file: source },
      `${path} was trained with it`,
      'Put it back there.',
    );
  if (source !== undefined && createHash('sha256').update(readFileSync(source)).digest('hex') !== sha256)
    throw new OftcError(
      'OFT6009',
      `${source} is not as it was when ${folder} was trained with it: take the version of then, or train again`,
    );
  const given = Object.fromEntries(
    Object.entries({ ...c.config, ...c.dims }).map(([k, x]) => [k, String(x)]),
  );
  const of = source ?? name ?? '';
  const method = methodOf(of, given, layer);
  const targets = c.target_modules.map((name) => targetNamed(name)!);
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
    return { name: of, method, targets, choice };
  } finally {
    await store.close();
  }
}

/** Every tensor that the layer has on this model is there in its shape, and no other. */
function checkFits(
  values: ReadonlyMap<string, HostTensor>,
  choice: AdapterChoice,
  config: FileConfig,
  file: string,
): void {
  const refuse = (name: string | undefined, problem: string, cause?: unknown) =>
    new FormatError(
      'InvalidAdapter',
      { file, name, cause },
      problem,
      'Use the model that it was trained on, and take all files of the adapter from one training.',
    );
  let sites: Site[];
  try {
    sites = sitesOf(modelConfigOf(config), choice);
  } catch (cause) {
    if (!(cause instanceof OftcError)) throw cause;
    throw refuse(undefined, `it does not fit the model: ${cause.message}`, cause);
  }
  const wanted = new Map(
    sites.flatMap(({ module, adapted }) => adapted.own.map((i) => [tensorPath(module, i), i] as const)),
  );
  for (const [name, { type, init }] of wanted) {
    const shape = type.shape.map((d) => evalDim(d, {}));
    const found = values.get(name);
    if (!found) throw refuse(name, 'the tensor is missing');
    if (shownShape(found.shape) !== shownShape(shape))
      throw refuse(name, `it is ${shownShape(found.shape)}, and on this model ${shownShape(shape)} is meant`);
    if (found.data instanceof Int32Array !== (type.dtype === 'i32'))
      throw refuse(name, `its elements are ${type.dtype === 'i32' ? 'no integers' : 'integers'}`);
    if (init === 'permutation' && !permutes(found)) throw refuse(name, 'it is no permutation');
  }
  const extra = [...values.keys()].find((name) => !wanted.has(name));
  if (extra !== undefined) throw refuse(extra, 'the model has no such tensor to adapt');
}

/** Whether each row has every index of its axis once. */
function permutes({ data, shape }: HostTensor): boolean {
  const n = shape.at(-1)!;
  const seen = new Set<number>();
  for (const [k, index] of data.entries()) if (index >= 0 && index < n) seen.add(k - (k % n) + index);
  return seen.size === data.length;
}

async function readPeft(folder: string, model: Base): Promise<ReadBack> {
  const { config } = model;
  const adapter = await readAdapter(folder, config);
  try {
    await checkBase(adapter, model);
    const modules = [...adapter.modules.values()];
    const [first] = modules;
    const unsupported = (what: string, remedy = 'Use an adapter that is the same on all blocks.') =>
      new FormatError('UnsupportedAdapter', { file: folder }, what, remedy);
    const projections = PROJECTIONS.filter((p) => modules.some((m) => m.path.endsWith(`.${MODULES[p]}`)));
    const head = modules.some((m) => m.path === MODULES.head);
    const targets: Target[] = head ? [...projections, 'head'] : projections;
    if (!first || modules.length !== projections.length * config.layers + (head ? 1 : 0))
      throw unsupported(
        `it is on ${listed(modules.map((m) => m.path))}, and computed is one on all blocks' projections of a name, and on the head`,
      );
    const same = JSON.stringify([first.layer, first.config]);
    if (modules.some((m) => JSON.stringify([m.layer, m.config]) !== same))
      throw unsupported('its modules have layers of several configurations');
    const dims = Object.fromEntries(
      Object.entries(first.dims).filter(
        ([k, n]) => k !== 'in' && k !== 'out' && modules.every((m) => m.dims[k] === n),
      ),
    );
    const { layer } = first;
    const program = LAYERS[layer].trace(first.config);
    const derived = frozenOf(program).map((i) => i.name);
    if (derived.length > 0)
      throw unsupported(
        `${layer} has ${listed(derived)}, which PEFT does not store: it computes them from the weight, up to signs that are those of its own decomposition`,
        'Merge the adapter in PEFT and use the merged model, or train it here.',
      );
    const method: Method = { source: LAYERS[layer], program, config: first.config, dims, peft: layer };
    const values = new Map<string, HostTensor>();
    for (const { path, tensors } of modules)
      for (const i of program.inputs) {
        const stored = tensors[i.name];
        if (stored === undefined) continue;
        const { shape } = adapter.tensors.tensors.get(stored)!;
        values.set(tensorPath(path, i), { data: await adapter.tensors.f32(stored), shape });
      }
    return { name: layer, method, targets, choice: choiceOf(method, targets, values, folder) };
  } finally {
    await adapter.close();
  }
}

/** What PEFT would put into the model is there already. Throws InvalidAdapter for another value. */
async function checkBase({ base, tensors, path }: Adapter, model: Base): Promise<void> {
  for (const [module, copy] of base) {
    const [stored, own] = [
      await tensors.f32(copy),
      await model.weight(weightOf(modelConfigOf(model.config), module)),
    ];
    const at = stored.findIndex((x, i) => x !== own[i]);
    if (at >= 0)
      throw new FormatError(
        'InvalidAdapter',
        { file: path, name: copy },
        `the adapter was trained on another ${module}.weight: element ${at} is ${stored[at]}, and the model's ${own[at]}`,
        'Use the model that it was trained on. A weight that was itself trained beside an adapter is not read.',
      );
  }
}

function choiceOf(
  { source, config, dims, file }: Method,
  targets: readonly Target[],
  values: ReadonlyMap<string, HostTensor>,
  folder: string,
): AdapterChoice {
  const read = async (name: string): Promise<HostTensor> => {
    const found = values.get(name);
    if (found) return found;
    const remedy = 'Take all files of the adapter from one training.';
    throw new FormatError('InvalidAdapter', { file: folder, name }, 'the tensor is missing', remedy);
  };
  return { source, ...(file ? {} : { config }), dims, targets, tensors: { read } };
}
