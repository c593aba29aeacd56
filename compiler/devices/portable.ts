/** Every device that WebGPU has: browsers that say nothing of subgroups, and what no other class is for. */
import type { DeviceClass } from './class.ts';
import { gpu } from './gpu.ts';

/** No schedule of its own; rates are those of a mid-range GPU, which it most often is. */
export const portable: DeviceClass = {
  ...gpu,
  name: 'portable',
  says: 'any device',
  devices: {},
  strategies: [],
};
