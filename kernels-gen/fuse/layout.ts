/**
 * Decides in which order the elements of stored maps lie in memory. A map such as I + Wᵀ would read W down its columns
 * and store along rows, and each of its loads would take another cache line. So it is stored in the order of its loads:
 * as I + W, whose readers exchange the indices. Products read a matrix as well along columns as along rows.
 */
import { constantOf, equalDim } from '../../compiler/dims/dims.ts';
import type { MapPrim, Prim } from '../../compiler/primitives/prim.ts';
import { type LoopPrim, rewritePrim } from '../../compiler/primitives/substitute.ts';
import { loadsOf } from '../../compiler/primitives/visit.ts';
import type { Computed } from './inline.ts';
import { strideOf } from './strides.ts';

/**
 * Lays out every map that only products read. The tensors `kept` stay as they are. Returns the new tensor of each that
 * is laid out anew; `computed` has the new ones.
 */
export function layOut(computed: Computed, kept: ReadonlySet<Prim>): ReadonlyMap<Prim, Prim> {
  const renewed = new Map<Prim, Prim>();
  for (const [tensor, map] of [...computed]) {
    if (map.kind !== 'map' || kept.has(tensor) || tensor.mirrored !== undefined) continue;
    const readers = computed.readersOf(tensor).map((r) => [r, computed.get(r)!] as const);
    const order = orderOfLoads(map, tensor);
    if (order === undefined || !readers.every(([, r]) => r.kind === 'contraction')) continue;
    const shape = order.map((d) => tensor.shape[d]!);
    const laidOut: Prim = { ...tensor, shape };
    computed.delete(tensor);
    computed.set(laidOut, { ...map, shape, axes: order.map((d) => map.axes[d]!) });
    for (const [r, reader] of readers)
      if (reader.kind === 'contraction') computed.set(r, reading(reader, tensor, laidOut, order));
    renewed.set(tensor, laidOut);
  }
  return renewed;
}

/**
 * The places of a map's dimensions in the order in which its loads find neighbours; undefined where that order is its
 * own, or where loads differ.
 */
function orderOfLoads(map: MapPrim, tensor: Prim): readonly number[] | undefined {
  const { axes, args, body } = map;
  if (axes.length !== tensor.shape.length) return undefined;
  if (!axes.every((a, d) => equalDim(a.extent, tensor.shape[d]!))) return undefined;
  const long = axes.filter((a) => constantOf(a.extent) !== 1);
  const loads = loadsOf(body).flatMap(({ arg, index, integer }) => {
    const strides = long.map((a) => strideOf({ k: 'load', arg, index }, a, args, axes));
    // A load that moves along one axis alone, such as a bias, fits every order.
    return integer || strides.filter((s) => s > 0).length < 2 ? [] : [strides];
  });
  const isNeighbour = (d: number) => loads.every((strides) => strides[d] === 1);
  const last = long.findIndex((_, d) => isNeighbour(d));
  if (loads.length === 0 || last < 0 || last === long.length - 1) return undefined;
  const at = axes.indexOf(long[last]!);
  return [...axes.keys()].toSorted((a, b) => Number(a === at) - Number(b === at));
}

/** The primitive that reads a tensor in the new order of its dimensions. */
export function reading<P extends LoopPrim>(
  reader: P,
  tensor: Prim,
  laidOut: Prim,
  order: readonly number[],
): P {
  const args = reader.args.map((a) => (a === tensor ? laidOut : a));
  return {
    ...rewritePrim(reader, {
      load: (arg, index) =>
        args[arg] === laidOut ? { k: 'load', arg, index: order.map((d) => index[d]!) } : undefined,
    }),
    args,
  };
}
