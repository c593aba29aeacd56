/** Fits slopes on log-log axes: cost ∝ size^slope. */
import { interval, type Samples, type Summary } from '../statistics.ts';

/** A size, and what it costs. */
export interface Point {
  readonly size: number;
  readonly cost: number;
}

/** The fewest points that a slope is fitted to. */
export const FEWEST = 3;
/** The factor by which a time exceeds that of as many empty launches where work dominates. */
export const OVER_EMPTY = 5;
/** The factor by which a count or a compile time exceeds that of the least size where what grows dominates. */
export const OVER_FIRST = 2;

/**
 * The slope of log(cost) over log(size) by least squares. Undefined for fewer than FEWEST points, and where a cost is 0.
 */
export function slope(points: readonly Point[]): number | undefined {
  if (points.length < FEWEST || points.some((p) => p.cost <= 0)) return undefined;
  const xs = points.map((p) => Math.log(p.size));
  const ys = points.map((p) => Math.log(p.cost));
  const mean = (all: readonly number[]) => all.reduce((a, b) => a + b, 0) / all.length;
  const [x, y] = [mean(xs), mean(ys)];
  const sum = (of: (dx: number, dy: number) => number) =>
    xs.reduce((total, xi, i) => total + of(xi - x, ys[i]! - y), 0);
  return sum((dx, dy) => dx * dy) / sum((dx) => dx ** 2);
}

/** The slope of each round, summarised. Undefined where a round has too few points, and without rounds. */
export function slopeOfRounds(sizes: readonly number[], samples: readonly Samples[]): Summary | undefined {
  const rounds = Math.min(...samples.map((s) => s.length));
  const slopes = Array.from({ length: Number.isFinite(rounds) ? rounds : 0 }, (_, round) =>
    slope(sizes.map((size, i) => ({ size, cost: samples[i]![round] ?? 0 }))),
  );
  const found = slopes.filter((s) => s !== undefined);
  return found.length > 0 && found.length === slopes.length ? interval(found) : undefined;
}

/** The indices from the first on after which every cost is at least `factor` times its floor. */
export function dominated(costs: readonly number[], floors: readonly number[], factor: number): number[] {
  const last = costs.findLastIndex((cost, i) => cost < factor * floors[i]!);
  return costs.map((_, i) => i).slice(last + 1);
}

/** A slope beside the one that it may not exceed by more than `allowed`. */
export interface Verdict {
  readonly quantity: string;
  readonly sizes: readonly number[];
  readonly slope: number | undefined;
  /** The interval of the slope over rounds, where rounds were measured. */
  readonly rounds?: Summary | undefined;
  /** The name of the quantity whose slope stands beside it. */
  readonly beside: string;
  readonly besideSlope: number | undefined;
  readonly allowed: number;
  /** Whether the slope is too steep; undefined where it is not judged, as with too few points in range. */
  readonly isSteep: boolean | undefined;
}

export interface Compared {
  readonly quantity: string;
  readonly sizes: readonly number[];
  readonly costs: readonly number[];
  readonly beside: string;
  readonly others: readonly number[];
  /** The indices of the points to fit. */
  readonly range: readonly number[];
  readonly samples?: readonly Samples[];
}

/** The most by which a slope may exceed the one beside it. */
export const ALLOWED = 0.1;

/** Compares the slope of some costs with that of others over the same sizes. */
export function compared({ quantity, sizes, costs, beside, others, range, samples }: Compared): Verdict {
  const of = (all: readonly number[]) => slope(range.map((i) => ({ size: sizes[i]!, cost: all[i]! })));
  const inRange = range.map((i) => sizes[i]!);
  const [own, other] = [of(costs), of(others)];
  return {
    quantity,
    sizes: inRange,
    slope: own,
    ...(samples
      ? {
          rounds: slopeOfRounds(
            inRange,
            range.map((i) => samples[i]!),
          ),
        }
      : {}),
    beside,
    besideSlope: other,
    allowed: ALLOWED,
    isSteep: own === undefined || other === undefined ? undefined : own - other > ALLOWED,
  };
}
