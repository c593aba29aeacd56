export {
  dtypeBits,
  isSafetensorsDtype,
  SAFETENSORS_DTYPES,
  type SafetensorsDtype,
  type TensorArray,
  toTypedArray,
} from './dtype.ts';
export { SafetensorsError, type SafetensorsErrorCode } from './error.ts';
export { decodeBF16, decodeF8E4M3, decodeF8E5M2, decodeF16, encodeBF16, encodeF16 } from './half.ts';
export type { TensorInfo } from './header.ts';
export { type BytePart, openSafetensors, type SafetensorsFile } from './read.ts';
export type { Metadata, TensorData } from './serialize.ts';
export { writeSafetensors } from './write.ts';
