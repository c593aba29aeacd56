/**
 * Chooses the candidate for each token count. Time and memory are polynomials in `tokens`: a comparison changes only
 * where two of them cross, so the guards between variants are exact.
 */
import type { DeviceProfile } from '../devices/index.ts';
import { atTokens, inTokens, type Poly, seconds } from './cost.ts';
import type { Candidate } from './group-forms.ts';

export type Objective = 'latency' | 'memory';

/** A candidate and the token counts for which it is chosen; `maxTokens` is null where they have no end. */
export interface Choice<T> {
  readonly candidate: T;
  readonly minTokens: number;
  readonly maxTokens: number | null;
}

/** The most variants that a Plan carries. */
export const MAX_VARIANTS = 3;
/** The token count above which the choice stays the same. */
const HORIZON = 2 ** 24;

/**
 * In training, memory is the scarcer resource: a form that needs more of it must save more than this share
 * of the time. A forward alone takes whatever is fastest.
 */
export const TRAINING_TOLERANCE = 0.05;

interface Ranked<T> {
  readonly candidate: T;
  readonly time: Poly;
  /**
   * Bytes that do not depend on `tokens`, and all bytes, compared in this order: intermediates such as a second
   * weight matrix do not shrink with the batch, while the slots of activations are reused.
   */
  readonly memory: readonly [Poly, Poly];
}

/**
 * Chooses a candidate for each range of token counts. `latency`: among the candidates within `tolerance` of the
 * fastest, the one with the least memory. `memory`: the one with the least memory, then the fastest. Where there are
 * more than `most` ranges, some join a neighbour: those that lose the least time by it.
 */
export function select<T extends Pick<Candidate, 'cost'>>(
  candidates: readonly T[],
  profile: DeviceProfile,
  objective: Objective,
  tolerance: number,
  most: number = MAX_VARIANTS,
): Choice<T>[] {
  const pool = candidates.map((candidate): Ranked<T> => {
    const memory = inTokens(candidate.cost.memory);
    return { candidate, time: seconds(candidate.cost, profile), memory: [[memory[0]!], memory] };
  });
  const exact = partition(pool, objective, tolerance);
  let pieces: readonly Piece<T>[] = exact;
  while (pieces.length > most) {
    const merged = pieces.flatMap((_, i) => withoutPiece(pieces, i));
    pieces = merged.reduce((a, b) => (regret(a, exact) <= regret(b, exact) ? a : b));
  }
  return pieces.map((p, i) => ({
    candidate: p.ranked.candidate,
    minTokens: p.from,
    maxTokens: i + 1 < pieces.length ? pieces[i + 1]!.from - 1 : null,
  }));
}

/** The two ways to leave piece i out: its range joins the piece before it, or the one after it. */
function withoutPiece<T>(pieces: readonly Piece<T>[], i: number): (readonly Piece<T>[])[] {
  const { from } = pieces[i]!;
  const rest = pieces.toSpliced(i, 1);
  const options = [
    ...(i > 0 ? [rest] : []),
    ...(i < rest.length ? [rest.with(i, { ...rest[i]!, from })] : []),
  ];
  return options.map((o) => o.filter((p, k) => p.ranked !== o[k - 1]?.ranked));
}

interface Piece<T> {
  readonly ranked: Ranked<T>;
  readonly from: number;
}

/**
 * The choice for every token count, as ranges: it is made again wherever a comparison can change. Zero tokens take
 * what one token takes, for kernels that only ran without tokens would compute nothing.
 */
function partition<T>(pool: readonly Ranked<T>[], objective: Objective, tolerance: number): Piece<T>[] {
  const starts = new Set([1]);
  const compare = (p: Poly, q: Poly) => {
    for (const t of crossings(p, q)) starts.add(t);
  };
  for (const [i, a] of pool.entries()) {
    const slack = a.time.map((c) => c * (1 + tolerance));
    for (const b of pool) if (a !== b) compare(b.time, slack);
    for (const b of pool.slice(0, i)) {
      compare(a.time, b.time);
      compare(a.memory[1], b.memory[1]);
    }
  }
  const pieces: Piece<T>[] = [];
  for (const from of [...starts].sort((x, y) => x - y)) {
    const best = choose(pool, objective, tolerance, from);
    if (pieces.at(-1)?.ranked !== best) pieces.push({ ranked: best, from: pieces.length === 0 ? 0 : from });
  }
  return pieces;
}

function choose<T>(
  pool: readonly Ranked<T>[],
  objective: Objective,
  tolerance: number,
  tokens: number,
): Ranked<T> {
  const time = (r: Ranked<T>) => atTokens(r.time, tokens);
  const memory = (r: Ranked<T>) => r.memory.map((m) => atTokens(m, tokens));
  const fastest = Math.min(...pool.map(time));
  const allowed =
    objective === 'memory' ? pool : pool.filter((r) => time(r) <= fastest * (1 + tolerance) + 1e-30);
  const key = (r: Ranked<T>) =>
    tolerance === 0 && objective === 'latency' ? [time(r), ...memory(r)] : [...memory(r), time(r)];
  return allowed.reduce((a, b) => (lexicographic(key(b), key(a)) < 0 ? b : a));
}

function lexicographic(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

/** The token counts up to HORIZON at which the order of p and q may differ from that at one token less. */
function crossings(p: Poly, q: Poly): number[] {
  const degree = Math.max(p.length, q.length) - 1;
  if (degree < 1) return [];
  const derivative = (a: Poly) => a.slice(1).map((c, k) => c * (k + 1));
  // Between these edges p − q is monotone, so that p < q and p ≤ q change at most once each.
  const found = new Set(crossings(derivative(p), derivative(q)));
  const edges = [0, ...[...found].sort((a, b) => a - b), HORIZON];
  const orders = [
    (t: number) => atTokens(p, t) < atTokens(q, t),
    (t: number) => atTokens(p, t) <= atTokens(q, t),
  ];
  for (const holds of orders) {
    for (let i = 0; i + 1 < edges.length; i++) {
      let [before, after] = [edges[i]!, edges[i + 1]! - 1];
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

/** The largest factor by which one partition is slower than another, at the breakpoints of both. */
function regret<T>(pieces: readonly Piece<T>[], than: readonly Piece<T>[]): number {
  const at = (ps: readonly Piece<T>[], t: number) =>
    atTokens(ps.findLast((p) => p.from <= t)!.ranked.time, t);
  const points = [...pieces, ...than].flatMap((p) => [p.from, Math.max(0, p.from - 1)]);
  return Math.max(...[...points, HORIZON].map((t) => at(pieces, t) / Math.max(at(than, t), 1e-30)));
}
