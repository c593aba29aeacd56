import { decodeBF16, decodeF8E4M3, decodeF8E5M2, decodeF16 } from './half.ts';

/**
 * Bits per element of every dtype of the format, in the reference's order of rising alignment: files
 * are laid out by descending position here, then by name. (Reference: `enum Dtype`.)
 */
const BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

export type SafetensorsDtype = keyof typeof BITS;

export const SAFETENSORS_DTYPES = Object.keys(BITS) as readonly SafetensorsDtype[];

const RANK: ReadonlyMap<string, number> = new Map(SAFETENSORS_DTYPES.map((dtype, rank) => [dtype, rank]));

export function isSafetensorsDtype(name: string): name is SafetensorsDtype {
  return RANK.has(name);
}

/** Bits per element; below 8 for the packed F4 and F6 dtypes. */
export function dtypeBits(dtype: SafetensorsDtype): number {
  return BITS[dtype];
}

/** The dtype's position in the reference's order of rising alignment. */
export function dtypeRank(dtype: SafetensorsDtype): number {
  return RANK.get(dtype)!;
}

export type TensorArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

type ArrayType = { new (buffer: ArrayBufferLike, byteOffset: number, length: number): TensorArray };

/** The typed array whose elements are the dtype's bit patterns; Uint8Array if there is none. */
export function storageType(dtype: SafetensorsDtype): ArrayType {
  switch (dtype) {
    case 'BOOL':
    case 'U8':
    case 'F8_E5M2':
    case 'F8_E4M3':
    case 'F8_E8M0':
    case 'F4':
    case 'F6_E2M3':
    case 'F6_E3M2':
    case 'C64':
      return Uint8Array;
    case 'I8':
      return Int8Array;
    case 'I16':
      return Int16Array;
    case 'U16':
    case 'F16':
    case 'BF16':
      return Uint16Array;
    case 'I32':
      return Int32Array;
    case 'U32':
      return Uint32Array;
    case 'F32':
      return Float32Array;
    case 'F64':
      return Float64Array;
    case 'I64':
      return BigInt64Array;
    case 'U64':
      return BigUint64Array;
    default:
      return dtype satisfies never;
  }
}

/**
 * The elements in the typed array natural to the dtype: BOOL as 0/1 in a Uint8Array; F16, BF16 and the two F8 float
 * dtypes widened, exactly, to Float32Array. Undefined for dtypes that no typed array holds: F4, F6, F8_E8M0, C64.
 * `owned` must be a whole, aligned buffer of the caller's; the result may share it. Safetensors data is little
 * endian, and the host is assumed to be, as every platform of WebGPU is.
 */
export function toTypedArray(dtype: SafetensorsDtype, owned: Uint8Array): TensorArray | undefined {
  switch (dtype) {
    case 'F4':
    case 'F6_E2M3':
    case 'F6_E3M2':
    case 'F8_E8M0':
    case 'C64':
      return undefined;
    case 'F8_E5M2':
      return decodeF8E5M2(owned);
    case 'F8_E4M3':
      return decodeF8E4M3(owned);
    case 'F16':
      return decodeF16(new Uint16Array(owned.buffer, 0, owned.byteLength / 2));
    case 'BF16':
      return decodeBF16(new Uint16Array(owned.buffer, 0, owned.byteLength / 2));
    default:
      return new (storageType(dtype))(owned.buffer, 0, (owned.byteLength * 8) / BITS[dtype]);
  }
}
