/** Describes a device of a class for Plans, where no device is at hand. */
import { type DeviceClass, workgroupBytesOf } from '../../../compiler/devices/index.ts';
import type { DeviceTraits } from '../../../runtime/plan.ts';
import type { AbsentDevice } from './place.ts';

/** WebGPU's default limits, which devices rarely exceed, and the largest buffer that Dawn makes. */
const LIMITS = {
  maxComputeWorkgroupsPerDimension: 65_535,
  minUniformBufferOffsetAlignment: 256,
  maxBufferSize: 2 ** 32 - 1,
} as const;

/** The most bytes that a device binds at once, where nobody says: WebGPU's default, and a common limit of GPUs. */
const BINDING = { software: 2 ** 27, gpu: 2 ** 31 - 4 } as const;

/** A device of a class; `binding` is the most bytes that it binds at once. */
export function deviceOf(of: DeviceClass, binding: number | undefined): AbsentDevice {
  const { software = false, features = [] } = of.devices;
  const largest = binding ?? (software ? BINDING.software : BINDING.gpu);
  return {
    class: of,
    traits: traitsOfClass(of, software, features),
    limits: { ...LIMITS, maxStorageBufferBindingSize: largest },
  };
}

/** Traits with which a device belongs to the class. It has no subgroup matrices, with which kernels differ. */
const traitsOfClass = (
  { example, devices }: DeviceClass,
  software: boolean,
  features: readonly string[],
): DeviceTraits => ({
  adapter: example.name,
  vendor: devices.vendors?.[0] ?? '',
  features: new Set(['shader-f16', 'subgroups', ...features]),
  smallest: devices.smallest?.[0] ?? example.subgroup,
  largest: devices.largest?.[0] ?? example.subgroup,
  software,
  workgroupBytes: workgroupBytesOf({ devices }),
  matrices: [],
});
