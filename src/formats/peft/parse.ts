/** Turns a PEFT adapter's fields and tensors into layers of this library, module by module. */
import { join } from 'node:path';
import { OftcError } from '../../../compiler/errors/error.ts';
import { didYouMean } from '../../../compiler/errors/nearest.ts';
import { solveDims } from '../../../compiler/ir/bind.ts';
import type { InputNode, Program } from '../../../compiler/ir/node.ts';
import { getOrMake } from '../../../compiler/keyed.ts';
import type { ModuleSizes } from '../config/model-config.ts';
import { EMBEDDING, OUTPUT_LAYER } from '../config/names.ts';
import { FormatError, listed } from '../error.ts';
import type { Json } from '../json.ts';
import { shown, shownShape } from '../safetensors/error.ts';
import type { SafetensorsDtype } from '../safetensors/index.ts';
import { CONFIG, Fields, TENSORS } from './fields.ts';
import { isStored, type LayerConfig, type LayerName, programOf, tracedOnce } from './layers.ts';
import type { Meaning, Method } from './method.ts';
import { METHODS } from './methods.ts';
import { isSharedName, type Part, partsOf, sharedNames } from './projections.ts';
import { targeting } from './targets.ts';

/** The part of a tensor that is known before it is read. */
export interface TensorHead {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
}

export interface AdapterModule {
  /** The module's path in the model: `model.layers.0.self_attn.q_proj`. */
  readonly path: string;
  /** The layer of src/adapters that computes the module. */
  readonly layer: LayerName;
  /** The layer's configuration, except for `bias`, which the model determines. */
  readonly config: LayerConfig;
  /** The sizes of the layer's dimensions that tensors, fields or the model determine. */
  readonly dims: Readonly<Record<string, number>>;
  /** The tensors' names in the file, by the layer's parameters. */
  readonly tensors: Readonly<Record<string, string>>;
  /** The parts of tensors that all modules share, if the method has such and the sizes of the module are known. */
  readonly parts?: Readonly<Record<string, Part>>;
}

export interface ParsedAdapter {
  readonly peftType: string;
  readonly modules: ReadonlyMap<string, AdapterModule>;
  /**
   * Weights of the base that PEFT stores with an adapter on the head: the tensor's name, by module. PEFT puts them
   * into the model, so they must equal the base's own.
   */
  readonly base: ReadonlyMap<string, string>;
  /** The tensors of modules that are saved whole (`modules_to_save`): their names in the file, by those in the model. */
  readonly saved: ReadonlyMap<string, string>;
  /** Notes, a line each, on contents that are not read and might matter. */
  readonly notes: readonly string[];
}

export const PREFIX = 'base_model.model.';
const FLOATS: readonly SafetensorsDtype[] = ['F32', 'F16', 'BF16'];
/** The dtypes of indices. On Windows, PEFT stores those of SHiRA as floats. */
const INTEGERS: readonly SafetensorsDtype[] = ['I32', 'I64', 'F32'];
/** PEFT's butterfly permutation, and the norms of the weight's columns, which the layers compute themselves. */
const COMPUTED = ['boft_P', 'delora_w_norm'];
/** Matches the names of the base's weights. Source: PEFT, save_and_load.py, `save_embedding_layers`. */
const BASE = /^base_model\.model\.(.+)\.base_layer\.weight$/;
/** PEFT 0.9 and later name the tensor in memory with a suffix; files have the shorter name. */
const ALIASES: Readonly<Record<string, string>> = { 'lora_magnitude_vector.weight': 'lora_magnitude_vector' };

/**
 * Parses an adapter. Throws UnsupportedAdapter for a method of PEFT that this library lacks; UnsupportedOption for a
 * field that is not computed here; InvalidAdapter for tensors that are missing, unknown, of another shape than the
 * fields mean, or not on the modules that the fields name. `saves` names the modules that may be saved whole. With the
 * sizes of the model's modules, modules and sizes are checked against it, and every module that the fields name must
 * have its tensors. Messages name the adapter's files in `folder`.
 */
export function parseAdapter(
  json: Json,
  tensors: ReadonlyMap<string, TensorHead>,
  folder: string,
  sizes?: ModuleSizes,
  saves: readonly string[] = [],
): ParsedAdapter {
  const [config, file] = [join(folder, CONFIG), join(folder, TENSORS)];
  const fields = new Fields(json, config);
  const { peft_type: peftType } = fields.common;
  const method = methodOf(peftType, config);
  fields.refuseCommon(saves);
  const { of, notes } = method.read(fields);
  const isTargeted = targeting(fields, [OUTPUT_LAYER, EMBEDDING]);
  const programOnce = tracedOnce();
  const modules = new Map<string, AdapterModule>();
  const said = new Set(notes);
  const base = baseWeights(tensors, sizes, file);
  const saved = savedTensors(tensors, fields.saved);
  const copies = new Set([...base.values(), ...saved.values()]);
  const own = [...tensors].filter(([name]) => !copies.has(name) && !isSharedName(name, method));
  for (const [path, found] of byModule(own, method, peftType, file)) {
    if (!isTargeted(path)) {
      throw invalid(file, path, 'there are tensors for this module, and target_modules does not mean it');
    }
    const shapes = Object.fromEntries([...found].map(([stored, t]) => [stored, t.shape]));
    const [out, inner] = sizes?.get(path) ?? [];
    const meaning = of(path, shapes, out === undefined ? undefined : { out, in: inner! });
    if (meaning.note !== undefined) said.add(meaning.note);
    const { layer } = meaning;
    const size = sizes && sizesOf(path, layer, sizes, file);
    const made = traced(() => programOnce(layer, meaning.config), layer, config);
    const module = moduleOf(path, meaning, made, found, size, file);
    const isSharing = checkShared(layer, path, made, tensors, file);
    const parts = size && isSharing ? partsOf(layer, path, made, module.dims, tensors, file) : undefined;
    modules.set(path, parts ? { ...module, parts } : module);
  }
  if (sizes) checkAllThere(sizes, isTargeted, modules, file);
  if (fields.unknown.length > 0) {
    const names = listed(fields.unknown, 12);
    said.add(`adapter_config.json has fields that are not known here and not read: ${names}`);
  }
  return { peftType, modules, base, saved, notes: [...said] };
}

/** Whether a module uses shared tensors. Throws InvalidAdapter where one is missing or of another dtype. */
function checkShared(
  layer: LayerName,
  path: string,
  program: Program,
  tensors: ReadonlyMap<string, TensorHead>,
  file: string,
): boolean {
  const names = Object.entries(sharedNames(layer, path));
  for (const [param, name] of names) {
    const tensor = tensors.get(name);
    if (!tensor) throw invalid(file, path, `the tensor ${shown(name)} is missing`);
    const { dtype } = program.inputs.find((i) => i.name === param)!.type;
    checkDtype(tensor, dtype === 'i32' ? INTEGERS : FLOATS, file);
  }
  return names.length > 0;
}

/** The tensors of the modules that are saved whole. */
function savedTensors(
  tensors: ReadonlyMap<string, TensorHead>,
  modules: readonly string[],
): ReadonlyMap<string, string> {
  const starts = modules.map((module) => `${PREFIX}${module}.`);
  const names = [...tensors.keys()].filter((name) => starts.some((start) => name.startsWith(start)));
  return new Map(names.map((name) => [name.slice(PREFIX.length), name]));
}

function methodOf(peftType: string, file: string): Method {
  const method = METHODS[peftType];
  if (method && Object.hasOwn(METHODS, peftType)) return method;
  const known = Object.keys(METHODS);
  throw new FormatError(
    'UnsupportedAdapter',
    { file, name: 'peft_type' },
    `the method ${shown(peftType)} is not read${didYouMean(peftType, known)}`,
    `Read are ${known.join(', ')}.`,
  );
}

function traced(program: () => Program, layer: LayerName, file: string): Program {
  try {
    return program();
  } catch (error) {
    if (!(error instanceof OftcError)) throw error;
    throw invalid(file, undefined, `the layer ${layer} refuses this configuration: ${error.message}`, error);
  }
}

const storedOf = (program: Program): InputNode[] => program.inputs.filter(isStored);

const NAMES = new Map<LayerName, readonly string[]>();

/** The names under which a layer's tensors are stored by default. Tracing a layer takes long, so that it is done once. */
function storedNames(layer: LayerName): readonly string[] {
  return getOrMake(NAMES, layer, () => storedOf(programOf(layer, {})).flatMap((i) => i.stored ?? []));
}

/** Sorts tensors by module, then by the name that the layer stores them under. */
function byModule(
  tensors: Iterable<readonly [string, TensorHead]>,
  method: Method,
  peftType: string,
  file: string,
): ReadonlyMap<string, ReadonlyMap<string, TensorHead>> {
  const stored = new Set(method.layers.flatMap(storedNames));
  const endings = [...stored, ...(method.also ?? []), ...Object.keys(ALIASES), ...COMPUTED];
  const modules = new Map<string, Map<string, TensorHead>>();
  for (const [key, tensor] of tensors) {
    const ending = endings.find((e) => key.endsWith(`.${e}`));
    if (!key.startsWith(PREFIX) || ending === undefined) throw strange(tensor, peftType, file);
    if (COMPUTED.includes(ending)) continue;
    const path = key.slice(PREFIX.length, -ending.length - 1);
    const name = ALIASES[ending] ?? ending;
    const found = modules.get(path) ?? new Map<string, TensorHead>();
    if (found.has(name))
      throw invalid(file, key, `the tensor is there a second time, as ${shown(found.get(name)!.name)}`);
    modules.set(path, found.set(name, tensor));
  }
  if (modules.size === 0) throw invalid(file, undefined, `there are no tensors of ${peftType}`);
  return modules;
}

function strange({ name, shape }: TensorHead, peftType: string, file: string): FormatError {
  if (/\.oft_r(\.|$)/.test(name)) {
    // PEFT before 0.16 stores blocks (r, b, b), and later versions their entries above the diagonal, (r, tri(b)).
    const [problem, remedy] =
      shape.length === 2
        ? [
            `its shape ${shownShape(shape)} is that of oft_R, which PEFT 0.16 and later store`,
            `Rename the tensor: ${name.replace(/\.oft_r(\.weight)?$/, '.oft_R.weight')}.`,
          ]
        : [
            'the tensor is in the format of PEFT before 0.16, of another parameter',
            'Train the adapter again.',
          ];
    return new FormatError('InvalidAdapter', { file, name }, problem, remedy);
  }
  return invalid(
    file,
    name,
    name.startsWith(PREFIX)
      ? `no tensor of ${peftType} on a linear layer ends so`
      : `the names of an adapter's tensors start with ${shown(PREFIX)}`,
  );
}

function checkDtype({ name, dtype }: TensorHead, read: readonly SafetensorsDtype[], file: string): void {
  if (read.includes(dtype)) return;
  throw new FormatError(
    'InvalidAdapter',
    { file, name },
    `its dtype is ${dtype}, and read are ${read.join(', ')}`,
    `Save it as ${read[0]}.`,
  );
}

function moduleOf(
  path: string,
  { layer, config, sizes, expect }: Meaning,
  program: Program,
  found: ReadonlyMap<string, TensorHead>,
  own: Readonly<Record<string, number>> | undefined,
  file: string,
): AdapterModule {
  const named = new Map<string, TensorHead>();
  for (const input of storedOf(program)) {
    const tensor = found.get(input.stored!);
    if (!tensor)
      throw invalid(file, path, `the tensor ${shown(`${PREFIX}${path}.${input.stored}`)} is missing`);
    checkDtype(tensor, input.type.dtype === 'i32' ? INTEGERS : FLOATS, file);
    named.set(input.name, tensor);
  }
  const used = new Set([...named.values()].map((t) => t.name));
  const extra = [...found.values()].find((t) => !used.has(t.name));
  if (extra) throw invalid(file, extra.name, `the layer ${layer} has no such tensor, as the fields mean it`);
  const shapes = Object.fromEntries([...named].map(([name, t]) => [name, t.shape]));
  const dims = solved(program, { ...sizes, ...own }, shapes, path, file);
  for (const [dim, [field, size]] of Object.entries(expect(dims))) {
    if (dims[dim] === size) continue;
    const problem = `the field ${field} means ${dim} = ${size}, and the tensors have ${dims[dim]}`;
    throw invalid(file, path, problem);
  }
  const names = Object.fromEntries([...named].map(([name, t]) => [name, t.name]));
  return { path, layer, config, dims, tensors: names };
}

function solved(
  program: Program,
  given: Readonly<Record<string, number>>,
  shapes: Readonly<Record<string, readonly number[]>>,
  path: string,
  file: string,
): Readonly<Record<string, number>> {
  try {
    return solveDims(program, given, shapes);
  } catch (error) {
    if (!(error instanceof OftcError)) throw error;
    throw invalid(file, path, otherSizes(program, given, shapes) ?? error.message, error);
  }
}

/** The sizes of the module that the adapter was trained on, if the tensors agree on them without the model's. */
function otherSizes(
  program: Program,
  { in: ins, out, vocabulary, d, ...own }: Readonly<Record<string, number>>,
  shapes: Readonly<Record<string, readonly number[]>>,
): string | undefined {
  let found: Readonly<Record<string, number>>;
  try {
    found = solveDims(program, own, shapes);
  } catch (error) {
    if (error instanceof OftcError) return undefined;
    throw error;
  }
  const other = Object.entries({ in: ins, out, vocabulary, d }).filter(
    ([name, size]) => size !== undefined && found[name] !== undefined && found[name] !== size,
  );
  if (other.length === 0) return undefined;
  const sizes = (of: Readonly<Record<string, number | undefined>>) =>
    other.map(([name]) => `${name} = ${of[name]}`).join(' and ');
  return `this adapter is of a model with ${sizes(found)} there, and this model has ${sizes(Object.fromEntries(other))}`;
}

function sizesOf(
  path: string,
  layer: LayerName,
  sizes: ModuleSizes,
  file: string,
): Readonly<Record<string, number>> {
  const found = sizes.get(path);
  if (!found || (layer === 'oftEmbedding') !== (path === EMBEDDING)) {
    throw invalid(
      file,
      path,
      `the model has no ${layer === 'oftEmbedding' ? 'embedding' : 'linear layer'} there${didYouMean(path, [...sizes.keys()])}`,
    );
  }
  const [rows, columns] = found;
  return layer === 'oftEmbedding' ? { vocabulary: rows, d: columns } : { out: rows, in: columns };
}

/** The names of the tensors that are weights of the base model, by module. Throws InvalidAdapter for a wrong shape. */
function baseWeights(
  tensors: ReadonlyMap<string, TensorHead>,
  sizes: ModuleSizes | undefined,
  file: string,
): Map<string, string> {
  const base = new Map<string, string>();
  for (const [name, { shape }] of tensors) {
    const path = BASE.exec(name)?.[1];
    if (path !== OUTPUT_LAYER && path !== EMBEDDING) continue;
    base.set(path, name);
    const wanted = sizes?.get(path);
    if (wanted && shownShape(wanted) !== shownShape(shape))
      throw invalid(
        file,
        name,
        `it is ${shownShape(shape)}, and on this model ${shownShape(wanted)} is meant`,
      );
  }
  return base;
}

/** Throws InvalidAdapter for a targeted module without tensors, which PEFT would start anew. */
function checkAllThere(
  sizes: ModuleSizes,
  isTargeted: (module: string) => boolean,
  modules: ReadonlyMap<string, AdapterModule>,
  file: string,
): void {
  const bare = [...sizes.keys()].filter((m) => isTargeted(m) && !modules.has(m));
  if (bare.length === 0) return;
  throw invalid(
    file,
    undefined,
    `target_modules means ${bare.length} modules of the model that have no tensors: ${listed(bare)}`,
  );
}

const invalid = (file: string, name: string | undefined, problem: string, cause?: unknown): FormatError =>
  new FormatError(
    'InvalidAdapter',
    { file, name, cause },
    problem,
    'Take adapter_config.json and adapter_model.safetensors from one adapter, of this model.',
  );
