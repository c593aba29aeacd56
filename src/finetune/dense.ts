/** Stores weights as plain floats. */
import { isObject, type Json, type JsonObject } from '../formats/json.ts';
import { QuantizationError } from '../formats/quantized/index.ts';
import {
  encodeBF16,
  encodeF16,
  type SafetensorsDtype,
  type TensorData,
} from '../formats/safetensors/index.ts';

/** The dtypes of `--dtype`, with their names in safetensors files and in config.json. */
export const DENSE = {
  f32: { stored: 'F32', named: 'float32' },
  f16: { stored: 'F16', named: 'float16' },
  bf16: { stored: 'BF16', named: 'bfloat16' },
} as const satisfies Readonly<Record<string, { stored: SafetensorsDtype; named: string }>>;
export type Dense = keyof typeof DENSE;

/** The field of config.json that names the dtype; transformers before 5 call it `torch_dtype`. */
export const dtypeField = (config: Json, dtype: Dense): JsonObject => ({
  [isObject(config) && 'dtype' in config ? 'dtype' : 'torch_dtype']: DENSE[dtype].named,
});

type DenseDtype = (typeof DENSE)[Dense]['stored'];

export const isDense = (dtype: SafetensorsDtype): dtype is DenseDtype =>
  Object.values(DENSE).some(({ stored }) => stored === dtype);

/** The encoder of each dtype, and the exponent bits, which are all set in infinities and NaN. */
const HALF = {
  F16: { encode: encodeF16, exponent: 0x7c00 },
  BF16: { encode: encodeBF16, exponent: 0x7f80 },
} as const;

/** A tensor in a dtype, rounded to nearest. Throws InvalidWeight for a value that becomes infinite in the dtype. */
export function denseTensor(
  name: string,
  shape: readonly number[],
  dtype: DenseDtype,
  values: Float32Array,
): TensorData {
  const half = dtype === 'F32' ? undefined : HALF[dtype];
  const data = half ? half.encode(values) : values;
  const wrong = data.findIndex((x) => (half ? (x & half.exponent) === half.exponent : !Number.isFinite(x)));
  if (wrong < 0) return { name, dtype, shape, data };
  throw new QuantizationError(
    'InvalidWeight',
    { tensor: name },
    `element ${wrong} is ${values[wrong]}, and ${dtype} has no such number`,
    Number.isFinite(values[wrong])
      ? 'Write it with --dtype bf16 or f32.'
      : 'Train again with a lower rate, `oftc finetune --lr`.',
  );
}
