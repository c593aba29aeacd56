/**
 * A run as far as it has come, in one safetensors file: the adapter, what of it is frozen too, AdamW's means, and where data
 * and metrics are.
 */
import { evalDim } from '../../../compiler/ir/dims.ts';
import { OftcError } from '../../../compiler/ir/error.ts';
import { isObject, parseJson } from '../../formats/json.ts';
import { openSafetensors, type TensorData, writeSafetensors } from '../../formats/safetensors/index.ts';
import type { HostArray, HostTensor } from '../../tensors.ts';
import type { AdamW, Moments } from '../adamw.ts';
import type { Model } from '../model-run.ts';
import { heldOn } from '../place.ts';
import { type Site, tensorPath } from '../start.ts';

/** What determines a run, by option; a run goes on only with the same. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

export interface Progress {
  /** Steps taken: data and rate follow from it. */
  readonly step: number;
  /** Bytes of metrics.jsonl that belong to them. */
  readonly metrics: number;
}

export interface Checkpoint extends Progress {
  readonly settings: Settings;
  /** What is trained. */
  readonly adapter: ReadonlyMap<string, Stored>;
  /** What the adapter has beside, as it started. */
  readonly frozen: ReadonlyMap<string, Stored>;
  readonly moments: ReadonlyMap<string, Moments>;
}

type Stored = HostTensor;

const FORMAT = 'oftc-finetune-1';

const tensorOf = (name: string, data: HostArray): TensorData => {
  if (data instanceof Float32Array) return { name, dtype: 'F32', shape: [data.length], data };
  if (data instanceof Float64Array) return { name, dtype: 'F64', shape: [data.length], data };
  if (data instanceof Int32Array) return { name, dtype: 'I32', shape: [data.length], data };
  throw new TypeError(`'${name}' is not a tensor of an adapter`);
};

/** Writes the file whole or not at all: what was there stays until the new one is on the disk. */
export async function saveCheckpoint(
  path: string,
  model: Model,
  optimizer: AdamW,
  settings: Settings,
  frozen: ReadonlyMap<string, HostTensor>,
  { step, metrics }: Progress,
): Promise<void> {
  const tensors: TensorData[] = [...frozen].map(([name, { data }]) => tensorOf(`f/${name}`, data));
  for (const [name, held] of model.trained) tensors.push(tensorOf(`p/${name}`, await held.read()));
  for (const [name, { m, v }] of await optimizer.moments())
    tensors.push(tensorOf(`m/${name}`, m), tensorOf(`v/${name}`, v));
  await writeSafetensors(path, tensors, {
    format: FORMAT,
    step: String(step),
    metrics: String(metrics),
    settings: JSON.stringify(settings),
  });
}

/** Throws SafetensorsError for a damaged file, OFT6006 for one that is no checkpoint. */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const file = await openSafetensors(path);
  try {
    const { format, step, metrics, settings } = Object.fromEntries(file.metadata ?? new Map());
    const refuse = () =>
      new OftcError(
        'OFT6006',
        `${path} is not a checkpoint of a run: leave it out of the folder, or start anew`,
      );
    if (format !== FORMAT || typeof settings !== 'string') throw refuse();
    const [adapter, frozen] = [new Map<string, Stored>(), new Map<string, Stored>()];
    const moments = new Map<string, { m?: HostArray; v?: HostArray }>();
    for (const [name, { shape }] of file.tensors) {
      const data = await file.array(name);
      const [kind, path_] = [name.slice(0, 1), name.slice(2)];
      const floats = data instanceof Float32Array || data instanceof Float64Array;
      if (!floats && !(kind === 'f' && data instanceof Int32Array)) throw refuse();
      if (kind === 'f') frozen.set(path_, { data, shape });
      else if (kind === 'p') adapter.set(path_, { data, shape });
      else moments.set(path_, { ...moments.get(path_), [kind]: data });
    }
    const both = [...moments].map(([name, { m, v }]): [string, Moments] => {
      if (!m || !v) throw refuse();
      return [name, { m, v }];
    });
    const parsed = parseJson(settings, path);
    if (!isObject(parsed)) throw refuse();
    return {
      step: Number(step),
      metrics: Number(metrics),
      settings: parsed as Settings,
      adapter,
      frozen,
      moments: new Map(both),
    };
  } finally {
    await file.close();
  }
}

/** Throws OFT6006 where a setting is another than the run's. */
export function checkSettings(path: string, was: Settings, is: Settings): void {
  const other = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((k) => was[k] !== is[k]);
  if (other.length === 0) return;
  const each = other.map((k) => `${k} was ${was[k] ?? 'not set'} and is ${is[k] ?? 'not set'}`);
  throw new OftcError(
    'OFT6006',
    `${path} is of another run: ${each.join('; ')}. Resume with what it was started with`,
  );
}

/** The adapter's tensors where the checkpoint was taken, by path. Throws OFT6006 where it has others. */
export function tensorsOf(path: string, sites: readonly Site[], from: Checkpoint): Map<string, HostTensor> {
  const all = new Map<string, HostTensor>();
  for (const { module, adapted } of sites)
    for (const i of adapted.own) {
      const name = tensorPath(module, i);
      const shape = i.type.shape.map((d) => evalDim(d, {}));
      const elements = shape.reduce((a, b) => a * b, 1);
      const { data } = (i.role === 'trainable' ? from.adapter : from.frozen).get(name) ?? {};
      if (data?.length !== elements || data instanceof Int32Array !== (i.type.dtype === 'i32'))
        throw new OftcError('OFT6006', `${path} has no tensor '${name}' of ${elements} elements`);
      all.set(name, { data, shape });
    }
  return all;
}

/** Puts the model and the optimiser where the checkpoint was taken. */
export function restore(model: Model, optimizer: AdamW, from: Checkpoint): void {
  for (const [name, { data }] of from.adapter) model.replace(name, heldOn(model.place, name, data));
  optimizer.restore(from.step, from.moments);
}
