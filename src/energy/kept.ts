/**
 * Compares a weight with the merged one: the angles between neurons, and their hyperspherical energy Σ_{i≠j} 1/‖ŵᵢ − ŵⱼ‖,
 * which orthogonal finetuning keeps (arXiv 2306.07280).
 */
import { pairsOf, type Separations, separationsOf } from './separations.ts';

/** The change of the angles between neurons, in degrees. */
export interface AngleChange {
  readonly largest: number;
  /** The root mean square. */
  readonly rms: number;
}

/** The angles and the energy of a merged weight W′. */
export interface AnglesAndEnergy extends AngleChange {
  /** The hyperspherical energy; from a sample of pairs, their mean times the number of all pairs. */
  readonly energy: number;
  /** The energy's change relative to that of W; null where W has none. */
  readonly energyChange: number | null;
}

/** The angles and energies of several weights, or of one. */
export interface KeptAngles extends AnglesAndEnergy {
  /** The number of pairs that were measured, out of `of`. */
  readonly pairs: number;
  readonly of: number;
  /** The number of measured pairs without an energy: one neuron is 0, or both have the same direction. */
  readonly leftOut: number;
  /** The energy of W. */
  readonly energyBefore: number;
  /** ‖W′ − W‖ ÷ ‖W‖; null where W is 0. */
  readonly moved: number | null;
  /** The weight with an exact R beside that with a truncated series; null where R has no series. */
  readonly truncation: Truncation | null;
}

/** The weight with the exact Cayley transform in place of each truncated series. */
export interface Truncation {
  readonly exact: AnglesAndEnergy;
  /** ‖W′ − W′ₑ‖ ÷ ‖W′ₑ − W‖, the part of the exact change that the series misses; null without a change. */
  readonly missed: number | null;
}

/** The sums of one weight, which add up over weights. */
export interface KeptEntry {
  readonly projection: string;
  readonly pairs: number;
  readonly of: number;
  readonly leftOut: number;
  readonly before: number;
  /** ‖W‖² and ‖W′ − W‖². */
  readonly norm: number;
  readonly change: number;
  readonly after: Sums;
  readonly exact?: Sums & { readonly missed: number; readonly change: number };
}

interface Sums {
  readonly squares: number;
  readonly largest: number;
  readonly energy: number;
}

/** Neurons as near as this have one direction in float32, and 1/‖ŵᵢ − ŵⱼ‖ is then a figure of rounding. */
const SAME = 1e-6;
const DEGREES = 180 / Math.PI;

type Values = ArrayLike<number>;

/** Compares the rows of W, a matrix (rows, width), with those of W′ and of W′ with the exact transform. */
export function keptEntry(
  projection: string,
  [rows, width]: readonly [number, number],
  { W, merged, exact }: { readonly W: Values; readonly merged: Values; readonly exact?: Values | undefined },
): KeptEntry {
  const pairs = pairsOf(rows);
  const [before, after] = [W, merged].map((of) => separationsOf(of, width, pairs)) as [
    Separations,
    Separations,
  ];
  const exactly = exact && separationsOf(exact, width, pairs);
  const all = exactly ? [before, after, exactly] : [before, after];
  const measured = before.angles.length;
  const used = Array.from({ length: measured }, (_, p) => p).filter((p) =>
    all.every(({ distances }) => distances[p]! > SAME),
  );
  const times = measured === 0 ? 0 : (2 * pairs.all) / measured;
  const energy = ({ distances }: Separations) => times * used.reduce((sum, p) => sum + 1 / distances[p]!, 0);
  const sums = (of: Separations): Sums => {
    let [squares, largest] = [0, 0];
    for (const p of used) {
      const turned = Math.abs(of.angles[p]! - before.angles[p]!) * DEGREES;
      squares += turned ** 2;
      largest = Math.max(largest, turned);
    }
    return { squares, largest, energy: energy(of) };
  };
  return {
    projection,
    pairs: measured,
    of: pairs.all,
    leftOut: measured - used.length,
    before: energy(before),
    norm: distance(W),
    change: distance(merged, W),
    after: sums(after),
    ...(exactly && exact
      ? { exact: { ...sums(exactly), missed: distance(merged, exact), change: distance(exact, W) } }
      : {}),
  };
}

/** ‖A − B‖², with B = 0 by default. */
function distance(a: Values, b?: Values): number {
  let squares = 0;
  for (let k = 0; k < a.length; k++) squares += (a[k]! - (b ? b[k]! : 0)) ** 2;
  return squares;
}

/** The figures of at least one weight together. */
export function keptOf(entries: readonly KeptEntry[]): KeptAngles {
  const total = (of: (e: KeptEntry) => number) => entries.reduce((sum, e) => sum + of(e), 0);
  const [pairs, leftOut, before] = [total((e) => e.pairs), total((e) => e.leftOut), total((e) => e.before)];
  const kept = (of: (e: KeptEntry) => Sums): AnglesAndEnergy => {
    const energy = total((e) => of(e).energy);
    return {
      largest: Math.max(...entries.map((e) => of(e).largest)),
      rms: pairs === leftOut ? 0 : Math.sqrt(total((e) => of(e).squares) / (pairs - leftOut)),
      energy,
      energyChange: before === 0 ? null : energy / before - 1,
    };
  };
  const series = entries.some((e) => e.exact);
  const [change, norm] = [total((e) => e.exact?.change ?? 0), total((e) => e.norm)];
  return {
    ...kept((e) => e.after),
    ...{ pairs, leftOut, of: total((e) => e.of), energyBefore: before },
    moved: norm === 0 ? null : Math.sqrt(total((e) => e.change) / norm),
    truncation: series
      ? {
          exact: kept((e) => e.exact ?? e.after),
          missed: change === 0 ? null : Math.sqrt(total((e) => e.exact?.missed ?? 0) / change),
        }
      : null,
  };
}
