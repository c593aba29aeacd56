/** Defines the names of sub-expressions, each once, where it is first used. */
import { byKey } from '../../compiler/keyed.ts';
import { type Entry, legendLines } from '../language/formulas/families.ts';
import { GAP, pack, WIDTH } from './layout.ts';

/** Matches a word of a formula; a name is a letter, perhaps with a number or an index. */
export const WORD = /(?!ᵀ)[\p{L}_](?:(?!ᵀ)[\p{L}\d_.])*[₀-₉]*/gu;

export class Legend {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #told = new Set<string>();

  constructor(entries: readonly Entry[]) {
    this.#entries = new Map(entries.map((e) => [e.name, e]));
  }

  /** Definitions of the names in these formulas, and of the names in the definitions, unless printed before. */
  for(formulas: readonly string[]): string[] {
    const wanted = this.#wanted(formulas);
    return legendLines([...this.#entries.values()].filter((e) => wanted.has(e)));
  }

  /** The definitions as lines, those of one letter side by side. */
  lines(formulas: readonly string[], indent: string): string[] {
    const letters = byKey(this.for(formulas).map((l) => [[...l][0]!, l] as const));
    const width = WIDTH - indent.length - WITH.length;
    return [...letters.values()].flatMap((of) => pack(of, width)).map((line) => `${indent}${WITH}${line}`);
  }

  /** The definitions side by side, in `most` lines and one more. If they need more, names in the formulas come first. */
  first(formulas: readonly string[], width: number, most: number): string[] {
    const wanted = this.#wanted(formulas);
    const packed = (of: Iterable<Entry>) => pack(legendLines([...of]), width - WITH.length);
    const all = packed([...this.#entries.values()].filter((e) => wanted.has(e)));
    if (all.length <= most + 1) return all.map((line) => `${WITH}${line}`);
    const lines = packed(wanted);
    const left = lines.slice(most).join(GAP).split(GAP).length;
    return [
      ...lines.slice(0, most).map((line) => `${WITH}${line}`),
      `and ${left} more definitions, with --full`,
    ];
  }

  /** The definitions that these formulas need and that were not printed before, breadth first. */
  #wanted(formulas: readonly string[]): Set<Entry> {
    const wanted = new Set<Entry>();
    const visit = (formula: string) => {
      for (const name of this.#names(formula))
        if (!this.#told.has(name)) wanted.add(this.#entries.get(name)!);
    };
    formulas.forEach(visit);
    for (const entry of wanted) visit(entry.formula);
    for (const { name } of wanted) this.#told.add(name);
    return wanted;
  }

  /** The defined names in a formula; Hᵢ stands for H₀, H₁, …. */
  #names(formula: string): string[] {
    return (formula.match(WORD) ?? []).flatMap((word) => {
      if (!word.endsWith('ᵢ')) return this.#entries.has(word) ? [word] : [];
      return [...this.#entries.keys()].filter((n) => n.replace(/[₀-₉]+$/, '') === word.slice(0, -1));
    });
  }
}

const WITH = 'with ';

const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/blocks\(/, 'blocks(A): the blocks on the diagonal of A'],
  [/diag\(/, 'diag(T): T, a vector or blocks, on the diagonal'],
  [/columns \(/, 'columns (m, n) → (1, 0): columns counted by digits, the digits exchanged'],
  [/ at \[/, 'A at [i]: A there, 0 elsewhere'],
  [/ as \(/, 'A as (m, n): A reshaped'],
  [/ over \(/, 'A over (m, n): repeated to that shape'],
  [/Σ\[/, 'Σ[n]: the sum over axis n'],
];

/** Explains the notation in these lines that is not common. */
export const notation = (lines: readonly string[], width: number): string[] =>
  pack(
    MEANINGS.filter(([sign]) => lines.some((l) => sign.test(l))).map(([, meaning]) => meaning),
    width,
  );
