/** Measures the error of requantising merged weights, for each projection, next to that of the base's own weights. */
import { type Deviation, deviation, type QuantizedTensor } from '../formats/quantized/index.ts';

/** The error of quantising W to Q(W). ‖·‖ is the Frobenius norm over all weights counted. */
export interface QuantisationError {
  /** ‖Q(W) − W‖ ÷ ‖W‖; 0 if Q(W) = W. */
  readonly relative: number;
  /** The largest |Q(W) − W| in steps; a step is the distance of neighbouring codes, the widest one for NF4. */
  readonly largest: number;
}

/** The error of requantising the merged weights W′, with that of the base's W to compare. */
export interface Requantisation extends QuantisationError {
  /** The error of the base's W, which is small: W lies on codes already, and only quantised scales change. */
  readonly base: QuantisationError;
  /** ‖Q(W′) − W′‖ ÷ ‖W′ − W‖; above 1, the error exceeds the adapter's change. Null without a change. */
  readonly ofUpdate: number | null;
  /** The mean step of W′ divided by that of W: the growth of the range that the codes cover. */
  readonly range: number;
}

/** The errors by projection (q_proj, k_proj, …), and of all together. */
export interface Requantisations {
  readonly all: Requantisation;
  readonly [projection: string]: Requantisation;
}

/** A weight's values, and the quantised tensor made of them. */
export interface Quantised {
  readonly values: Float32Array;
  readonly tensor: QuantizedTensor;
}

interface Measured extends Deviation {
  readonly elements: number;
  /** The sum Σ value². */
  readonly norm: number;
}

/** The sums of one weight, which add up over the weights of a projection. */
export interface Entry {
  readonly projection: string;
  readonly merged: Measured;
  readonly base: Measured;
  /** The sum Σ (W′ − W)². */
  readonly update: number;
}

export function entryOf(projection: string, base: Quantised, merged: Quantised): Entry {
  const update = merged.values.reduce((sum, value, i) => sum + (value - base.values[i]!) ** 2, 0);
  return { projection, merged: measured(merged), base: measured(base), update };
}

const measured = ({ values, tensor }: Quantised): Measured => ({
  ...deviation(tensor, values),
  elements: values.length,
  norm: values.reduce((sum, value) => sum + value * value, 0),
});

/** Summarises the entries of at least one weight, by projection in the order of `projections`. */
export function summarised(entries: readonly Entry[], projections: readonly string[]): Requantisations {
  const order = projections.filter((p) => entries.some((e) => e.projection === p));
  return {
    all: ofEntries(entries),
    ...Object.fromEntries(order.map((p) => [p, ofEntries(entries.filter((e) => e.projection === p))])),
  };
}

function ofEntries(entries: readonly Entry[]): Requantisation {
  const total = (of: (e: Entry) => number) => entries.reduce((sum, e) => sum + of(e), 0);
  const errorOf = (of: (e: Entry) => Measured): QuantisationError => {
    const squares = total((e) => of(e).squares);
    return {
      relative: squares === 0 ? 0 : Math.sqrt(squares / total((e) => of(e).norm)),
      largest: Math.max(...entries.map((e) => of(e).largest)),
    };
  };
  const update = total((e) => e.update);
  const steps = (of: (e: Entry) => Measured) => total((e) => of(e).step * of(e).elements);
  return {
    ...errorOf((e) => e.merged),
    base: errorOf((e) => e.base),
    ofUpdate: update === 0 ? null : Math.sqrt(total((e) => e.merged.squares) / update),
    range: steps((e) => e.merged) / steps((e) => e.base),
  };
}
