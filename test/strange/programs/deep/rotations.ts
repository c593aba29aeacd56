import type { Tensor } from 'oftc';
import { damped } from './damped.ts';

/** One damped rotation per generator, the last one undamped. */
export const rotations = (generators: readonly Tensor[], d: Tensor): Tensor[] =>
  generators.map((v, i) => (i + 1 < generators.length ? damped(v, d) : damped(v)));
