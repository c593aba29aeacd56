import type { Tensor } from 'oftc';
import { damped } from './damped.ts';

/** A rotation for each generator: all are damped but the last. */
export const rotations = (generators: readonly Tensor[], d: Tensor): Tensor[] =>
  generators.map((v, i) => (i + 1 < generators.length ? damped(v, d) : damped(v)));
