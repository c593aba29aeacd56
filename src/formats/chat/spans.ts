/** Finds the responses in a rendered conversation. The template is asked, because no text says where one starts. */
import { ControlTokens, RESPONSE, RESPONSE_END } from './control.ts';
import { ChatError } from './error.ts';
import type { Message, Renderer, Rendering } from './render.ts';

/** A part of a text, from the character at `from` to before that at `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Rendered {
  /** The conversation as the template writes it, with stand-ins for texts like control tokens. */
  readonly text: string;
  readonly spans: readonly Span[];
  /** The texts of the stand-ins. */
  readonly hidden: readonly string[];
}

/** A conversation, with the turns whose responses are looked for. */
export interface Asked {
  readonly messages: readonly Message[];
  /** Whether a turn is a response that is looked for, by its index. */
  readonly isResponse: (turn: number) => boolean;
}

/** A renderer of conversations by a template. */
type Renders = Pick<Renderer, 'texts'>;

export interface Templates {
  readonly plain: Renders;
  /** The renderer with marks around responses, where the template has them. */
  readonly marked: Renders | undefined;
  readonly control: ControlTokens;
}

/** Renders a conversation and finds its responses. Throws ChatError. */
export function rendered({ messages, isResponse }: Asked, templates: Templates): Rendered {
  const { plain, marked, control } = templates;
  const hidden: string[] = [];
  const shielded = messages.map((message) => shield(message, control, hidden));
  if (!marked) {
    const found = byPrompts(shielded, isResponse, plain);
    if (hidden.length > 0) checkOpaque(messages, found.text, hidden, plain);
    return { ...found, hidden };
  }
  const found = byMarks(marked.texts([{ messages: shielded, prompt: false }])[0]!);
  checkOpaque(messages, found.text, hidden, plain);
  const least = firstAfterPrompt(shielded, isResponse, plain, found.text);
  return { ...found, spans: found.spans.filter(({ from }) => from >= least), hidden };
}

/** A turn with stand-ins in all texts but its role. The texts of the stand-ins are added to `hidden`. */
export const shield = (message: Message, control: ControlTokens, hidden: string[]): Message => ({
  ...message,
  ...Object.fromEntries(
    Object.entries(message).flatMap(([name, text]) =>
      name === 'role' ? [] : [[name, control.hidden(text, hidden)]],
    ),
  ),
});

/**
 * Throws ChatError where the template writes another text without stand-ins and marks: it does more with a text than
 * copy it.
 */
function checkOpaque(
  messages: readonly Message[],
  text: string,
  hidden: readonly string[],
  plain: Renders,
): void {
  const [direct] = plain.texts([{ messages, prompt: false }]);
  if (ControlTokens.shown(text, hidden) === direct) return;
  throw new ChatError(
    undefined,
    hidden.length === 0
      ? 'the chat template writes other spaces around its {% generation %} blocks than without them: write {%- generation -%}'
      : `it holds text like a control token (${JSON.stringify(hidden[0])}), and the chat template changes such text, so that it can not be kept apart: write it in another way`,
  );
}

/** The responses between marks, which are taken out of the text. */
function byMarks(text: string): Pick<Rendered, 'text' | 'spans'> {
  let plain = '';
  let from: number | undefined;
  const spans: Span[] = [];
  for (const part of text.split(new RegExp(`([${RESPONSE}${RESPONSE_END}])`))) {
    if (part === RESPONSE) from = plain.length;
    else if (part === RESPONSE_END) {
      if (from !== undefined) spans.push({ from, to: plain.length });
      from = undefined;
    } else plain += part;
  }
  return { text: plain, spans };
}

/** With marks, where the first response that counts may start: after the prompt of it, if others come before. */
function firstAfterPrompt(
  messages: readonly Message[],
  isResponse: (turn: number) => boolean,
  plain: Renders,
  text: string,
): number {
  const first = messages.findIndex(({ role }, turn) => role === 'assistant' && isResponse(turn));
  const others = messages.some(({ role }, turn) => role === 'assistant' && turn < first);
  if (first < 0) return Number.POSITIVE_INFINITY;
  if (!others) return 0;
  const [prompt] = plain.texts([{ messages: messages.slice(0, first), prompt: true }]);
  if (text.startsWith(prompt!)) return prompt!.length;
  throw new ChatError(first, UNLIKE_PROMPT);
}

const OTHERWISE =
  'mark the responses in the template with {% generation %} and {% endgeneration %}, or give each response a conversation of its own';
const UNLIKE_PROMPT = `the chat template does not begin it with the prompt that it writes before a response: ${OTHERWISE}`;

/** The responses between the prompt of each and the end of its turn. */
function byPrompts(
  messages: readonly Message[],
  isResponse: (turn: number) => boolean,
  plain: Renders,
): Pick<Rendered, 'text' | 'spans'> {
  const turns = [...messages.keys()].filter(
    (turn) => messages[turn]!.role === 'assistant' && isResponse(turn),
  );
  const renderings: Rendering[] = [{ messages, prompt: false }];
  for (const turn of turns) {
    renderings.push({ messages: messages.slice(0, turn), prompt: true });
    renderings.push({ messages: messages.slice(0, turn + 1), prompt: false });
  }
  const [text, ...parts] = plain.texts(renderings);
  const spans = turns.map((turn, n): Span => {
    const [before, through] = [parts[2 * n]!, parts[2 * n + 1]!];
    if (!text!.startsWith(before) || !through.startsWith(before)) throw new ChatError(turn, UNLIKE_PROMPT);
    if (!text!.startsWith(through))
      throw new ChatError(
        turn,
        `the chat template writes it in another way where turns follow: ${OTHERWISE}`,
      );
    return { from: before.length, to: through.length };
  });
  return { text: text!, spans };
}
