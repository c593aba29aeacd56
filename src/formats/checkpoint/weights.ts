/** The weights of a checkpoint, each in the form it is stored in: one tensor, or several of a quantised weight. */
import { byKey } from '../../../compiler/keyed.ts';
import type { Quantization } from '../config/quantization.ts';
import { checkLength, checkScales } from '../quantized/checks.ts';
import { companion } from '../quantized/error.ts';
import {
  type Grouped4,
  type Int8Rows,
  type Place,
  QuantizationError,
  type QuantizedTensor,
  quantizedWeights,
  readNf4,
  unpackAwq,
  unpackGptq,
} from '../quantized/index.ts';
import { parseNf4State } from '../quantized/nf4-state.ts';
import type { SafetensorsDtype } from '../safetensors/index.ts';
import type { StoredTensor, TensorStore } from './store.ts';

export type WeightForm = 'plain' | 'nf4' | 'int8' | 'gptq' | 'awq';

export interface StoredWeight {
  /** The model's name for the weight: `….q_proj.weight`, even if `….q_proj.qweight` stores it. */
  readonly name: string;
  readonly form: WeightForm;
  /** The shape of the weight, (out, in); [elements] for NF4, whose quant state has the shape. */
  readonly shape: readonly number[];
  /** The tensors that store the weight; the first holds the codes. */
  readonly tensors: readonly StoredTensor[];
}

const BESIDE = {
  int8: ['SCB', 'weight_format'],
  packed: ['qzeros', 'scales', 'g_idx'],
} as const;

/**
 * Sorts tensors into weights. The configuration alone tells 4-bit groups of GPTQ from those of AWQ; companion tensors
 * tell every other form.
 */
export function storedWeights(
  tensors: ReadonlyMap<string, StoredTensor>,
  quantization: Quantization | undefined,
): ReadonlyMap<string, StoredWeight> {
  const weights = new Map<string, StoredWeight>();
  const taken = new Set<string>();
  const take = (names: Iterable<string>): StoredTensor[] =>
    [...names].flatMap((name) => {
      taken.add(name);
      return tensors.get(name) ?? [];
    });
  const add = (weight: StoredWeight) => weights.set(weight.name, weight);
  const nf4 = new Set(quantizedWeights(tensors));
  const beside = groupCompanions(tensors, nf4);
  for (const name of nf4) {
    const stored = take([name, ...(beside.get(name) ?? [])]);
    const codes = tensors.get(name)?.shape.reduce((p, n) => p * n, 1) ?? 0;
    add({ name, form: 'nf4', shape: [2 * codes], tensors: stored });
  }
  for (const key of tensors.keys()) {
    const [, module, suffix] = /^(.+)\.(SCB|qweight)$/s.exec(key) ?? [];
    if (module === undefined) continue;
    const name = `${module}.weight`;
    if (suffix === 'SCB') {
      const stored = take([name, ...BESIDE.int8.map((s) => `${module}.${s}`)]);
      add({ name, form: 'int8', shape: tensors.get(name)?.shape ?? [], tensors: stored });
    } else {
      const form = quantization?.method === 'awq' ? 'awq' : 'gptq';
      const stored = take([key, ...BESIDE.packed.map((s) => `${module}.${s}`)]);
      add({ name, form, shape: unpackedShape(form, tensors.get(key)!.shape), tensors: stored });
    }
  }
  for (const [name, info] of tensors)
    if (!taken.has(name)) add({ name, form: 'plain', shape: info.shape, tensors: [info] });
  return weights;
}

/** The shape (out, in) of a qweight, which is [in / 8, out] in GPTQ and [in, out / 8] in AWQ. */
function unpackedShape(form: 'gptq' | 'awq', [rows = 0, columns = 0]: readonly number[]): readonly number[] {
  return form === 'gptq' ? [columns, 8 * rows] : [8 * columns, rows];
}

/** The module that a weight is of: its name without `.weight`. */
export const moduleOf = ({ name }: StoredWeight): string => name.replace(/\.weight$/, '');

/** The companions of NF4 weights, such as `….weight.absmax`, by weight. */
function groupCompanions(
  tensors: ReadonlyMap<string, StoredTensor>,
  weights: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const suffix = /^(.*)\.(?:absmax|quant_map|nested_absmax|nested_quant_map|quant_state\.[^/]*)$/s;
  const found = [...tensors.keys()].map((key) => [suffix.exec(key)?.[1] ?? '', key] as const);
  return byKey(found.filter(([weight]) => weights.has(weight)));
}

/** Reads a quantised weight; undefined for a plain one. Throws QuantizationError, or SafetensorsError. */
export async function readQuantized(
  store: TensorStore,
  weight: StoredWeight,
  quantization: Quantization | undefined,
): Promise<QuantizedTensor | undefined> {
  switch (weight.form) {
    case 'plain':
      return undefined;
    case 'nf4':
      return readNf4(store, weight.name);
    case 'int8':
      return readInt8(store, moduleOf(weight));
    case 'gptq':
    case 'awq':
      return readPacked(store, moduleOf(weight), quantization);
    default:
      return weight.form satisfies never;
  }
}

/** The weight's own shape, read from the quant state for NF4. */
export async function storedShape(store: TensorStore, { name, form, shape, tensors }: StoredWeight) {
  const state = form === 'nf4' ? tensors.find((t) => t.name.startsWith(`${name}.quant_state.`)) : undefined;
  if (!state) return shape;
  return parseNf4State(await store.bytes(state.name), { file: state.file, tensor: state.name }).shape;
}

/**
 * Reads bitsandbytes' rows: weight = codes · SCB / 127. Only `weight_format` 0, row-major, is portable. Throws
 * QuantizationError.
 */
export async function readInt8(store: TensorStore, module: string): Promise<Int8Rows> {
  const name = `${module}.weight`;
  const info = companionOf(store, module, 'weight', ['I8']);
  const scales = companionOf(store, module, 'SCB', ['F32']);
  const scb = await store.f32(scales.name);
  const format = store.tensors.get(`${module}.weight_format`);
  const layout = format && (await store.bytes(format.name))[0];
  if (layout !== undefined && layout !== 0) {
    throw new QuantizationError(
      'InvalidPacking',
      { file: format?.file, tensor: format?.name },
      `the layout ${layout} is of one GPU, and only 0, row-major, is read`,
      'Save the model with a current version of bitsandbytes.',
    );
  }
  const [rows, columns] = matrix(info);
  const place: Place = { file: scales.file, tensor: scales.name };
  checkLength(scb, rows, 'one for each row', place);
  checkScales(scb, false, place);
  const { buffer, byteOffset, length } = await store.array(name);
  return {
    shape: [rows, columns],
    codes: new Int8Array(buffer, byteOffset, length),
    scales: scb.map((largest) => largest / 127),
  };
}

async function readPacked(
  store: TensorStore,
  module: string,
  quantization: Quantization | undefined,
): Promise<Grouped4> {
  const at: Place = { file: store.path, tensor: module };
  const i32 = async (suffix: string): Promise<Int32Array> => {
    const { buffer, byteOffset, length } = await store.array(
      companionOf(store, module, suffix, ['I32']).name,
    );
    return new Int32Array(buffer, byteOffset, length);
  };
  const packed = companionOf(store, module, 'qweight', ['I32']);
  const scales = await store.f32(companionOf(store, module, 'scales', ['F16', 'BF16', 'F32']).name);
  const words = { qweight: await i32('qweight'), qzeros: await i32('qzeros'), scales };
  if (quantization?.method === 'awq') {
    const [ins, outWords] = matrix(packed);
    return unpackAwq({ shape: [8 * outWords, ins], groupSize: quantization.groupSize, ...words }, at);
  }
  if (quantization?.method !== 'gptq') {
    throw new QuantizationError(
      'UnknownQuantType',
      companion(at, 'qweight'),
      'GPTQ and AWQ pack weights under this name, and the configuration has neither',
      'Take config.json with its quantization_config from the checkpoint.',
    );
  }
  const [inWords, outs] = matrix(packed);
  const gIdx = store.tensors.has(`${module}.g_idx`) ? { gIdx: await i32('g_idx') } : {};
  return unpackGptq(
    {
      shape: [outs, 8 * inWords],
      groupSize: quantization.groupSize,
      format: quantization.format,
      ...words,
      ...gIdx,
    },
    at,
  );
}

/** A tensor that accompanies a weight. Throws MissingCompanion or CompanionDtype. */
export function companionOf(
  store: TensorStore,
  module: string,
  suffix: string,
  dtypes: readonly SafetensorsDtype[],
): StoredTensor {
  const place: Place = { file: store.path, tensor: `${module}.${suffix}` };
  const info = store.tensors.get(`${module}.${suffix}`);
  if (!info) {
    throw new QuantizationError(
      'MissingCompanion',
      place,
      `the weight of ${module} cannot be dequantised without it`,
      'Read the file that holds the weight with all its companions, or quantise it again.',
    );
  }
  if (dtypes.includes(info.dtype)) return info;
  throw new QuantizationError(
    'CompanionDtype',
    { ...place, file: info.file },
    `its dtype must be ${dtypes.join(' or ')} and is ${info.dtype}`,
    'Take the weight and its companions from one checkpoint.',
  );
}

export function matrix({ name, file, shape }: StoredTensor): readonly [number, number] {
  const [rows, columns, ...more] = shape;
  if (rows !== undefined && columns !== undefined && more.length === 0) return [rows, columns];
  throw new QuantizationError(
    'InvalidWeight',
    { file, tensor: name },
    `it has ${shape.length} axes, and a quantised weight is a matrix`,
    'Take the weight from a checkpoint of a model of linear layers.',
  );
}
