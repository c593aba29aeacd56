/** Reads a stored tensor in the dtype that a layer declares. It refuses a value that would be rounded. */
import { OftcError } from '../../compiler/errors/error.ts';
import type { DType } from '../../compiler/ir/node.ts';
import {
  decodeF16,
  encodeF16,
  type SafetensorsDtype,
  type SafetensorsFile,
} from '../formats/safetensors/index.ts';
import type { HostArray } from '../session/tensors.ts';
import type { Wanted } from './wanted.ts';

const FLOATS: readonly SafetensorsDtype[] = ['F32', 'F16', 'BF16', 'F64'];
const INTEGERS: readonly SafetensorsDtype[] = ['I32', 'I64', 'I16', 'I8', 'U32', 'U16', 'U8'];

/** The stored dtypes that may hold values of a declared dtype; the declared dtype itself comes first. */
const READS: Readonly<Record<DType, readonly SafetensorsDtype[]>> = {
  f32: FLOATS,
  f16: ['F16', ...FLOATS.filter((d) => d !== 'F16')],
  i32: INTEGERS,
};

const TORCH: Readonly<Record<DType, string>> = { f32: 'float32', f16: 'float16', i32: 'int32' };

/** Reads a tensor. Throws OFT4003 for a dtype that does not fit, or a value that the declared dtype cannot hold. */
export async function readAs(wanted: Wanted, file: SafetensorsFile, stored: string): Promise<HostArray> {
  const { dtype } = wanted.type;
  const from = file.tensors.get(stored)!.dtype;
  const where = `${file.path}: tensor '${stored}' is ${from} and '${wanted.name}' is declared ${dtype}`;
  const fix = `save it with .to(torch.${TORCH[dtype]})`;
  if (!READS[dtype].includes(from)) {
    const [own, ...others] = READS[dtype];
    throw new OftcError(
      'OFT4003',
      `${where}, which is read from ${own}, or from ${others.join(', ')} whose every value it can hold: ${fix}`,
      wanted.spans,
    );
  }
  if (dtype === 'f16' && from === 'F16') {
    const bytes = await file.bytes(stored);
    return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  }
  const values = await file.array(stored);
  const { array, read } = narrow(dtype, values);
  for (let i = 0; i < values.length; i++) {
    const [before, after] = [Number(values[i]), read[i]!];
    if (before === after || Number.isNaN(before)) continue;
    throw new OftcError(
      'OFT4003',
      `${where}; element ${i} is ${values[i]}, which ${dtype} cannot hold exactly (nearest: ${after}), and nothing is rounded silently: ${fix}, which rounds`,
      wanted.spans,
    );
  }
  return array;
}

/** The values in the declared dtype: `array` as a run takes them, `read` as numbers to compare. */
function narrow(
  dtype: DType,
  values: { readonly [i: number]: number | bigint; readonly length: number },
): { array: HostArray; read: ArrayLike<number> } {
  switch (dtype) {
    case 'f32': {
      const array = values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>);
      return { array, read: array };
    }
    case 'f16': {
      const array = encodeF16(values as ArrayLike<number>);
      return { array, read: decodeF16(array) };
    }
    case 'i32': {
      const array =
        values instanceof Int32Array ? values : Int32Array.from(values as ArrayLike<number>, Number);
      return { array, read: array };
    }
    default:
      return dtype satisfies never;
  }
}
