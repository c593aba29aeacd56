/** The type of a contraction's schedule, and of the frame in which its sums are emitted. */
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import type { ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { rewriteExpr } from '../../../compiler/primitives/substitute.ts';
import type { ContractionKernel } from '../../fuse/kernel.ts';
import type { Emitter } from '../../wgsl/emitter.ts';
import type { Accumulators } from './accumulators.ts';
import { type Direction, instance } from './root.ts';
import type { Tile } from './tile.ts';

export interface Frame {
  readonly e: Emitter;
  /** The product that is summed. */
  readonly root: ContractionPrim;
  readonly rows: Direction;
  readonly cols: Direction;
  readonly batch: Direction;
  /** WGSL for this thread's index along a direction. */
  readonly thread: (d: Direction) => string;
  /** WGSL for the position of this thread's first result along a direction. */
  readonly first: (d: Direction) => string;
  /** Whether each operand is loaded as vectors along the sum. */
  readonly vectorSums: Vectors['sums'];
  readonly sums: Accumulators;
}

/** Emits the sums of the frame's product, and adds them to the thread's accumulators. */
export type Summation = (frame: Frame) => void;

/** The loads and stores of a schedule that move vectors of VECTOR neighbours. */
export interface Vectors {
  /** Whether a thread's positions along each direction are neighbours. */
  readonly rows: boolean;
  readonly cols: boolean;
  /** Whether each operand is loaded as vectors along the sum. */
  readonly sums: Readonly<Record<'a' | 'b', boolean>>;
  /** The arguments that are declared as arrays of vectors, and whether the result is. */
  readonly args: ReadonlySet<number>;
  readonly out: boolean;
}

export interface Schedule {
  /** The kernel in canonical form. */
  readonly kernel: ContractionKernel;
  readonly tile: Tile;
  readonly sum: Summation;
  /** The operands and results that are loaded and stored as vectors. */
  readonly vectors?: Vectors;
  /** Whether the workgroup is one subgroup in lockstep, which finishes a load before the next store. */
  readonly lockstep?: boolean;
}

/** Prints an operand at a row or column of the tile, with a name. */
export function operand(
  { e, root, rows, cols, batch }: Frame,
  which: 'a' | 'b',
  i: number,
  also?: ReadonlyMap<string, IntExpr>,
): string {
  const direction = which === 'a' ? rows : cols;
  const here = instance(
    [
      [batch, 0],
      [direction, i],
    ],
    also,
  );
  return e.floatName(rewriteExpr(root[which], here));
}
