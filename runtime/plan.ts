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
  readonly features: readonly ('shader-f16' | 'subgroups')[];
}

/** What a binding refers to: an input by name, an output by name, or a temporary slot. */
export type PlanRef = { readonly input: string } | { readonly output: string } | { readonly slot: number };

/** Bounds, inclusive, of the sizes that a device's adapter reports: `subgroupMinSize` and `subgroupMaxSize`. */
export interface SubgroupRange {
  readonly smallest: readonly [number, number];
  readonly largest: readonly [number, number];
}

/** Another way to run a step, on the devices that it is for. */
export interface PlanAlternative {
  readonly subgroups: SubgroupRange;
  /** The largest token count that it is for; absent where it is for all. */
  readonly maxTokens?: number;
  readonly kernel: number;
  readonly workgroups: Extent;
}

export interface PlanStep {
  readonly kernel: number;
  readonly bind: readonly PlanRef[];
  /**
   * Workgroups wanted, as one linear count. The runtime folds it into (x, y, 1) under 65,535 per dimension
   * and the kernel recovers it as `wg.y * num_workgroups.x + wg.x`, guarding the tail. 0 skips the step.
   */
  readonly workgroups: Extent;
  /** Run instead of `kernel` where one is for the device and the token count, the first of them; they bind the same. At most three. */
  readonly alternatives?: readonly PlanAlternative[];
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

export interface Plan {
  readonly format: 'oftc-plan';
  readonly version: 1;
  readonly name: string;
  readonly inputs: readonly PlanTensor[];
  readonly outputs: readonly PlanTensor[];
  readonly kernels: readonly PlanKernel[];
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

/** Temporary bytes of a variant: what the runtime allocates besides inputs and outputs. */
export const temporaryBytes = (v: PlanVariant, tokens: number): number =>
  v.slots.reduce<number>((sum, s) => sum + evalExtent(s, tokens), 0);
