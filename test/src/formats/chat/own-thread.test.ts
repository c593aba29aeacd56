/** Chats whose templates are rendered in the thread of the test: the tokens of responses, and the time that a worker gets. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../../../compiler/limits.ts';
import { answer, type RenderRequest } from '../../../../src/formats/chat/answer.ts';
import { ChatError } from '../../../../src/formats/chat/error.ts';
import { Chat } from '../../../../src/formats/chat/index.ts';
import { Renderer } from '../../../../src/formats/chat/render.ts';
import { ConfinedWorker, WorkerEnded } from '../../../../src/formats/patterns/deadline.ts';
import { control, type Kind, SIZE, template, textIds, tokenizerFolder } from './tokenizer.ts';

const { ask } = ConfinedWorker.prototype;
const { most } = limits.templateSeconds;
const isRequest = (message: unknown): message is RenderRequest =>
  typeof message === 'object' && message !== null && 'source' in message;
beforeEach(() => {
  ConfinedWorker.prototype.ask = (message) => isRequest(message) && answer(message, () => {});
});
afterEach(() => {
  ConfinedWorker.prototype.ask = ask;
  Object.assign(limits.templateSeconds, { most });
});

const open = (source: string, kind: Kind = {}) => Chat.open(tokenizerFolder(source, {}, kind));
const said = (...contents: readonly string[]) =>
  contents.map((content, n) => ({ role: n % 2 === 0 ? 'user' : 'assistant', content }));
/** A template that writes `role;content`, the given text after responses, and a line break. */
const ended = (after: string) =>
  `{% for m in messages %}{{ m.role + ';' + m.content }}{% if m.role == 'assistant' %}{{ '${after}' }}{% endif %}{{ '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant;' }}{% endif %}`;

describe('the tokens of responses', () => {
  const end = control('<|im_end|>');

  it('are marked with 1, and all others with 0', async () => {
    const chat = await open(ended('<|im_end|>'));
    const messages = said('a', 'b', 'c', 'd');
    const { ids, isResponse } = chat.conversation({ messages, isResponse: () => true });
    const pieces = [
      textIds('user;a\nassistant;'),
      [...textIds('b'), end],
      textIds('\nuser;c\nassistant;'),
      [...textIds('d'), end],
      textIds('\n'),
    ];
    expect([...ids]).toEqual(pieces.flat());
    expect([...isResponse]).toEqual([0, 1, 0, 1, 0].flatMap((mark, n) => pieces[n]!.map(() => mark)));
  });

  it('are all between the marks of a template', async () => {
    const chat = await open(
      "{% for m in messages %}{% generation %}{{ m.content + '<|im_end|> ' }}{% endgeneration %}{% endfor %}",
    );
    const { ids, isResponse } = chat.conversation({ messages: said('a', 'b'), isResponse: () => true });
    const of = (content: string) => [...textIds(content), end, ...textIds(' ')];
    expect([...ids]).toEqual([...of('a'), ...of('b')]);
    expect(new Set(isResponse)).toEqual(new Set([1]));
  });

  it('end with an added token, or with none that is known', async () => {
    const of = async (after: string) => (await open(ended(after))).ends();
    expect([await of('<|im_end|>'), await of('<think>'), await of('.')]).toEqual([[end], [SIZE - 1], []]);
    expect(
      await (await open('{% if false %}{% generation %}{% endgeneration %}{% endif %}<s>')).ends(),
    ).toEqual([]);
  });
});

it('the text before a response is that of the last one, where a template marks several', async () => {
  const chat = await open(
    "{% for m in messages %}{% generation %}{{ 'so: ' + m.content }}{% endgeneration %}{% endfor %}",
  );
  expect(chat.beforeResponse()).toBe('so:');
});

it('control tokens are found before the tokenizer changes the text', async () => {
  const chat = await open(template('chatml'), { normalizer: { type: 'Prepend', prepend: '_' } });
  expect([...chat.prompt(said('a'))]).toEqual([
    control('<|im_start|>'),
    ...textIds('_user\na'),
    control('<|im_end|>'),
    ...textIds('_\n'),
    control('<|im_start|>'),
    ...textIds('_assistant\n'),
  ]);
});

describe('a worker', () => {
  const renderer = new Renderer('', 'tokenizer_config.json', {});
  const rendering = { messages: said('a'), prompt: false };

  it('gets the limit of time for each eight renderings, and at least one', () => {
    const given: number[] = [];
    ConfinedWorker.prototype.ask = (_, { left }) => {
      given.push(left);
      return { texts: [] };
    };
    Object.assign(limits.templateSeconds, { most: 2 });
    for (const count of [0, 1, 8, 12, 32]) renderer.texts(Array(count).fill(rendering));
    expect(given).toEqual([2, 2, 2, 3, 8]);
  });

  it('that ends has taken too much memory, and an error of another kind passes', () => {
    const throwing = (error: Error) => () => {
      ConfinedWorker.prototype.ask = () => {
        throw error;
      };
      return renderer.texts([rendering]);
    };
    expect(throwing(new WorkerEnded('the worker thread ended'))).toThrow(
      new ChatError(undefined, 'the chat template takes more memory than it may'),
    );
    const other = new TypeError('another');
    expect(throwing(other)).toThrow(other);
  });
});
