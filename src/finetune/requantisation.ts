/** What requantising merged weights loses, by projection, beside what it loses of the base's own. */
import { type Deviation, deviation, type QuantizedTensor } from '../formats/quantized/index.ts';
import { shortName, TARGETS, type Target } from './models/config.ts';

/** ‖·‖ is Frobenius' norm over all weights that are counted, Q(W) what is left of W once it is quantised. */
export interface Loss {
  /** ‖Q(W) − W‖ ÷ ‖W‖; 0 where nothing is lost. */
  readonly relative: number;
  /** The largest |Q(W) − W| in steps: distances of neighbouring codes, of NF4's the widest. */
  readonly largest: number;
}

/** The rounding error of the merged weight W′ after quantising, with that of the base's W to compare. */
export interface Requantisation extends Loss {
  /** W lies on codes already: little is lost of it, where its scales are quantised too. */
  readonly base: Loss;
  /** ‖Q(W′) − W′‖ ÷ ‖W′ − W‖: above 1, more is lost than the adapter has changed. Null where it changed nothing. */
  readonly ofUpdate: number | null;
  /** The mean step over W's: how much wider the range is that the codes are spread over. */
  readonly range: number;
}

/** By q_proj, k_proj …, and of all. */
export interface Requantisations {
  readonly all: Requantisation;
  readonly [projection: string]: Requantisation;
}

/** A weight's values, and what they are quantised as. */
export interface Quantised {
  readonly values: Float32Array;
  readonly tensor: QuantizedTensor;
}

interface Measured extends Deviation {
  readonly elements: number;
  /** Σ value². */
  readonly norm: number;
}

/** One weight's sums, which add up over all of a target. */
export interface Entry {
  readonly target: Target;
  readonly merged: Measured;
  readonly base: Measured;
  /** Σ (W′ − W)². */
  readonly update: number;
}

export function entryOf(target: Target, base: Quantised, merged: Quantised): Entry {
  const update = merged.values.reduce((sum, value, i) => sum + (value - base.values[i]!) ** 2, 0);
  return { target, merged: measured(merged), base: measured(base), update };
}

const measured = ({ values, tensor }: Quantised): Measured => ({
  ...deviation(tensor, values),
  elements: values.length,
  norm: values.reduce((sum, value) => sum + value * value, 0),
});

/** Summarises the entries of at least one weight. */
export function summarised(entries: readonly Entry[]): Requantisations {
  const present = TARGETS.filter((t) => entries.some((e) => e.target === t));
  return {
    all: ofEntries(entries),
    ...Object.fromEntries(
      present.map((t) => [shortName(t), ofEntries(entries.filter((e) => e.target === t))]),
    ),
  };
}

function ofEntries(entries: readonly Entry[]): Requantisation {
  const total = (of: (e: Entry) => number) => entries.reduce((sum, e) => sum + of(e), 0);
  const lossOf = (of: (e: Entry) => Measured): Loss => {
    const squares = total((e) => of(e).squares);
    return {
      relative: squares === 0 ? 0 : Math.sqrt(squares / total((e) => of(e).norm)),
      largest: Math.max(...entries.map((e) => of(e).largest)),
    };
  };
  const update = total((e) => e.update);
  const steps = (of: (e: Entry) => Measured) => total((e) => of(e).step * of(e).elements);
  return {
    ...lossOf((e) => e.merged),
    base: lossOf((e) => e.base),
    ofUpdate: update === 0 ? null : Math.sqrt(total((e) => e.merged.squares) / update),
    range: steps((e) => e.merged) / steps((e) => e.base),
  };
}
