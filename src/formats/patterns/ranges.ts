/** Lists the code points of a character class, such as `[^\s\p{L}]`, as ranges, by asking the engine. */
import { getOrMake } from '../../../compiler/keyed.ts';

export type Range = readonly [first: number, last: number];

/** The code points that stand alone in a text; halves of surrogate pairs are tested one by one. */
const SPANS: readonly Range[] = [
  [0, 0xd7ff],
  [0xe000, 0xffff],
  [0x10000, 0x10ffff],
];
const SURROGATES: Range = [0xd800, 0xdfff];

const known = new Map<string, readonly Range[]>();

/** The ranges of a character class in the syntax of the `u` mode. */
export function rangesOf(characters: string): readonly Range[] {
  return getOrMake(known, characters, () => askedFor(characters));
}

function askedFor(characters: string): readonly Range[] {
  const runs = new RegExp(`(?:${characters})+`, 'gu');
  const found: Range[] = [];
  for (const span of SPANS) {
    const [start] = span;
    const width = String.fromCodePoint(start).length;
    for (const { 0: run, index } of textOf(span).matchAll(runs)) {
      const first = start + index / width;
      found.push([first, first + run.length / width - 1]);
    }
  }
  const one = new RegExp(characters, 'u');
  for (let half = SURROGATES[0]; half <= SURROGATES[1]; half++)
    if (one.test(String.fromCharCode(half))) found.push([half, half]);
  return joined(found);
}

const texts = new Map<Range, string>();

/** The text of all code points of a span, in order. */
function textOf(span: Range): string {
  const made = texts.get(span);
  if (made !== undefined) return made;
  const parts: string[] = [];
  for (let from = span[0]; from <= span[1]; from += 4096) {
    const length = Math.min(4096, span[1] + 1 - from);
    parts.push(String.fromCodePoint(...Array.from({ length }, (_, i) => from + i)));
  }
  const text = parts.join('');
  texts.set(span, text);
  return text;
}

function joined(ranges: readonly Range[]): readonly Range[] {
  const all: [number, number][] = [];
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = all.at(-1);
    if (before && before[1] + 1 === first) before[1] = last;
    else all.push([first, last]);
  }
  return all;
}
