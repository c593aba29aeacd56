/**
 * Input-centric training programs written by hand: forward and every gradient, as steps with what each reads,
 * writes and computes. Nothing here is read off the compiler.
 *
 * A step is one kernel, as a careful engineer writes it in an array library that fuses element-wise work. It
 * stores one tensor and moves every tensor it touches once:
 * - One kernel per matrix product, solve or reduction. Element-wise chains, reshapes, slices and permutations known
 *   at compile time are folded into a neighbour that is a block product, a thin product or an element-wise kernel:
 *   there each element meets few others, and loading it is most of the work.
 * - What is element-wise and feeds a dense product over W is stored once, m·d written and read. Folded in, it would be
 *   computed again for every tile of columns. A transpose is a stride of that product and costs nothing.
 * - A generator of small blocks is a program like any other: each of its b×b products, solves and packings is a
 *   kernel that moves its tensors (generators.ts). What the forward made is kept for the backward.
 * - A gather by run-time indices is a kernel of its own, and so is its adjoint, for neither is known when the
 *   neighbour is written; it reads the elements it loads. Likewise unfolding an image into overlapping patches,
 *   which repeats elements, and its adjoint, which sums them.
 * Left out on purpose, since no Plan kernel can: accumulating a second contraction into the first (LoRA's update
 * inside the base product), and storing two tensors at once.
 */

/** Elements read and written; floating-point operations, a multiply-add being two. */
export interface Step {
  readonly what: string;
  readonly reads: number;
  readonly writes: number;
  readonly flops: number;
}

/** Rows of x, columns of x, columns of y. */
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

/** (rows × inner)·(inner × cols); `also`: elements read beside the operands, such as what it is added to. */
export const product = (what: string, rows: number, inner: number, cols: number, also = 0): Step =>
  step(what, rows * inner + inner * cols + also, rows * cols, 2 * rows * inner * cols);

/** x·diag(T₁, …, T_r) for x of `rows`×r·b: every element meets b of its block. */
export const blockProduct = (what: string, rows: number, { r, b, distinct = r }: Blocks): Step =>
  step(what, rows * r * b + distinct * b * b, rows * r * b, 2 * rows * r * b * b);

/** The diagonal blocks of xᵀ·h, both `rows`×r·b: the gradient of the blocks. */
export const blocksOf = (what: string, rows: number, { r, b, distinct = r }: Blocks): Step =>
  step(what, 2 * rows * r * b, distinct * b * b, 2 * rows * r * b * b);

export interface Blocks {
  readonly r: number;
  readonly b: number;
  /** Blocks stored: 1 when one serves all. */
  readonly distinct?: number;
}

/** z = x·Wᵀ: 2mdn. `x` names what multiplies. */
export const frozenForward = (x: string, { m, d, n }: Size): Step => product(`${x}·Wᵀ`, m, d, n);
/** gW, formed once for dx and the parameters. */
export const frozenBackward = (g: string, { m, d, n }: Size): Step => product(`${g}·W`, m, n, d);
/** An element-wise pass over m×n, such as g ⊙ s, that a dense product reads. */
export const storedPass = (what: string, { m, n }: Size, also: number, perElement: number): Step =>
  step(what, m * n + also, m * n, perElement * m * n);
/** Elements moved without arithmetic. `also`: indices read. */
export const moved = (what: string, reads: number, writes: number, also = 0): Step =>
  step(what, reads + also, writes, 0);

export const tri = (b: number): number => (b * (b - 1)) / 2;

export interface Total {
  readonly flops: number;
  readonly bytes: number;
}

/** Everything is float32. */
export const totalOf = (steps: readonly Step[]): Total => ({
  flops: steps.reduce((s, x) => s + x.flops, 0),
  bytes: 4 * steps.reduce((s, x) => s + x.reads + x.writes, 0),
});
