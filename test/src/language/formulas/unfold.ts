/** Unfolds a family of formulas: one text for each index. */
import { expect } from 'vitest';
import { type NameFamily, subscript } from '../../../../src/language/formulas/families.ts';

const fromSubscript = (s: string): number => Number([...s].map((c) => c.codePointAt(0)! - 0x2080).join(''));

/** Replaces the index in a family's text by a number, and the placeholder by one of the listed words. */
function unfold(template: string, i: number, word: string): string {
  const shifted = (a: number, sign: string, b: number) => String(sign === '−' ? a - b : a + b);
  return template
    .replaceAll('•', word)
    .replace(/([₀-₉]+)₋ᵢ/g, (_, a) => subscript(fromSubscript(a) - i))
    .replace(/ᵢ(?:([₊₋])([₀-₉]+))?/g, (_, sign, b) =>
      subscript(i + (b ? fromSubscript(b) * (sign === '₋' ? -1 : 1) : 0)),
    )
    .replace(
      /(?:(\d+) ([+−]) )?(?:(\d+)([·/]))?2ⁱ(?: − (\d+))?/g,
      (_, base, sign, size = '1', by = '·', less = '0') => {
        const power = (by === '·' ? Number(size) * 2 ** i : Number(size) / 2 ** i) - Number(less);
        return base ? shifted(Number(base), sign, power) : String(power);
      },
    )
    .replace(/(\d+) − (\d*)i(?![\p{L}\d])/gu, (_, a, b) => shifted(Number(a), '−', Number(b || 1) * i))
    .replace(/(?<![\p{L}\d])(\d*)i(?: ([+−]) (\d+))?(?![\p{L}\d])/gu, (_, b, sign = '+', a = '0') =>
      shifted(Number(b || 1) * i, sign, Number(a)),
    );
}

/** A text without parentheses around numbers and without `/1`, which do not change its meaning. */
const plain = (text: string): string => text.replace(/\((\d+)\)/g, '$1').replace(/\/1(?!\d)/g, '');

export function expectUnfolds(texts: readonly string[], found: readonly NameFamily[]) {
  const said = new Map<number, string>();
  for (const f of found) {
    const [from, to] = f.range ?? [0, f.members.length - 1];
    expect(f.members.length).toBe(to - from + 1);
    f.members.forEach((position, k) => {
      expect(said.has(position)).toBe(false);
      const own =
        f.range || f.listed.length > 0 ? unfold(f.template, from + k, f.listed[k] ?? '') : f.template;
      said.set(position, own);
    });
  }
  expect([...said].sort(([a], [b]) => a - b).map(([, text]) => plain(text))).toEqual(texts.map(plain));
}
