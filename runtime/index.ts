/** Runs Plans on any WebGPU device, in browsers and in Node; needs nothing of the compiler. */
export { type DeviceOptions, requestDevice } from './device.ts';
export { DeviceTensor } from './device-tensor.ts';
export { OftcRuntimeError, type RuntimeErrorCode } from './errors.ts';
export { Executable, type ExecutableOptions } from './executable.ts';
export type { MemoryBytes, MemoryKind } from './memory.ts';
export { LayerModule, type LayerPlans, type LayerResult, type LayerRunOptions } from './module.ts';
export type {
  DevicePlan,
  DeviceTraits,
  Extent,
  Plan,
  PlanAlternative,
  PlanClass,
  PlanDevices,
  PlanDType,
  PlanIndexRule,
  PlanKernel,
  PlanRef,
  PlanStep,
  PlanTensor,
  PlanTokenRule,
  PlanVariant,
  Tuned,
} from './plan.ts';
export { type DeviceSpeed, probeDevice } from './probe.ts';
export type { StepProfile } from './profile.ts';
export { RunResult } from './result.ts';
export { dtypeBytes, evalExtent, temporaryBytes } from './sizes.ts';
export type { BoundData, TensorArray, TensorData } from './tensors.ts';
export type { FeatureName } from './webgpu-types.ts';
export { refilled } from './written.ts';
