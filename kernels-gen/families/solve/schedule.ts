/**
 * The schedule of solves. A workgroup eliminates A with some columns of B in its memory, or a whole system in a temporary.
 */
import type { SolvePrim } from '../../../compiler/primitives/prim.ts';
import type { Kernel } from '../../fuse/kernel.ts';
import { naiveSolve } from '../../loops/naive-solve.ts';
import type { Scheduled } from '../../loops/type.ts';
import { printWgsl } from '../../print/wgsl.ts';
import { bind } from '../../schedule/steps/bind.ts';
import { spread } from '../../schedule/steps/spread.ts';
import { scheduled } from '../../schedule/steps/step.ts';
import type { Emitted } from '../family.ts';

export type SolveKernel = Kernel & { readonly root: SolvePrim };

/** The schedule: in workgroup memory where A and `columns` columns of B fit, else in a temporary. */
export function solveLoops(kernel: SolveKernel, columns: number | undefined): Scheduled {
  const spreading = { threads: columns === undefined ? 256 : 64, as: 'n', free: ['ja', 'jx'] };
  return scheduled(naiveSolve(kernel, columns), [
    bind('system', 'workgroup'),
    bind('chunk', 'workgroup'),
    spread(['ja', 'jb', 'j', 'jx'], 'chunk', spreading),
  ]);
}

export const emitSolve = (kernel: SolveKernel, columns: number | undefined): Emitted =>
  printWgsl(solveLoops(kernel, columns));
