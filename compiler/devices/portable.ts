/**
 * The class of every WebGPU device. A device takes it where no other class fits, or where a browser does not report
 * subgroups.
 */
import type { DeviceClass } from './class.ts';
import { gpu } from './gpu.ts';

/** The class has no strategy of its own. Its rates are a mid-range GPU's, because most of its devices are GPUs. */
export const portable: DeviceClass = {
  ...gpu,
  name: 'portable',
  says: 'any device',
  devices: {},
  strategies: [],
};
