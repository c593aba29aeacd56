/**
 * Lets a derived program compete with the program as it is written. Their costs come from outside, from the kernels that
 * a device would run, so they count what products alone do not show.
 */

/** A derivation's program for a range of token counts. */
export interface Entrant<T> {
  readonly of: T;
  readonly minTokens: number;
  readonly maxTokens: number | null;
  readonly cost: Estimate;
}

/** What a program costs at a token count. */
export interface Estimate {
  /** About the least that `seconds` can be, which takes little time to tell. */
  readonly least: (tokens: number) => number;
  readonly launches: () => number;
  readonly seconds: (tokens: number) => number;
  readonly operations: (tokens: number) => number;
  readonly bytes: (tokens: number) => number;
  /** The token count that launches are chosen for. */
  readonly fusedFor: number;
}

/** A derivation: its programs, which together are for all token counts. */
export type Contender<T> = readonly Entrant<T>[];

interface Piece<T> {
  readonly entrant: Entrant<T>;
  readonly from: number;
}

/** The token count above which the choice stays the same. */
const HORIZON = 2 ** 24;
/** A derivation replaces one before it only where it is faster by more than this share: both may cost the same. */
const NEAR = 1e-9;
/** The token counts at which the program as written is left out if it must be slower: its exact cost takes long. */
const FIRST_LOOK = [1, 32, 1024, 32768];
/** The launches of a program that is always compared. */
const SHORT = 2;
/** How many more operations or bytes than as written count as no more. */
const SLACK = 1.02;
/**
 * The share of the written program's time below which a derivation may take more operations or bytes. Rates of a
 * device, and most of all what a launch takes, are less certain than counts.
 */
const TRADE = 0.5;

/** The powers of two up to HORIZON, and the first token count of every program. */
const looks = <T>(derived: Contender<T>): number[] => {
  const starts = derived.map((e) => e.minTokens);
  const powers = Array.from({ length: 25 }, (_, k) => 2 ** k);
  const around = [...starts, ...powers].flatMap((t) => [t - 1, t]);
  return [...new Set(around)].filter((t) => t >= 1 && t <= HORIZON).sort((a, b) => a - b);
};

const at = <T>(contender: Contender<T>, tokens: number): Entrant<T> =>
  contender.find((e) => e.maxTokens === null || tokens <= e.maxTokens)!;

/** Whether a program is worse at a token count than the written one. */
function isWorse(a: Estimate, written: Estimate, tokens: number): boolean {
  const share = a.seconds(tokens) / written.seconds(tokens);
  const isMore = (of: 'operations' | 'bytes') => a[of](tokens) > SLACK * written[of](tokens);
  return share > 1 + NEAR || (share > TRADE && (isMore('operations') || isMore('bytes')));
}

/**
 * The program for each range of token counts, in at most `most` ranges: the derived one, except where it is worse than
 * the program as written. Ranges change where a look at powers of two, and a bisection between them, finds a change.
 */
export function compete<T>(derived: Contender<T>, written: Entrant<T>, most: number): Entrant<T>[] {
  const isSlower = (t: number) => written.cost.least(t) > at(derived, t).cost.seconds(t);
  // What the written program computes in vain, and fusion drops, may make it look slower than so short a one.
  const isShort = derived.every((e) => e.cost.launches() <= SHORT);
  if (!isShort && FIRST_LOOK.every(isSlower)) return [...derived];
  const points = looks(derived);
  const best = (t: number): Entrant<T> => {
    const own = at(derived, t);
    return isWorse(own.cost, written.cost, t) ? written : own;
  };
  const exact: Piece<T>[] = [];
  for (const [i, t] of points.entries()) {
    const entrant = best(t);
    if (exact.at(-1)?.entrant === entrant) continue;
    exact.push({ entrant, from: i === 0 ? 0 : firstOf(entrant, best, points[i - 1]!, t) });
  }
  return ranges(merged(exact, written, points, most));
}

/** The first token count from which `entrant` is chosen, after `before` where it is not, and at most `until`. */
function firstOf<T>(
  entrant: Entrant<T>,
  best: (t: number) => Entrant<T>,
  before: number,
  until: number,
): number {
  let [low, high] = [before, until];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (best(middle) === entrant) high = middle;
    else low = middle;
  }
  return high;
}

/** Leaves out pieces while there are too many: those that lose the least, and none where that is worse than written. */
function merged<T>(
  exact: readonly Piece<T>[],
  written: Entrant<T>,
  points: readonly number[],
  most: number,
): readonly Piece<T>[] {
  const checked = [...new Set([...points, ...exact.flatMap((p) => [p.from - 1, p.from])])].filter(
    (t) => t > 0,
  );
  const costAt = (pieces: readonly Piece<T>[], t: number) =>
    pieces.findLast((p) => p.from <= t)!.entrant.cost;
  const isAllowed = (pieces: readonly Piece<T>[]) =>
    checked.every((t) => !isWorse(costAt(pieces, t), written.cost, t));
  const regret = (pieces: readonly Piece<T>[]) =>
    Math.max(...checked.map((t) => costAt(pieces, t).seconds(t) / costAt(exact, t).seconds(t)));
  let pieces = exact;
  while (pieces.length > most) {
    const fewer = pieces.flatMap((_, i) => without(pieces, i)).filter(isAllowed);
    if (fewer.length === 0) return [{ entrant: written, from: 0 }];
    pieces = fewer.reduce((a, b) => (regret(a) <= regret(b) ? a : b));
  }
  return pieces;
}

/** The ways to leave piece i out: its range joins the piece before it, or the one after it. */
function without<P extends { readonly from: number }>(pieces: readonly P[], i: number): (readonly P[])[] {
  const { from } = pieces[i]!;
  const rest = pieces.toSpliced(i, 1);
  return [...(i > 0 ? [rest] : []), ...(i < rest.length ? [rest.with(i, { ...rest[i]!, from })] : [])];
}

function ranges<T>(pieces: readonly Piece<T>[]): Entrant<T>[] {
  const joined = pieces.filter((p, i) => p.entrant !== pieces[i - 1]?.entrant);
  return joined.map(({ entrant, from }, i) => ({
    ...entrant,
    minTokens: from,
    maxTokens: i + 1 < joined.length ? joined[i + 1]!.from - 1 : null,
  }));
}
