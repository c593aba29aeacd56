/** The classes of devices. Everything that depends on a device asks its class. */
import type { DeviceClass, DeviceProfile } from './class.ts';
import { cpuVectors } from './cpu-vectors.ts';
import { gpu, integrated } from './gpu.ts';
import { portable } from './portable.ts';

export {
  type DeviceClass,
  type DeviceProfile,
  type DeviceRange,
  type ExampleDevice,
  type FusionCosts,
  launchOperations,
} from './class.ts';

/** The classes in order. A device's class is the first that it belongs to; every device belongs to the last. */
export const CLASSES: readonly DeviceClass[] = [cpuVectors, integrated, gpu, portable];

/** The class that programs are compiled for where none is named: a GPU, also where the device at hand is software. */
export const DEFAULT_CLASS: DeviceClass = gpu;
export const DEFAULT_PROFILE: DeviceProfile = DEFAULT_CLASS;

/** The classes by name. */
export const DEVICES: Readonly<Record<string, DeviceClass>> = Object.fromEntries(
  CLASSES.map((c) => [c.name, c]),
);

export { WORKGROUP_BYTES, workgroupBytesOf } from './class.ts';
export { cpuVectors, gpu, integrated, portable };
