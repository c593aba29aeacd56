/**
 * Compares a derived program with the pinned one. Their costs come from outside, from the kernels that a device would
 * run, so they count what the costs of products leave out: maps, solves and fusion.
 */
import { HORIZON } from './associate/crossings.ts';
import { chosenAt, merged, type Piece, rangesOf } from './associate/pieces.ts';
import { TRAINING_TOLERANCE } from './associate/select.ts';

/** A program for a range of token counts, and what it costs. */
export interface Entrant<T> {
  readonly of: T;
  readonly minTokens: number;
  readonly maxTokens: number | null;
  readonly cost: Estimate;
}

/** Parts of the cost of a program, as functions of the token count. */
interface Counts {
  readonly seconds: (tokens: number) => number;
  /** The seconds of operations and bytes alone: those of a device on which a launch takes no time. */
  readonly work: (tokens: number) => number;
  readonly operations: (tokens: number) => number;
  readonly bytes: (tokens: number) => number;
  readonly launches: () => number;
}

/** The cost of a program. */
export interface Estimate extends Counts {
  /**
   * A lower bound of `seconds`, which takes little time to compute. Random programs test the bound; no proof exists.
   */
  readonly least: (tokens: number) => number;
  /**
   * The costs before tensors are computed again to save memory. It takes a third of the time to compute these costs.
   */
  readonly early: Counts;
  /** The token count that launches are chosen for. */
  readonly fusedFor: number;
}

/** The share by which two times may differ and still count as equal. */
const NEAR = 1e-9;
/** The token counts at which lower bounds are compared. */
const FIRST_LOOK = [1, 32, 1024, 32768];
/**
 * The largest number of launches at which a derived program is always compared. The lower bound of so short a program
 * says too little.
 */
const SHORT = 2;
/** A derived program counts as having more operations or bytes only beyond this multiple of the pinned program's. */
const SLACK = 1.02;
/** The factor by which the time of a launch differs between drivers. */
const DRIVERS = 10;
/**
 * A saving of so many seconds, or of this share of the time, is certain. A smaller one may lie in launches, or may not be
 * there where launches take longer.
 */
const CERTAIN = { seconds: 5e-4, share: 0.5 } as const;
/** The factor by which computing tensors again may lengthen the time. */
const REPEATED = 1 + TRAINING_TOLERANCE;
/**
 * A derived program is clearly cheaper where its early costs are below this share of the pinned program's. Computing
 * tensors again adds to the costs of both, at most a factor of REPEATED in time, and saves only a few bytes.
 */
const WELL_BELOW = 0.98 / REPEATED;

/** The token counts at which programs are compared: the powers of two, and where a derived program begins. */
function comparedAt<T>(derived: readonly Entrant<T>[]): number[] {
  const starts = derived.map((e) => e.minTokens);
  const powers = Array.from({ length: 1 + Math.log2(HORIZON) }, (_, k) => 2 ** k);
  const around = [...starts, ...powers].flatMap((t) => [t - 1, t]);
  return [...new Set(around)].filter((t) => t >= 1).sort((a, b) => a - b);
}

/** Whether a program that takes `own` seconds instead of `pinned` is certain to take less time. */
const isFaster = (own: number, pinned: number): boolean =>
  pinned - own >= Math.min(CERTAIN.share * pinned, CERTAIN.seconds);

/** Whether a program takes less time than another whether launches take no time or DRIVERS times what they should. */
function isFasterAnyhow(a: Estimate, than: Estimate, tokens: number): boolean {
  const time = ({ work, seconds }: Estimate, launches: number) =>
    work(tokens) + launches * (seconds(tokens) - work(tokens));
  return [0, DRIVERS].every((launches) => time(a, launches) < time(than, launches));
}

/**
 * Whether a program is worse at a token count than the pinned one. Time decides. Where the saving is uncertain, a
 * program with more operations or more bytes is worse too.
 */
function isWorse(a: Estimate, pinned: Estimate, tokens: number): boolean {
  const [own, time] = [a.seconds(tokens), pinned.seconds(tokens)];
  const isMore = (of: 'operations' | 'bytes') => a[of](tokens) > SLACK * pinned[of](tokens);
  if (own / time > 1 + NEAR) return true;
  const isCertain = isFaster(own, time) || isFasterAnyhow(a, pinned, tokens);
  return !isCertain && (isMore('operations') || isMore('bytes'));
}

/**
 * Whether a program is clearly cheaper than the pinned one: certainly faster, or cheaper in time, operations and bytes
 * alike. Early costs are compared, because they are found sooner than the final ones.
 */
function isWellBelow(a: Estimate, pinned: Estimate, tokens: number): boolean {
  const share = (of: 'seconds' | 'operations' | 'bytes') => a.early[of](tokens) / pinned.early[of](tokens);
  return (
    isFaster(a.early.seconds(tokens) / WELL_BELOW, pinned.early.seconds(tokens)) ||
    Math.max(share('seconds'), share('operations'), share('bytes')) <= WELL_BELOW
  );
}

/**
 * The program for each range of token counts, in at most `most` ranges: the derived one, except where it is worse
 * than the pinned one. `derived` has a program for every token count, in order. Between two compared counts with
 * different outcomes, a bisection finds the count at which the outcome changes.
 */
export function compete<T>(
  derived: readonly Entrant<T>[],
  pinned: Entrant<T>,
  most: number,
): readonly Entrant<T>[] {
  const own = (t: number) => derived.find((e) => e.maxTokens === null || t <= e.maxTokens)!;
  // The lower bound counts work whose result nothing needs. Fusion drops such work, so short programs are always
  // compared. Where the bound decides, the pinned program is not fused. Its fusion may take longer than all else.
  const isShort = derived.every((e) => e.cost.early.launches() <= SHORT);
  const isSlower = (t: number) => {
    const [time, least] = [REPEATED * own(t).cost.early.seconds(t), pinned.cost.least(t)];
    // In a short time, operations and bytes may decide, and they have no bound. A longer time is well above its bound.
    return least > time && (least > CERTAIN.seconds || isFaster(time, least));
  };
  if (!isShort && FIRST_LOOK.every(isSlower)) return derived;
  const counts = comparedAt(derived);
  if (derived.length <= most && counts.every((t) => isWellBelow(own(t).cost, pinned.cost, t))) return derived;
  const best = (t: number) => (isWorse(own(t).cost, pinned.cost, t) ? pinned : own(t));
  const exact: Piece<Entrant<T>>[] = [];
  for (const [i, t] of counts.entries()) {
    const of = best(t);
    if (exact.at(-1)?.of !== of) exact.push({ of, from: i === 0 ? 0 : firstOf(of, best, counts[i - 1]!, t) });
  }
  const points = [...counts, ...exact.flatMap((p) => [p.from - 1, p.from])].filter((t) => t > 0);
  const secondsAt = (pieces: readonly Piece<Entrant<T>>[], t: number) => chosenAt(pieces, t).cost.seconds(t);
  const pieces = merged(
    exact,
    most,
    (some) => Math.max(...points.map((t) => secondsAt(some, t) / secondsAt(exact, t))),
    (some) => points.every((t) => !isWorse(chosenAt(some, t).cost, pinned.cost, t)),
  );
  return rangesOf(pieces ?? [{ of: pinned, from: 0 }]).map(({ of, ...range }) => ({ ...of, ...range }));
}

/** The first token count at which `entrant` is best. It is not best at `before`, and it is at `until`. */
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
