/** The schedule of a contraction, and the frame that its sums are emitted in. */
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import type { ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { rewriteExpr } from '../../../compiler/primitives/substitute.ts';
import type { Emitter } from '../../wgsl/emitter.ts';
import type { Memory } from '../../wgsl/module.ts';
import type { Accumulators } from './accumulators.ts';
import { type ContractionKernel, type Direction, instance } from './root.ts';
import type { Tile } from './tile.ts';

export interface Frame {
  readonly e: Emitter;
  /** The product that is summed. */
  readonly root: ContractionPrim;
  readonly rows: Direction;
  readonly cols: Direction;
  readonly batch: Direction;
  /** WGSL of this thread's place among those along a direction, and of the position at which the tile begins. */
  readonly thread: (d: Direction) => string;
  readonly tileStart: (d: Direction) => string;
  /** The position of this thread's first result along a direction. */
  readonly first: (d: Direction) => string;
  /** Whether an operand that lies along a sum is loaded several steps at once. */
  readonly vectorSums: Vectors['sums'];
  readonly sums: Accumulators;
  /** The part of each sum that is this workgroup's; undefined where it is all of it. */
  readonly part: Part | undefined;
}

/** One of `of` parts, in WGSL. */
export interface Part {
  readonly at: string;
  readonly of: number;
}

/** Emits the sums of the frame's product, added to the thread's accumulators. */
export type Summation = (frame: Frame) => void;

/** Vectors of VECTOR neighbours. */
export interface Vectors {
  /** Whether a thread's positions are neighbours. */
  readonly rows: boolean;
  readonly cols: boolean;
  /** Whether an operand that lies along a sum is loaded several steps at once. */
  readonly sums: Readonly<Record<'a' | 'b', boolean>>;
  /** Arguments that are declared as arrays of them, and the result. */
  readonly args: ReadonlySet<number>;
  readonly out: boolean;
}

export interface Schedule {
  /** Canonical. */
  readonly kernel: ContractionKernel;
  readonly tile: Tile;
  readonly sum: Summation;
  /** Emits code before the first sum, and after the last. */
  readonly begin?: Summation;
  readonly finish?: Summation;
  /** Threads that share each result's sum, of which the first stores it; 1 where absent. */
  readonly depthThreads?: number;
  /** Operands come from workgroup memory `staged`, as these elements. */
  readonly staging?: 'f32' | 'f16';
  /** Results are in workgroup memory after `finish`, the tile row by row, and not in accumulators. */
  readonly results?: Memory;
  /** Workgroups that share each sum; they store what they have of it, one part of all results after the other. */
  readonly parts?: number;
  /** Names of the types of subgroup matrices, where sums are of these. */
  readonly matrices?: Readonly<Record<string, string>>;
  /** The operands and results that are loaded and stored as vectors. */
  readonly vectors?: Vectors;
  /** Its workgroup is one subgroup in lockstep, which is done with a load before the next store. */
  readonly lockstep?: boolean;
}

/** An operand at one of the tile's rows or columns, named. */
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
