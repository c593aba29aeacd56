/** Finds the modules that an adapter changes, each with its layer, whichever blocks it is on. */
import type { Program } from '../../../compiler/ir/node.ts';
import { getOrMake } from '../../../compiler/keyed.ts';
import type { ModelConfig } from '../../formats/config/model-config.ts';
import { FormatError } from '../../formats/error.ts';
import type { OpenModel } from '../../formats/model.ts';
import { readAdapter } from '../../formats/peft/adapter.ts';
import { LAYERS } from '../../formats/peft/layers.ts';
import type { AdapterModule } from '../../formats/peft/parse.ts';
import { checkBase, refuseDerived } from '../adapter-files.ts';
import { programFor } from '../blocks.ts';
import { type Adapted, adaptedAt } from '../models/adapted.ts';
import { layerAt, pathsOf, type Target, targetsOf } from '../models/linear-layers.ts';
import { linearModules, modulesOf } from '../models/weights.ts';
import { type ReadBack, readOwn, type Trust } from '../own-files.ts';
import { storedValues } from '../peft-values.ts';
import { addRecomputed, startsOn } from '../recomputed.ts';
import { seededOf, sitesOf, type TargetModule } from '../start.ts';
import type { Weights } from '../uploads.ts';

export interface Sites {
  /** The name of the method, or of the layer. */
  readonly name: string;
  readonly sites: readonly TargetModule[];
  readonly tensors: Weights;
  readonly notes: readonly string[];
}

/**
 * The modules of an adapter in oftc's own format. `choiceOf` says how it is merged: as its layer claims, or otherwise.
 */
export async function ownSites(
  folder: string,
  config: ModelConfig,
  trust: Trust | undefined,
  choiceOf: (adapter: ReadBack) => ReadBack['choice'],
): Promise<Sites> {
  const adapter = await readOwn(folder, config, trust);
  const choice = choiceOf(adapter);
  const { name, notes } = adapter;
  return { name, notes, sites: sitesOf(config, choice), tensors: choice.tensors };
}

/**
 * The modules of an adapter in PEFT's format, which may be on some blocks only and differ in their sizes. Throws
 * FormatError; UnsupportedAdapter for one on the embedding, and for one with tensors that PEFT does not store.
 */
export async function peftSites(folder: string, model: OpenModel): Promise<Sites> {
  const adapter = await readAdapter(folder, modulesOf(model.config));
  try {
    await checkBase(adapter, model);
    const layers = new Map<string, Adapted>();
    const values = await storedValues(adapter);
    const sites: TargetModule[] = [];
    const order = new Map([...linearModules(model.config).keys()].map((path, n) => [path, n]));
    const place = ({ path }: AdapterModule) => order.get(path) ?? -1;
    const targets = targetsByPath(model.config);
    for (const module of [...adapter.modules.values()].sort((a, b) => place(a) - place(b))) {
      sites.push(siteOf(module, model.config, folder, layers, targets));
    }
    for (const [path, tensor] of seededOf(sites)) if (!values.has(path)) values.set(path, tensor);
    const [{ layer } = { layer: undefined }] = adapter.modules.values();
    if (layer)
      await addRecomputed(
        layer,
        values,
        startsOn(model.config, sites, (name) => model.weight(name)),
      );
    const tensors = { read: async (name: string) => values.get(name)! };
    return { name: layer ?? '', sites, tensors, notes: adapter.notes };
  } finally {
    await adapter.close();
  }
}

function siteOf(
  { path, layer, config, dims }: AdapterModule,
  model: ModelConfig,
  folder: string,
  layers: Map<string, Adapted>,
  targets: ReadonlyMap<string, Target>,
): TargetModule {
  const target = targets.get(path);
  if (target === undefined)
    throw new FormatError(
      'UnsupportedAdapter',
      { file: folder, name: path },
      'it is on the embedding, and converted is an adapter on linear layers',
      'Merge it in PEFT instead.',
    );
  const linear = layerAt(model, target);
  const key = JSON.stringify([layer, config, dims, linear.shape, linear.bias]);
  const program: Program = programFor({ source: LAYERS[layer], config }, linear);
  refuseDerived(program, layer, folder);
  const adapted = getOrMake(layers, key, () => adaptedAt(program, linear.shape, dims));
  return { module: path, target, adapted };
}

/** The targets of a model, by the paths of their modules. */
const targetsByPath = (model: ModelConfig): ReadonlyMap<string, Target> =>
  new Map(targetsOf(model).flatMap((t) => pathsOf(model, t).map((path) => [path, t] as const)));
