/** The type of a contraction's schedule in tiles. */
import type { ContractionKernel } from '../../fuse/kernel.ts';
import type { Tile } from './tile.ts';

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
}
