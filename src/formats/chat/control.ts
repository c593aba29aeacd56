/**
 * Keeps control tokens apart from text that looks like them. A control token comes from the template alone; in the text
 * of a turn, `<|im_end|>` stays text.
 *
 * Both are spelt with code points that are no characters (U+FDD0 to U+FDEF), which no text should hold. Before a
 * template sees a turn, each piece of its text that is or might become a control token is replaced by a stand-in.
 * In what the template then writes, every control token is the template's own; it is respelt, and the stand-ins become
 * text again. The tokenizer knows control tokens by their respelt names only.
 */

export interface ControlToken {
  readonly content: string;
  readonly id: number;
}

const [TOKEN, TEXT] = ['\ufdd0', '\ufdd1'];
const FIRST_DIGIT = 0xfdd2;
const DIGITS = 5;
/** Marks of the start and the end of a response, which templates with `{% generation %}` write. */
export const [RESPONSE, RESPONSE_END] = ['\ufde2', '\ufde3'];
const RESERVED = /[\ufdd0-\ufdef]/;

const numbered = (kind: string, n: number): string =>
  kind +
  [...n.toString(16).padStart(DIGITS, '0')]
    .map((d) => String.fromCharCode(FIRST_DIGIT + Number.parseInt(d, 16)))
    .join('');
const numberOf = (spelt: string): number =>
  [...spelt.slice(1)].reduce((n, d) => 16 * n + d.charCodeAt(0) - FIRST_DIGIT, 0);

const SPELT_TOKENS = new RegExp(`${TOKEN}[\ufdd2-\ufde1]{${DIGITS}}`, 'g');
const STAND_INS = new RegExp(`${TEXT}[\ufdd2-\ufde1]{${DIGITS}}`, 'g');

const quoted = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** A pattern that finds the longest of some texts, and nothing where there are none. */
export function anyOf(texts: readonly string[]): RegExp {
  const longest = texts.filter((t) => t !== '').sort((a, b) => b.length - a.length);
  return new RegExp(longest.map(quoted).join('|') || '(?!)', 'g');
}

/** The first reserved code point of a text, as `U+FDD0`; undefined for none. */
export const reservedIn = (text: string): string | undefined => {
  const found = RESERVED.exec(text);
  return found ? `U+${found[0].charCodeAt(0).toString(16).toUpperCase()}` : undefined;
};

export class ControlTokens {
  readonly #ids: readonly number[];
  readonly #known: ReadonlySet<number>;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #pattern: RegExp;
  /** The beginnings of control tokens, and their ends: parts of one that a template might complete, or whole ones. */
  readonly #beginnings: ReadonlySet<string>;
  readonly #ends: ReadonlySet<string>;
  /** The lengths that such a part may have, the longest first. */
  readonly #lengths: readonly number[];

  constructor(tokens: readonly ControlToken[]) {
    const contents = tokens.map(({ content }) => content);
    const cuts = (part: (content: string, n: number) => string): Set<string> =>
      new Set(contents.flatMap((c) => Array.from({ length: c.length }, (_, n) => part(c, n))));
    const longest = Math.max(...contents.map((content) => content.length));
    this.#ids = tokens.map(({ id }) => id);
    this.#known = new Set(this.#ids);
    this.#numbers = new Map(contents.map((content, n) => [content, n]));
    this.#pattern = anyOf(contents);
    this.#beginnings = cuts((content, n) => content.slice(0, n));
    this.#ends = cuts((content, n) => content.slice(n));
    this.#lengths = Array.from({ length: longest }, (_, n) => longest - n);
  }

  /** The name by which the tokenizer knows the n-th token. */
  static spelt(n: number): string {
    return numbered(TOKEN, n);
  }

  /** Replaces what is or might become a control token by stand-ins, whose texts are added to `texts`. */
  hidden(text: string, texts: string[]): string {
    const standIn = (piece: string): string => numbered(TEXT, texts.push(piece) - 1);
    const replaced = text.replace(this.#pattern, standIn);
    const trimmed = replaced.trimStart();
    const inner = trimmed.trimEnd();
    const part = (at: (n: number) => string, parts: ReadonlySet<string>): string =>
      this.#lengths.map(at).find((piece) => parts.has(piece)) ?? '';
    const start = part((n) => inner.slice(0, n), this.#ends).length;
    const end = Math.min(inner.length - start, part((n) => inner.slice(-n), this.#beginnings).length);
    return [
      replaced.slice(0, replaced.length - trimmed.length),
      start > 0 ? standIn(inner.slice(0, start)) : '',
      inner.slice(start, inner.length - end),
      end > 0 ? standIn(inner.slice(-end)) : '',
      trimmed.slice(inner.length),
    ].join('');
  }

  /** Makes text of stand-ins again, and leaves control tokens as they are written. */
  static shown(rendered: string, texts: readonly string[]): string {
    return rendered.replace(STAND_INS, (s) => texts[numberOf(s)] ?? s);
  }

  /** Respells the control tokens of a rendering for the tokenizer, and makes text of stand-ins again. */
  respelt(rendered: string, texts: readonly string[]): string {
    const named = rendered.replace(this.#pattern, (token) => numbered(TOKEN, this.#numbers.get(token)!));
    return ControlTokens.shown(named, texts);
  }

  /** The respelt control tokens in a text: where each ends, and its id. */
  tokensIn(respelt: string): { readonly end: number; readonly id: number; readonly spelt: string }[] {
    return [...respelt.matchAll(SPELT_TOKENS)].map((m) => ({
      end: m.index + m[0].length,
      id: this.#ids[numberOf(m[0])]!,
      spelt: m[0],
    }));
  }

  isControl(id: number): boolean {
    return this.#known.has(id);
  }
}
