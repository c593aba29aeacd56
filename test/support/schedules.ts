/** Strategies that tests run whatever recipes there are. */
import { CLASSES } from '../../compiler/devices/index.ts';
import { STRATEGIES, type Strategy } from '../../kernels-gen/index.ts';

/**
 * The portable one, and those for devices that are software: where the tests' device is one, it compiles a kernel of any
 * other in seconds.
 */
export const QUICK: readonly Strategy[] = STRATEGIES.filter(
  (s) => s === 'direct' || CLASSES.some((c) => c.devices.software && c.strategies.includes(s)),
);
