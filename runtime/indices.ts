import { OftcRuntimeError } from './errors.ts';
import { evalExtent, type Plan } from './plan.ts';

/** The least and the largest of some integers. */
export interface IndexSpan {
  readonly least: number;
  readonly most: number;
}

/** The span of an array of integers; undefined for an empty array and for other values. */
export function spanOf(data: unknown): IndexSpan | undefined {
  if (!(data instanceof Int32Array) || data.length === 0) return undefined;
  let [least, most] = [data[0]!, data[0]!];
  for (const n of data) {
    if (n < least) least = n;
    if (n > most) most = n;
  }
  return { least, most };
}

/** An integer of the span that is no index of an axis of that size; undefined where all are. */
export const outsideOf = ({ least, most }: IndexSpan, size: number): number | undefined =>
  least < 0 ? least : most >= size ? most : undefined;

/** Checks integers that are read as indices. Throws IndexOutOfRange for one outside its axis. */
export function checkIndices(
  { indexRules = [] }: Pick<Plan, 'indexRules'>,
  tokens: number,
  spans: ReadonlyMap<string, IndexSpan | undefined>,
): void {
  for (const { input, size, reader, source } of indexRules) {
    const span = spans.get(input);
    const elements = evalExtent(size, tokens);
    const wrong = span && outsideOf(span, elements);
    if (wrong === undefined) continue;
    throw new OftcRuntimeError(
      'IndexOutOfRange',
      `'${reader}' finds the index ${wrong} in '${input}', for an axis of ${elements} elements, which are 0 to ${elements - 1}`,
      { source },
    );
  }
}
