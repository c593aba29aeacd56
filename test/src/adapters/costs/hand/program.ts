/**
 * The form of hand-written training programs: forward and every gradient, input-centric, as steps that say how much
 * they read, write and compute. Nothing here comes from the compiler.
 *
 * A step is one kernel, as a careful engineer writes it in an array library that fuses element-wise work. A step
 * stores one tensor, and reads or writes each of its tensors once:
 * - One kernel per matrix product, solve or reduction. Element-wise chains, reshapes, slices and permutations known
 *   at compile time are folded into a neighbour that is a block product, a product of small rank or an element-wise
 *   kernel. There each element is used a few times, and loading it is most of the work.
 * - An element-wise operand of a dense product with W is stored: m·d elements written and read. Folded in, it would
 *   be computed again for every tile of columns. A transposed operand is read with other strides and costs nothing.
 * - A generator of small blocks is a program like any other: each of its b×b products, solves and packings is a
 *   kernel that moves its tensors (generators.ts). Results of the forward pass are stored for the backward pass.
 * - A gather by run-time indices is a kernel of its own, and so is its adjoint, because the indices are unknown when
 *   the code is written. The same holds for unfolding an image into overlapping patches, which repeats elements, and
 *   for its adjoint, which sums them.
 * Two things are left out on purpose: adding a second contraction into the first one (LoRA's update inside the base
 * product), and storing two tensors in one kernel.
 */

/** One kernel: the elements that it reads and writes, and its floating-point operations. A multiply-add is two. */
export interface Step {
  readonly what: string;
  readonly reads: number;
  readonly writes: number;
  readonly flops: number;
}

/** The size of a layer: m rows of x, d columns of x, n columns of y. */
export interface Size {
  readonly m: number;
  readonly d: number;
  readonly n: number;
}

export type Hand = (size: Size) => readonly Step[];

export const step = (what: string, reads: number, writes: number, flops: number): Step => ({
  what,
  reads,
  writes,
  flops,
});

/** The product (rows × inner)·(inner × cols). `also` counts other elements that it reads, such as a summand. */
export const product = (what: string, rows: number, inner: number, cols: number, also = 0): Step =>
  step(what, rows * inner + inner * cols + also, rows * cols, 2 * rows * inner * cols);

/** The product x·diag(T₁, …, T_r) for x of `rows`×r·b: each result is a sum of b products. */
export const blockProduct = (what: string, rows: number, { r, b, distinct = r }: Blocks): Step =>
  step(what, rows * r * b + distinct * b * b, rows * r * b, 2 * rows * r * b * b);

/** The blocks on the diagonal of xᵀ·h, the gradient of a block-diagonal factor. x and h are `rows`×r·b. */
export const blocksOf = (what: string, rows: number, { r, b, distinct = r }: Blocks): Step =>
  step(what, 2 * rows * r * b, distinct * b * b, 2 * rows * r * b * b);

export interface Blocks {
  readonly r: number;
  readonly b: number;
  /** The number of blocks stored: 1 where all r are the same block. */
  readonly distinct?: number;
}

/** The product z = x·Wᵀ, 2mdn operations. `x` is the name of the left operand. */
export const frozenForward = (x: string, { m, d, n }: Size): Step => product(`${x}·Wᵀ`, m, d, n);
/** The product g·W, formed once for dx and for the parameters' gradients. */
export const frozenBackward = (g: string, { m, d, n }: Size): Step => product(`${g}·W`, m, n, d);
/** An element-wise pass over m×n elements, such as g ⊙ s, whose result a dense product reads. */
export const storedPass = (what: string, { m, n }: Size, also: number, perElement: number): Step =>
  step(what, m * n + also, m * n, perElement * m * n);
/** A step that moves elements without arithmetic. `also` counts the indices that it reads. */
export const moved = (what: string, reads: number, writes: number, also = 0): Step =>
  step(what, reads + also, writes, 0);

export const tri = (b: number): number => (b * (b - 1)) / 2;

export interface Total {
  readonly flops: number;
  readonly bytes: number;
}

/** The sum of all steps' operations and bytes. All tensors are float32. */
export const totalOf = (steps: readonly Step[]): Total => ({
  flops: steps.reduce((s, x) => s + x.flops, 0),
  bytes: 4 * steps.reduce((s, x) => s + x.reads + x.writes, 0),
});
