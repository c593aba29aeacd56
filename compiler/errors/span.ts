/** A range of a source file, in UTF-16 offsets. */
export interface Span {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** The spans of several lists as one list, with each place once. */
export function uniteSpans(...lists: readonly (readonly Span[])[]): readonly Span[] {
  const distinct = new Set(lists);
  if (distinct.size === 1) return lists[0]!;
  const spans = new Map<string, Span>();
  for (const list of distinct) for (const s of list) spans.set(placeOf(s), s);
  return [...spans.values()];
}

const placesOf = new WeakMap<Span, string>();

function placeOf(s: Span): string {
  const known = placesOf.get(s);
  if (known !== undefined) return known;
  const place = `${s.file}:${s.start}:${s.end}`;
  placesOf.set(s, place);
  return place;
}
