/** Compares polynomials in `tokens` exactly: floats decide only where their difference is larger than their error. */
import { type Rational, rational } from '../dims/rational.ts';
import { atTokens, type Poly } from './cost.ts';

/** The token count above which a choice stays the same. */
export const HORIZON = 2 ** 24;

/** A polynomial with whole coefficients, none of them negative, and the float64 nearest to each. */
export interface WholeNumbers {
  readonly exact: readonly bigint[];
  readonly near: Poly;
}

const withNear = (exact: readonly bigint[]): WholeNumbers => ({ exact, near: exact.map(Number) });

/** The polynomials in a unit that makes all coefficients whole. */
export function inOneUnit(polys: readonly (readonly Rational[])[]): WholeNumbers[] {
  // The least common multiple of u and den is u times den divided by their greatest common divisor.
  const unit = polys.flat().reduce((u, { den }) => (u % den === 0n ? u : u * rational(u, den).den), 1n);
  return polys.map((p) => withNear(p.map(({ num, den }) => num * (unit / den))));
}

/** Less than 0 where p is less than q at a token count, 0 where they are equal, and else more than 0. */
export function compareAt(p: WholeNumbers, q: WholeNumbers, tokens: number): number {
  const [x, y] = [atTokens(p.near, tokens), atTokens(q.near, tokens)];
  // Without negative coefficients, rounding makes a value wrong by some 1e-15 of it.
  if (Math.abs(x - y) > 1e-13 * Math.max(x, y)) return x - y;
  const at = ({ exact }: WholeNumbers) => exact.reduceRight((value, c) => value * BigInt(tokens) + c, 0n);
  const difference = at(p) - at(q);
  return difference < 0n ? -1 : Number(difference > 0n);
}

/** The token counts up to HORIZON at which the order of p and q may differ from that at one token less. */
export function crossings(p: WholeNumbers, q: WholeNumbers): number[] {
  const powers = Array.from({ length: Math.max(p.exact.length, q.exact.length) }, (_, k) => k);
  const ordered = (a: WholeNumbers, b: WholeNumbers) =>
    powers.every((k) => (a.exact[k] ?? 0n) <= (b.exact[k] ?? 0n));
  if (ordered(p, q) || ordered(q, p)) return [];
  // Between these edges p − q rises or falls only, so that p < q and p ≤ q change at most once each.
  const found = new Set(crossings(rise(p), rise(q)));
  const edges = [0, ...[...found].sort((a, b) => a - b), HORIZON];
  const orders = [(t: number) => compareAt(p, q, t) < 0, (t: number) => compareAt(p, q, t) <= 0];
  for (const holds of orders) {
    for (let i = 0; i + 1 < edges.length; i++) {
      let [before, after] = [edges[i]!, edges[i + 1]!];
      if (holds(before) === holds(after)) continue;
      while (after - before > 1) {
        const middle = Math.floor((before + after) / 2);
        if (holds(middle) === holds(before)) before = middle;
        else after = middle;
      }
      found.add(after);
    }
  }
  return [...found];
}

/** The polynomial p(tokens + 1) − p(tokens). */
function rise({ exact }: WholeNumbers): WholeNumbers {
  const next = [...exact];
  for (let i = 0; i + 1 < next.length; i++) {
    for (let k = next.length - 2; k >= i; k--) next[k]! += next[k + 1]!;
  }
  return withNear(exact.slice(0, -1).map((c, k) => next[k]! - c));
}
