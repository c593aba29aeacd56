/**
 * Lists the steps of a product's sum of known length, for code without a loop. Steps go along the longest
 * axis, once for each position along the others.
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import { int } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { range } from '../../families/contraction/root.ts';
import { count, longest, looped } from '../../fuse/axes.ts';

/** The number of steps of all products' sums; Infinity where a length is unknown. */
export const stepsOf = (products: readonly ContractionPrim[]): number =>
  products.reduce((sum, { over }) => sum + (constantOf(count(over)) ?? Infinity), 0);

/** Steps that differ only along the longest axis. */
export interface Run {
  /** The values of the other axes. */
  readonly others: ReadonlyMap<string, IntExpr>;
  readonly inner: Axis;
  /** The row-major position of each step in the sum over all axes. */
  readonly steps: readonly number[];
}

export function runsOf({ over }: ContractionPrim): readonly Run[] {
  const loops = looped(over);
  const inner = longest(loops)!;
  const sizes = loops.map((a) => constantOf(a.extent)!);
  return placesOf(loops.filter((a) => a !== inner)).map((place) => ({
    others: new Map([...place].map(([name, i]) => [name, int(i)])),
    inner,
    steps: range(constantOf(inner.extent)!).map((k) =>
      loops.reduce((at, { name }, d) => at * sizes[d]! + (place.get(name) ?? k), 0),
    ),
  }));
}

/** All positions along axes; the last axis moves fastest. */
const placesOf = (axes: readonly Axis[]): readonly ReadonlyMap<string, number>[] =>
  axes.reduce<ReadonlyMap<string, number>[]>(
    (places, { name, extent }) =>
      places.flatMap((p) => range(constantOf(extent)!).map((i) => new Map([...p, [name, i]]))),
    [new Map()],
  );
