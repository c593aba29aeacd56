/** CPUs that run shaders with vectors of 8 f32, a vector being a subgroup: Mesa's lavapipe. */
import type { DeviceClass } from './class.ts';
import { gpu } from './gpu.ts';

/** A class of CPUs with vectors, with the sizes and cycles by which schedules in lanes are chosen. */
export interface VectorClass extends DeviceClass {
  /** Invocations of a subgroup: elements of a vector. */
  readonly lanes: number;
  /** Workgroups of an element-wise kernel that keep it busy. */
  readonly maps: number;
  /** Cycles, by what all lanes do together. Source: fitted to times of single kernels (docs/benchmarks.md). */
  readonly cycles: {
    /** A load or a store. */
    readonly load: number;
    /** A quarter of a load or a store of vectors of four. */
    readonly vector: number;
    /** Handing on one value. */
    readonly shuffle: number;
    readonly multiplyAdd: number;
  };
}

const LANES = 8;

/** A CPU of two cores. The rates are measured (docs/benchmarks.md). */
export const cpuVectors: VectorClass = {
  name: 'cpu-vectors',
  says: 'a CPU that runs shaders in vectors of 8, such as Mesa’s lavapipe',
  devices: { smallest: [LANES, LANES], largest: [LANES, LANES], software: true, features: ['subgroups'] },
  // Eight invocations must be of one subgroup.
  right: { smallest: [LANES, 128], largest: [LANES, 128], features: ['subgroups'] },
  strategies: ['lanes'],
  lockstep: true,
  flops: 1.5e10,
  bandwidth: 8e9,
  launch: 2e-5,
  // Every figure of docs/benchmarks.md was measured with choices for a GPU. By its own rates a training step of OFT would
  // be the derivation for few tokens up to 8779 of them, and `goft` would have 90 launches for 61: not measured.
  chosenBy: gpu,
  // Few kernels have no code in lanes; the portable code of these takes a GPU's number.
  threads: 4096,
  workgroups: 16,
  minWork: 1 << 14,
  lanes: LANES,
  maps: 64,
  cycles: { load: 22, vector: 14, shuffle: 4, multiplyAdd: 1.5 },
  fusion: {
    // 8 bytes at the ratio of the rates.
    materialise: 16,
    operandReuse: 4,
    // LLVM takes about a second for a kernel of 200 results; both limits follow from it.
    bodyNodes: 200,
    tiledNodes: 60,
    blocks: { threads: LANES, results: 320 },
  },
};
