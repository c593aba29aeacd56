/** Changes TypeScript by its tokens, so that most results still parse. */
import ts from 'typescript';
import type { Draw } from './draw.ts';
import { changeText } from './text.ts';

export type Token = readonly [kind: ts.SyntaxKind, text: string];

/** The tokens of a source, with the spaces before each in the text. */
export function tokensOf(source: string): Token[] {
  const scanner = ts.createScanner(ts.ScriptTarget.ES2023, false, ts.LanguageVariant.Standard, source);
  const tokens: Token[] = [];
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan())
    tokens.push([kind, scanner.getTokenText()]);
  return tokens;
}

const NASTY_NUMBERS = [
  '0',
  '1',
  '-1',
  '2',
  '3',
  '64',
  '65',
  '129',
  '0.5',
  '1e9',
  '1e400',
  '2**53',
  'NaN',
  'Infinity',
  '4097',
  '1n',
];
const OPENING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** The index after the bracket that closes the one at `from`. */
export function closing(tokens: readonly Token[], from: number): number {
  let depth = 0;
  for (let n = from; n < tokens.length; n++) {
    const [, text] = tokens[n]!;
    if (text in OPENING) depth++;
    else if (text === ')' || text === ']' || text === '}') depth--;
    if (depth === 0) return n + 1;
  }
  return tokens.length;
}

export class SourceChanges {
  readonly #words: readonly string[];
  readonly #seeds: readonly (readonly Token[])[];
  readonly #ofKind = new Map<ts.SyntaxKind, string[]>();

  constructor(seeds: readonly string[], words: readonly string[]) {
    this.#words = words;
    this.#seeds = seeds.map(tokensOf);
    for (const [kind, text] of this.#seeds.flat()) {
      const known = this.#ofKind.get(kind) ?? [];
      if (!known.includes(text)) known.push(text);
      this.#ofKind.set(kind, known);
    }
  }

  change(source: string, draw: Draw): string {
    if (draw.oneIn(25)) return changeText(source, draw, this.#words, [source]);
    let tokens = tokensOf(source);
    if (tokens.length === 0) return source;
    for (let n = draw.few(); n > 0; n--) tokens = this.#edited(tokens, draw);
    return tokens.map(([, text]) => text).join('');
  }

  #edited(tokens: Token[], draw: Draw): Token[] {
    const solid = [...tokens.keys()].filter((n) => tokens[n]![0] > ts.SyntaxKind.LastTriviaToken);
    if (solid.length === 0) return tokens;
    const at = draw.pick(solid);
    const [kind, text] = tokens[at]!;
    if (text in OPENING && draw.oneIn(2)) return this.#inside(tokens, at, draw);
    switch (draw.below(9)) {
      case 0:
        return tokens.toSpliced(at, 1);
      case 1:
        return tokens.toSpliced(at, 0, tokens[at]!);
      case 2: {
        const other = draw.pick(solid);
        return tokens.with(at, tokens[other]!).with(other, tokens[at]!);
      }
      case 3:
        return tokens.toSpliced(at, 0, draw.pick(draw.pick(this.#seeds)));
      default:
        return tokens.with(at, [kind, this.#like(kind, text, draw)]);
    }
  }

  /** Another token in place of this one, mostly of its own kind. */
  #like(kind: ts.SyntaxKind, text: string, draw: Draw): string {
    if (kind === ts.SyntaxKind.NumericLiteral) return draw.pick(NASTY_NUMBERS);
    if (kind === ts.SyntaxKind.StringLiteral && draw.oneIn(2))
      return draw.pick([
        "''",
        "'in'",
        "'out'",
        "'r*b'",
        "'tri(b)'",
        "'tokens'",
        "'b+1'",
        "'0'",
        "'-1'",
        "'2*'",
        "'__proto__'",
        "'b*'+'r'",
        '`b`',
      ]);
    if (kind === ts.SyntaxKind.Identifier && draw.oneIn(2)) return draw.pick(this.#words);
    const alike = this.#ofKind.get(kind);
    return alike && !draw.oneIn(10) ? draw.pick(alike) : draw.oneIn(2) ? draw.pick(this.#words) : text;
  }

  /** Changes what is between two brackets: drops, repeats or takes it from elsewhere. */
  #inside(tokens: Token[], at: number, draw: Draw): Token[] {
    const end = closing(tokens, at);
    const inner = tokens.slice(at + 1, end - 1);
    const put = (...by: Token[]): Token[] => tokens.toSpliced(at + 1, Math.max(0, end - at - 2), ...by);
    switch (draw.below(5)) {
      case 0:
        return put();
      case 1:
        return put(...inner, [ts.SyntaxKind.CommaToken, ','], ...inner);
      case 2:
        return put(tokens[at]!, ...inner, tokens[end - 1] ?? [ts.SyntaxKind.CloseParenToken, ')']);
      default: {
        const seed = draw.oneIn(3) ? tokens : draw.pick(this.#seeds);
        const brackets = [...seed.keys()].filter((n) => seed[n]![1] === tokens[at]![1]);
        if (brackets.length === 0) return put();
        const from = draw.pick(brackets);
        return put(...seed.slice(from + 1, Math.min(closing(seed, from) - 1, from + 400)));
      }
    }
  }
}
