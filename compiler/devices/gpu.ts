/** GPUs. None was measured: the sizes are those that other libraries use, and the rates are from data sheets. */
import type { DeviceClass, DeviceProfile, ExampleDevice } from './class.ts';

/** Subgroups whose largest size is 16 invocations or more, whatever the smallest. */
const SUBGROUPS = { smallest: [1, 128], largest: [16, 128] } as const;

/** Vendors whose GPUs use the main memory of a laptop or a phone. */
const VENDORS = ['apple', 'arm', 'img-tec', 'intel', 'qualcomm'] as const;

/** A mid-range GPU with memory of its own, by its data sheet. */
const MID_RANGE: DeviceProfile = { name: 'gpu', flops: 4e12, bandwidth: 4e11, launch: 5e-6 };

/** A GPU that uses a laptop's main memory, of 50 to 100 GB/s. */
const MAIN_MEMORY: DeviceProfile = { name: 'integrated', flops: 1e12, bandwidth: 7e10, launch: 1e-5 };

/**
 * The card that stands for GPUs with memory of their own. NVIDIA's white paper 'Ampere GA102 GPU Architecture', version
 * 2.0, states in its appendix A 46 multiprocessors at 1,725 MHz, 20.3 TFLOP/s and 448 GB/s, and in the section on the L1
 * cache 128 bytes a clock of each multiprocessor's shared memory, which is one array with the cache. Nobody publishes the
 * time of a launch: it is that of the class.
 */
const RTX_3070: ExampleDevice = {
  name: 'NVIDIA GeForce RTX 3070',
  flops: 20.3e12,
  bandwidth: 448e9,
  onChip: 46 * 1.725e9 * 128,
  launch: MID_RANGE.launch,
  subgroup: 32,
};

/**
 * The chip that stands for GPUs that use main memory. Apple's press release of the M1 (10 November 2020) states 2.6
 * TFLOP/s; that of the M2 (6 June 2022) states 100 GB/s, and that these are 50 % more than the M1 has. Apple publishes no
 * rate of threadgroup memory or caches. The time of a launch is that of the class.
 */
const APPLE_M1: ExampleDevice = {
  name: 'Apple M1 with 8 GPU cores',
  flops: 2.6e12,
  bandwidth: 67e9,
  launch: MAIN_MEMORY.launch,
  subgroup: 32,
};

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
  example: APPLE_M1,
  says: 'a GPU that shares the memory of its CPU',
  devices: { ...SUBGROUPS, vendors: VENDORS },
  workgroups: 32,
};

export const gpu: DeviceClass = {
  ...common,
  ...MID_RANGE,
  chosenBy: MID_RANGE,
  example: RTX_3070,
  says: 'a GPU with memory of its own',
  devices: SUBGROUPS,
  workgroups: 128,
};
