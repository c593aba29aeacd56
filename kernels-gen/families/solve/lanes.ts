/**
 * The schedule of solves by one subgroup. Each lane (an invocation) has every `lanes`-th column of [A B] in workgroup
 * memory, and a column of each diagonal block in registers. Lanes get elements of other columns by shuffles and touch
 * only memory of their own, so no step waits.
 */
import { naiveBlockSolve } from '../../loops/naive-block-solve.ts';
import type { Scheduled } from '../../loops/type.ts';
import { printWgsl } from '../../print/wgsl.ts';
import { bind } from '../../schedule/steps/bind.ts';
import { distribute } from '../../schedule/steps/distribute.ts';
import { promote } from '../../schedule/steps/promote.ts';
import { spread } from '../../schedule/steps/spread.ts';
import { scheduled } from '../../schedule/steps/step.ts';
import type { Emitted } from '../family.ts';
import type { SolveKernel } from './schedule.ts';

/** The loops over which columns of [A B] are dealt to the lanes. */
const COLUMNS = ['ja', 'jb', 't', 'xj'];

/** Lanes that solve for `columns` columns at once, a multiple of their number. */
export function laneSolveLoops(kernel: SolveKernel, columns: number, lanes: number): Scheduled {
  return scheduled(naiveBlockSolve(kernel, { block: lanes, columns }), [
    bind('system', 'workgroup'),
    bind('chunk', 'workgroup'),
    spread(COLUMNS, 'chunk', { threads: lanes, as: 'lane', free: COLUMNS }),
    promote('left', ['p', 'c'], { as: 'inverse', before: 'next' }),
    promote('right', ['p', 'c']),
    promote('left', ['e'], { as: 'held' }),
    ...['d', 'row', 'held'].map((name) => distribute(name, 'lane')),
    ...['dp', 'q', 'i', 'p', 'c', 'e'].map((axis) => bind(axis, 'unrolled')),
  ]);
}

export const emitLaneSolve = (kernel: SolveKernel, columns: number, lanes: number): Emitted =>
  printWgsl(laneSolveLoops(kernel, columns, lanes));
