/** The schedules of contractions in lanes: those that tuning can ask for, and those that it measures. */

import { cpuVectors, type DeviceClass } from '../../../compiler/devices/index.ts';
import { exchanged } from '../../families/contraction/root.ts';
import { isWhole } from '../../families/contraction/schedule.ts';
import type { Tile } from '../../families/contraction/tile.ts';
import { longest } from '../../fuse/axes.ts';
import { type ContractionKernel, workgroupMemoryOf } from '../../fuse/kernel.ts';
import { neighbours, ONE, type ScheduleChoice, type Sizes, sized, WHOLE } from '../choice.ts';
import { directChoice } from '../portable.ts';
import type { ChosenSchedule } from '../recipe.ts';
import { type Costed, faster, type LoopSchedule } from './cycles.ts';
import { ACROSS, dotSchedules, dotsOf, EACH, MAX_DOTS } from './dots.ts';
import { PANEL_ROWS, panelSchedules, panelsOf } from './panels.ts';
import { IN_TURN, stationaryOf, stationarySchedules } from './stationary.ts';
import { COLS, inTile, laneSchedules, MAX_RESULTS, ROWS } from './tiles.ts';

type ScheduleOf = (kernel: ContractionKernel, rows: number, cols: number) => LoopSchedule | undefined;

function schedule(scheduleOf: ScheduleOf, sizes: Sizes): ChosenSchedule {
  return {
    strategy: 'lanes',
    sizes,
    emit({ rows, cols }, kernel) {
      const made = scheduleOf(kernel, rows, cols);
      return made && isWhole(made.kernel, made.tile) ? made.emit() : undefined;
    },
  };
}

const ofExchanged =
  (scheduleOf: ScheduleOf): ScheduleOf =>
  (kernel, rows, cols) =>
    scheduleOf(exchanged(kernel), rows, cols);

/** A tuned schedule runs on the device that it was measured on, which has the class's memory. */
const ofPanels: ScheduleOf = (kernel, rows) => panelsOf(kernel, rows, workgroupMemoryOf(cpuVectors));

const dots: Sizes = { rows: EACH, cols: ACROSS, most: MAX_DOTS, parts: WHOLE };
const tiles: Sizes = { rows: ROWS, cols: COLS, most: MAX_RESULTS, parts: WHOLE };
const panels: Sizes = { rows: PANEL_ROWS, cols: ONE, most: Infinity, parts: WHOLE };
const held: Sizes = { rows: IN_TURN, cols: COLS, most: Infinity, parts: WHOLE };

export const choices = {
  /** Schedules with a tile for each lane, as written and exchanged. */
  lanes: schedule(inTile, tiles),
  'exchanged lanes': schedule(ofExchanged(inTile), tiles),
  /** Schedules with rows in turn, while lanes hold the columns' operand in registers, as written and exchanged. */
  stationary: schedule(stationaryOf, held),
  'exchanged stationary': schedule(ofExchanged(stationaryOf), held),
  /** Schedules with panels of long sums, as written and exchanged. */
  panels: schedule(ofPanels, panels),
  'exchanged panels': schedule(ofExchanged(ofPanels), panels),
  /** Schedules in which the lanes of a subgroup share each dot product, as written and exchanged. */
  dots: schedule(dotsOf, dots),
  'exchanged dots': schedule(ofExchanged(dotsOf), dots),
} as const satisfies Record<string, ChosenSchedule>;

type Tiled = (Costed & { readonly tile: Tile }) | undefined;

/** The best choice of each kind by the cost model, and the neighbours of the best of all. */
export function choicesOf(
  kernel: ContractionKernel,
  tokens: number,
  device: DeviceClass,
): readonly ScheduleChoice[] | undefined {
  if (longest(kernel.root.over) === undefined) return undefined;
  const options = { tokens, strategy: 'lanes', device } as const;
  const [written, exchanged] = laneSchedules(kernel, options);
  const [columns, exchangedColumns] = stationarySchedules(kernel, options);
  const [panel, exchangedPanel] = panelSchedules(kernel, options);
  const [dot, exchangedDot] = dotSchedules(kernel, options);
  const kinds = [
    { way: 'lanes', made: written },
    { way: 'exchanged lanes', made: exchanged },
    { way: 'stationary', made: columns },
    { way: 'exchanged stationary', made: exchangedColumns },
    { way: 'panels', made: panel },
    { way: 'exchanged panels', made: exchangedPanel },
    { way: 'dots', made: dot },
    { way: 'exchanged dots', made: exchangedDot },
  ] as const;
  const best = kinds.map((k): Tiled => k.made).reduce(faster);
  const all = kinds.flatMap(({ way, made }) => {
    if (!made) return [];
    const { rows, cols, inTurn = 1 } = made.tile;
    const own = sized(way, rows * inTurn, way.endsWith('panels') ? 1 : cols);
    return made === best ? [own, ...neighbours(own, choices[way].sizes)] : [own];
  });
  return [...all, directChoice(kernel, tokens, device)];
}
