/** Checks that a weight can be read. It reads headers and companions, and no codes, which are most of a file. */
import type { Quantization } from '../config/quantization.ts';
import { checkLength, checkScales } from '../quantized/checks.ts';
import { companion } from '../quantized/error.ts';
import { checkGroups, checkPackedSizes } from '../quantized/groups.ts';
import { readNf4 } from '../quantized/index.ts';
import { checkInt8Rows } from '../quantized/int8.ts';
import type { TensorArray, TensorInfo } from '../safetensors/index.ts';
import { checkFloats, type StoredTensor, type TensorStore } from './store.ts';
import { companionOf, matrix, moduleOf, readInt8, type StoredWeight } from './weights.ts';

/**
 * Throws what reading the weight would throw (QuantizationError or SafetensorsError), except for errors in the codes.
 * A weight packed by GPTQ or AWQ is checked if the configuration names that method. The result is the weight's shape.
 */
export async function verifyWeight(
  store: TensorStore,
  weight: StoredWeight,
  quantization: Quantization | undefined,
): Promise<readonly number[]> {
  switch (weight.form) {
    case 'plain':
      checkFloats(weight.tensors[0]!);
      return weight.shape;
    case 'nf4': {
      const { shape } = await readNf4({ ...store, array: withoutCodes(store) }, weight.name);
      return shape;
    }
    case 'int8': {
      const rows = await readInt8({ ...store, array: withoutCodes(store) }, moduleOf(weight));
      checkInt8Rows(rows, { file: store.path, tensor: weight.name });
      return weight.shape;
    }
    case 'gptq':
    case 'awq':
      await verifyPacked(store, weight, quantization);
      return weight.shape;
    default:
      return weight.form satisfies never;
  }
}

const length = ({ shape }: TensorInfo): number => shape.reduce((p, n) => p * n, 1);

/** A store that gives zeros for 8-bit codes. The system allocates no memory for zeros until they are written. */
const withoutCodes =
  (store: TensorStore) =>
  async (name: string): Promise<TensorArray> => {
    const info = store.tensors.get(name);
    if (info?.dtype === 'I8') return new Int8Array(length(info));
    if (info?.dtype === 'U8' && !name.includes('.quant_state.')) return new Uint8Array(length(info));
    return store.array(name);
  };

async function verifyPacked(
  store: TensorStore,
  weight: StoredWeight,
  quantization: Quantization | undefined,
): Promise<void> {
  const { form } = weight;
  if ((form !== 'gptq' && form !== 'awq') || quantization?.method !== form) return;
  const module = moduleOf(weight);
  const at = { file: store.path, tensor: module };
  const sized = (tensor: StoredTensor) => ({ length: length(tensor) });
  const qweight = companionOf(store, module, 'qweight', ['I32']);
  const [rows, columns] = matrix(qweight);
  const shape = form === 'gptq' ? ([columns, 8 * rows] as const) : ([8 * columns, rows] as const);
  const scales = companionOf(store, module, 'scales', ['F16', 'BF16', 'F32']);
  const sizes = {
    qweight: sized(qweight),
    qzeros: sized(companionOf(store, module, 'qzeros', ['I32'])),
    scales: sized(scales),
  };
  const neighbours = checkPackedSizes(form, shape, quantization.groupSize, sizes, at);
  checkScales(await store.f32(scales.name), true, companion(at, 'scales'));
  if (form !== 'gptq' || !store.tensors.has(`${module}.g_idx`)) return;
  const group = await store.array(companionOf(store, module, 'g_idx', ['I32']).name);
  checkLength(group, shape[1], 'one for each input', companion(at, 'g_idx'));
  checkGroups(group, neighbours.at(-1)! + 1, at);
}
