export { DEVICES, type DeviceClass, type DeviceProfile } from '../compiler/rewrite/devices.ts';
export * from './dsl/index.ts';
export { type InitialiseOptions, initialise } from './initialise.ts';
export type { Quantization, Quantized } from './quantized.ts';
export { compile, type Kind, Outputs, type RunOptions, Session, type SessionOptions } from './session.ts';
export type { HostArray, HostTensor, TensorInput } from './tensors.ts';
