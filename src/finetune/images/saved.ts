/** Writes an image classifier's adapter in PEFT's format, with its classifier as one of `modules_to_save`. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { evalDim } from '../../../compiler/dims/dims.ts';
import { CLASSIFIER } from '../../formats/config/names.ts';
import { FormatError } from '../../formats/error.ts';
import { writeFolder } from '../../formats/folder.ts';
import { formatJson } from '../../formats/json.ts';
import { adapterFields, moduleTensors } from '../../formats/peft/create.ts';
import { CONFIG, TENSORS } from '../../formats/peft/fields.ts';
import { isWritten, type WrittenLayer } from '../../formats/peft/in-file.ts';
import { PREFIX, parseAdapter } from '../../formats/peft/parse.ts';
import { writeSafetensors } from '../../formats/safetensors/index.ts';
import { io } from '../../formats/safetensors/io.ts';
import type { HostArray } from '../../session/tensors.ts';
import { formatOf, statedSize } from '../adapter-files.ts';
import type { ModuleAdapters } from '../by-module.ts';
import type { Method } from '../methods.ts';
import { settingsOn } from '../module-settings.ts';
import { type TargetModule, tensorPath } from '../start.ts';
import { blockPath, classifierShapes } from './vit.ts';
import type { VitShape } from './vit-config.ts';

/** The file beside an adapter that names the classes of its classifier, in their order. PEFT has no place for them. */
export const CLASSES = 'classes.json';

export interface SavedAdapter {
  readonly config: VitShape;
  readonly method: Method;
  readonly adapters: ModuleAdapters;
  readonly baseModel: string;
  /** The trained tensors by path. */
  readonly values: ReadonlyMap<string, HostArray>;
}

/** The modules of all blocks that an adapter is on. */
export const imageSites = ({ config, adapters }: Pick<SavedAdapter, 'config' | 'adapters'>): TargetModule[] =>
  Array.from({ length: config.layers }, (_, n) =>
    Object.entries(adapters).map(([target, adapted]) => ({
      module: `${blockPath(n)}.${target}`,
      target,
      adapted,
    })),
  ).flat();

/** The method's name in PEFT. Throws UnsupportedAdapter for an adapter that PEFT does not read. */
export function peftName(method: Method, sites: readonly TargetModule[], folder: string): WrittenLayer {
  if (method.peft !== undefined && isWritten(method.peft) && formatOf(method, sites) === 'peft')
    return method.peft;
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
  const sites = imageSites(saved);
  const peft = peftName(method, sites, folder);
  const tensors = sites.flatMap(({ module, adapted: { own } }) => {
    const each = own.map((i) => {
      const data = Float32Array.from(values.get(tensorPath(module, i))!);
      return [i.name, { data, shape: i.type.shape.map((d) => evalDim(d, {})) }] as const;
    });
    return moduleTensors(module, peft, settingsOn(method.config, module), Object.fromEntries(each));
  });
  const head = [...classifierShapes(config)].map(([name, shape]) => {
    const data = Float32Array.from(values.get(name)!);
    return { name: `${PREFIX}${name}`, dtype: 'F32' as const, shape, data };
  });
  const size = statedSize(method, peft);
  const targets = Object.keys(adapters);
  const fields = adapterFields({
    ...{ layer: peft, config: method.config, size, dims: method.dims, targets, baseModel },
    // PEFT has no task of images, and refuses one that it does not know.
    task: null,
  });
  const all = { ...fields, modules_to_save: [CLASSIFIER] };
  const written = [...tensors, ...head];
  parseAdapter(all, new Map(written.map((t) => [t.name, t])), folder, undefined, [CLASSIFIER]);
  const names = formatJson([...config.labels]);
  await writeFolder(folder, async (into) => {
    await io(join(folder, CLASSES), 'cannot write it', writeFile(join(into, CLASSES), names));
    await io(join(folder, CONFIG), 'cannot write it', writeFile(join(into, CONFIG), formatJson(all)));
    await writeSafetensors(join(into, TENSORS), written, { format: 'pt' }, join(folder, TENSORS));
  });
}
