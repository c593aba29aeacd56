/** Ranges of token counts, and their words. */

export interface TokenRange {
  readonly minTokens: number;
  readonly maxTokens: number | null;
}

export const holds = ({ minTokens, maxTokens }: TokenRange, tokens: number): boolean =>
  minTokens <= tokens && tokens <= (maxTokens ?? Infinity);

/** Token counts in words; adjacent ranges are joined. */
export function tokenRanges(ranges: readonly TokenRange[]): string {
  const all: TokenRange[] = [];
  for (const r of ranges) {
    const last = all.at(-1);
    if (last && last.maxTokens === r.minTokens - 1)
      all.splice(-1, 1, { minTokens: last.minTokens, maxTokens: r.maxTokens });
    else all.push(r);
  }
  return all.map(printRange).join(', ');
}

function printRange({ minTokens, maxTokens }: TokenRange): string {
  if (maxTokens === null) return minTokens === 0 ? 'every token count' : `tokens ≥ ${minTokens}`;
  if (minTokens === maxTokens) return `tokens = ${minTokens}`;
  return minTokens === 0 ? `tokens ≤ ${maxTokens}` : `${minTokens} ≤ tokens ≤ ${maxTokens}`;
}
