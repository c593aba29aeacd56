/** The type of a class of devices: its rates, sizes, limits and costs as data. */

/** The rates of a device. Choices depend on their ratios alone. `oftc doctor` measures the device at hand. */
export interface DeviceProfile {
  readonly name: string;
  /** Sustained floating-point operations per second of a tiled contraction. */
  readonly flops: number;
  /** Bytes per second of copies between device buffers. */
  readonly bandwidth: number;
  /** Seconds that a kernel launch takes in addition to its work. */
  readonly launch: number;
}

/**
 * One device of a class, with published or measured figures. Times are predicted for it. No choice depends on it.
 * Figures are rates a second.
 */
export interface ExampleDevice {
  readonly name: string;
  /** The peak of f32 operations, of which a multiply-add has two. */
  readonly flops: number;
  /** The bytes that its memory reads and writes. */
  readonly bandwidth: number;
  /**
   * The bytes that all cores together load and store in workgroup memory and in the caches beside it; absent where nobody
   * publishes them.
   */
  readonly onChip?: number;
  /** Seconds that a kernel launch takes in addition to its work. */
  readonly launch: number;
  /** The number of invocations of a subgroup. */
  readonly subgroup: number;
}

/**
 * A set of devices, by what their adapters report. An absent field accepts every device. `PlanDevices` of a Plan has
 * the same fields, because the runtime imports nothing from the compiler.
 */
export interface DeviceRange {
  /** Inclusive bounds of an adapter's `subgroupMinSize` (`smallest`) and `subgroupMaxSize` (`largest`). */
  readonly smallest?: readonly [number, number];
  readonly largest?: readonly [number, number];
  /** Whether only software adapters are accepted, by `isFallbackAdapter`. */
  readonly software?: true;
  /** The vendors that are accepted. */
  readonly vendors?: readonly string[];
  readonly features?: readonly 'subgroups'[];
  /** The least `maxComputeWorkgroupStorageSize` of a device, in bytes. */
  readonly workgroupBytes?: number;
}

/** WebGPU's default limit of a workgroup's memory, in bytes. */
export const WORKGROUP_BYTES = 16_384;

/** Prices and limits of fusion. */
export interface FusionCosts {
  /** The number of operations that take as long as writing an f32 element and reading it back. */
  readonly materialise: number;
  /** The number of rows or columns in a contraction's register tile, which share one load of an operand's element. */
  readonly operandReuse: number;
  /**
   * The largest number of nodes of a fused body. A larger one is its own kernel, because compile time grows faster than
   * the text.
   */
  readonly bodyNodes: number;
  /**
   * The largest number of nodes of an operand or an epilogue, whose text is repeated for each element of the register
   * tile.
   */
  readonly tiledNodes: number;
  /** Limits of kernels that are fused because they work on the same small blocks. */
  readonly blocks: {
    /** The number of invocations that share the results of one product. */
    readonly threads: number;
    /**
     * The largest number of results of one invocation in all products of a kernel. Code and compile time grow with
     * them.
     */
    readonly results: number;
  };
}

/** Limits of compiling on a second device. */
export interface LateCompiling {
  /** The fewest kernels that take longer to compile than a second device takes to open. */
  readonly fewest: number;
  /** The number of kernels that the second device prepares and then compiles, whatever the caller does meanwhile. */
  readonly ahead: number;
}

/** A class of devices. Its numbers decide about the programs, kernels and memory for its devices. */
export interface DeviceClass extends DeviceProfile {
  /** A description for people, such as 'a GPU with memory of its own'. */
  readonly says: string;
  /** Rates by which associations, fusion and recomputation are chosen. */
  readonly chosenBy: DeviceProfile;
  readonly example: ExampleDevice;
  readonly devices: DeviceRange;
  /**
   * The devices on which the class's kernels compute right values, if a caller forces the class. Default: `devices`.
   */
  readonly correctOn?: DeviceRange;
  /** The names of the strategies that devices of the class run beside the portable one. */
  readonly strategies: readonly string[];
  /** Whether the invocations of a subgroup run in lockstep. Barriers among them may then be left out. */
  readonly lockstep: boolean;
  /** The number of threads at which a portable kernel keeps a device busy. */
  readonly threads: number;
  /** The number of workgroups at which a contraction keeps a device busy. */
  readonly workgroups: number;
  /**
   * The smallest number of multiply-adds of a launch for which a strategy of this class is faster than the portable
   * one.
   */
  readonly minWork: number;
  /**
   * Present where the driver compiles a kernel to machine code when it is first dispatched, on one thread a device, and
   * keeps the code where all devices find it.
   */
  readonly compilesLate?: LateCompiling;
  readonly fusion: FusionCosts;
}

/** The number of operations that a device does in the time of a launch. */
export const launchOperations = ({ flops, launch }: DeviceProfile): number => flops * launch;

/** The bytes of a workgroup's memory on every device of a class. */
export const workgroupBytesOf = ({ devices }: Pick<DeviceClass, 'devices'>): number =>
  devices.workgroupBytes ?? WORKGROUP_BYTES;
