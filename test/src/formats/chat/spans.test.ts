/** The responses in a rendered conversation: found by prompts or by marks, and refused where a template hides them. */
import { describe, expect, it } from 'vitest';
import { ControlTokens, RESPONSE, RESPONSE_END } from '../../../../src/formats/chat/control.ts';
import { ChatError } from '../../../../src/formats/chat/error.ts';
import type { Message, Rendering } from '../../../../src/formats/chat/render.ts';
import { type Asked, rendered } from '../../../../src/formats/chat/spans.ts';

const control = new ControlTokens([
  { content: '<s>', id: 0 },
  { content: '<e>', id: 1 },
]);
const TALK: readonly Message[] = [
  { role: 'user', content: 'q' },
  { role: 'assistant', content: 'yes' },
  { role: 'user', content: 'r' },
  { role: 'assistant', content: 'no' },
];
const all = () => true;
const only = (turn: number) => (n: number) => n === turn;

type Write = (rendering: Rendering) => string;

const joined = (messages: readonly Message[], turn: (m: Message) => string): string =>
  messages.map(turn).join('');
/** A template like ChatML; with marks, where `start` and `end` are given. */
const chatml =
  (start = '', end = ''): Write =>
  ({ messages, prompt }) =>
    joined(messages, ({ role, content }) =>
      role === 'assistant' ? `<s>assistant:${start}${content}<e>${end}\n` : `<s>${role}:${content}<e>\n`,
    ) + (prompt ? '<s>assistant:' : '');
const MARKED = chatml(RESPONSE, RESPONSE_END);

/** The spans that are found, each response as a text, and how often the template is rendered without and with marks. */
function found(plain: Write, asked: Partial<Asked> = {}, marked?: Write) {
  const times = { plain: 0, marked: 0 };
  const renders = (kind: keyof typeof times, write: Write) => ({
    texts: (renderings: readonly Rendering[]) => {
      times[kind] += renderings.length;
      return renderings.map(write);
    },
  });
  const { text, spans, hidden } = rendered(
    { messages: TALK, isResponse: all, ...asked },
    { plain: renders('plain', plain), marked: marked && renders('marked', marked), control },
  );
  return { text, responses: spans.map(({ from, to }) => text.slice(from, to)), spans, hidden, times };
}

/** The turn and the message of the error. */
function refusal(...given: Parameters<typeof found>): readonly [turn: unknown, message: string] {
  try {
    found(...given);
  } catch (e) {
    if (e instanceof ChatError) return [e.turn, e.message];
  }
  throw new Error('nothing was refused');
}

const whole = chatml()({ messages: TALK, prompt: false });
const OTHERWISE =
  'mark the responses in the template with {% generation %} and {% endgeneration %}, or give each response a conversation of its own';
const UNLIKE = `the chat template does not begin it with the prompt that it writes before a response: ${OTHERWISE}`;

describe('a template without marks', () => {
  it('is asked for the text before each response and through it', () => {
    expect(found(chatml())).toEqual({
      text: whole,
      responses: ['yes<e>\n', 'no<e>\n'],
      spans: [
        { from: 26, to: 33 },
        { from: 59, to: 65 },
      ],
      hidden: [],
      times: { plain: 5, marked: 0 },
    });
  });

  it('has the responses that are asked for, of the assistant alone', () => {
    const of = (isResponse: Asked['isResponse']) => found(chatml(), { isResponse });
    expect(of(only(3))).toMatchObject({ responses: ['no<e>\n'], times: { plain: 3 } });
    expect(of(only(1))).toMatchObject({ responses: ['yes<e>\n'], times: { plain: 3 } });
    expect(of(only(2))).toMatchObject({ responses: [], times: { plain: 1 } });
  });

  it('may write each text of a turn but its role, in which nothing is kept apart', () => {
    const named: Write = ({ messages, prompt }) =>
      joined(messages, ({ role, name, content }) => `${role} ${name}: ${content}\n`) +
      (prompt ? 'assistant ' : '');
    const messages = [
      { role: '<s>', name: 'a<s>b', content: 'c<e>d' },
      { role: 'assistant', content: 'yes', name: '<e>b' },
    ];
    const result = found(named, { messages });
    expect(result.hidden).toEqual(['<s>', '<e>', '<e>']);
    expect(ControlTokens.shown(result.text, result.hidden)).toBe('<s> a<s>b: c<e>d\nassistant <e>b: yes\n');
    expect(control.tokensIn(control.respelt(result.text, result.hidden))).toMatchObject([{ id: 0 }]);
  });

  it('is refused where a response does not begin with its prompt', () => {
    const late: Write = (r) => chatml()(r) + (r.prompt && r.messages.length === 3 ? 'so: ' : '');
    expect(refusal(late)).toEqual([3, UNLIKE]);
    // Only the whole conversation begins in another way, or only the conversation up to the response.
    const numbered =
      (turns: number): Write =>
      (r) =>
        (r.messages.length === turns && !r.prompt ? '!' : '') + chatml()(r);
    expect(refusal(numbered(4))).toEqual([1, UNLIKE]);
    expect(refusal(numbered(2))).toEqual([1, UNLIKE]);
  });

  it('is refused where it writes a response in another way before other turns', () => {
    const last: Write = (r) => chatml()(r) + (r.prompt || r.messages.length === 4 ? '' : 'last');
    expect(refusal(last)).toEqual([
      1,
      `the chat template writes it in another way where turns follow: ${OTHERWISE}`,
    ]);
  });
});

describe('a template with marks', () => {
  it('has its responses between them, up to the end of the text', () => {
    expect(found(chatml(), {}, MARKED)).toEqual({
      text: whole,
      responses: ['yes<e>', 'no<e>'],
      spans: [
        { from: 26, to: 32 },
        { from: 59, to: 64 },
      ],
      hidden: [],
      times: { plain: 1, marked: 1 },
    });
    const [a, b] = ['a', 'b'].map((content) => ({ role: 'assistant', content }));
    const bare: Write = ({ messages }) => joined(messages, ({ content }) => content);
    const around: Write = ({ messages }) =>
      joined(messages, ({ content }) => `${RESPONSE}${content}${RESPONSE_END}`);
    expect(found(bare, { messages: [a!, b!] }, around).spans).toEqual([
      { from: 0, to: 1 },
      { from: 1, to: 2 },
    ]);
  });

  it('has none between marks in another order', () => {
    const messages = TALK.slice(0, 2);
    const of = (start: string, end: string) => found(chatml(), { messages }, chatml(start, end)).responses;
    expect(of(RESPONSE, '')).toEqual([]);
    expect(of('', RESPONSE_END)).toEqual([]);
    expect(of(RESPONSE_END, RESPONSE)).toEqual([]);
    expect(of(RESPONSE, RESPONSE_END + RESPONSE_END)).toEqual(['yes<e>']);
    expect(of(RESPONSE_END + RESPONSE + RESPONSE, RESPONSE_END)).toEqual(['yes<e>']);
  });

  it('has none before the prompt of the first that is asked for', () => {
    expect(found(chatml(), { isResponse: only(3) }, MARKED)).toMatchObject({
      responses: ['no<e>'],
      times: { plain: 2, marked: 1 },
    });
    // A turn of the user is no response, and no response comes before it.
    const system = [{ role: 'user', content: 's' }, ...TALK.slice(1)];
    expect(found(chatml(), { messages: system, isResponse: only(1) }, MARKED)).toMatchObject({
      responses: ['yes<e>', 'no<e>'],
      times: { plain: 1 },
    });
  });

  it('has none where no response is asked for, even an empty one at the end', () => {
    const empty: Write = (r) => chatml()(r) + RESPONSE + RESPONSE_END;
    expect(found(chatml(), { isResponse: only(0) }, empty)).toMatchObject({ responses: [] });
    expect(found(chatml(), { isResponse: only(1) }, empty)).toMatchObject({ responses: [''] });
  });

  it('need not write a prompt, unless others come before the first response', () => {
    const silent: Write = (r) => (r.prompt ? 'so: ' : chatml()(r));
    expect(found(silent, {}, MARKED).responses).toEqual(['yes<e>', 'no<e>']);
    expect(refusal(silent, { isResponse: only(3) }, MARKED)).toEqual([3, UNLIKE]);
  });

  it('is refused where it writes other spaces than without them', () => {
    expect(refusal(chatml(), {}, chatml(`${RESPONSE} `, RESPONSE_END))).toEqual([
      undefined,
      'the chat template writes other spaces around its {% generation %} blocks than without them: write {%- generation -%}',
    ]);
  });
});

it('a template that changes a text like a control token is refused, with marks and without', () => {
  const upper: Write = (r) =>
    chatml()({ ...r, messages: r.messages.map((m) => ({ ...m, content: m.content.toUpperCase() })) });
  const messages = [{ role: 'user', content: 'b <e> <s>' }, ...TALK.slice(1)];
  const problem =
    'it holds text like a control token ("<e>"), and the chat template changes such text, so that it can not be kept apart: write it in another way';
  expect(refusal(upper, { messages })).toEqual([undefined, problem]);
  expect(refusal(upper, { messages }, MARKED)).toEqual([undefined, problem]);
  const one = [{ role: 'user', content: 'b <e>' }, ...TALK.slice(1)];
  expect(refusal(upper, { messages: one })).toEqual([undefined, problem]);
  expect(found(upper).text).toContain('YES');
  expect(found(chatml(), { messages }).hidden).toEqual(['<e>', '<s>']);
});
