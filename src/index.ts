export { DEVICES, type DeviceClass, type DeviceProfile } from '../compiler/devices/index.ts';
export * from './dsl/index.ts';
export { type InitialiseOptions, initialise } from './initialise.ts';
export { Outputs } from './outputs.ts';
export type { Quantization, Quantized } from './quantized.ts';
export { compile, type Kind, type RunOptions, Session, type SessionOptions } from './session.ts';
export type { HostArray, HostTensor, TensorInput } from './tensors.ts';
export { readTuning } from './tune/read.ts';
export { parseTuning, TuningError, type TuningTable } from './tune/table.ts';
