/** The WGSL text of values. */

/** WGSL text and the scope in which its operands are known; `atomic` text needs no parentheses. */
export interface Value {
  readonly text: string;
  readonly depth: number;
  readonly atomic: boolean;
}

/** An index, as text, clamped to the last element. Where it is out of range, what is read there is not used. */
export const clamped = (at: string, last: string): string =>
  at.startsWith('-') && Number(at) < 0 ? '0u' : `min(u32(${at}), ${last})`;

export const paren = (v: Value): string => (v.atomic ? v.text : `(${v.text})`);

/** A term of a sum without its sign. If `isTaken`, the term is subtracted. */
export interface Addend {
  readonly text: string;
  readonly isTaken: boolean;
  readonly depth: number;
}

/** The text of a sum. Subtracted terms come last. */
export function sumText(terms: readonly Addend[], start = ''): string {
  let text = start;
  for (const t of terms) if (!t.isTaken) text = text === '' ? t.text : `${text} + ${t.text}`;
  for (const t of terms) if (t.isTaken) text = text === '' ? `-${t.text}` : `${text} - ${t.text}`;
  return text;
}
