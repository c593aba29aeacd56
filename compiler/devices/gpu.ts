/** GPUs. None was measured: the sizes are those that other libraries use, and the rates are from data sheets. */
import type { DeviceClass, DeviceProfile } from './class.ts';

/** Subgroups whose largest size is 16 invocations or more, whatever the smallest. */
const SUBGROUPS = { smallest: [1, 128], largest: [16, 128] } as const;

/** Vendors whose GPUs use the main memory of a laptop or a phone. */
const VENDORS = ['apple', 'arm', 'img-tec', 'intel', 'qualcomm'] as const;

/** A mid-range GPU with memory of its own, by its data sheet. */
const MID_RANGE: DeviceProfile = { name: 'gpu', flops: 4e12, bandwidth: 4e11, launch: 5e-6 };

/** A GPU that uses a laptop's main memory, of 50 to 100 GB/s. */
const MAIN_MEMORY: DeviceProfile = { name: 'integrated', flops: 1e12, bandwidth: 7e10, launch: 1e-5 };

/** The fields that all classes of GPUs share. */
const common = {
  correctOn: {},
  strategies: ['split', 'matrix', 'shared', 'pipelined'],
  lockstep: false,
  minWork: 1 << 24,
  threads: 4096,
  fusion: {
    // Writing and reading an element moves 8 bytes, at 2 operations a byte. The rates allow more, but a body fused
    // into an operand also takes registers.
    materialise: 16,
    operandReuse: 4,
    bodyNodes: 200,
    tiledNodes: 60,
    // The numbers are those of cpu-vectors, because no GPU's compiler was measured.
    blocks: { threads: 8, results: 320 },
  },
} as const;

/**
 * Integrated GPUs, such as Intel Xe and Apple M1. AMD's are in the class `gpu`, because an adapter's vendor does not
 * tell them from AMD's larger GPUs.
 */
export const integrated: DeviceClass = {
  ...common,
  ...MAIN_MEMORY,
  chosenBy: MAIN_MEMORY,
  says: 'a GPU that shares the memory of its CPU',
  devices: { ...SUBGROUPS, vendors: VENDORS },
  workgroups: 32,
};

export const gpu: DeviceClass = {
  ...common,
  ...MID_RANGE,
  chosenBy: MID_RANGE,
  says: 'a GPU with memory of its own',
  devices: SUBGROUPS,
  workgroups: 128,
};
