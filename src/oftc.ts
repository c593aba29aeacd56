export { DEVICES, type DeviceClass, type DeviceProfile } from '../compiler/devices/index.ts';
export * from './language/dsl/index.ts';
export { Outputs } from './session/outputs.ts';
export type { Quantization, Quantized } from './session/quantized.ts';
export { compile, type Kind, type RunOptions, Session, type SessionOptions } from './session/session.ts';
export type { HostArray, HostTensor, TensorInput } from './session/tensors.ts';
export { type InitialiseOptions, initialise } from './start/initialise.ts';
export { readTuning } from './tune/read.ts';
export { parseTuning, TuningError, type TuningTable } from './tune/table.ts';
