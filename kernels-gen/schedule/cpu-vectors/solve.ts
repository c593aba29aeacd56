/** Solves by one subgroup, whose lanes hand columns to each other and never wait. */
import { constantOf, type Dim } from '../../../compiler/dims/dims.ts';
import type { Emitted, ScheduleOptions, Way } from '../../families/family.ts';
import { emitLaneSolve } from '../../families/solve/lanes.ts';
import type { SolveKernel } from '../../families/solve/schedule.ts';
import { MAX_COLUMNS } from '../../fuse/columns.ts';
import { sizeAt } from '../../fuse/cost.ts';
import { WORKGROUP_MEMORY } from '../../fuse/kernel.ts';
import { heightOf } from '../../loops/naive-block-solve.ts';
import { LANES } from './lanes.ts';

export function solveWays(kernel: SolveKernel, { tokens }: ScheduleOptions): readonly Way[] {
  return kernel.root.pivots ? [] : [{ strategy: 'lanes', emit: () => inLanes(kernel, tokens) }];
}

/** Emits the kernel; undefined where workgroup memory has no room for columns beside A. */
function inLanes(kernel: SolveKernel, tokens: number): Emitted | undefined {
  const [n, m] = kernel.tensor.shape.slice(-2) as [Dim, Dim];
  const height = heightOf(constantOf(n)!, LANES);
  const wanted = heightOf(Math.min(sizeAt([m], tokens), MAX_COLUMNS), LANES);
  const columns = Math.min(wanted, Math.floor((WORKGROUP_MEMORY / height - height) / LANES) * LANES);
  return columns === 0 ? undefined : emitLaneSolve(kernel, columns, LANES);
}
