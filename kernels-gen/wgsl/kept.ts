/**
 * What lanes keep. A subgroup of LANES shares out a row-major tensor whose rows are of whole LANES: lane l has every element
 * whose position is l modulo LANES, in an array of its own, which on a CPU is loaded in a fifth of the time of memory that
 * lanes share.
 */
import type { Poly } from '../../compiler/primitives/affine.ts';
import { DEVICES } from '../../compiler/rewrite/devices.ts';

/** Invocations of a subgroup on the devices that lane schedules are for: CPUs with vectors of 8 f32. */
export const LANES = DEVICES.software.lanes;
/** The name of the axis that lanes are counted along. */
export const LANE = 'lane';

/** Where in its lane's array an element is; undefined where it may be another lane's. */
export function keptAt(position: Poly): Poly | undefined {
  const isLane = ({ coef, atoms: [atom, ...more] }: Poly[number]) =>
    coef === 1 && more.length === 0 && atom?.k === 'axis' && atom.name === LANE;
  const others = position.filter((t) => !isLane(t));
  if (others.length !== position.length - 1 || others.some((t) => t.coef % LANES !== 0)) return undefined;
  return others.map((t) => ({ ...t, coef: t.coef / LANES }));
}
