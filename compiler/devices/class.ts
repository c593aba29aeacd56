/** The type of a class of devices: rates, sizes, limits and costs, as data. */

/** Rates of a device. Only ratios decide, so each is good to about a factor of two; `oftc doctor` measures yours. */
export interface DeviceProfile {
  readonly name: string;
  /** Sustained floating-point operations per second of a tiled contraction. */
  readonly flops: number;
  /** Bytes per second of copies between device buffers. */
  readonly bandwidth: number;
  /** Seconds one kernel launch costs beside its work. */
  readonly launch: number;
}

/**
 * The devices that kernels are for, by what their adapters say. A field that is absent accepts every device. A Plan's
 * `PlanDevices` has the same fields: the runtime imports nothing of the compiler.
 */
export interface DeviceRange {
  /** Bounds, inclusive, of `subgroupMinSize` and of `subgroupMaxSize`. */
  readonly smallest?: readonly [number, number];
  readonly largest?: readonly [number, number];
  /** Only adapters that are software: `isFallbackAdapter`. */
  readonly software?: true;
  /** One of these vendors. */
  readonly vendors?: readonly string[];
  readonly features?: readonly 'subgroups'[];
}

/** Prices and limits of fusion. */
export interface FusionCosts {
  /** Operations in the time of writing an f32 element and reading it back. */
  readonly materialise: number;
  /** Rows or columns for which a contraction loads an element of an operand once: its register tile. */
  readonly operandReuse: number;
  /** Nodes of an expression above which a body is a kernel of its own: compile time grows faster than the text. */
  readonly bodyNodes: number;
  /** The same for an operand or an epilogue, whose text is repeated for each element of the register tile. */
  readonly tiledNodes: number;
  /** A group of kernels over the same small blocks. */
  readonly blocks: {
    /** Invocations that share the results of a product. */
    readonly threads: number;
    /** Results of an invocation in all products of one kernel: the text, and the driver's time, grow with them. */
    readonly results: number;
  };
}

/** A class of devices. Programs, kernels and memory for its devices are chosen by these numbers. */
export interface DeviceClass extends DeviceProfile {
  /** A description for people, such as 'a GPU with memory of its own'. */
  readonly says: string;
  /** Rates by which associations, fusion and recomputation are chosen. */
  readonly chosenBy: DeviceProfile;
  readonly devices: DeviceRange;
  /** Devices on which its kernels compute the right values, where they are forced; `devices` where absent. */
  readonly right?: DeviceRange;
  /** Strategies that its devices run beside the portable one, by name. */
  readonly strategies: readonly string[];
  /** Whether invocations of a subgroup run in lockstep, so that its barriers may be left out. */
  readonly lockstep: boolean;
  /** Threads of portable kernels that keep a device busy. */
  readonly threads: number;
  /** Workgroups of a contraction that keep a device busy. */
  readonly workgroups: number;
  /** Multiply-adds below which a launch is over before a strategy of this class alone pays. */
  readonly minWork: number;
  readonly fusion: FusionCosts;
}

/** Operations that a device does in the time of one launch. */
export const launchOperations = ({ flops, launch }: DeviceProfile): number => flops * launch;
