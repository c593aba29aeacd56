/** CPUs that run shaders with vectors of 8 f32, where each vector is a subgroup: Mesa's lavapipe. */
import type { DeviceClass } from './class.ts';
import { gpu } from './gpu.ts';

/** A class of CPUs with vectors. Its sizes and cycles decide between schedules in lanes. */
export interface VectorClass extends DeviceClass {
  /** The number of invocations of a subgroup, one for each element of a vector. */
  readonly lanes: number;
  /** The number of workgroups at which an element-wise kernel keeps the CPU busy. */
  readonly maps: number;
  /** The cycles of one operation of all lanes at once, fitted to times of single kernels (docs/benchmarks.md). */
  readonly cycles: {
    /** A load or a store of one f32 by each lane. */
    readonly load: number;
    /** A quarter of a load or a store of a vec4. */
    readonly vector: number;
    /** A shuffle of one value between lanes. */
    readonly shuffle: number;
    readonly multiplyAdd: number;
  };
}

const LANES = 8;
/** Lavapipe's workgroup memory: twice WebGPU's default limit, so that a device must be requested with it. */
const WORKGROUP_BYTES = 32_768;

/** A CPU of two cores. The rates are measured (docs/benchmarks.md). */
export const cpuVectors: VectorClass = {
  name: 'cpu-vectors',
  says: 'a CPU that runs shaders in vectors of 8, such as Mesa’s lavapipe',
  devices: {
    ...{ smallest: [LANES, LANES], largest: [LANES, LANES], software: true, features: ['subgroups'] },
    workgroupBytes: WORKGROUP_BYTES,
  },
  // Kernels in lanes need subgroups of at least eight invocations.
  correctOn: { smallest: [LANES, 128], largest: [LANES, 128], features: ['subgroups'] },
  strategies: ['lanes'],
  lockstep: true,
  flops: 1.5e10,
  bandwidth: 8e9,
  launch: 2e-5,
  // Choices are made by a GPU's rates, as in all measurements of docs/benchmarks.md. By the rates above, OFT would be
  // trained by the derivation for few tokens up to 8,779 tokens, and `goft` would have 90 launches, not 61. How long
  // these take was not measured.
  chosenBy: gpu,
  // The peak of multiply-adds in bench/results/kernels.json, and the faster copy in bandwidth.json.
  example: {
    name: '2 cores of an AMD EPYC under llvmpipe',
    flops: 1.16e11,
    bandwidth: 2.35e10,
    launch: 2e-5,
    subgroup: LANES,
  },
  // A GPU's number of threads. Only the few kernels that have no code in lanes need it.
  threads: 4096,
  workgroups: 16,
  minWork: 1 << 14,
  // A kernel takes about 0.2 s, and a device 0.2 s to open. A first step without caches took as long with 8, 12, 16 and
  // 24 kernels ahead. Lavapipe makes no pipeline while it runs kernels.
  compilesLate: { fewest: 8, ahead: 12 },
  lanes: LANES,
  maps: 64,
  cycles: { load: 22, vector: 14, shuffle: 4, multiplyAdd: 1.5 },
  fusion: {
    // Writing and reading an element moves 8 bytes, at about 2 operations a byte by the rates above.
    materialise: 16,
    operandReuse: 4,
    // LLVM takes about a second to compile a kernel of 200 results: `bodyNodes` and `results` limit compile time.
    bodyNodes: 200,
    tiledNodes: 60,
    blocks: { threads: LANES, results: 320 },
  },
};
