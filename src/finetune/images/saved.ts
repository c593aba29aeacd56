/** Writes and reads an image classifier's adapter in PEFT's format, with its classifier as one of `modules_to_save`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { evalDim } from '../../../compiler/dims/dims.ts';
import { openTensors, type TensorStore } from '../../formats/checkpoint/store.ts';
import { FormatError } from '../../formats/error.ts';
import { writeFolder } from '../../formats/folder.ts';
import { formatJson, isObject, type Json, readJsonFile } from '../../formats/json.ts';
import { adapterFields, moduleTensors } from '../../formats/peft/create.ts';
import { CONFIG, TENSORS } from '../../formats/peft/fields.ts';
import { LAYERS, type LayerName } from '../../formats/peft/layers.ts';
import { PREFIX, parseAdapter } from '../../formats/peft/parse.ts';
import { writeSafetensors } from '../../formats/safetensors/index.ts';
import { io } from '../../formats/safetensors/io.ts';
import type { HostArray, HostTensor } from '../../session/tensors.ts';
import { formatOf, statedSize } from '../adapter-files.ts';
import type { ModuleAdapters, ModuleChoice } from '../by-module.ts';
import type { Method } from '../methods.ts';
import { type TargetModule, tensorPath } from '../start.ts';
import { blockPath, CLASSIFIER, classifierShapes, vitLinear } from './vit.ts';
import type { VitShape } from './vit-config.ts';

export interface SavedAdapter {
  readonly config: VitShape;
  readonly method: Method;
  readonly adapters: ModuleAdapters;
  readonly baseModel: string;
  /** The trained tensors by path. */
  readonly values: ReadonlyMap<string, HostArray>;
}

/** The modules of all blocks that an adapter is on. */
const sitesOf = ({ config, adapters }: Pick<SavedAdapter, 'config' | 'adapters'>): TargetModule[] =>
  Array.from({ length: config.layers }, (_, n) =>
    Object.entries(adapters).map(([target, adapted]) => ({
      module: `${blockPath(n)}.${target}`,
      target,
      adapted,
    })),
  ).flat();

/** The method's name in PEFT. Throws UnsupportedAdapter for an adapter that PEFT does not read. */
function peftName({ method }: SavedAdapter, sites: readonly TargetModule[], folder: string): LayerName {
  if (method.peft !== undefined && formatOf(method, sites) === 'peft') return method.peft;
  throw new FormatError(
    'UnsupportedAdapter',
    { file: folder },
    "adapters of image classifiers are written in PEFT's format, and PEFT does not read this one",
    'Train a method that PEFT has, with one size for all modules.',
  );
}

/** Writes the folder whole or not at all. Throws UnsupportedAdapter for one that PEFT does not read, and SafetensorsError. */
export async function writeImageAdapter(folder: string, saved: SavedAdapter): Promise<void> {
  const { config, method, adapters, baseModel, values } = saved;
  const sites = sitesOf(saved);
  const peft = peftName(saved, sites, folder);
  const tensors = sites.flatMap(({ module, adapted: { own } }) => {
    const each = own.map((i) => {
      const data = Float32Array.from(values.get(tensorPath(module, i))!);
      return [i.name, { data, shape: i.type.shape.map((d) => evalDim(d, {})) }] as const;
    });
    return moduleTensors(module, peft, method.config, Object.fromEntries(each));
  });
  const head = [...classifierShapes(config)].map(([name, shape]) => {
    const data = Float32Array.from(values.get(name)!);
    return { name: `${PREFIX}${name}`, dtype: 'F32' as const, shape, data };
  });
  const size = statedSize(method, peft);
  const targets = Object.keys(adapters);
  const fields = adapterFields({
    ...{ layer: peft, config: method.config, size, dims: method.dims, targets, baseModel },
  });
  parseAdapter(fields, new Map(tensors.map((t) => [t.name, t])), folder);
  const all = { ...fields, modules_to_save: [CLASSIFIER], task_type: 'IMAGE_CLASSIFICATION' };
  await writeFolder(folder, async (into) => {
    await io(join(folder, CONFIG), 'cannot write it', writeFile(join(into, CONFIG), formatJson(all)));
    await writeSafetensors(
      join(into, TENSORS),
      [...tensors, ...head],
      { format: 'pt' },
      join(folder, TENSORS),
    );
  });
}

export interface ReadAdapter {
  readonly method: Method;
  readonly choice: ModuleChoice;
  /** Its tensors, and those of its classifier, by path. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

const invalid = (file: string, problem: string): FormatError =>
  new FormatError('InvalidAdapter', { file }, problem, 'Take the adapter of this model.');

/** The shapes of the classifier's tensors by their names in the file. Throws InvalidAdapter where one is missing or another. */
function headsIn({ path, tensors }: TensorStore, c: VitShape): ReadonlyMap<string, readonly number[]> {
  const heads = new Map([...classifierShapes(c)].map(([name, shape]) => [`${PREFIX}${name}`, shape]));
  for (const [name, shape] of heads) {
    const found = tensors.get(name)?.shape;
    if (found?.join() !== shape.join())
      throw invalid(
        path,
        `${name} is ${found ? `(${found.join(', ')})` : 'missing'}, and the model's is (${shape.join(', ')})`,
      );
  }
  return heads;
}

/** Throws InvalidAdapter where other modules than the classifier were saved. */
function checkSaved(json: Json, path: string): void {
  const saved = isObject(json) ? json.modules_to_save : undefined;
  const others = Array.isArray(saved) ? saved.filter((m) => m !== CLASSIFIER) : [];
  if (others.length > 0) throw invalid(path, `modules_to_save has ${others.join(', ')} beside ${CLASSIFIER}`);
}

/** Reads an adapter that trained the classifier too. Throws what `parseAdapter` throws, and InvalidAdapter without a classifier. */
export async function readImageAdapter(folder: string, c: VitShape): Promise<ReadAdapter> {
  const json = await readJsonFile(join(folder, CONFIG), 'Name the folder of an adapter.');
  const store = await openTensors(join(folder, TENSORS));
  try {
    const heads = headsIn(store, c);
    checkSaved(json, store.path);
    const linear = vitLinear(c);
    const sizes = new Map(
      Array.from({ length: c.layers }, (_, n) =>
        linear.map(({ module, shape }) => [`${blockPath(n)}.${module}`, shape] as const),
      ).flat(),
    );
    const own = new Map([...store.tensors].filter(([name]) => !heads.has(name)));
    const parsed = parseAdapter(
      isObject(json) ? { ...json, modules_to_save: null } : json,
      own,
      folder,
      sizes,
    );
    const modules = [...parsed.modules.values()];
    const [first] = modules;
    const same = (m: (typeof modules)[number]) => JSON.stringify([m.layer, m.config]);
    const targets = linear
      .map(({ module }) => module)
      .filter((t) => parsed.modules.has(`${blockPath(0)}.${t}`));
    if (
      !first ||
      modules.length !== targets.length * c.layers ||
      modules.some((m) => same(m) !== same(first))
    )
      throw invalid(store.path, 'it is not the same on all blocks');
    const tensors = new Map<string, HostTensor>();
    const stored = new Map(
      LAYERS[first.layer].trace(first.config).inputs.map((i) => [i.name, i.stored ?? i.name]),
    );
    for (const m of modules)
      for (const [name, key] of Object.entries(m.tensors))
        tensors.set(`${m.path}.${stored.get(name)}`, {
          data: await store.f32(key),
          shape: store.tensors.get(key)!.shape,
        });
    for (const [name, shape] of heads)
      tensors.set(name.slice(PREFIX.length), { data: await store.f32(name), shape });
    const isShared = ([k, n]: [string, number]) =>
      k !== 'in' && k !== 'out' && modules.every((m) => m.dims[k] === n);
    const dims = Object.fromEntries(Object.entries(first.dims).filter(isShared));
    const source = LAYERS[first.layer];
    const method = {
      source,
      program: source.trace(first.config),
      config: first.config,
      dims,
      peft: first.layer,
    };
    return { method, choice: { source, config: first.config, dims, targets }, tensors };
  } finally {
    await store.close();
  }
}
