import { invalidArgument, listOf, optionsOf, textOf } from './arguments.ts';
import { OftcRuntimeError } from './errors.ts';
import type { FeatureName } from './webgpu-types.ts';

export interface DeviceOptions {
  /** The limits to ask for: 'adapter' (default) for all that it has, 'default' for WebGPU's guaranteed minimum. */
  readonly limits?: 'adapter' | 'default';
  /** The features that must be present. By default: those that oftc can use, as far as the adapter has them. */
  readonly features?: readonly FeatureName[];
}

/** The limits that compute work can meet. */
export const COMPUTE_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxUniformBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxBindingsPerBindGroup',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

const OPTIONAL_FEATURES: readonly GPUFeatureName[] = [
  'shader-f16',
  'subgroups',
  'timestamp-query',
  // Adapters have this feature where unsafe APIs are allowed. WebGPU's types leave out experimental features.
  'chromium-experimental-subgroup-matrix' as string as GPUFeatureName,
];

const HOW_TO_GET_A_DEVICE =
  'On Linux install a Vulkan loader and driver (Debian, Ubuntu: `apt-get install libvulkan1 mesa-vulkan-drivers`, ' +
  'which also runs without a GPU). On macOS (Metal) and Windows (Direct3D 12) update the system and its graphics ' +
  'driver; virtual machines often hide the GPU. In a browser use one with WebGPU enabled and serve the page over ' +
  'https or from localhost.';

/**
 * Requests a device with the adapter's limits and the features that oftc uses. Throws DeviceMissing when there is no
 * adapter, FeatureMissing when a requested feature is absent.
 */
export async function requestDevice(gpu: GPU | undefined, options: DeviceOptions = {}): Promise<GPUDevice> {
  const { limits = 'adapter', features } = optionsOf(options, 'the second argument of requestDevice()');
  if (limits !== 'adapter' && limits !== 'default')
    throw invalidArgument('limits of requestDevice()', "'adapter' or 'default'", limits);
  const asked = features === undefined ? undefined : listOf(features, 'features of requestDevice()', 'names');
  for (const feature of asked ?? []) textOf(feature, 'each feature of requestDevice()');
  const adapter = await requestAdapter(gpu);
  const requiredFeatures = asked ?? OPTIONAL_FEATURES.filter((f) => adapter.features.has(f));
  const missing = requiredFeatures.filter((f) => !adapter.features.has(f));
  if (missing.length > 0) {
    throw new OftcRuntimeError(
      'FeatureMissing',
      `the GPU '${adapterName(adapter)}' lacks ${missing.join(', ')}: ` +
        'request a device without, and compile for one without',
    );
  }
  const requiredLimits: Record<string, number> = {};
  if (limits !== 'default') for (const l of COMPUTE_LIMITS) requiredLimits[l] = adapter.limits[l];
  try {
    return await adapter.requestDevice({ requiredFeatures: [...requiredFeatures], requiredLimits });
  } catch (cause) {
    throw new OftcRuntimeError(
      'DeviceMissing',
      `the GPU '${adapterName(adapter)}' gave no device: ${(cause as Error).message}`,
      { cause },
    );
  }
}

async function requestAdapter(gpu: GPU | undefined): Promise<GPUAdapter> {
  if (gpu === undefined) {
    throw new OftcRuntimeError('DeviceMissing', `WebGPU is not available here. ${HOW_TO_GET_A_DEVICE}`);
  }
  if (typeof gpu !== 'object' || gpu === null || typeof gpu.requestAdapter !== 'function')
    throw invalidArgument('the first argument of requestDevice()', 'a GPU, such as navigator.gpu', gpu);
  let adapter: GPUAdapter | null = null;
  let cause: unknown;
  try {
    adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch (error) {
    cause = error;
  }
  if (adapter !== null) return adapter;
  throw new OftcRuntimeError('DeviceMissing', `no GPU adapter found. ${HOW_TO_GET_A_DEVICE}`, { cause });
}

const adapterName = ({ info }: GPUAdapter): string =>
  info.description || [info.vendor, info.architecture].filter(Boolean).join(' ') || 'unnamed';
