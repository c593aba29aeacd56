/** A number as people write it on a command line: 3, -0.5, 1e-3. No other base, no word and nothing around it. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The number that a text states; undefined where it states none, or one that is not finite. */
export function readDecimal(text: string): number | undefined {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}
