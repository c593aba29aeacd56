/** Requantises: puts other values into a quantised weight, in its stored form. */
import type { Quantization } from '../config/quantization.ts';
import {
  type Grouped4,
  nf4TensorData,
  packAwq,
  packGptq,
  type QuantizedTensor,
  quantizeGrouped4,
  quantizeInt8Rows,
  quantizeNf4,
} from '../quantized/index.ts';
import { isInt4, isNf4 } from '../quantized/stored.ts';
import {
  decodeBF16,
  decodeF16,
  encodeBF16,
  encodeF16,
  type SafetensorsDtype,
  type TensorData,
} from '../safetensors/index.ts';
import type { StoredTensor, TensorStore } from './store.ts';
import type { StoredWeight } from './weights.ts';

/** A quantised weight of a checkpoint: its name and tensors, codes and scales, and the configured packing. */
export interface QuantizedBase {
  readonly stored: StoredWeight;
  readonly weight: QuantizedTensor;
  readonly quantization: Quantization | undefined;
}

/**
 * Quantises values in the base's form: its blocks or groups, with g_idx, and its dtype of scales. Rounds to nearest,
 * as bitsandbytes does; GPTQ and AWQ choose better codes with calibration data, which is not available here. Throws
 * QuantizationError for values that the form cannot hold.
 */
export function requantize(values: Float32Array, base: QuantizedBase): QuantizedTensor {
  const { stored, weight, quantization } = base;
  const at = { tensor: stored.name };
  if (isNf4(weight)) {
    const { shape, dtype, blocksize, absmax } = weight;
    const nested =
      absmax.kind === 'nested' ? { doubleQuantization: true, nestedBlocksize: absmax.blocksize } : {};
    return quantizeNf4(values, shape, { dtype, blocksize, ...nested }, at);
  }
  if (!isInt4(weight)) return quantizeInt8Rows(values, weight.shape, at);
  const { shape, group } = weight;
  const { groupSize, smallestZero } = packingOf(quantization);
  const scales = stored.tensors.find((t) => t.name.endsWith('.scales'))!;
  const options = { group, smallestZero, rounded: (s: Float32Array) => rounded(s, scales) };
  return quantizeGrouped4(values, shape, groupSize, at, options);
}

/**
 * The result of `requantize` as tensors with the base's names, dtypes and shapes, except that the length of a quant
 * state depends on the digits of its numbers. Throws QuantizationError.
 */
export async function requantizedTensors(
  made: QuantizedTensor,
  values: Float32Array,
  { stored, quantization }: QuantizedBase,
  store: TensorStore,
): Promise<readonly TensorData[]> {
  if (isNf4(made)) return nf4TensorData(stored.name, made);
  const parts: Readonly<Record<string, ArrayBufferView>> = isInt4(made)
    ? packed(made, quantization, stored)
    : { weight: made.codes, SCB: rowLargest(values, made.scales.length) };
  return Promise.all(
    stored.tensors.map(async (tensor) => {
      const { name, dtype, shape } = tensor;
      const part = parts[name.slice(name.lastIndexOf('.') + 1)];
      // Tensors that describe only the layout of others, such as weight_format, stay.
      return { name, dtype, shape, data: part ? narrowed(part, tensor) : await store.bytes(name) };
    }),
  );
}

/** The scales SCB of bitsandbytes: the largest absolute value of each row, which is 127 steps. */
function rowLargest(values: Float32Array, rows: number): Float32Array {
  const columns = values.length / rows;
  return Float32Array.from({ length: rows }, (_, row) =>
    values
      .subarray(row * columns, (row + 1) * columns)
      .reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  );
}

function packed(weight: Grouped4, quantization: Quantization | undefined, { name }: StoredWeight) {
  const { groupSize, format } = packingOf(quantization);
  const at = { tensor: name };
  const words = format === 'awq' ? packAwq(weight, groupSize, at) : packGptq(weight, groupSize, format, at);
  const { qweight, qzeros, scales } = words;
  return { qweight, qzeros, scales, g_idx: weight.group };
}

/** The packing of 4-bit groups, which the configuration states. */
function packingOf(quantization: Quantization | undefined) {
  if (quantization?.method === 'awq')
    return { groupSize: quantization.groupSize, format: 'awq', smallestZero: 0 } as const;
  if (quantization?.method === 'gptq') {
    const { groupSize, format } = quantization;
    return { groupSize, format, smallestZero: format === 'gptq' ? 1 : 0 } as const;
  }
  throw new TypeError('groups of 4 bits are read by the configuration of GPTQ or AWQ');
}

/** Encoders and decoders of 16-bit floats, by dtype; float32 needs none. */
const HALF: Partial<Record<SafetensorsDtype, { encode: typeof encodeF16; decode: typeof decodeF16 }>> = {
  F16: { encode: encodeF16, decode: decodeF16 },
  BF16: { encode: encodeBF16, decode: decodeBF16 },
};

/** The float32 values, rounded to a tensor's dtype. */
function rounded(values: Float32Array, { dtype }: StoredTensor): Float32Array {
  const half = HALF[dtype];
  return half ? half.decode(half.encode(values)) : values;
}

/** The data in a tensor's dtype; codes and words are in it already. */
const narrowed = (data: ArrayBufferView, { dtype }: StoredTensor): ArrayBufferView =>
  data instanceof Float32Array ? (HALF[dtype]?.encode(data) ?? data) : data;
