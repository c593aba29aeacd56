import { aboveLimit, limits } from '../../../compiler/limits.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** The longest number that is accepted: a u64 has 20 digits. */
const MAX_NUMBER = 1000;

/**
 * A strict JSON reader driven by the caller's schema. It builds nothing that the caller does not ask for, so memory is
 * bounded by the text. Keys are strings, never properties (`__proto__` is a name like any other). It is stricter than
 * JSON.parse: duplicate keys (compared after unescaping) and lone surrogates are errors. `error` makes every failure
 * from the problem and its position.
 */
export class JsonReader {
  readonly #text: string;
  readonly #error: (problem: string, at: number) => Error;
  #at = 0;
  #values = 0;

  constructor(text: string, error: (problem: string, at: number) => Error) {
    this.#text = text;
    this.#error = error;
  }

  /** Reads an object; `member` must read the value of each key. */
  object(member: (key: string) => void): void {
    this.#expect('{', 'an object');
    const seen = new Set<string>();
    if (this.#take('}')) return;
    do {
      const at = this.#next();
      const key = this.string();
      if (seen.has(key)) throw this.#error(`key ${JSON.stringify(key)} occurs twice in one object`, at);
      seen.add(key);
      this.#expect(':', "':' after the key");
      member(key);
    } while (this.#another('}'));
    this.#expect('}', "',' or '}'");
  }

  /** Reads an array; `element` must read each element. */
  array(element: () => void): void {
    this.#expect('[', 'an array');
    if (this.#take(']')) return;
    do element();
    while (this.#another(']'));
    this.#expect(']', "',' or ']'");
  }

  /** Reads past a comma, after which another element must follow. */
  #another(close: string): boolean {
    if (!this.#take(',')) return false;
    const comma = this.#at - 1;
    if (this.#text[this.#next()] === close) throw this.#error(`there is a comma before '${close}'`, comma);
    return true;
  }

  string(): string {
    this.#expect('"', 'a string');
    const start = this.#at;
    let escaped = false;
    for (; ; this.#at++) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit === 0x22) break;
      // `unit` is NaN past the end; control characters must be escaped.
      if (!(unit >= 0x20)) throw this.#error('unterminated string or bare control character', this.#at);
      if (unit === 0x5c) {
        escaped = true;
        this.#at++;
      }
    }
    const raw = this.#text.slice(start, this.#at++);
    return escaped ? this.#unescape(raw, start) : raw;
  }

  #unescape(raw: string, at: number): string {
    let value: string;
    try {
      value = JSON.parse(`"${raw}"`);
    } catch {
      throw this.#error('a string holds an invalid escape', at);
    }
    if (/\p{Surrogate}/u.test(value)) throw this.#error('a string holds a lone surrogate', at);
    return value;
  }

  /** Reads a non-negative integer literal: digits only. Above 2^53 − 1 the result is not exact. */
  natural(): number {
    const at = this.#next();
    const literal = this.#number();
    if (!/^\d+$/.test(literal)) throw this.#error(`expected a whole number, found ${literal}`, at);
    return Number(literal);
  }

  /** Reads a number. Where it begins with no character of one, the error expects `what`. */
  #number(what = 'a number'): string {
    const start = this.#next();
    let end = start;
    while (end < start + MAX_NUMBER && /[-+.\dEe]/.test(this.#text.charAt(end))) end++;
    const literal = this.#text.slice(start, end);
    if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[Ee][+-]?\d+)?$/.test(literal)) {
      throw this.#error(`expected ${end > start ? 'a number' : what}, found ${this.#excerpt(start)}`, start);
    }
    this.#at = end;
    return literal;
  }

  /** Reads a value of any kind, keys in the text's order. A number is the nearest float64, which must be finite. */
  value(depth = 0): Json {
    const at = this.#next();
    this.#enter(depth, at);
    switch (this.#text[at]) {
      case '{': {
        const entries: [string, Json][] = [];
        this.object((key) => entries.push([key, this.value(depth + 1)]));
        // fromEntries makes every key an own property, `__proto__` too.
        return Object.fromEntries(entries);
      }
      case '[': {
        const elements: Json[] = [];
        this.array(() => elements.push(this.value(depth + 1)));
        return elements;
      }
      case '"':
        return this.string();
      case 't':
        this.#word('true');
        return true;
      case 'f':
        this.#word('false');
        return false;
      case 'n':
        this.#word('null');
        return null;
      default: {
        const value = Number(this.#number('a value'));
        if (!Number.isFinite(value)) throw this.#error('a number is too large for a float64', at);
        return value;
      }
    }
  }

  /** Reads past a value of any kind. */
  skip(depth = 0): void {
    const at = this.#next();
    this.#enter(depth, at);
    const first = this.#text[at];
    if (first === '{') this.object(() => this.skip(depth + 1));
    else if (first === '[') this.array(() => this.skip(depth + 1));
    else if (first === '"') this.string();
    else if (first === 't') this.#word('true');
    else if (first === 'f') this.#word('false');
    else if (first === 'n') this.#word('null');
    else this.#number('a value');
  }

  /** Reads past a value of any kind, and returns its text. */
  raw(): string {
    const at = this.#next();
    this.skip();
    return this.#text.slice(at, this.#at);
  }

  /** Checks the limits on nesting and on the number of values. */
  #enter(depth: number, at: number): void {
    if (depth > limits.jsonDepth.most)
      throw this.#error(`at least ${aboveLimit(depth, limits.jsonDepth)}`, at);
    if (++this.#values > limits.jsonValues.most)
      throw this.#error(`at least ${aboveLimit(this.#values, limits.jsonValues)}`, at);
  }

  #word(word: string): void {
    if (!this.#text.startsWith(word, this.#at)) throw this.#error(`expected ${word}`, this.#at);
    this.#at += word.length;
  }

  /** Throws if anything but white space is left. */
  end(): void {
    const at = this.#next();
    if (at < this.#text.length) throw this.#error(`unexpected ${this.#excerpt(at)} after the end`, at);
  }

  /** The position of the next character that is not white space. */
  #next(): number {
    for (; ; this.#at++) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return this.#at;
    }
  }

  #take(character: string): boolean {
    if (this.#text[this.#next()] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string, what: string): void {
    if (!this.#take(character)) {
      throw this.#error(`expected ${what}, found ${this.#excerpt(this.#at)}`, this.#at);
    }
  }

  #excerpt(at: number): string {
    return at < this.#text.length ? JSON.stringify(this.#text.slice(at, at + 24)) : 'the end';
  }
}
