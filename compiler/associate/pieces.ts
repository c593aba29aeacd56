/** Divides the token counts into pieces, each with one choice. */

/** A choice for the token counts from `from` up to the next piece. */
export interface Piece<T> {
  readonly of: T;
  readonly from: number;
}

/** The choice of the piece that contains a token count. */
export const chosenAt = <T>(pieces: readonly Piece<T>[], tokens: number): T =>
  pieces.findLast((p) => p.from <= tokens)!.of;

/**
 * Reduces pieces to at most `most`. At each step, one piece joins a neighbour. Among the results that `isAllowed`
 * accepts, the one with the least `loss` is taken. Undefined where no result is accepted.
 */
export function merged<T>(
  all: readonly Piece<T>[],
  most: number,
  loss: (pieces: readonly Piece<T>[]) => number,
  isAllowed: (pieces: readonly Piece<T>[]) => boolean = () => true,
): readonly Piece<T>[] | undefined {
  let pieces = all;
  while (pieces.length > most) {
    const fewer = pieces.flatMap((_, i) => without(pieces, i)).filter(isAllowed);
    if (fewer.length === 0) return undefined;
    pieces = fewer.reduce((a, b) => (loss(a) <= loss(b) ? a : b));
  }
  return pieces;
}

/** The two ways to leave piece i out: its range joins the piece before it, or the one after it. */
function without<T>(pieces: readonly Piece<T>[], i: number): (readonly Piece<T>[])[] {
  const { from } = pieces[i]!;
  const rest = pieces.toSpliced(i, 1);
  const ways = [...(i > 0 ? [rest] : []), ...(i < rest.length ? [rest.with(i, { ...rest[i]!, from })] : [])];
  return ways.map((way) => way.filter((p, k) => p.of !== way[k - 1]?.of));
}

/** The token counts of each piece; `maxTokens` is null where they have no end. */
export const rangesOf = <T>(
  pieces: readonly Piece<T>[],
): { readonly of: T; readonly minTokens: number; readonly maxTokens: number | null }[] =>
  pieces.map(({ of, from }, i) => {
    const next = pieces[i + 1];
    return { of, minTokens: from, maxTokens: next ? next.from - 1 : null };
  });
