/**
 * The cost of a product as formulas in the dimensions, and the time that a device takes for it. Operations, bytes,
 * memory and launches stay apart until a device's rates weigh them: the operations of the forward pass alone would
 * choose the wrong form for training.
 */
import type { DeviceProfile } from '../devices/index.ts';
import {
  addDim,
  type Dim,
  dimConst,
  dimNames,
  isRuntimeName,
  printDim,
  RUNTIME_DIM,
  substituteDim,
  tileOf,
} from '../dims/dims.ts';
import { addQ, divQ, fromNumber, mulQ, type Rational, rational, toNumber } from '../dims/rational.ts';

export interface Cost {
  /** Floating-point operations; a multiply-add is two. */
  readonly ops: Dim;
  /** Bytes read and written by the kernels. */
  readonly bytes: Dim;
  /** Bytes of intermediate results. */
  readonly memory: Dim;
  /** The number of kernel launches. */
  readonly launches: number;
}

const zero = dimConst(0);
export const NO_COST: Cost = { ops: zero, bytes: zero, memory: zero, launches: 0 };

export const addCost = (a: Cost, b: Cost): Cost => ({
  ops: addDim(a.ops, b.ops),
  bytes: addDim(a.bytes, b.bytes),
  memory: addDim(a.memory, b.memory),
  launches: a.launches + b.launches,
});

/** The cost at given sizes. */
export const bindCost = (c: Cost, by: Readonly<Record<string, Dim>>): Cost => ({
  ops: substituteDim(c.ops, by),
  bytes: substituteDim(c.bytes, by),
  memory: substituteDim(c.memory, by),
  launches: c.launches,
});

const ZERO = rational(0n);

/** A polynomial's coefficients by power of `tokens`, lowest first. */
export type Poly = readonly number[];

/**
 * A count as a polynomial in `tokens`, with tokens/by in place of ⌈tokens/by⌉: a cost may be off by a tile. Throws
 * RangeError where it has another name, or a division by `tokens`.
 */
export const inTokens = (d: Dim): Poly => exactInTokens(d).map(toNumber);

export function exactInTokens(d: Dim): Rational[] {
  const out: Rational[] = [ZERO];
  for (const { coef, powers } of d.terms) {
    let [value, power] = [coef, 0];
    for (const [name, p] of powers) {
      const by = name === RUNTIME_DIM ? 1 : tileOf(name);
      if (by === undefined || p < 0)
        throw new RangeError(`cost '${printDim(d)}' is not a polynomial in tokens`);
      value = divQ(value, rational(BigInt(by) ** BigInt(p)));
      power += p;
    }
    while (out.length <= power) out.push(ZERO);
    out[power] = addQ(out[power]!, value);
  }
  return out;
}

/** Whether a cost depends on `tokens` alone. Only then can candidates be ranked. */
export const isBound = (c: Cost): boolean =>
  [c.ops, c.bytes, c.memory].every((d) => dimNames(d).every(isRuntimeName));

/** The seconds that a cost takes, by power of `tokens`: α + β·tokens (+ γ·tokens² + …). */
export const seconds = (c: Cost, profile: DeviceProfile): Poly => exactSeconds(c, profile).map(toNumber);

/** The seconds without rounding. Each rate counts with the exact value of its float64. */
export function exactSeconds(c: Cost, profile: DeviceProfile): Rational[] {
  const [ops, bytes] = [exactInTokens(c.ops), exactInTokens(c.bytes)];
  const [flops, bandwidth] = [fromNumber(profile.flops), fromNumber(profile.bandwidth)];
  const launches = mulQ(fromNumber(c.launches), fromNumber(profile.launch));
  return Array.from({ length: Math.max(ops.length, bytes.length) }, (_, p) => {
    const work = addQ(divQ(ops[p] ?? ZERO, flops), divQ(bytes[p] ?? ZERO, bandwidth));
    return p === 0 ? addQ(work, launches) : work;
  });
}

export function atTokens(poly: Poly, tokens: number): number {
  let value = 0;
  for (let power = poly.length - 1; power >= 0; power--) value = value * tokens + poly[power]!;
  return value;
}
