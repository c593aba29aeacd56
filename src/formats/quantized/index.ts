/** Quantised weights as numbers on the host: NF4, int8 rows, and 4-bit groups as GPTQ and AWQ pack them. */
export { type AwqWeight, packAwq, unpackAwq } from './awq.ts';
export { dynamicCodeBook, nf4CodeBook } from './code-book.ts';
export { type Deviation, deviation } from './deviation.ts';
export { type ErrorLocation as Place, QuantizationError, type QuantizationErrorCode } from './error.ts';
export { type GptqFormat, type GptqWeight, packGptq, unpackGptq } from './gptq.ts';
export { consecutiveGroups, dequantizeGrouped4, type Grouped4 } from './groups.ts';
export { type Grouped4Options, quantizeGrouped4 } from './int4-quantize.ts';
export { dequantizeInt8Rows, type Int8Rows, quantizeInt8Rows } from './int8.ts';
export {
  dequantizeNf4,
  type NestedAbsmax,
  type Nf4Dtype,
  type Nf4Tensor,
  nf4Absmax,
  nf4Codes,
  type PlainAbsmax,
} from './nf4.ts';
export { nf4TensorData, quantizedWeights, readNf4, type TensorSource } from './nf4-file.ts';
export { type Nf4Options, quantizeNf4 } from './nf4-quantize.ts';
export {
  dequantize,
  isQuantized,
  type QuantizedTensor,
  quantize,
  storageOf,
  wordsOf,
} from './stored.ts';
