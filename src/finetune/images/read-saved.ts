/** Reads an image classifier's adapter from PEFT's format, with the classifier that was trained beside it. */
import { join } from 'node:path';
import * as v from 'valibot';
import { CLASSIFIER } from '../../formats/config/names.ts';
import { FormatError, listed } from '../../formats/error.ts';
import { readJsonFile, sizeOf } from '../../formats/json.ts';
import { type Adapter, readAdapter } from '../../formats/peft/adapter.ts';
import { LAYERS } from '../../formats/peft/layers.ts';
import { checked } from '../../formats/schema.ts';
import type { HostTensor } from '../../session/tensors.ts';
import { refuseDerived } from '../adapter-files.ts';
import { type ModuleChoice, moduleAdapters } from '../by-module.ts';
import type { Method } from '../methods.ts';
import { settingsOn, sharedSettings } from '../module-settings.ts';
import { storedValues } from '../peft-values.ts';
import { addRecomputed } from '../recomputed.ts';
import { blockStarts } from './image-start.ts';
import type { OpenVit } from './open.ts';
import { CLASSES } from './saved.ts';
import { blockPath, classifierShapes, vitLinear, vitModules } from './vit.ts';
import type { VitShape } from './vit-config.ts';

export interface ReadAdapter {
  /** The model's shape with the classes of the adapter's classifier. */
  readonly config: VitShape;
  readonly method: Method;
  readonly choice: ModuleChoice;
  /** Its tensors, and those of its classifier, by path. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly notes: readonly string[];
}

const invalid = (file: string, problem: string, remedy = 'Take the adapter of this model.'): FormatError =>
  new FormatError('InvalidAdapter', { file }, problem, remedy);

const names = v.pipe(v.array(v.string()), v.minLength(1));

/** The names of the classes that stand beside an adapter; undefined if none do. Throws InvalidAdapter. */
async function classesBeside(folder: string): Promise<readonly string[] | undefined> {
  const file = join(folder, CLASSES);
  if ((await sizeOf(file)) === undefined) return undefined;
  const remedy = 'Write the names of the classes, in their order.';
  return checked(names, await readJsonFile(file, remedy), { file }, 'InvalidAdapter', remedy);
}

/** The shapes of the classifier's tensors by path. Throws InvalidAdapter where one is missing or another. */
function checkHeads({ saved, tensors, path }: Adapter, c: VitShape): void {
  for (const [name, shape] of classifierShapes(c)) {
    const found = tensors.tensors.get(saved.get(name) ?? '')?.shape;
    if (!found) throw invalid(path, `it has no '${name}', and the classifier is trained with the adapter`);
    if (found.join() !== shape.join())
      throw invalid(
        path,
        `'${name}' is (${found.join(', ')}), and for the classes ${listed(c.labels)} it is (${shape.join(', ')})`,
        `Name the classes of the adapter in a file ${CLASSES} beside it, in their order, as a JSON list.`,
      );
  }
}

/**
 * Reads an adapter that trained the classifier too, for a model with the classes of `classes.json`, or else with the
 * model's own. Throws what `readAdapter` throws, and InvalidAdapter without a classifier.
 */
export async function readImageAdapter(
  folder: string,
  files: OpenVit,
  model = files.config,
): Promise<ReadAdapter> {
  const c = { ...model, labels: (await classesBeside(folder)) ?? model.labels };
  const adapter = await readAdapter(folder, vitModules(c), [CLASSIFIER]);
  try {
    checkHeads(adapter, c);
    const { method, targets } = sameOnAll(adapter, c);
    const { source, config, dims } = method;
    const choice = { source, config, dims, targets };
    const tensors = await storedValues(adapter);
    const read = async (path: string, name: string) =>
      tensors.set(path, {
        data: await adapter.tensors.f32(name),
        shape: adapter.tensors.tensors.get(name)!.shape,
      });
    for (const [name, key] of adapter.saved) await read(name, key);
    const adapters = moduleAdapters(vitLinear(c), choice);
    await addRecomputed(method.peft!, tensors, (given) =>
      blockStarts(c, adapters, files.weights(c), 0, given),
    );
    return { config: c, method, choice, tensors, notes: adapter.notes };
  } finally {
    await adapter.close();
  }
}

/** The method and the modules of an adapter. Throws InvalidAdapter for one that differs between blocks. */
function sameOnAll(
  adapter: Adapter,
  c: VitShape,
): { readonly method: Method; readonly targets: readonly string[] } {
  const modules = [...adapter.modules.values()];
  const [first] = modules;
  const config = sharedSettings(modules);
  const targets = vitLinear(c)
    .map(({ module }) => module)
    .filter((t) => adapter.modules.has(`${blockPath(0)}.${t}`));
  if (!first || !config || modules.length !== targets.length * c.layers)
    throw invalid(adapter.path, 'it is not the same on all blocks');
  const isShared = ([k, n]: [string, number]) =>
    k !== 'in' && k !== 'out' && modules.every((m) => m.dims[k] === n);
  const dims = Object.fromEntries(Object.entries(first.dims).filter(isShared));
  const { layer } = first;
  const source = LAYERS[layer];
  const program = source.trace(settingsOn(config));
  refuseDerived(program, layer, adapter.path);
  return { method: { source, program, config, dims, peft: layer }, targets };
}
