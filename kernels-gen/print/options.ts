/** The ways in which a kernel may be printed. */
import type { Shuffles } from '../wgsl/registers.ts';

export interface PrintOptions {
  /** Ways to decode quantised elements by shuffles, where all invocations of a subgroup run a statement. */
  readonly shuffles?: Shuffles;
  /**
   * Whether loops around barriers compute indices again that do not change in them. To keep these while invocations wait
   * costs more where a workgroup's invocations take turns on a few lanes.
   */
  readonly computesAgain?: boolean;
  /** Whether a subgroup finishes each statement before its next one. Barriers of subgroups then need no code. */
  readonly isLockstep?: boolean;
  /** Whether code tests if its workgroup is beyond the last one, even where none is. */
  readonly isTested?: boolean;
}
