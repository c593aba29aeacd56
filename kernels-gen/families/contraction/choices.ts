/** The schedules of a contraction as choices: those worth measuring, and the code of each. */
import type { DeviceClass } from '../../../compiler/devices/index.ts';
import type { MatrixShape } from '../../../runtime/plan.ts';
import { isChoice, neighbours, tunedFor } from '../../tune/choice.ts';
import type { Choice } from '../../tuned.ts';
import type { Emitted, ScheduleOptions, Strategy, Way } from '../family.ts';
import { faster } from './cycles.ts';
import { directly } from './direct.ts';
import { dotSchedule, dotsOf } from './dots.ts';
import { emitContraction, isWhole } from './emit.ts';
import type { Schedule } from './frame.ts';
import { inTile, laneSchedules } from './lanes.ts';
import { matrixSchedule, matrixShapes } from './matrix.ts';
import { type ContractionKernel, exchanged, longest, sizesOf } from './root.ts';
import { staged, stagedTile, tileOfGroup } from './shared.ts';
import { emitParts, partsOf } from './split.ts';
import { stationaryOf, stationarySchedules } from './stationary.ts';
import { chooseTile, tileOf } from './tile.ts';

const sized = (way: Choice['way'], rows = 1, cols = 1, parts = 1): Choice => ({ way, rows, cols, parts });

/** Around what the models choose for a class of devices. */
export function choicesOf(kernel: ContractionKernel, tokens: number, device: DeviceClass): Choice[] {
  const sizes = sizesOf(kernel, tokens);
  const own = chooseTile(sizes.batch, sizes.m, sizes.n, device);
  const direct = sized('direct', own.rows, own.cols);
  const has = (strategy: Strategy) => device.schedules.includes(strategy);
  if (has('lanes') && longest(kernel.root.over) !== undefined) return [...inLanes(kernel, tokens), direct];
  if (!has('shared') || longest(kernel.root.over) === undefined) return [direct, ...neighbours(direct)];
  const { tile } = stagedTile(sizes.batch, sizes.m, sizes.n, device);
  const [rows, cols] = [tile.rows * tile.rowThreads, tile.cols * tile.colThreads];
  const shared = sized('shared', rows, cols);
  const parts = partsOf(kernel, { tokens, strategy: 'split', device });
  const split = [parts, 2 * parts, parts >> 1].map((n) => sized('split', rows, cols, n)).filter(isChoice);
  const matrices = matrixShapes(kernel).map(({ component }) => sized(`matrix ${component}`));
  return [shared, ...neighbours(shared), ...split, ...matrices, direct, ...neighbours(direct)];
}

/** The best of each kind by the model, the best kind's neighbours too. */
function inLanes(kernel: ContractionKernel, tokens: number): Choice[] {
  const options = { tokens, strategy: 'lanes' } as const;
  const [written, turned] = laneSchedules(kernel, options);
  const [held, turnedHeld] = stationarySchedules(kernel, options);
  const kinds = [
    { way: 'lanes', schedule: written },
    { way: 'exchanged lanes', schedule: turned },
    { way: 'stationary', schedule: held },
    { way: 'exchanged stationary', schedule: turnedHeld },
    { way: 'dots', schedule: dotSchedule(kernel, options) },
  ] as const;
  const best = kinds.map((k) => k.schedule).reduce(faster);
  return kinds.flatMap(({ way, schedule }) => {
    if (!schedule) return [];
    const { rows, cols, inTurn = 1 } = schedule.tile;
    const own = sized(way, rows * inTurn, cols);
    return schedule === best ? [own, ...neighbours(own)] : [own];
  });
}

const STRATEGY: Readonly<Record<Choice['way'], Strategy>> = {
  direct: 'direct',
  lanes: 'lanes',
  'exchanged lanes': 'lanes',
  stationary: 'lanes',
  'exchanged stationary': 'lanes',
  dots: 'lanes',
  shared: 'shared',
  split: 'split',
  'matrix f32': 'matrix',
  'matrix f16': 'matrix',
};

/** What measuring chose for a kernel, as ways to compute it. */
export function tunedWays(kernel: ContractionKernel, key: string, options: ScheduleOptions): Way[] {
  return tunedFor(options, key).map(({ choice, ...guard }) => {
    const matrix = matrixOf(choice, kernel);
    const emit = () => emitChoice(choice, kernel, options);
    return { strategy: STRATEGY[choice.way], ...guard, ...(matrix ? { matrix } : {}), emit };
  });
}

const matrixOf = ({ way }: Choice, kernel: ContractionKernel): MatrixShape | undefined =>
  matrixShapes(kernel).find(({ component }) => way === `matrix ${component}`);

/** undefined where the kernel has no such code. */
function emitChoice(
  choice: Choice,
  kernel: ContractionKernel,
  options: ScheduleOptions,
): Emitted | undefined {
  const { tokens } = options;
  const { way, rows, cols, parts } = choice;
  if (way === 'direct') {
    const direct = directly(kernel, tileOf(rows, cols, sizesOf(kernel, tokens)));
    return isWhole(direct) ? emitContraction(direct) : undefined;
  }
  if (longest(kernel.root.over) === undefined) return undefined;
  if (way === 'split' && kernel.overwrites?.by === 'rows') return undefined;
  if (way === 'split') return emitParts(kernel, parts, tileOfGroup(rows, cols));
  const schedule = scheduleOf(choice, way, kernel, options);
  return schedule && isWhole(schedule) ? emitContraction(schedule) : undefined;
}

function scheduleOf(
  choice: Choice,
  way: Exclude<Choice['way'], 'direct' | 'split'>,
  kernel: ContractionKernel,
  options: ScheduleOptions,
): Schedule | undefined {
  const { rows, cols } = choice;
  switch (way) {
    case 'lanes':
      return inTile(kernel, rows, cols);
    case 'exchanged lanes':
      return inTile(exchanged(kernel), rows, cols);
    case 'stationary':
      return stationaryOf(kernel, rows, cols);
    case 'exchanged stationary':
      return stationaryOf(exchanged(kernel), rows, cols);
    case 'dots':
      return dotsOf(kernel, rows, cols);
    case 'shared':
      return staged(kernel, tileOfGroup(rows, cols));
    case 'matrix f32':
    case 'matrix f16': {
      const matrix = matrixOf(choice, kernel);
      return matrix && matrixSchedule(kernel, matrix, { ...options, strategy: 'matrix' });
    }
    default:
      throw new TypeError(`unknown way ${way satisfies never}`);
  }
}
