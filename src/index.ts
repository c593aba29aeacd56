export * from './dsl/index.ts';
export { type InitialiseOptions, initialise } from './initialise.ts';
export { compile, type Kind, Outputs, type RunOptions, Session, type SessionOptions } from './session.ts';
export type { HostArray, HostTensor, TensorInput } from './tensors.ts';
export { readTuning } from './tune/read.ts';
export { parseTuning, TuningError, type TuningTable } from './tune/table.ts';
