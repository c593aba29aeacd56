/** Drops options that another dominates: one that costs at most as much in every count, at every token count. */
import { atTokens, type Cost, inTokens, type Poly } from './cost.ts';

/** Operations, bytes, memory and launches as polynomials in `tokens`. */
export type Counts = readonly [ops: Poly, bytes: Poly, memory: Poly, launches: Poly];

export const countsOf = (c: Cost): Counts => [
  inTokens(c.ops),
  inTokens(c.bytes),
  inTokens(c.memory),
  [c.launches],
];

export const addPoly = (a: Poly, b: Poly): Poly =>
  a.length < b.length ? addPoly(b, a) : a.map((c, k) => c + (b[k] ?? 0));

export const addCounts = (a: Counts, b: Counts): Counts => [
  addPoly(a[0], b[0]),
  addPoly(a[1], b[1]),
  addPoly(a[2], b[2]),
  addPoly(a[3], b[3]),
];

/** Whether p ≤ q in every coefficient. As no coefficient is negative, p ≤ q then holds at every token count. */
function atMost(p: Poly, q: Poly): boolean {
  for (let k = 0; k < p.length; k++) if (p[k]! > (q[k] ?? 0)) return false;
  return true;
}
const covers = (a: Counts, b: Counts): boolean =>
  atMost(a[3], b[3]) && atMost(a[0], b[0]) && atMost(a[1], b[1]) && atMost(a[2], b[2]);

/** The largest number of options that a front keeps. */
export const MAX_FRONT = 32;
const TYPICAL_TOKENS = [1, 64, 4096];

/**
 * The options that no other dominates. Among options with equal counts the first stays. Where more than `most` are
 * left, those stay that rank first in operations, bytes or memory at TYPICAL_TOKENS.
 */
export function undominated<T extends { readonly counts: Counts }>(
  options: readonly T[],
  most: number = MAX_FRONT,
): T[] {
  const kept: T[] = [];
  for (const option of options) {
    if (kept.some((k) => covers(k.counts, option.counts))) continue;
    for (let i = kept.length - 1; i >= 0; i--) if (covers(option.counts, kept[i]!.counts)) kept.splice(i, 1);
    kept.push(option);
  }
  return kept.length <= most ? kept : cheapest(kept, most);
}

/** The front with one option more, unless an option of the front costs at most as much. */
export const including = <T extends { readonly counts: Counts }>(
  front: readonly T[],
  option: T,
): readonly T[] => (front.some((f) => covers(f.counts, option.counts)) ? front : [...front, option]);

function cheapest<T extends { readonly counts: Counts }>(options: readonly T[], most: number): T[] {
  const places = options.map(() => options.length);
  for (const tokens of TYPICAL_TOKENS) {
    for (const count of [0, 1, 2] as const) {
      const first = least(
        options.map((o) => atTokens(o.counts[count], tokens)),
        most,
      );
      for (const [place, i] of first.entries()) places[i] = Math.min(places[i]!, place);
    }
  }
  const best = new Set(least(places, most));
  return options.filter((_, i) => best.has(i));
}

/** The indices of the `most` smallest numbers, smallest first. Among equal numbers the first comes first. */
function least(numbers: readonly number[], most: number): readonly number[] {
  const places: number[] = [];
  for (const [i, n] of numbers.entries()) {
    if (places.length === most && n >= numbers[places.at(-1)!]!) continue;
    let at = places.length;
    while (at > 0 && numbers[places[at - 1]!]! > n) at--;
    places.splice(at, 0, i);
    if (places.length > most) places.pop();
  }
  return places;
}

export const paretoFront = <T extends { readonly cost: Cost }>(options: readonly T[]): T[] =>
  undominated(options.map((option) => ({ option, counts: countsOf(option.cost) }))).map((k) => k.option);
