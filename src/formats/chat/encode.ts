/** Encodes a text whose parts are kept apart: no token crosses from one part into the next. */
import type { Tokenizer } from '../tokenizer/index.ts';
import type { ControlTokens } from './control.ts';
import { ChatError } from './error.ts';

/** The length up to which the ids of a text are kept: what a template writes before a response is short. */
const KEPT_LENGTH = 256;
const KEPT = 1000;

export class PartsEncoder {
  readonly #tokenizer: Tokenizer;
  readonly #control: ControlTokens;
  readonly #kept = new Map<string, Int32Array>();

  /** Takes a tokenizer that knows control tokens by their respelt names. */
  constructor(tokenizer: Tokenizer, control: ControlTokens) {
    this.#tokenizer = tokenizer;
    this.#control = control;
  }

  /**
   * The ids of each part. Together they are the ids of the whole text, except around a token that crosses from one
   * part into the next: there the text before and the text after are encoded by themselves. Throws ChatError.
   */
  encode(parts: readonly string[]): Int32Array[] {
    const text = parts.join('');
    const ids = Array.from(this.#encoded(text));
    const tokens = this.#control.tokensIn(text);
    this.#checkControl(ids, tokens);
    const bounds = [0];
    let [at, section] = [0, { start: 0, first: 0, spelt: '' }];
    for (const part of parts.slice(0, -1)) {
      at += part.length;
      const before = tokens.filter(({ end }) => end <= at);
      const last = before.at(-1);
      if (last && last.end > section.start) {
        const first = nth(ids, before.length, (id) => this.#control.isControl(id)) + 1;
        section = { start: last.end, first, spelt: last.spelt };
      }
      const own = this.#section(text.slice(section.start, at), section.spelt);
      const end = section.first + own.length;
      if (!isAt(ids, section.first, own)) {
        const next = tokens[before.length];
        const stop = next ? next.end - next.spelt.length : text.length;
        const count =
          (next ? nth(ids, before.length + 1, (id) => this.#control.isControl(id)) : ids.length) -
          section.first;
        const rest = this.#encoded(text.slice(at, stop));
        this.#checkCut(ids.slice(section.first, section.first + count), [...own, ...rest]);
        ids.splice(section.first, count, ...own, ...rest);
        section = { start: at, first: end, spelt: '' };
      }
      bounds.push(end);
    }
    return bounds.map((from, n) => Int32Array.from(ids.slice(from, bounds[n + 1])));
  }

  #encoded(text: string): Int32Array {
    return text === '' ? new Int32Array() : this.#tokenizer.encode(text, { special: false });
  }

  /** The ids of a text that stands after a control token, or at the start. */
  #section(text: string, spelt: string): Int32Array {
    if (text === '') return new Int32Array();
    const key = spelt + text;
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const ids = this.#encoded(key).subarray(spelt === '' ? 0 : 1);
    if (key.length <= KEPT_LENGTH && this.#kept.size < KEPT) this.#kept.set(key, ids);
    return ids;
  }

  /** Throws ChatError where a tokenizer reads plain text as a control token. */
  #checkControl(ids: readonly number[], tokens: readonly { readonly id: number }[]): void {
    const found = ids.filter((id) => this.#control.isControl(id));
    if (found.length === tokens.length && found.every((id, n) => id === tokens[n]!.id)) return;
    throw new ChatError(
      undefined,
      'the tokenizer reads text in it as a control token: write that text in another way',
    );
  }

  /** Throws ChatError where text that is encoded in two pieces has other characters than in one. */
  #checkCut(whole: readonly number[], pieces: readonly number[]): void {
    const spelt = (ids: readonly number[]): string => this.#tokenizer.decode(ids);
    if (spelt(whole) === spelt(pieces)) return;
    throw new ChatError(
      undefined,
      'a token crosses into a response, and this tokenizer adds a space where a text is cut: end what the chat template writes before a response with a control token',
    );
  }
}

/** The index of the n-th element, from 1, that passes. */
function nth(ids: readonly number[], n: number, is: (id: number) => boolean): number {
  let left = n;
  return ids.findIndex((id) => is(id) && --left === 0);
}

const isAt = (ids: readonly number[], first: number, own: Int32Array): boolean =>
  own.every((id, n) => ids[first + n] === id);
