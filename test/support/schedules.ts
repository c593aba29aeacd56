/** The strategies that tests run, whichever recipes are registered. */
import { CLASSES } from '../../compiler/devices/index.ts';
import { STRATEGIES, type Strategy } from '../../kernels-gen/index.ts';

/**
 * The portable strategy and those for software devices. The tests' software device takes seconds to compile a kernel
 * of any other strategy.
 */
export const QUICK: readonly Strategy[] = STRATEGIES.filter(
  (s) => s === 'direct' || CLASSES.some((c) => c.devices.software && c.strategies.includes(s)),
);
