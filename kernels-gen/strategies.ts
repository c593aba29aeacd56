/** A strategy that is forced: the class whose schedule it is, on every device that it is right on. */
import { CLASSES, type DeviceClass, portable } from '../compiler/devices/index.ts';
import type { Strategy } from './families/family.ts';
import type { ClassProgram } from './options.ts';

/** The classes that programs are planned for: their own, or those of a strategy, whose variants are those of the first. */
export function classesOf<V>(
  programs: readonly ClassProgram<V>[],
  strategy: Strategy | undefined,
): readonly ClassProgram<V>[] {
  if (strategy === undefined) return programs;
  const { variants } = programs[0]!;
  return [...forcedTo(strategy), portable].map((device) => ({ device, variants }));
}

/** A class of the strategy alone; none for the portable one. Barriers stay: what it is right on may not run in lockstep. */
function forcedTo(strategy: Strategy): readonly DeviceClass[] {
  const own = CLASSES.findLast((c) => c.schedules.includes(strategy));
  if (own === undefined) return [];
  return [
    {
      ...own,
      name: strategy,
      devices: own.right ?? own.devices,
      schedules: [strategy],
      lockstep: false,
    },
  ];
}
