/**
 * Chooses the candidate for each token count. Time and memory are polynomials in `tokens`: a comparison changes only
 * where two of them cross, so the guards between variants are exact.
 */
import type { DeviceProfile } from '../devices/index.ts';
import { addQ, fromNumber, mulQ, ONE } from '../dims/rational.ts';
import { atTokens, type Cost, exactInTokens, exactSeconds } from './cost.ts';
import { compareAt, crossings, HORIZON, inOneUnit, type WholeNumbers } from './crossings.ts';
import { chosenAt, merged, type Piece, rangesOf } from './pieces.ts';

export type Objective = 'latency' | 'memory';

/** A candidate and the token counts for which it is chosen; `maxTokens` is null where they have no end. */
export interface Choice<T> {
  readonly candidate: T;
  readonly minTokens: number;
  readonly maxTokens: number | null;
}

/** The largest number of variants that a Plan carries. */
export const MAX_VARIANTS = 3;

/**
 * The share of the time that a form must save in training to be allowed more memory. Memory is the scarcer resource
 * there. A forward pass alone takes whatever is fastest.
 */
export const TRAINING_TOLERANCE = 0.05;

interface Ranked<T> {
  readonly candidate: T;
  readonly time: WholeNumbers;
  /** The longest time that is within the tolerance of the candidate's own time. */
  readonly allowed: WholeNumbers;
  /**
   * Bytes that do not depend on `tokens`, then all bytes, compared in this order. Intermediates such as a second
   * weight matrix do not shrink with the batch. The slots of activations are reused.
   */
  readonly memory: readonly [WholeNumbers, WholeNumbers];
}

/**
 * Chooses a candidate for each range of token counts. `latency`: among the candidates within `tolerance` of the
 * fastest, the one with the least memory. `memory`: the one with the least memory, then the fastest. Where there are
 * more than `most` ranges, some join a neighbour: those that lose the least time by it.
 */
export function select<T extends { readonly cost: Cost }>(
  candidates: readonly T[],
  profile: DeviceProfile,
  objective: Objective,
  tolerance: number,
  most: number = MAX_VARIANTS,
): Choice<T>[] {
  const factor = addQ(ONE, fromNumber(tolerance));
  const times = candidates.map(({ cost }) => exactSeconds(cost, profile));
  const timed = inOneUnit([...times, ...times.map((time) => time.map((c) => mulQ(c, factor)))]);
  const memories = candidates.map(({ cost }) => exactInTokens(cost.memory));
  const sized = inOneUnit([...memories.map((m) => m.slice(0, 1)), ...memories]);
  const pool = candidates.map((candidate, i): Ranked<T> => {
    const [j, memory] = [i + candidates.length, [sized[i]!, sized[i + candidates.length]!] as const];
    return { candidate, time: timed[i]!, allowed: timed[j]!, memory };
  });
  const exact = partition(pool, objective, tolerance);
  const pieces = merged(exact, most, (some) => regret(some, exact))!;
  return rangesOf(pieces).map(({ of, ...range }) => ({ candidate: of.candidate, ...range }));
}

type Pieces<T> = readonly Piece<Ranked<T>>[];

/**
 * The choice for every token count, as ranges. It is made again wherever a comparison can change. Zero tokens take
 * the choice for one token, because kernels for zero tokens alone would compute nothing.
 */
function partition<T>(pool: readonly Ranked<T>[], objective: Objective, tolerance: number): Pieces<T> {
  const starts = new Set([1]);
  const compare = (p: WholeNumbers, q: WholeNumbers) => {
    for (const t of crossings(p, q)) starts.add(t);
  };
  for (const [i, a] of pool.entries()) {
    for (const b of pool) if (a !== b) compare(b.time, a.allowed);
    for (const b of pool.slice(0, i)) {
      compare(a.time, b.time);
      compare(a.memory[1], b.memory[1]);
    }
  }
  const pieces: Piece<Ranked<T>>[] = [];
  for (const from of [...starts].sort((x, y) => x - y)) {
    const best = choose(pool, objective, tolerance, from);
    if (pieces.at(-1)?.of !== best) pieces.push({ of: best, from: pieces.length === 0 ? 0 : from });
  }
  return pieces;
}

function choose<T>(
  pool: readonly Ranked<T>[],
  objective: Objective,
  tolerance: number,
  tokens: number,
): Ranked<T> {
  const fastest = pool.reduce((a, b) => (compareAt(b.time, a.time, tokens) < 0 ? b : a));
  const able =
    objective === 'memory' ? pool : pool.filter((r) => compareAt(r.time, fastest.allowed, tokens) <= 0);
  const key = ({ time, memory }: Ranked<T>) =>
    tolerance === 0 && objective === 'latency' ? [time, ...memory] : [...memory, time];
  return able.reduce((a, b) => (lexicographic(key(b), key(a), tokens) < 0 ? b : a));
}

function lexicographic(a: readonly WholeNumbers[], b: readonly WholeNumbers[], tokens: number): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareAt(a[i]!, b[i]!, tokens);
    if (order !== 0) return order;
  }
  return 0;
}

/** The largest factor by which one partition is slower than another, at the breakpoints of both. */
function regret<T>(pieces: Pieces<T>, than: Pieces<T>): number {
  const at = (ps: Pieces<T>, t: number) => atTokens(chosenAt(ps, t).time.near, t);
  const points = [...pieces, ...than].flatMap((p) => [p.from, Math.max(0, p.from - 1)]);
  return Math.max(...[...points, HORIZON].map((t) => at(pieces, t) / Math.max(at(than, t), 1e-30)));
}
