/**
 * Makes the classes of a Plan whose strategy is forced. The strategy's class has every device on which its kernels are
 * correct.
 */
import { CLASSES, type DeviceClass, portable } from '../compiler/devices/index.ts';
import type { ClassProgram, PlanOptions } from './options.ts';
import type { Strategy } from './schedule/index.ts';

/** A class of a Plan, its variants, and the options of their kernels. */
export interface PlannedClass<V> extends ClassProgram<V> {
  readonly options: PlanOptions;
}

/**
 * The classes of a Plan. If a strategy is forced, they are the strategy's own class and the portable one. Devices of the
 * portable class may lack what the strategy needs, and run portable code. Neither class takes schedules that were measured.
 */
export function classesOf<V>(
  programs: readonly ClassProgram<V>[],
  options: PlanOptions,
): readonly PlannedClass<V>[] {
  const { strategy } = options;
  if (strategy === undefined) return programs.map((p) => ({ ...p, options }));
  const { variants } = programs[0]!;
  const forced = { ...options, tuned: [] };
  return [
    ...forcedTo(strategy).map((device) => ({ device, variants, options: forced })),
    { device: portable, variants, options: { ...forced, strategy: undefined } },
  ];
}

/**
 * The class of a single strategy; none for `direct`. It keeps barriers, because its devices may not run in lockstep.
 */
function forcedTo(strategy: Strategy): readonly DeviceClass[] {
  const own = CLASSES.findLast((c) => c.strategies.includes(strategy));
  if (own === undefined) return [];
  return [
    {
      ...own,
      name: strategy,
      devices: own.correctOn ?? own.devices,
      strategies: [strategy],
      lockstep: false,
    },
  ];
}
