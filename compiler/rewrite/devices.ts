/**
 * Classes of devices, and what programs and kernels are chosen by on them. Only ratios matter to a choice, so a class is
 * good to about a factor of two; `oftc doctor` measures the rates of yours.
 */

/** Rates of a device class. */
export interface DeviceProfile {
  readonly name: string;
  /** Sustained floating-point operations per second of a tiled contraction. */
  readonly flops: number;
  /** Bytes per second of copies between device buffers. */
  readonly bandwidth: number;
  /** Seconds one kernel launch costs beside its work. */
  readonly launch: number;
}

export interface DeviceClass extends DeviceProfile {
  /** Workgroups of a contraction that keep it busy: fewer leave a part of it idle. */
  readonly workgroups: number;
  /** Multiply-adds below which a launch is over before code for this class alone pays. */
  readonly minWork: number;
  /** Threads of portable kernels that keep it busy. */
  readonly threads: number;
}

/** What schedules in lanes are chosen by. */
export interface SoftwareClass extends DeviceClass {
  /** Invocations of a subgroup. */
  readonly lanes: number;
  /** Workgroups of an element-wise kernel that keep it busy. */
  readonly maps: number;
  /**
   * Of a load or store by all lanes, of a quarter of one of vectors, of handing on one value, and of one multiply-add of all
   * lanes; fitted.
   */
  readonly cycles: Readonly<Record<'load' | 'vector' | 'shuffle' | 'multiplyAdd', number>>;
}

/** A CPU that runs shaders, two cores with vectors of 8 f32: Mesa's lavapipe, as docs/benchmarks.md measures it. */
const software: SoftwareClass = {
  name: 'software',
  flops: 1.5e10,
  bandwidth: 8e9,
  launch: 2e-5,
  workgroups: 16,
  minWork: 1 << 14,
  threads: 1024,
  lanes: 8,
  maps: 64,
  cycles: { load: 22, vector: 14, shuffle: 4, multiplyAdd: 1.5 },
};

/** A GPU that shares a laptop's memory, 50 to 100 GB/s: Intel Xe, AMD Radeon 700M, Apple M1 and M2. */
const integrated: DeviceClass = {
  name: 'integrated',
  flops: 1e12,
  bandwidth: 7e10,
  launch: 1e-5,
  workgroups: 32,
  minWork: 1 << 24,
  threads: 1024,
};

/** A mid-range GPU with memory of its own. */
const discrete: DeviceClass = {
  name: 'gpu',
  flops: 4e12,
  bandwidth: 4e11,
  launch: 5e-6,
  workgroups: 128,
  minWork: 1 << 24,
  threads: 4096,
};

export const DEVICES = { software, integrated, discrete } as const;

/** What is compiled for where nothing else is said. A software device never sets defaults. */
export const DEFAULT_PROFILE: DeviceProfile = DEVICES.discrete;
