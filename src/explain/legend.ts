/** Defines the names of sub-expressions, each once, where it is first used. */
import { byKey } from '../../compiler/keyed.ts';
import { type Entry, legendLines } from '../language/formulas/naming.ts';
import { pack, WIDTH } from './layout.ts';

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
    const wanted = new Set<string>();
    const visit = (formula: string) => {
      for (const name of this.#names(formula)) {
        if (wanted.has(name) || this.#told.has(name)) continue;
        wanted.add(name);
        visit(this.#entries.get(name)!.formula);
      }
    };
    formulas.forEach(visit);
    for (const name of wanted) this.#told.add(name);
    return legendLines([...this.#entries.values()].filter((e) => wanted.has(e.name)));
  }

  /** The definitions as lines, side by side: those of one letter, or all if `together`. */
  lines(formulas: readonly string[], indent: string, together: boolean): string[] {
    const letters = byKey(this.for(formulas).map((l) => [together ? '' : [...l][0]!, l] as const));
    const width = WIDTH - indent.length - WITH.length;
    return [...letters.values()].flatMap((of) => pack(of, width)).map((line) => `${indent}${WITH}${line}`);
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

const NOTATION = 'Notation   ';
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/blocks\(/, 'blocks(A): the blocks on the diagonal of A'],
  [/diag\(/, 'diag(T): the matrix with blocks T on its diagonal'],
  [/columns \(/, 'columns (m, n) → (1, 0): columns counted by digits, the digits exchanged'],
  [/ at \[/, 'A at [i]: A there, 0 elsewhere'],
  [/ as \(/, 'A as (m, n): its elements in that shape'],
  [/ over \(/, 'A over (m, n): repeated to that shape'],
  [/Σ\[/, 'Σ[n]: the sum over axis n'],
];

/** Explains the notation in these lines that is not common. */
export function notation(lines: readonly string[]): string[] {
  const found = MEANINGS.filter(([sign]) => lines.some((l) => sign.test(l))).map(([, meaning]) => meaning);
  return pack(found, WIDTH - NOTATION.length).map(
    (l, n) => `${n === 0 ? NOTATION : ' '.repeat(NOTATION.length)}${l}`,
  );
}
