/** A pattern for the methods of strings that take a RegExp with the flag g. */
import type { Find, Match } from './linear.ts';

export interface Found {
  readonly 0: string;
  readonly index: number;
}

/** Finds all matches in a text, from left to right. */
export type Matches = (text: string) => Iterable<Found>;

/** All matches of `find`. After an empty match it goes on after the next character, as JavaScript does. */
export function* eachMatch(find: Find, text: string): Generator<Match> {
  for (let from = 0; from <= text.length; ) {
    const match = find(text, from);
    if (!match) return;
    yield match;
    from = match.end > match.start ? match.end : after(text, match.end);
  }
}

/** Finds matches by `find`. */
export const matchesBy = (find: Find): Matches =>
  function* (text) {
    for (const { start, end } of eachMatch(find, text)) yield { 0: text.slice(start, end), index: start };
  };

const after = (text: string, at: number): number => at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

/**
 * The methods that `match`, `matchAll`, `replaceAll` and `split` of a string call on a pattern. As in the Rust
 * library, groups have no effect: a replacement is inserted literally, and a split returns only text between matches.
 */
export class TextPattern {
  readonly flags = 'gu';
  readonly #matches: Matches;
  readonly #running: (is: boolean) => void;

  /** `running` is called when a search starts and when it ends, because a search may take very long. */
  constructor(matches: Matches, running: (is: boolean) => void) {
    this.#matches = matches;
    this.#running = running;
  }

  *[Symbol.matchAll](text: string): Generator<Found> {
    const matches = this.#matches(text)[Symbol.iterator]();
    for (;;) {
      this.#running(true);
      const next = matches.next();
      this.#running(false);
      if (next.done) return;
      yield next.value;
    }
  }

  [Symbol.match](text: string): string[] | null {
    const all = Array.from(this[Symbol.matchAll](text), (found) => found[0]);
    return all.length === 0 ? null : all;
  }

  [Symbol.split](text: string): string[] {
    const parts: string[] = [];
    let done = 0;
    for (const { 0: match, index } of this[Symbol.matchAll](text)) {
      parts.push(text.slice(done, index));
      done = index + match.length;
    }
    return [...parts, text.slice(done)];
  }

  [Symbol.replace](text: string, content: string): string {
    return this[Symbol.split](text).join(content);
  }
}
