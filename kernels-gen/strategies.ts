/**
 * Makes the classes of a Plan whose strategy is forced. The strategy's class has every device on which its kernels are
 * correct.
 */
import { CLASSES, type DeviceClass, portable } from '../compiler/devices/index.ts';
import type { ClassProgram } from './options.ts';
import type { Strategy } from './schedule/index.ts';

/** The classes of a Plan. If a strategy is forced, they are the strategy's own class and the portable one. */
export function classesOf<V>(
  programs: readonly ClassProgram<V>[],
  strategy: Strategy | undefined,
): readonly ClassProgram<V>[] {
  if (strategy === undefined) return programs;
  const { variants } = programs[0]!;
  return [...forcedTo(strategy), portable].map((device) => ({ device, variants }));
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
