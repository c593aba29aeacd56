/** Shortens the outcomes of a run for its report. */

/** The outcomes that a report lists. Messages with parts of the input make many more, each met a few times. */
const LISTED = 40;

/** The commonest outcomes with their counts, and the sum of the others. */
export function commonest(outcomes: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const all = Object.entries(outcomes).sort(([, a], [, b]) => b - a);
  const rest = all.slice(LISTED);
  const cases = rest.reduce((sum, [, n]) => sum + n, 0);
  return Object.fromEntries([
    ...all.slice(0, LISTED),
    ...(rest.length > 0 ? [[`${rest.length} other outcomes`, cases] as const] : []),
  ]);
}
