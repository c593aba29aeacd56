/**
 * WebGPU's global types, as far as declarations of this package name them. TypeScript's DOM library declares them
 * from version 6 on, and @webgpu/types does for projects without it; a program may not have both. So the package
 * brings neither: these declarations are empty, and merge with those of the project that it is installed in. A
 * project without either has no devices or buffers to pass, and type-checks all the same.
 */
declare global {
  interface GPU {}
  interface GPUBindGroup {}
  interface GPUBuffer {
    /** Both libraries declare this field. Without either of them, it keeps other objects from passing for a buffer. */
    label: string;
  }
  interface GPUBufferBinding {}
  interface GPUCommandEncoder {}
  interface GPUComputePassDescriptor {}
  interface GPUComputePipeline {}
  interface GPUDevice {
    label: string;
  }
  interface GPUDeviceDescriptor {}
  interface GPUSupportedLimits {}
}

/** A feature by name: one of those that the project's types know, or any where they know none. */
export type FeatureName = GPUDeviceDescriptor extends { requiredFeatures?: Iterable<infer Name> | undefined }
  ? Name extends string
    ? Name
    : string
  : string;
