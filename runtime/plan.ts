/**
 * The Plan: plain JSON that the runtime executes without the compiler. Sizes and grids are expressions in
 * `tokens`, so that one Plan serves every token count and its peak memory is known before anything runs.
 */

/** A non-negative integer expression in the run-time value `tokens`. */
export type Extent =
  | number
  | 'tokens'
  | { readonly op: 'add' | 'mul' | 'max' | 'ceildiv'; readonly a: Extent; readonly b: Extent };

export type PlanDType = 'f32' | 'f16' | 'i32';

export interface PlanTensor {
  readonly name: string;
  readonly role: 'input' | 'frozen' | 'trainable' | 'cotangent' | 'output';
  readonly dtype: PlanDType;
  readonly shape: readonly Extent[];
  /** The encoding of a tensor that is not plain elements: 32-bit words, as a Uint32Array, which kernels decode. */
  readonly storage?: { readonly format: string; readonly bytes: number };
}

export interface PlanKernel {
  /** The kernel's name, unique within the Plan and readable: `contraction_y`. */
  readonly name: string;
  readonly wgsl: string;
  readonly entryPoint: string;
  readonly workgroupSize: readonly [number, number, number];
  /** The bytes of `var<workgroup>` that the kernel declares; checked against the device's limit. */
  readonly workgroupBytes: number;
  /** The access of each @binding of group 0, in order, before the uniform. */
  readonly bindings: readonly ('read' | 'read_write')[];
  /** The values of the trailing uniform binding (u32 each, in order); empty means there is none. */
  readonly uniforms: readonly Extent[];
  /** The features that the WGSL enables. */
  readonly features: readonly ('shader-f16' | 'subgroups' | 'chromium-experimental-subgroup-matrix')[];
}

/** The tensor that a binding refers to: an input by name, an output by name, or a temporary slot. */
export type PlanRef = { readonly input: string } | { readonly output: string } | { readonly slot: number };

/** The devices that a class's kernels are for, by what their adapters report. An absent field accepts them all. */
export interface PlanDevices {
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

/** A kernel, what it binds and how many workgroups it has. */
export interface PlanDispatch {
  readonly kernel: number;
  readonly bind: readonly PlanRef[];
  /**
   * The number of workgroups, as one linear count. The runtime folds it into a grid (x, y, 1) within the
   * device's limit for each dimension. The linear index of a workgroup is `wg.y * num_workgroups.x + wg.x`,
   * and the kernel ends workgroups beyond the count. 0 skips the dispatch.
   */
  readonly workgroups: Extent;
}

/** A multiplication of subgroup matrices, m × k by k × n, as adapters list it. */
export interface MatrixShape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly component: 'f32' | 'f16';
  readonly result: 'f32' | 'f16';
}

/** The traits of a device that decide which code is for it. */
export interface DeviceTraits {
  /** The adapter's description of itself. */
  readonly adapter: string;
  readonly vendor: string;
  readonly features: { has(feature: string): boolean };
  /** The sizes of the device's subgroups; undefined where it does not say. */
  readonly smallest: number | undefined;
  readonly largest: number | undefined;
  readonly software: boolean;
  /** The bytes of workgroup memory that a kernel may have. */
  readonly workgroupBytes: number;
  /** The matrices that the device multiplies, whatever the element types are called. */
  readonly matrices: readonly (Pick<MatrixShape, 'm' | 'n' | 'k'> & {
    readonly component: string;
    readonly result: string;
  })[];
}

/** A schedule that was chosen by measuring, with the adapter and the kernel that it was measured for. */
export interface Tuned {
  readonly adapter: string;
  readonly key: string;
  readonly schedule: string;
}

/** Another way to run a step, for some token counts or on some devices of the class. */
export interface PlanAlternative extends Omit<PlanDispatch, 'bind'> {
  /** The largest token count that the alternative is for; absent where it is for all. */
  readonly maxTokens?: number;
  /** The buffers that the alternative binds; absent where they are the step's. */
  readonly bind?: readonly PlanRef[];
  /** A dispatch that runs before the alternative, and writes what the alternative reads. */
  readonly first?: PlanDispatch;
  /** The multiplication of subgroup matrices that the device must have. */
  readonly matrix?: MatrixShape;
  /** The measurement on the one adapter that the alternative is for; absent where a cost model chose it. */
  readonly tuned?: Tuned;
  /**
   * The element types of what the step binds, in order. Present for code that could not be run where it was
   * made. Before its first use, such code must compute what the step's own kernel does.
   */
  readonly verify?: readonly PlanDType[];
}

/** A computed tensor in f16, by the author's name for it. */
export interface PlanHalf {
  readonly of: PlanRef;
  readonly elements: Extent;
  readonly label: string;
}

export interface PlanStep extends PlanDispatch {
  /** A dispatch that runs before the step, and writes what the step reads. */
  readonly first?: PlanDispatch;
  /** The alternatives to `kernel`: the first that is for the device and the token count runs instead. */
  readonly alternatives?: readonly PlanAlternative[];
  /** The tuned schedule of this kernel, in a Plan for the one device where it was measured. */
  readonly tuned?: Tuned;
  /** The step's floating-point operations and bytes moved, for profiles. */
  readonly flops: Extent;
  readonly bytes: Extent;
  /** The tensors in f16 that the step writes, in which values may overflow; absent where it writes none. */
  readonly halves?: readonly PlanHalf[];
  /** The step's result in the author's terms, and where that was written (file:line:column). */
  readonly label: string;
  readonly source: readonly string[];
}

export interface PlanVariant {
  /** The variant runs when minTokens ≤ tokens ≤ maxTokens; null is unbounded. Variants partition all counts. */
  readonly minTokens: number;
  readonly maxTokens: number | null;
  /** The bytes of each slot of temporaries; tensors whose lifetimes do not overlap share a slot. */
  readonly slots: readonly Extent[];
  readonly steps: readonly PlanStep[];
}

/** A condition on the number of tokens: `value` is a multiple of `by`, and at least 0. */
export interface PlanTokenRule {
  readonly value: Extent;
  readonly by: number;
  /** The message where the condition fails; ' at tokens = …' completes it. */
  readonly says: string;
  readonly source: readonly string[];
}

/** A condition on an i32 input: each value that the host has is an index from 0 to `size` − 1. */
export interface PlanIndexRule {
  readonly input: string;
  readonly size: Extent;
  /** The operator that reads at these indices. */
  readonly reader: string;
  readonly source: readonly string[];
}

/** A condition on an i32 input that the host has: it holds the positions of `count` elements of a matrix. */
export interface PlanPositionRule {
  readonly input: string;
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  /** The operator that reads these positions. */
  readonly reader: string;
  readonly source: readonly string[];
}

/** The variants that a class of devices runs. */
export interface PlanClass {
  readonly name: string;
  readonly devices: PlanDevices;
  readonly variants: readonly PlanVariant[];
}

interface PlanInterface {
  readonly name: string;
  readonly inputs: readonly PlanTensor[];
  readonly outputs: readonly PlanTensor[];
  readonly kernels: readonly PlanKernel[];
  /** The layer's conditions on the number of tokens; absent where it takes any. */
  readonly tokenRules?: readonly PlanTokenRule[];
  /** The layer's conditions on the integers that it is given; absent where it has none. */
  readonly indexRules?: readonly PlanIndexRule[];
  /** The layer's conditions on the positions that it is given; absent where it has none. */
  readonly positionRules?: readonly PlanPositionRule[];
}

/** Version 2: for classes of devices. Version 1 was one list of steps for all devices. */
export interface Plan extends PlanInterface {
  readonly format: 'oftc-plan';
  readonly version: 2;
  /** The classes, in order: a device runs the first that it belongs to. Kernels are shared. */
  readonly classes: readonly PlanClass[];
}

/** The part of a Plan that one device runs, with those kernels alone. */
export interface DevicePlan extends PlanInterface {
  /** The name of the device's class. */
  readonly class: string;
  readonly variants: readonly PlanVariant[];
}

/** The value of an extent at a token count. */
export function evalExtent(e: Extent, tokens: number): number {
  if (typeof e === 'number') return e;
  if (e === 'tokens') return tokens;
  const a = evalExtent(e.a, tokens);
  const b = evalExtent(e.b, tokens);
  switch (e.op) {
    case 'add':
      return a + b;
    case 'mul':
      return a * b;
    case 'max':
      return Math.max(a, b);
    case 'ceildiv':
      return Math.ceil(a / b);
    default:
      throw new TypeError(`unknown extent operator ${e.op satisfies never}`);
  }
}

export const dtypeBytes = (t: PlanDType): number => (t === 'f16' ? 2 : 4);

/** Whether a class is for a device. */
export function belongs(device: DeviceTraits, devices: PlanDevices): boolean {
  const { smallest, largest, software, vendors, features = [], workgroupBytes = 0 } = devices;
  const within = (n: number | undefined, range: readonly [number, number] | undefined): boolean =>
    range === undefined || (n !== undefined && range[0] <= n && n <= range[1]);
  return (
    (!software || device.software) &&
    within(device.smallest, smallest) &&
    within(device.largest, largest) &&
    device.workgroupBytes >= workgroupBytes &&
    (vendors === undefined || vendors.includes(device.vendor)) &&
    features.every((f) => device.features.has(f))
  );
}

/** Whether a device of its class takes an alternative. */
export function isFor(
  device: DeviceTraits,
  { kernels }: Pick<Plan, 'kernels'>,
  { kernel, first, matrix, tuned }: PlanAlternative,
): boolean {
  const has = (of: number): boolean => kernels[of]!.features.every((f) => device.features.has(f));
  const listed = ({ m, n, k, component, result }: DeviceTraits['matrices'][number]): string =>
    [m, n, k, component, result].join();
  return (
    has(kernel) &&
    (first === undefined || has(first.kernel)) &&
    (matrix === undefined || device.matrices.some((m) => listed(m) === listed(matrix))) &&
    (tuned === undefined || tuned.adapter === device.adapter)
  );
}

/** All dispatches that a step may run. */
export const dispatchesOf = ({ alternatives = [], ...step }: PlanStep): PlanDispatch[] =>
  [step, ...alternatives].flatMap((way) => [
    ...(way.first ? [way.first] : []),
    { kernel: way.kernel, workgroups: way.workgroups, bind: way.bind ?? step.bind },
  ]);

/** The slots that dispatches bind. */
export const slotsIn = (dispatches: readonly PlanDispatch[]): ReadonlySet<number> =>
  new Set(dispatches.flatMap(({ bind }) => bind.flatMap((r) => ('slot' in r ? [r.slot] : []))));

/** The part of a Plan for a class, by name; undefined where the Plan is not for that class. */
export function planOfClass(plan: Plan, name: string): DevicePlan | undefined {
  const { classes, format: _, version: __, ...shared } = plan;
  const found = classes.find((c) => c.name === name);
  return found && { ...shared, class: name, variants: found.variants };
}

/** Temporary bytes of a variant without alternatives: what the runtime allocates besides inputs and outputs. */
export function temporaryBytes(v: PlanVariant, tokens: number): number {
  const used = slotsIn(v.steps.flatMap(({ alternatives: _, ...step }) => dispatchesOf(step)));
  return v.slots.reduce<number>((sum, s, i) => sum + (used.has(i) ? evalExtent(s, tokens) : 0), 0);
}
