/**
 * Folds similar texts into one with an index: R₀ = S[0], R₁ = S[1], R₂ = S[2] become Rᵢ = S[i] for i = 0…2. It works
 * on the text: numbers, subscripts and words may differ.
 */
import { byKey } from '../../../compiler/keyed.ts';

const SUBSCRIPT = '₀₁₂₃₄₅₆₇₈₉';
export const subscript = (n: number): string => [...String(n)].map((d) => SUBSCRIPT[Number(d)]).join('');

/** Matches subscripts, decimals (which never vary), whole numbers, words, and the signs between. */
const TOKEN =
  /[₀-₉]+|\d+\.\d+(?:e[+-]?\d+)?|\d+e[+-]?\d+|\d+|(?!ᵀ)[\p{L}_](?:(?!ᵀ)[\p{L}\d_])*|(?:ᵀ|[^₀-₉\d\p{L}_])+/gu;
const isNumber = (t: string): boolean => /^\d+$/.test(t);
const isSubscript = (t: string): boolean => /^[₀-₉]+$/.test(t);
const isWord = (t: string): boolean => /^(?!ᵀ)[\p{L}_]/u.test(t);
const numberIn = (t: string): number =>
  isNumber(t) ? Number(t) : Number([...t].map((c) => SUBSCRIPT.indexOf(c)).join(''));

/** A text without its numbers, by which texts are compared. */
export const skeleton = (text: string): string => overOne(text).replace(/\d+/g, '#');

/** The text with `r` written `r/1`, so that it has the form of `r/2`. */
const overOne = (text: string): string => text.replace(/([A-Za-z]\w*)(?=[,)])/g, '$1/1');

export interface NameFamily {
  /** The common text, with i for the index and • for the words of `listed`. */
  readonly template: string;
  /** The positions of the family's texts, in the order of the index. */
  readonly members: readonly number[];
  /** The first and last index; undefined if only words differ, or nothing. */
  readonly range: readonly [number, number] | undefined;
  readonly listed: readonly string[];
}

/** A family as a line: `Rᵢ = S[i]  (i = 0…3)`. */
export function familyLine(f: NameFamily): string {
  // A family of single words prints as a list.
  if (f.template === '•') return f.listed.join(', ');
  const notes = familyNotes(f);
  return notes ? `${f.template}  ${notes}` : f.template;
}

/** The values of i and of •, in parentheses. */
export function familyNotes({ range, listed }: NameFamily): string {
  const notes = [
    ...(range ? [`i = ${range.join(range[1] - range[0] === 1 ? ', ' : '…')}`] : []),
    ...(listed.length > 0 ? [`• = ${listed.join(', ')}`] : []),
  ];
  return notes.length === 0 ? '' : `(${notes.join('; ')})`;
}

/** Sorts all texts into families, each text in one, in the order of their first members. */
export function families(texts: readonly string[]): NameFamily[] {
  const rows = texts.map((text, position) => ({ position, tokens: tokensOf(text) }));
  // Leave out texts that have an index already: a second one would be ambiguous.
  const able = rows.filter((r) => !r.tokens.some((t) => /^i$|[ᵢⁱ•]/.test(t)));
  const sameWords = runsBy(able, false);
  const left = able.filter((r) => !sameWords.some((f) => f.members.includes(r.position)));
  const found = [...sameWords, ...runsBy(left, true)];
  const alone = rows.filter((r) => !found.some((f) => f.members.includes(r.position)));
  const single = alone.map(
    ({ position }): NameFamily => ({
      template: texts[position]!,
      members: [position],
      range: undefined,
      listed: [],
    }),
  );
  return [...found, ...single].sort((a, b) => Math.min(...a.members) - Math.min(...b.members));
}

interface Row {
  readonly position: number;
  readonly tokens: readonly string[];
}

const tokensOf = (text: string): readonly string[] => text.match(TOKEN) ?? [];

/** Families of two or more texts that differ in numbers, or with `alsoWords` in words too. */
function runsBy(rows: readonly Row[], alsoWords: boolean): NameFamily[] {
  const shape = (t: string) => (isNumber(t) ? '#' : isSubscript(t) ? '₀' : alsoWords && isWord(t) ? '•' : t);
  const groups = byKey(rows.map((row) => [withOne(row.tokens).map(shape).join(''), row] as const));
  return [...groups.values()].flatMap((g) => (g.length > 1 ? runs(g) : []));
}

const withOne = (tokens: readonly string[]): readonly string[] => tokensOf(overOne(tokens.join('')));

/**
 * The longest runs over consecutive values of the first number that differs. Without any, three or more texts are one
 * family, counted from 0.
 */
function runs(group: readonly Row[]): NameFamily[] {
  const tokens = group.map((r) => r.tokens);
  const even = tokens.every((t) => t.length === tokens[0]!.length) ? tokens : tokens.map(withOne);
  const varying = even[0]!.findIndex(
    (t, k) => (isNumber(t) || isSubscript(t)) && even.some((r) => r[k] !== t),
  );
  const rows = group.map(({ position }, n): Indexed => {
    return { position, tokens: even[n]!, index: numberIn(even[n]![varying] ?? '') };
  });
  if (varying < 0) {
    const own = folded(rows);
    return own ? [{ ...own, range: undefined }] : [];
  }
  const sorted = rows.toSorted((a, b) => a.index - b.index);
  const found = consecutive(sorted);
  if (found.length > 0 || rows.length < 3) return found;
  const counted = folded(sorted.map((r, index) => ({ ...r, index })));
  return counted ? [counted] : [];
}

interface Indexed extends Row {
  readonly index: number;
}

function consecutive(sorted: readonly Indexed[]): NameFamily[] {
  const found: NameFamily[] = [];
  for (let from = 0; from < sorted.length; ) {
    const first = sorted[from]!.index;
    let length = 1;
    while (sorted[from + length]?.index === first + length) length++;
    const best = longest(length, (n) => folded(sorted.slice(from, from + n)));
    if (best) found.push(best);
    from += best?.members.length ?? 1;
  }
  return found;
}

/**
 * The result for the largest count up to `most` that has one. If a count from 3 on has a result, so have all smaller
 * counts from 3 on; 2 may have none.
 */
function longest<T>(most: number, of: (count: number) => T | undefined): T | undefined {
  if (most < 2) return undefined;
  let [best, known, failed] = [of(2), 2, most + 1];
  // Double the count until there is no result, then halve the interval.
  while (known + 1 < failed) {
    const count = failed > most ? Math.min(Math.max(3, 2 * (known - 1)), most) : (known + failed) >> 1;
    const own = of(count);
    if (own === undefined) failed = count;
    else [best, known] = [own, count];
  }
  return best;
}

function folded(rows: readonly Indexed[]): NameFamily | undefined {
  const own = fold(
    rows.map((r) => r.tokens),
    rows.map((r) => r.index),
  );
  return own && { ...own, members: rows.map((r) => r.position), range: [rows[0]!.index, rows.at(-1)!.index] };
}

/** One template for all rows, if their numbers are functions of the index that a reader sees at once. */
function fold(
  rows: readonly (readonly string[])[],
  indices: readonly number[],
): Pick<NameFamily, 'template' | 'listed'> | undefined {
  let listed: readonly string[] = [];
  const parts: string[] = [];
  for (let k = 0; k < rows[0]!.length; k++) {
    const column = rows.map((r) => r[k]!);
    const next = rows[0]![k + 1] ?? '';
    if (column.every((t) => t === column[0])) parts.push(column[0]!);
    else if (column.every(isNumber) || column.every(isSubscript)) {
      const own = law(column.map(numberIn), indices, isSubscript(column[0]!));
      if (own === undefined) return undefined;
      parts.push(isSubscript(column[0]!) || stands(own, parts.at(-1) ?? '', next) ? own : `(${own})`);
    } else if (column.every(isWord) && !isSubscript(next) && !next.startsWith('(')) {
      if (listed.length > 0 && column.some((t, i) => t !== listed[i])) return undefined;
      listed = column;
      parts.push('•');
    } else return undefined;
  }
  return { template: parts.join('').replace(/\/1(?!\d)/g, ''), listed };
}

/** Whether the text for a number needs no parentheses between its neighbours. */
const stands = (own: string, before: string, after: string): boolean =>
  /^(i|2ⁱ|\(.*\))$/.test(own) || (/(^|[[(,:] ?)$/.test(before) && /^([\]),:]|$)/.test(after));

/**
 * The values as text in i: a + b·i, a + b·2ⁱ or a + b/2ⁱ. Any two values fit some a and b, which says nothing of them.
 * Two values are therefore written only as i itself, or in a subscript as i + a.
 */
function law(
  values: readonly number[],
  indices: readonly number[],
  asSubscript: boolean,
): string | undefined {
  const steps = indices.slice(1).map((n, k) => (values[k + 1]! - values[k]!) / (n - indices[k]!));
  const first = steps[0]!;
  const few = values.length === 2;
  if (steps.every((s) => s === first)) {
    const base = values[0]! - first * indices[0]!;
    if (few && (first !== 1 || (base !== 0 && !asSubscript))) return undefined;
    if (asSubscript) return Math.abs(first) === 1 ? linearSubscript(base, first) : undefined;
    return linear(base, first);
  }
  const ratio = steps[1]! / first;
  if (asSubscript || few || (ratio !== 2 && ratio !== 0.5)) return undefined;
  if (steps.some((s, k) => k > 0 && s !== steps[k - 1]! * ratio)) return undefined;
  const factor = first / (ratio - 1) / ratio ** indices[0]!;
  const base = values[0]! - factor * ratio ** indices[0]!;
  const size = Math.abs(factor);
  if (!Number.isInteger(base) || !Number.isInteger(size)) return undefined;
  const power = ratio === 0.5 ? `${size}/2ⁱ` : size === 1 ? '2ⁱ' : `${size}·2ⁱ`;
  // No value is below 0, so a base below 0 is subtracted from the power.
  if (base <= 0) return base === 0 ? power : `${power} − ${-base}`;
  return `${base} ${factor < 0 ? '−' : '+'} ${power}`;
}

function linearSubscript(base: number, slope: number): string | undefined {
  if (slope === -1) return base >= 0 ? `${subscript(base)}₋ᵢ` : undefined;
  return base === 0 ? 'ᵢ' : `ᵢ${base > 0 ? '₊' : '₋'}${subscript(Math.abs(base))}`;
}

function linear(base: number, slope: number): string {
  const size = Math.abs(slope) === 1 ? 'i' : `${Math.abs(slope)}i`;
  if (base === 0) return slope < 0 ? `−${size}` : size;
  return slope < 0 ? `${base} − ${size}` : `${size} ${base > 0 ? '+' : '−'} ${Math.abs(base)}`;
}

/** The terms, with four or more similar ones as a sum Σᵢ. Sums come last. */
export function foldSum(terms: readonly string[]): readonly string[] {
  const found = families(terms);
  const isSum = ({ members, listed, range }: NameFamily) =>
    range && members.length > 3 && listed.length === 0;
  const rest = found.filter((f) => !isSum(f)).flatMap((f) => f.members);
  const sums = found.flatMap((f) =>
    isSum(f) ? [`Σᵢ₌${subscript(f.range![0])}…${subscript(f.range![1])} ${f.template}`] : [],
  );
  return [...rest.toSorted((a, b) => a - b).map((n) => terms[n]!), ...sums];
}

/** A definition of a legend: the name of a sub-expression, and its formula. */
export interface Entry {
  readonly name: string;
  readonly formula: string;
}

/** Definitions as lines, with families folded. */
export const legendLines = (entries: readonly Entry[]): string[] =>
  families(entries.map((e) => `${e.name} = ${e.formula}`)).map(familyLine);
