/** Turns conversations into token ids by a model's chat template, and finds the tokens of their responses. */
import { join } from 'node:path';
import { shownValue } from '../error.ts';
import { isObject, type Json, readJsonFile } from '../json.ts';
import { makeTokenizer, type Tokenizer } from '../tokenizer/index.ts';
import { anyOf, type ControlToken, ControlTokens, reservedIn } from './control.ts';
import { PartsEncoder } from './encode.ts';
import { ChatError } from './error.ts';
import { type Message, Renderer } from './render.ts';
import { type Asked, rendered, type Span, shield, type Templates } from './spans.ts';
import {
  type ChatTemplate,
  missingTokens,
  noTemplate,
  readTemplate,
  readTokenizerConfig,
  specialTokens,
} from './template.ts';

export { ChatError } from './error.ts';
export type { Message } from './render.ts';

/** A conversation as token ids. */
export interface Spelt {
  readonly ids: Int32Array;
  /** 1 for each token of a response, else 0. */
  readonly isResponse: Uint8Array;
}

const ANSWER = 'Yes.';
/** A conversation that shows how a template ends a response. */
const PROBE: Asked = {
  messages: [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: ANSWER },
  ],
  isResponse: () => true,
};

export class Chat {
  readonly #folder: string;
  readonly #template: ChatTemplate | undefined;
  readonly #templates: Templates | undefined;
  readonly #control: ControlTokens;
  readonly #encoder: PartsEncoder;
  readonly #tokenizer: Tokenizer;
  /** Finds added tokens of any kind, of which one mostly ends a turn. */
  readonly #added: RegExp;
  readonly #addedIds: ReadonlyMap<number, string>;
  /** The special tokens that the template uses and the tokenizer does not name. */
  readonly #missing: readonly string[];

  private constructor(
    folder: string,
    template: ChatTemplate | undefined,
    { json, config }: { readonly json: Json; readonly config: Json },
  ) {
    const added = addedTokens(json);
    const special = added.filter((token) => token.special);
    this.#folder = folder;
    this.#template = template;
    this.#control = new ControlTokens(special);
    this.#added = anyOf(added.map(({ content }) => content));
    this.#addedIds = new Map(added.map(({ id, content }) => [id, content]));
    this.#tokenizer = makeTokenizer(respelt(json, special), config, join(folder, 'tokenizer.json'));
    this.#encoder = new PartsEncoder(this.#tokenizer, this.#control);
    const tokens = specialTokens(config);
    this.#missing = template ? missingTokens(template.source, tokens) : [];
    if (!template) return;
    this.#templates = {
      plain: new Renderer(template.source, template.at, tokens),
      marked: template.marked === undefined ? undefined : new Renderer(template.marked, template.at, tokens),
      control: this.#control,
    };
  }

  /**
   * Reads tokenizer.json, tokenizer_config.json and the chat template, or that in the file `template`. Throws what
   * `makeTokenizer` and `readTemplate` throw.
   */
  static async open(folder: string, template?: string): Promise<Chat> {
    const path = join(folder, 'tokenizer.json');
    const json = await readJsonFile(
      path,
      'Save the tokenizer as tokenizer.json (AutoTokenizer, use_fast=True).',
    );
    const config = await readTokenizerConfig(folder);
    return new Chat(folder, await readTemplate(folder, config, template), { json, config });
  }

  /** The tokenizer, which spells control tokens in another way. */
  get tokenizer(): Tokenizer {
    return this.#tokenizer;
  }

  /** Whether there is a template. Without one there are no conversations. */
  get hasTemplate(): boolean {
    return this.#template !== undefined;
  }

  /** The template's file, as the end of a message: ` (chat template: model/chat_template.jinja)`. */
  get source(): string {
    return this.#template === undefined ? '' : ` (chat template: ${this.#template.at})`;
  }

  /** The ids of a conversation, and which are of a response that is asked for. Throws ChatError, InvalidTokenizer. */
  conversation(asked: Asked): Spelt {
    checkTexts(asked.messages);
    const { text, spans, hidden } = rendered(asked, this.#ready);
    const marked = this.#templates?.marked !== undefined;
    return this.#spelt(text, marked ? spans : spans.map((span) => this.#ended(text, span)), hidden);
  }

  /** The ids of a conversation and of what the template writes before a response. Throws as `conversation`. */
  prompt(messages: readonly Message[]): Int32Array {
    checkTexts(messages);
    const hidden: string[] = [];
    const { plain, control } = this.#ready;
    const shielded = messages.map((m) => shield(m, control, hidden));
    const [text] = plain.texts([{ messages: shielded, prompt: true }]);
    return this.#spelt(text!, [], hidden).ids;
  }

  /** The ids of a text and of its continuation, which is the response. No part of either is a control token. */
  completed(prompt: string, completion: string): Spelt {
    const messages = [prompt, completion].map((content) => ({ role: 'text', content }));
    checkTexts(messages);
    return this.#parts([prompt, completion], [0, 1]);
  }

  /** The tokens after which a response has ended, beside those of the model's configuration. */
  ends(): readonly number[] {
    try {
      const { ids, isResponse } = this.conversation(PROBE);
      const last = isResponse.lastIndexOf(1);
      return [...ids].filter((id, n) => n === last && this.mayEnd(id));
    } catch (e) {
      if (e instanceof ChatError) return [];
      throw e;
    }
  }

  /** Whether a token may end a response: one that was added to the words of the vocabulary. */
  mayEnd(id: number): boolean {
    return this.#addedIds.has(id);
  }

  /** Why no control token may follow a response, and the remedy. `end` is the model's end-of-text token. */
  endlessAdvice(end: number | undefined): string {
    const known = end === undefined ? undefined : this.#addedIds.get(end);
    const own = `the model's own end token${known === undefined ? '' : `, ${shownValue(known)},`}`;
    if (!this.#template) return `Name a template with --chat-template that writes ${own} after a response`;
    const [, after] = this.#aroundAnswer();
    const causes = [
      this.#missing.length === 0
        ? ''
        : `the template uses ${this.#missing.join(' and ')}, which tokenizer_config.json does not have, and which ${this.#missing.length === 1 ? 'renders' : 'render'} as nothing`,
      after === '' ? '' : `the template writes ${shownValue(after)}, which is no token of this tokenizer`,
    ].filter((cause) => cause !== '');
    const why = causes.length === 0 ? '' : `${causes.join('; ')}. `;
    const remedy = `Write ${own} literally after a response, in the template or in a copy that --chat-template names`;
    return `${why}${remedy}`.replace(/^t/, 'T');
  }

  /** The text that the template writes in a response before its content, without space around it. */
  beforeResponse(): string {
    return this.#aroundAnswer()[0];
  }

  /** The texts that the template writes in a response before its content and after it, without space around them. */
  #aroundAnswer(): readonly [before: string, after: string] {
    try {
      const { text, spans } = rendered(PROBE, this.#ready);
      const span = spans.at(-1);
      const response = span ? text.slice(span.from, span.to) : '';
      const at = response.lastIndexOf(ANSWER);
      return at < 0 ? ['', ''] : [response.slice(0, at).trim(), response.slice(at + ANSWER.length).trim()];
    } catch (e) {
      if (e instanceof ChatError) return ['', ''];
      throw e;
    }
  }

  get #ready(): Templates {
    if (this.#templates) return this.#templates;
    throw noTemplate(this.#folder);
  }

  /**
   * The part of a turn that a model generates: up to the last control token, where only space follows it. The model
   * has stopped before the line break that many templates write after each turn.
   */
  #ended(text: string, { from, to }: Span): Span {
    const last = [...text.slice(from, to).matchAll(this.#added)].at(-1);
    const end = last ? from + last.index + last[0].length : to;
    return { from, to: text.slice(end, to).trim() === '' ? end : to };
  }

  #spelt(text: string, spans: readonly Span[], hidden: readonly string[]): Spelt {
    const cuts = [0, ...spans.flatMap(({ from, to }) => [from, to]), text.length];
    const pieces = cuts.slice(1).map((to, n) => this.#control.respelt(text.slice(cuts[n], to), hidden));
    if (pieces.join('') !== this.#control.respelt(text, hidden))
      throw new ChatError(undefined, 'a control token crosses from a prompt into a response');
    return this.#parts(
      pieces,
      pieces.map((_, n) => n % 2),
    );
  }

  #parts(pieces: readonly string[], marks: readonly number[]): Spelt {
    const parts = this.#encoder.encode(pieces);
    const ids = Int32Array.from(parts.flatMap((part) => [...part]));
    const isResponse = Uint8Array.from(parts.flatMap((part, n) => [...part].map(() => marks[n]!)));
    return { ids, isResponse };
  }
}

/** Throws ChatError for a text with a code point that spells control tokens here. */
function checkTexts(messages: readonly Message[]): void {
  for (const [turn, message] of messages.entries()) {
    const found = reservedIn(Object.values(message).join(''));
    if (found)
      throw new ChatError(
        turn,
        `it holds ${found}, which is no character, and is used here to mark control tokens: remove it`,
      );
  }
}

interface AddedToken extends ControlToken {
  readonly special: boolean;
}

function addedTokens(json: Json): AddedToken[] {
  const added = isObject(json) && Array.isArray(json.added_tokens) ? json.added_tokens : [];
  return added.flatMap((token) =>
    isObject(token) && typeof token.content === 'string' && typeof token.id === 'number'
      ? [{ content: token.content, id: token.id, special: token.special === true }]
      : [],
  );
}

/** The contents of tokenizer.json with other names for its control tokens, in the order of `special`. */
function respelt(json: Json, special: readonly ControlToken[]): Json {
  if (!isObject(json) || !Array.isArray(json.added_tokens)) return json;
  const names = new Map<Json | undefined, string>(
    special.map(({ content }, n) => [content, ControlTokens.spelt(n)]),
  );
  const added = json.added_tokens.map((token) => {
    if (!isObject(token)) return token;
    const name = names.get(token.content);
    return name === undefined ? token : { ...token, content: name, normalized: false };
  });
  return { ...json, added_tokens: added };
}
