/**
 * Saves the state of a run in one safetensors file: the adapter with its frozen tensors, AdamW's means, and the
 * position in data and metrics. The metadata hold digests of every tensor, of the settings, of the model's tensors and
 * of the metrics. These have digests too, so that no bit of the file can change unnoticed.
 */
import { evalDim } from '../../../compiler/dims/dims.ts';
import { OftcError } from '../../../compiler/errors/error.ts';
import { isSeeded } from '../../../compiler/ir/init.ts';
import { listed } from '../../formats/error.ts';
import {
  openSafetensors,
  type SafetensorsFile,
  type TensorData,
  writeSafetensors,
} from '../../formats/safetensors/index.ts';
import { findTensor, naturalArray } from '../../formats/safetensors/read.ts';
import { sha256 } from '../../formats/sha256.ts';
import type { HostArray, HostTensor } from '../../session/tensors.ts';
import type { Moments } from '../adamw.ts';
import { seededOf, type TargetModule, tensorPath } from '../start.ts';
import { type Fields, fieldsOf, metadataOf, type Progress } from './checkpoint-fields.ts';
import { damaged } from './damaged.ts';
import type { StateAt, TrainedState } from './engine.ts';

export interface Checkpoint extends Omit<Fields, 'tensors'> {
  /** The adapter's trained tensors. */
  readonly adapter: ReadonlyMap<string, HostTensor>;
  /** The adapter's frozen tensors, as they started; those that follow from a seed are made again. */
  readonly frozen: ReadonlyMap<string, HostTensor>;
  /** AdamW's means of every trained tensor; none at step 0. */
  readonly moments: ReadonlyMap<string, Moments>;
}

const tensorOf = (name: string, data: HostArray): TensorData => {
  if (data instanceof Float32Array) return { name, dtype: 'F32', shape: [data.length], data };
  if (data instanceof Float64Array) return { name, dtype: 'F64', shape: [data.length], data };
  if (data instanceof Int32Array) return { name, dtype: 'I32', shape: [data.length], data };
  throw new TypeError(`'${name}' is not a tensor of an adapter`);
};

const digestOf = (
  { dtype, shape }: Pick<TensorData, 'dtype' | 'shape'>,
  { buffer, byteOffset, byteLength }: ArrayBufferView,
): string => sha256(JSON.stringify([dtype, shape]), new Uint8Array(buffer, byteOffset, byteLength));

/** The part of a checkpoint that stays the same over a run. */
export type Constant = Pick<Checkpoint, 'settings' | 'model' | 'frozen'>;

/** Writes the file whole or not at all: the old file stays until the new one is on the disk. */
export async function saveCheckpoint(
  path: string,
  { adapter, moments }: TrainedState,
  { frozen, ...constant }: Constant,
  progress: Progress,
): Promise<void> {
  const tensors: TensorData[] = [...frozen].map(([name, { data }]) => tensorOf(`f/${name}`, data));
  for (const [name, data] of adapter) tensors.push(tensorOf(`p/${name}`, data));
  for (const [name, { m, v }] of moments) tensors.push(tensorOf(`m/${name}`, m), tensorOf(`v/${name}`, v));
  const digests = Object.fromEntries(tensors.map((t) => [t.name, digestOf(t, t.data)]));
  await writeSafetensors(path, tensors, metadataOf({ ...constant, ...progress, tensors: digests }));
}

/**
 * Reads a checkpoint whole. Throws SafetensorsError or OFT6013 for a damaged file, naming the tensor or the field,
 * and OFT6006 for a file that is no checkpoint or of another version.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const file = await openSafetensors(path);
  try {
    const { tensors: digests, ...fields } = fieldsOf(file.metadata ?? new Map(), path);
    const missing = Object.keys(digests).find((name) => !file.tensors.has(name));
    if (missing !== undefined) throw damaged(path, `the tensor '${missing}' is missing`);
    const parts = { f: new Map<string, HostTensor>(), p: new Map<string, HostTensor>() };
    const means = { m: new Map<string, HostArray>(), v: new Map<string, HostArray>() };
    for (const name of file.tensors.keys()) {
      const data = await arrayOf(file, name, digests[name]);
      const [kind, of] = [name.slice(0, 2), name.slice(2)];
      const { shape } = file.tensors.get(name)!;
      if (kind === 'f/') parts.f.set(of, { data, shape });
      else if (data instanceof Int32Array) throw damaged(path, `the tensor '${name}' holds integers`);
      else if (kind === 'p/') parts.p.set(of, { data, shape });
      else if (kind === 'm/') means.m.set(of, data);
      else if (kind === 'v/') means.v.set(of, data);
      else throw damaged(path, `no run writes a tensor '${name}'`);
    }
    const moments = momentsOf(path, fields.step, parts.p, means);
    return { ...fields, adapter: parts.p, frozen: parts.f, moments };
  } finally {
    await file.close();
  }
}

async function arrayOf(file: SafetensorsFile, name: string, digest: string | undefined): Promise<HostArray> {
  const info = findTensor(file, name, file.path);
  const bytes = await file.bytes(name);
  if (digest === undefined) throw damaged(file.path, `no run wrote the tensor '${name}' there`);
  if (digestOf(info, bytes) !== digest)
    throw damaged(file.path, `the tensor '${name}' is not what its digest says`);
  const data = naturalArray(info, bytes, file.path);
  if (data instanceof Float32Array || data instanceof Float64Array || data instanceof Int32Array) return data;
  throw damaged(file.path, `the tensor '${name}' is ${info.dtype}`);
}

/** AdamW's means of every trained tensor, checked for its number of elements; none before the first step. */
function momentsOf(
  path: string,
  step: number,
  trained: ReadonlyMap<string, HostTensor>,
  means: Readonly<Record<'m' | 'v', ReadonlyMap<string, HostArray>>>,
): Map<string, Moments> {
  const moments = new Map<string, Moments>();
  for (const kind of ['m', 'v'] as const) {
    const extra = [...means[kind].keys()].find((name) => step === 0 || !trained.has(name));
    if (extra !== undefined)
      throw damaged(
        path,
        `there is a tensor '${kind}/${extra}', and ${step === 0 ? 'no step was taken' : 'nothing of the name is trained'}`,
      );
  }
  if (step === 0) return moments;
  for (const [name, { data }] of trained) {
    const [m, v] = [means.m.get(name), means.v.get(name)];
    for (const [kind, mean] of Object.entries({ m, v })) {
      if (mean === undefined)
        throw damaged(
          path,
          `the tensor '${kind}/${name}', a running mean of AdamW after step ${step}, is missing`,
        );
      if (mean.length !== data.length)
        throw damaged(
          path,
          `the tensor '${kind}/${name}' has ${mean.length} elements, and 'p/${name}' ${data.length}`,
        );
    }
    moments.set(name, { m: m!, v: v! });
  }
  return moments;
}

/** Throws OFT6006 if a setting or a tensor of the model differs between checkpoint and run. */
export function checkSame(
  path: string,
  was: Pick<Checkpoint, 'settings' | 'model'>,
  is: Pick<Checkpoint, 'settings' | 'model'>,
): void {
  const keys = different(was.settings, is.settings);
  if (keys.length > 0) {
    const said = (x: string | number | boolean | undefined) => x ?? 'not set';
    const each = keys.map((k) => `${k} was ${said(was.settings[k])} and is ${said(is.settings[k])}`);
    throw new OftcError(
      'OFT6006',
      `${path} is of another run: ${each.join('; ')}. Resume with what it was started with${keys.includes('steps') ? `, or train its adapter further in a run of its own: --init ADAPTER --out FOLDER` : ''}`,
    );
  }
  const parts = different(was.model, is.model);
  if (parts.length > 0)
    throw new OftcError(
      'OFT6006',
      `${path} is of another run: of the model, ${listed(parts)} ${parts.length === 1 ? 'is' : 'are'} not as when it was started. Resume with the model of then`,
    );
}

const different = <T>(a: Readonly<Record<string, T>>, b: Readonly<Record<string, T>>): string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((k) => a[k] !== b[k]);

/**
 * The checkpoint's tensors of the adapter, by path, and those that are trained beside it: `beside` has their shapes.
 * Throws OFT6006 if it has others.
 */
export function tensorsOf(
  path: string,
  sites: readonly TargetModule[],
  from: Checkpoint,
  beside: ReadonlyMap<string, readonly number[]> = new Map(),
): Map<string, HostTensor> {
  const all = seededOf(sites);
  const refuse = (what: string) => new OftcError('OFT6006', `${path} is of another adapter: ${what}`);
  const take = (name: string, of: Checkpoint['adapter'], shape: readonly number[], isInt: boolean) => {
    const elements = shape.reduce((a, b) => a * b, 1);
    const { data } = of.get(name) ?? {};
    if (data?.length !== elements || data instanceof Int32Array !== isInt)
      throw refuse(`it has no tensor '${name}' of ${elements} elements`);
    all.set(name, { data, shape });
  };
  for (const { module, adapted } of sites)
    for (const { type, role, ...i } of adapted.own.filter(({ init }) => !isSeeded(init)))
      take(
        tensorPath(module, i),
        role === 'trainable' ? from.adapter : from.frozen,
        type.shape.map((d) => evalDim(d, {})),
        type.dtype === 'i32',
      );
  for (const [name, shape] of beside) take(name, from.adapter, shape, false);
  const extra = [...from.adapter.keys(), ...from.frozen.keys()].find((name) => !all.has(name));
  if (extra !== undefined) throw refuse(`it has a tensor '${extra}', and the adapter has none`);
  return all;
}

/** The state that a checkpoint holds, for an engine. */
export const stateOf = ({ step, adapter, moments }: Checkpoint): StateAt => ({
  step,
  adapter: new Map([...adapter].map(([name, { data }]) => [name, data])),
  moments,
});
