/**
 * What lanes keep. A subgroup of LANES shares out a row-major tensor whose rows are of whole LANES: lane l has every element
 * whose position is l modulo LANES, in an array of its own, which on a CPU is loaded in a fifth of the time of memory that
 * lanes share.
 */
import { constantOf, type Dim, productDim } from '../../compiler/ir/dims.ts';
import type { Poly } from '../../compiler/primitives/affine.ts';
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import { DEVICES } from '../../compiler/rewrite/devices.ts';
import type { Tensor } from './value.ts';

/** Invocations of a subgroup on the devices that lane schedules are for: CPUs with vectors of 8 f32. */
export const LANES = DEVICES.software.lanes;
/** The name of the axis that lanes are counted along. */
export const LANE = 'lane';

/** An element in an array that its lane keeps, of `size`; undefined where it may be another lane's. */
export function ownOf(
  { shape, kept, turned, copied }: Tensor,
  index: readonly IntExpr[],
  position: (shape: readonly Dim[], index: readonly IntExpr[]) => Poly,
): { readonly array: string; readonly place: Poly; readonly size: number } | undefined {
  const [block, within] = copied ? [shape.slice(1), index.slice(1)] : [shape, index];
  const size = () => constantOf(productDim(block))! / LANES;
  const place = kept === undefined ? undefined : keptAt(position(block, within));
  if (place) return { array: kept!, place, size: size() };
  const across = turned === undefined ? undefined : keptAt(position(swapped(block), swapped(within)));
  return across && { array: turned!, place: across, size: size() };
}

/** The last two of sizes or indices exchanged. */
const swapped = <T>(all: readonly T[]): readonly T[] => [...all.slice(0, -2), ...all.slice(-2).reverse()];

/** Where in its lane's array an element is; undefined where it may be another lane's. */
function keptAt(position: Poly): Poly | undefined {
  const isLane = ({ coef, atoms: [atom, ...more] }: Poly[number]) =>
    coef === 1 && more.length === 0 && atom?.k === 'axis' && atom.name === LANE;
  const others = position.filter((t) => !isLane(t));
  if (others.length !== position.length - 1 || others.some((t) => t.coef % LANES !== 0)) return undefined;
  return others.map((t) => ({ ...t, coef: t.coef / LANES }));
}
