/** Reads and writes an adapter's folder in PEFT's format. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openTensors, type TensorStore } from '../checkpoint/store.ts';
import type { ModuleSizes } from '../config/model-config.ts';
import { FormatError, listed } from '../error.ts';
import { writeFolder } from '../folder.ts';
import { formatJson, isObject, type JsonObject, readJsonFile, sizeOf } from '../json.ts';
import { type Metadata, type TensorData, writeSafetensors } from '../safetensors/index.ts';
import { io } from '../safetensors/io.ts';
import { CONFIG, TENSORS } from './fields.ts';
import { programOf } from './layers.ts';
import { type AdapterModule, type ParsedAdapter, parseAdapter } from './parse.ts';
import { copyPart, flat, type Part } from './projections.ts';

export interface Adapter extends ParsedAdapter {
  readonly path: string;
  /** All fields of `adapter_config.json`, in order. */
  readonly fields: JsonObject;
  readonly tensors: TensorStore;
  /** A module's parameters as float32, by the layer's names for them. */
  values(module: string): Promise<Readonly<Record<string, Float32Array>>>;
  close(): Promise<void>;
}

/** The path of the tensors of the adapter in a folder. Throws MissingFile where there is no such file. */
export async function tensorsFile(folder: string): Promise<string> {
  const file = join(folder, TENSORS);
  if ((await sizeOf(file)) !== undefined) return file;
  const pickled = (await sizeOf(join(folder, 'adapter_model.bin'))) !== undefined;
  throw new FormatError(
    'MissingFile',
    { file },
    `there is no such file${pickled ? ', but adapter_model.bin' : ''}`,
    pickled ? 'Save the adapter with safe_serialization=True.' : 'Name the folder of an adapter.',
  );
}

/**
 * Opens an adapter, reading only headers; `saves` names the modules that may be saved whole. Throws MissingFile,
 * InvalidJson, what `parseAdapter` throws, and SafetensorsError.
 */
export async function readAdapter(
  folder: string,
  sizes?: ModuleSizes,
  saves: readonly string[] = [],
): Promise<Adapter> {
  const inner = join(folder, 'adapter');
  const named = existsSync(inner) ? `: ${inner} is that of this run` : '';
  const json = await readJsonFile(join(folder, CONFIG), `Name the folder of an adapter${named}.`);
  const tensors = await openTensors(await tensorsFile(folder));
  try {
    const parsed = parseAdapter(json, tensors.tensors, folder, sizes, saves);
    return {
      ...parsed,
      path: folder,
      fields: isObject(json) ? json : {},
      tensors,
      values: async (module) => valuesOf(moduleAt(parsed, module, folder), tensors),
      close: () => tensors.close(),
    };
  } catch (error) {
    await tensors.close();
    throw error;
  }
}

function moduleAt({ modules }: ParsedAdapter, module: string, file: string): AdapterModule {
  const found = modules.get(module);
  if (found) return found;
  throw new FormatError(
    'InvalidAdapter',
    { file, name: module },
    'the adapter is not on this module',
    `Ask for one that it is on, such as ${listed([...modules.keys()], 3)}.`,
  );
}

/**
 * The elements of a tensor of indices, which may be of 64 bits, or floats. Throws InvalidAdapter for others than
 * whole numbers of 32 bits.
 */
export async function indicesOf(tensors: TensorStore, name: string): Promise<Int32Array> {
  const stored = tensors.tensors.get(name)!;
  if (stored.dtype === 'I32') return (await tensors.array(name)) as Int32Array;
  const data = Array.from((await tensors.array(name)) as BigInt64Array | Float32Array, Number);
  // `x | 0` is x for whole numbers of 32 bits alone: not for fractions, NaN or larger numbers.
  const wrong = data.find((x) => x !== (x | 0));
  if (wrong === undefined) return Int32Array.from(data);
  throw new FormatError(
    'InvalidAdapter',
    { file: stored.file, name },
    `it has indices, and ${wrong} is none`,
    'Save the adapter again from the model that it was trained in.',
  );
}

async function valuesOf(
  { layer, config, tensors: names, parts = {} }: AdapterModule,
  tensors: TensorStore,
): Promise<Record<string, Float32Array>> {
  const values: Record<string, Float32Array> = {};
  for (const { name, type } of programOf(layer, config).inputs) {
    const stored = names[name];
    if (stored === undefined) continue;
    values[name] =
      type.dtype === 'i32' ? Float32Array.from(await indicesOf(tensors, stored)) : await tensors.f32(stored);
  }
  for (const [name, part] of Object.entries(parts))
    values[name] = Float32Array.from((await readShared(part, tensors)).data);
  return values;
}

interface SharedPart {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** A module's part of a tensor that several modules share. */
export async function readShared({ name, shape, dtype }: Part, tensors: TensorStore): Promise<SharedPart> {
  const stored = tensors.tensors.get(name)!;
  const count = shape.reduce((a, b) => a * b, 1);
  const isIndices = dtype === 'i32';
  const part = { data: isIndices ? new Int32Array(count) : new Float32Array(count), shape };
  const data = isIndices ? await indicesOf(tensors, name) : await tensors.f32(name);
  copyPart({ data, shape: flat(stored.shape, shape.length) }, part);
  return part;
}

export interface WrittenAdapter {
  readonly fields: JsonObject;
  readonly tensors: Iterable<TensorData>;
  readonly metadata?: Metadata;
}

/**
 * Writes the two files of an adapter, both or neither (`writeFolder`). Fields keep their order, unknown ones too.
 * Throws what `readAdapter` would throw for the result, before it writes anything.
 */
export async function writeAdapter(
  folder: string,
  { fields, tensors, metadata = { format: 'pt' } }: WrittenAdapter,
): Promise<void> {
  const all = [...tensors];
  parseAdapter(fields, new Map(all.map((t) => [t.name, t])), folder);
  await writeFolder(folder, async (into) => {
    await io(join(folder, CONFIG), 'cannot write it', writeFile(join(into, CONFIG), formatJson(fields)));
    await writeSafetensors(join(into, TENSORS), all, metadata, join(folder, TENSORS));
  });
}
