/** The type of a class of devices: its rates, sizes, limits and costs as data. */

/** Rates of a device. Choices depend on their ratios only, so a factor of two hardly matters; `oftc doctor` measures yours. */
export interface DeviceProfile {
  readonly name: string;
  /** Sustained floating-point operations per second of a tiled contraction. */
  readonly flops: number;
  /** Bytes per second of copies between device buffers. */
  readonly bandwidth: number;
  /** Seconds that a kernel launch takes beside its work. */
  readonly launch: number;
}

/**
 * The devices that kernels are for, by what their adapters report. An absent field accepts every device. A Plan's
 * `PlanDevices` has the same fields, for the runtime imports nothing from the compiler.
 */
export interface DeviceRange {
  /** Inclusive bounds: `smallest` of `subgroupMinSize`, `largest` of `subgroupMaxSize`. */
  readonly smallest?: readonly [number, number];
  readonly largest?: readonly [number, number];
  /** Accepts software adapters only, by `isFallbackAdapter`. */
  readonly software?: true;
  /** Accepts these vendors only. */
  readonly vendors?: readonly string[];
  readonly features?: readonly 'subgroups'[];
}

/** Prices and limits of fusion. */
export interface FusionCosts {
  /** Operations that take as long as writing an f32 element and reading it back. */
  readonly materialise: number;
  /** How many rows or columns of a contraction share one load of an operand's element: its register tile. */
  readonly operandReuse: number;
  /** The most nodes of a fused body. A larger one is a kernel of its own, for compile time grows faster than the text. */
  readonly bodyNodes: number;
  /** The most nodes of an operand or an epilogue, whose text is repeated for each element of the register tile. */
  readonly tiledNodes: number;
  /** Limits of kernels that are fused because they work on the same small blocks. */
  readonly blocks: {
    /** The invocations that share the results of one product. */
    readonly threads: number;
    /** The most results of an invocation in all products of a kernel: its text and the driver's time grow with them. */
    readonly results: number;
  };
}

/** A class of devices. Its numbers decide about the programs, kernels and memory for its devices. */
export interface DeviceClass extends DeviceProfile {
  /** A description for people, such as 'a GPU with memory of its own'. */
  readonly says: string;
  /** Rates by which associations, fusion and recomputation are chosen. */
  readonly chosenBy: DeviceProfile;
  readonly devices: DeviceRange;
  /** Devices on which the class's kernels may be forced and still compute the right values; if absent, `devices`. */
  readonly right?: DeviceRange;
  /** The names of the strategies that its devices run beside the portable one. */
  readonly strategies: readonly string[];
  /** Whether the invocations of a subgroup run in lockstep. Barriers among them may then be left out. */
  readonly lockstep: boolean;
  /** How many threads of a portable kernel keep a device busy. */
  readonly threads: number;
  /** How many workgroups of a contraction keep a device busy. */
  readonly workgroups: number;
  /** The fewest multiply-adds of a launch for which a strategy of this class, rather than the portable one, pays. */
  readonly minWork: number;
  readonly fusion: FusionCosts;
}

/** How many operations a device does in the time that a launch takes. */
export const launchOperations = ({ flops, launch }: DeviceProfile): number => flops * launch;
