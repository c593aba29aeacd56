/** Writes and reads a trained adapter's folder, in PEFT's format for PEFT's methods, else in oftc's own. */
import { evalDim } from '../../compiler/dims/dims.ts';
import { toGive } from '../../compiler/ir/bind.ts';
import { isSeeded, matrixOf } from '../../compiler/ir/init.ts';
import type { InputNode, Program } from '../../compiler/ir/node.ts';
import type { ModelConfig } from '../formats/config/model-config.ts';
import { FormatError, listed } from '../formats/error.ts';
import type { OpenModel } from '../formats/model.ts';
import { type Adapter, readAdapter, writeAdapter } from '../formats/peft/adapter.ts';
import {
  adapterFields,
  DROPOUT,
  type ModuleValue,
  moduleTensors,
  type Task,
} from '../formats/peft/create.ts';
import { inFile, isWritten } from '../formats/peft/in-file.ts';
import { isStored, LAYERS, type LayerName } from '../formats/peft/layers.ts';
import type { TensorData } from '../formats/safetensors/index.ts';
import type { HostArray } from '../session/tensors.ts';
import { checkPositions, choiceOf } from './adapter-choice.ts';
import { evenLora, isEven } from './even-lora.ts';
import type { Method } from './methods.ts';
import { frozenOf } from './models/adapted.ts';
import { pathsOf, type Target, targetsOf, weightName } from './models/linear-layers.ts';
import { modulesOf } from './models/weights.ts';
import { settingsOn, sharedSettings } from './module-settings.ts';
import { type Adaptation, isOwn, type ReadBack, readOwn, type Trust, writeOwn } from './own-files.ts';
import { otherFactors } from './peft-factors.ts';
import { besideShared, sharedTensors } from './peft-projections.ts';
import { storedValues } from './peft-values.ts';
import { addRecomputed, startsOn } from './recomputed.ts';
import { seededOf, sitesOf, type TargetModule, tensorPath } from './start.ts';
import { targetDims } from './target-dims.ts';

/** The name of the size that PEFT's configuration states once for all modules. */
const SIZE: Readonly<Record<LayerName, string | undefined>> = {
  ...{ oft: 'b', oftEmbedding: 'b', boft: 'b', hra: 'r', road: 'g', lora: 'r', dora: 'r', psoft: 'r' },
  miss: 'r',
  gralora: 'r',
  c3a: 'b',
  ...{
    ia3: undefined,
    loha: 'r',
    lokr: undefined,
    hira: 'r',
    delora: 'r',
    deft: 'r',
    vera: 'r',
    randlora: 'r',
  },
  ...{ shira: 'r', fourierft: 'n', waveft: 'n', osf: 'k', frod: 'k' },
};

export type AdapterFormat = 'peft' | 'oftc';

/**
 * PEFT's format if PEFT has the method, with one size for all modules and no frozen tensors. PEFT would compute the
 * frozen tensors of PSOFT from the weight again, with other signs, and the adapter would be another function.
 */
export const formatOf = (method: Method, sites: readonly TargetModule[]): AdapterFormat =>
  method.peft !== undefined && obstacle(method, method.peft, sites) === undefined ? 'peft' : 'oftc';

/** Whether a tensor holds positions that follow from a seed, as PEFT's do. */
const isSeededPositions = ({ init }: InputNode): boolean =>
  init !== undefined && isSeeded(init) && matrixOf(init) !== undefined;

/**
 * The names of a layer's frozen tensors that PEFT's file lacks and that cannot be computed here as PEFT does. Each module
 * stores some, all modules share some, and some are positions that follow from a seed.
 */
function unsharedOf(program: Program, peft: LayerName): string[] {
  const { shared, recomputed = [] } = inFile(peft);
  return frozenOf(program)
    .filter((i) => !isStored(i) && !isSeededPositions(i))
    .map((i) => i.name)
    .filter((name) => !Object.hasOwn(shared?.names ?? {}, name) && !recomputed.includes(name));
}

/** The reason why PEFT's format does not hold an adapter of a method that PEFT has. */
function obstacle(method: Method, peft: LayerName, sites: readonly TargetModule[]): string | undefined {
  const { onlyRead } = inFile(peft);
  if (onlyRead !== undefined) return onlyRead;
  const frozen = unsharedOf(method.program, peft);
  if (frozen.length > 0) return `PEFT does not store ${listed(frozen)}`;
  const size = SIZE[peft];
  if (size !== undefined && method.dims[size] === undefined)
    return `PEFT states one '${size}' for all modules. For PEFT's, stop and give --set ${size}=…`;
  if (peft === 'miss' && method.config.shard === 'mini' && method.dims.h === undefined)
    return "PEFT states one 'h' for all modules. For PEFT's, stop and give --set h=…";
  return peft === 'lokr' ? otherFactors(method, sites) : undefined;
}

/** The reason why the adapter of a method that PEFT has is not written in PEFT's format; undefined where it is. */
export function whyNotPeft(method: Method, sites: readonly TargetModule[]): string | undefined {
  const why = method.peft === undefined ? undefined : obstacle(method, method.peft, sites);
  return why && `the adapter will be written in oftc's own format, which PEFT does not read, because ${why}`;
}

export interface Trained extends Pick<Adaptation, 'name' | 'method'> {
  /** The last words of the targets' modules: `q_proj`. */
  readonly modules: readonly string[];
  readonly sites: readonly TargetModule[];
  readonly baseModel: string;
  readonly task?: Task;
  /** The dropout that it was trained with. */
  readonly dropout?: number;
  /** The trained tensors by path. */
  readonly values: ReadonlyMap<string, HostArray>;
}

/** The size that PEFT's configuration states for all modules; undefined for a method without one. */
export function statedSize({ dims }: Method, peft: LayerName): number | undefined {
  const { [peft]: name } = SIZE;
  return name === undefined ? undefined : dims[name];
}

/** Writes the folder whole or not at all. Throws FormatError and SafetensorsError. */
export async function writeTrained(folder: string, trained: Trained): Promise<void> {
  const { method, modules, sites, baseModel, task, dropout = 0 } = trained;
  const seeded = seededOf(sites);
  const tensorOf = ({ module }: TargetModule, i: InputNode): HostArray => {
    const path = tensorPath(module, i);
    return trained.values.get(path) ?? seeded.get(path)!.data;
  };
  const shapeOf = (i: InputNode) => i.type.shape.map((d) => evalDim(d, {}));
  const moduleValue = (site: TargetModule, i: InputNode): ModuleValue => ({
    data: Float32Array.from(tensorOf(site, i)),
    shape: shapeOf(i),
  });
  const { peft } = method;
  if (peft !== undefined && isWritten(peft) && formatOf(method, sites) === 'peft') {
    const tensors = sites.flatMap((site) =>
      moduleTensors(
        site.module,
        peft,
        settingsOn(method.config, site.module),
        besideShared(
          peft,
          site,
          sites,
          Object.fromEntries(
            site.adapted.own.filter((i) => !isSeededPositions(i)).map((i) => [i.name, moduleValue(site, i)]),
          ),
        ),
      ),
    );
    const size = statedSize(method, peft);
    tensors.push(...sharedTensors(peft, size ?? 0, sites, moduleValue));
    const { config, dims } = method;
    const fields = adapterFields({
      ...{ layer: peft, config, size, dims, targets: modules, baseModel, dropout },
      ...(task ? { task } : {}),
    });
    return writeAdapter(folder, { fields, tensors });
  }
  const tensors: TensorData[] = sites.flatMap((site) =>
    site.adapted.own
      .filter((i) => !isSeeded(i.init))
      .map((i): TensorData => {
        const name = tensorPath(site.module, i);
        const data = tensorOf(site, i);
        return data instanceof Int32Array
          ? { name, dtype: 'I32', shape: shapeOf(i), data }
          : { name, dtype: 'F32', ...moduleValue(site, i) };
      }),
  );
  return writeOwn(folder, { name: trained.name, method, modules, baseModel, tensors });
}

/** The model that an adapter belongs to. */
export type Base = Pick<OpenModel, 'config' | 'weight'>;

/**
 * Reads an adapter's folder of either format. Throws FormatError, and OFT6009 for an adapter that only its author's
 * code defines, unless `trust` is given.
 */
export const readTrained = async (folder: string, model: Base, trust?: Trust): Promise<ReadBack> =>
  (await isOwn(folder)) ? readOwn(folder, model.config, trust) : readPeft(folder, model);

async function readPeft(folder: string, model: Base): Promise<ReadBack> {
  const { config } = model;
  const adapter = await readAdapter(folder, modulesOf(config));
  try {
    await checkBase(adapter, model);
    const modules = [...adapter.modules.values()];
    if (modules.every((m) => m.layer === 'lora') && !isEven(modules, config))
      return await readUneven(adapter, config);
    const [first] = modules;
    const unsupported = (what: string) =>
      new FormatError(
        'UnsupportedAdapter',
        { file: folder },
        what,
        'Merge the adapter in PEFT and use the merged model, or train an adapter that is the same on all blocks.',
      );
    const paths = new Set(modules.map((m) => m.path));
    const isOn = (p: Target) => pathsOf(config, p).some((path) => paths.has(path));
    const targets: Target[] = targetsOf(config).filter(isOn);
    const adapted = new Set(targets.flatMap((t) => pathsOf(config, t)));
    const other = modules.find((m) => !adapted.has(m.path));
    if (!first || other)
      throw unsupported(
        `it is on ${other?.path ?? 'no module'}, and a model has adapters on linear layers alone`,
      );
    const absent = [...adapted].find((path) => !paths.has(path));
    if (absent !== undefined)
      throw unsupported(
        `it leaves ${absent} out, and is on modules of that name in other blocks: only a LoRA may be on some of them`,
      );
    const settings = sharedSettings(modules);
    if (settings === undefined) throw unsupported('its modules differ in their method or its settings');
    const dims = Object.fromEntries(
      Object.entries(first.dims).filter(
        ([k, n]) => k !== 'in' && k !== 'out' && modules.every((m) => m.dims[k] === n),
      ),
    );
    const { layer } = first;
    const program = LAYERS[layer].trace(settingsOn(settings));
    refuseDerived(program, layer, folder);
    const method: Method = { source: LAYERS[layer], program, config: settings, dims, peft: layer };
    const values = await storedValues(adapter);
    const size = SIZE[layer];
    const isOpen = size !== undefined && toGive(program, { in: 0, out: 0, ...dims }).length > 0;
    const differing = isOpen ? targetDims(config, targets, modules, size) : undefined;
    if (isOpen && !differing) throw unsupported(`its modules of one name have several sizes '${size}'`);
    const sized = differing ? { targetDims: differing } : {};
    const sites = sitesOf(config, { source: method.source, config: settings, dims, targets, ...sized });
    for (const [path, tensor] of seededOf(sites)) if (!values.has(path)) values.set(path, tensor);
    await addRecomputed(
      layer,
      values,
      startsOn(config, sites, (name) => model.weight(name)),
    );
    for (const site of sites) checkPositions(site, values, folder);
    return {
      name: layer,
      method,
      targets,
      choice: { ...choiceOf(method, targets, values, folder), ...sized },
      notes: adapter.notes,
      dropout: dropoutIn(adapter, layer),
    };
  } finally {
    await adapter.close();
  }
}

/** The dropout that the configuration states for training. Throws InvalidAdapter for no part from 0 up to 1. */
function dropoutIn({ fields, path }: Adapter, layer: LayerName): number {
  const name = DROPOUT[layer];
  const value = (name === undefined ? undefined : fields[name]) ?? 0;
  if (typeof value === 'number' && value >= 0 && value < 1) return value;
  throw new FormatError(
    'InvalidAdapter',
    { file: path, name },
    `it is ${JSON.stringify(value)}, and a part of at least 0 and below 1 is expected`,
    'Correct adapter_config.json.',
  );
}

/** Reads a LoRA whose modules differ. */
async function readUneven(adapter: Adapter, model: ModelConfig): Promise<ReadBack> {
  const { targets, rank, scale, values, notes } = await evenLora(adapter, model);
  const config = { scale };
  const method: Method = {
    source: LAYERS.lora,
    program: LAYERS.lora.trace(config),
    config,
    dims: { r: rank },
    peft: 'lora',
  };
  return {
    ...{ name: 'lora', method, targets, notes: [...adapter.notes, ...notes] },
    dropout: dropoutIn(adapter, 'lora'),
    choice: choiceOf(method, targets, values, adapter.path),
  };
}

/** Throws UnsupportedAdapter for a layer with frozen tensors, which PEFT does not store. */
export function refuseDerived(program: Program, layer: LayerName, folder: string): void {
  const derived = unsharedOf(program, layer);
  if (derived.length > 0)
    throw new FormatError(
      'UnsupportedAdapter',
      { file: folder },
      `${layer} has ${listed(derived)}, which PEFT does not store: it computes them from the weight, up to signs that are those of its own decomposition`,
      'Merge the adapter in PEFT and use the merged model, or train it here.',
    );
}

/** Checks that weights stored in PEFT's adapter are the model's own. Throws InvalidAdapter for another value. */
export async function checkBase({ base, tensors, path }: Adapter, model: Base): Promise<void> {
  for (const [module, copy] of base) {
    const [stored, own] = [await tensors.f32(copy), await model.weight(weightName(model.config, module))];
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
