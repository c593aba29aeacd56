/**
 * The Plan: plain JSON that the runtime executes without the compiler. Sizes and grids are expressions in
 * `tokens`, so that one Plan serves every token count and its peak memory is known before anything runs.
 */

/** Non-negative integer expression in the run-time value `tokens`. */
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
  /** Where it is not one element after another: 32-bit words, given as a Uint32Array, that the kernels decode. */
  readonly storage?: { readonly format: string; readonly bytes: number };
}

export interface PlanKernel {
  /** Unique within the Plan and readable: `contraction_y`. */
  readonly name: string;
  readonly wgsl: string;
  readonly entryPoint: string;
  readonly workgroupSize: readonly [number, number, number];
  /** Bytes of `var<workgroup>` it declares; checked against the device's limit. */
  readonly workgroupBytes: number;
  /** One per @binding of group 0, in order, before the uniform. */
  readonly bindings: readonly ('read' | 'read_write')[];
  /** Values of the trailing uniform binding (u32 each, in order); empty means there is none. */
  readonly uniforms: readonly Extent[];
  /** Features the WGSL enables. */
  readonly features: readonly ('shader-f16' | 'subgroups' | 'chromium-experimental-subgroup-matrix')[];
}

/** What a binding refers to: an input by name, an output by name, or a temporary slot. */
export type PlanRef = { readonly input: string } | { readonly output: string } | { readonly slot: number };

/** The devices that a class's kernels are for, by what their adapters report. A field that is absent accepts every device. */
export interface PlanDevices {
  /** Bounds, inclusive, of `subgroupMinSize` and of `subgroupMaxSize`. */
  readonly smallest?: readonly [number, number];
  readonly largest?: readonly [number, number];
  /** Only adapters that are software: `isFallbackAdapter`. */
  readonly software?: true;
  /** One of these vendors. */
  readonly vendors?: readonly string[];
  readonly features?: readonly 'subgroups'[];
}

/** A kernel, what it binds and how many workgroups it has. */
export interface PlanDispatch {
  readonly kernel: number;
  readonly bind: readonly PlanRef[];
  /**
   * Workgroups wanted, as one linear count. The runtime folds it into (x, y, 1) under 65,535 per dimension
   * and the kernel recovers it as `wg.y * num_workgroups.x + wg.x`, guarding the tail. 0 skips the dispatch.
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

/** What of a device decides which code is for it. */
export interface DeviceTraits {
  /** Which it is, as far as its adapter says. */
  readonly adapter: string;
  readonly vendor: string;
  readonly features: { has(feature: string): boolean };
  /** Sizes of its subgroups; undefined where it does not say. */
  readonly smallest: number | undefined;
  readonly largest: number | undefined;
  readonly software: boolean;
  /** What it multiplies, whatever the element types are called. */
  readonly matrices: readonly (Pick<MatrixShape, 'm' | 'n' | 'k'> & {
    readonly component: string;
    readonly result: string;
  })[];
}

/** That a schedule was chosen by measuring: on which device, for which kernel, and what it is. */
export interface Tuned {
  readonly adapter: string;
  readonly key: string;
  readonly schedule: string;
}

/** Another way to run a step, for some token counts or on some devices of the class. */
export interface PlanAlternative extends Omit<PlanDispatch, 'bind'> {
  /** The largest token count that it is for; absent where it is for all. */
  readonly maxTokens?: number;
  /** What it binds; absent where that is what the step binds. */
  readonly bind?: readonly PlanRef[];
  /** A dispatch before it, which writes what it reads. */
  readonly first?: PlanDispatch;
  /** What the device must multiply. */
  readonly matrix?: MatrixShape;
  /** Measured to be the best on one adapter, for which alone it is; absent where a cost model chose it. */
  readonly tuned?: Tuned;
  /**
   * Element types of what the step binds, in order, for code that could not be run where it was made: before its first
   * use it must compute what the step's own kernel does.
   */
  readonly verify?: readonly PlanDType[];
}

export interface PlanStep extends PlanDispatch {
  /** A dispatch before it, which writes what it reads. */
  readonly first?: PlanDispatch;
  /** Run instead of `kernel` where one is for the device and the token count, the first of them. */
  readonly alternatives?: readonly PlanAlternative[];
  /** The tuned schedule of this kernel, in a Plan for the one device where it was measured. */
  readonly tuned?: Tuned;
  /** Floating-point operations and bytes moved, for profiles. */
  readonly flops: Extent;
  readonly bytes: Extent;
  /** What it computes, in the author's terms, and where that was written (file:line:column). */
  readonly label: string;
  readonly source: readonly string[];
}

export interface PlanVariant {
  /** Chosen when minTokens ≤ tokens ≤ maxTokens; null is unbounded. Variants partition all counts. */
  readonly minTokens: number;
  readonly maxTokens: number | null;
  /** Temporaries: bytes of each slot; a slot is reused by tensors whose lifetimes do not overlap. */
  readonly slots: readonly Extent[];
  readonly steps: readonly PlanStep[];
}

/** A number of tokens at which `value` is not a multiple of `by`, or is below 0, is refused. */
export interface PlanTokenRule {
  readonly value: Extent;
  readonly by: number;
  /** What is wrong with such a number; ' at tokens = …' completes it. */
  readonly says: string;
  readonly source: readonly string[];
}

/** Values of an i32 input that the host has are refused unless each is an index from 0 up to `size`. */
export interface PlanIndexRule {
  readonly input: string;
  readonly size: Extent;
  /** The operator that reads by them. */
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
  /** What the layer asks of the number of tokens; absent where it takes any. */
  readonly tokenRules?: readonly PlanTokenRule[];
  /** What the layer asks of integers that it is given; absent where that is nothing. */
  readonly indexRules?: readonly PlanIndexRule[];
}

/** Version 2: for classes of devices. Version 1 was one list of steps for all devices. */
export interface Plan extends PlanInterface {
  readonly format: 'oftc-plan';
  readonly version: 2;
  /** A device runs the first that it belongs to. Kernels are shared. */
  readonly classes: readonly PlanClass[];
}

/** The part of a Plan that one device runs, with those kernels alone. */
export interface DevicePlan extends PlanInterface {
  /** The name of its class. */
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
  const { smallest, largest, software, vendors, features = [] } = devices;
  const within = (n: number | undefined, range: readonly [number, number] | undefined): boolean =>
    range === undefined || (n !== undefined && range[0] <= n && n <= range[1]);
  return (
    (!software || device.software) &&
    within(device.smallest, smallest) &&
    within(device.largest, largest) &&
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

/** Whatever a step may run. */
export const dispatchesOf = ({ alternatives = [], ...step }: PlanStep): PlanDispatch[] =>
  [step, ...alternatives].flatMap((way) => [
    ...(way.first ? [way.first] : []),
    { kernel: way.kernel, workgroups: way.workgroups, bind: way.bind ?? step.bind },
  ]);

/** Slots that dispatches bind. */
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
