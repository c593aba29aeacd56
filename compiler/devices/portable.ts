/** The class of every WebGPU device: where browsers do not report subgroups, and where no other class fits. */
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
