/** Responses in what a template writes, and conversations and templates that are refused. Needs `npm run build`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../../../compiler/limits.ts';
import { Chat, type Message } from '../../../../src/formats/chat/index.ts';
import { started } from '../../finetune/kills/process.ts';
import { control, RUNS, template, textIds, tokenizerFolder } from './tokenizer.ts';

const DIST = new URL('../../../../dist', import.meta.url).href;
const CHATML = template('chatml');
const TALK: readonly Message[] = [
  { role: 'user', content: 'a' },
  { role: 'assistant', content: 'the b' },
  { role: 'user', content: 'c' },
  { role: 'assistant', content: 'd' },
];
const all = () => true;
const open = (source: string | undefined, kind = {}) => Chat.open(tokenizerFolder(source, {}, kind));
const ask = async (source: string, messages: readonly Message[] = TALK) =>
  (await open(source)).conversation({ messages, isResponse: all });

describe('marks of a template', () => {
  const marked = (start: string, end: string) =>
    `{% for message in messages %}\n  {%- if message.role == 'assistant' %}\n{{- '<|im_start|>assistant\n' }}${start}\n{{- message.content + '<|im_end|>' }}${end}\n{{- '\n' }}\n{%- else %}{{ '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}{% endif %}\n{%- endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}`;

  it.each([
    ['alone', '{% generation %}', '{% endgeneration %}'],
    ['that take the space beside them', '\n{%- generation -%}', '\n{%- endgeneration -%}'],
    ['that take the space before them', '\n  {%- generation %}', '\n  {%- endgeneration %}'],
  ])('say what a response is: %s', async (_, start, end) => {
    const wanted = await ask(CHATML);
    const found = await ask(marked(start, end));
    expect([...found.ids]).toEqual([...wanted.ids]);
    expect([...found.isResponse]).toEqual([...wanted.isResponse]);
  });

  it('leave out responses of the prompt', async () => {
    const isResponse = (turn: number) => turn === 3;
    for (const source of [CHATML, marked('{% generation %}', '{% endgeneration %}')]) {
      const { ids, isResponse: is } = (await open(source)).conversation({ messages: TALK, isResponse });
      expect([...ids].filter((_, n) => is[n] === 1)).toEqual([...textIds('d'), control('<|im_end|>')]);
    }
  });
});

describe('a token that crosses into a response', () => {
  const content = '\nthe end';
  const messages = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content },
  ];

  it('is cut, so that a response follows the prompt that is generated from', async () => {
    const chat = await open(CHATML, { pre_tokenizer: RUNS });
    const { ids, isResponse } = chat.conversation({ messages, isResponse: all });
    const prompt = [...chat.prompt(messages.slice(0, 1))];
    const response = [...textIds('\n'), ...textIds('the end'), control('<|im_end|>')];
    expect([...ids]).toEqual([...prompt, ...response, ...textIds('\n')]);
    expect(isResponse.indexOf(1)).toBe(prompt.length);
    expect(isResponse.lastIndexOf(1)).toBe(prompt.length + response.length - 1);
  });

  it('is refused where the tokenizer writes something before each piece of text', async () => {
    const chat = await open(CHATML, { pre_tokenizer: RUNS, normalizer: { type: 'Prepend', prepend: '_' } });
    expect(() => chat.conversation({ messages, isResponse: all })).toThrow(
      /adds a space where a text is cut/,
    );
    expect(chat.conversation({ messages: TALK, isResponse: all }).ids.length).toBeGreaterThan(0);
  });
});

describe('a template is refused', () => {
  const { most } = limits.templateSeconds;
  const setLimit = (seconds: number) => Object.assign(limits.templateSeconds, { most: seconds });
  // On a slow machine, a template may else end by its time before it meets another limit.
  beforeEach(() => setLimit(60));
  afterEach(() => setLimit(most));

  it.each([
    [
      'that does not parse, by its own place',
      '{% for message in messages %}',
      /tokenizer_config\.json: "chat_template": the chat template cannot be used: it does not parse.*\. Correct it, or name/,
    ],
    ['that asks for a file', "{% include '/etc/passwd' %}", /include/],
    ['that asks for a module', "{{ require('node:fs') }}", /Cannot call something that is not a function/],
    [
      'that asks for a constructor',
      "{{ ''.constructor.constructor('return process')() }}",
      /Cannot call something that is not a function/,
    ],
    ['that throws without a message', '{{ raise_exception() }}', /raises an exception without a message/],
    [
      'that throws',
      "{{ raise_exception('only on Sundays') }}",
      /the chat template does not render it: only on Sundays/,
    ],
    [
      'that joins a token which the tokenizer does not name',
      '{{ messages[0].content + eos_token }}',
      /undefined.*; the template uses eos_token, which tokenizer_config\.json does not have/,
    ],
    [
      'that begins a response in another way than its prompt',
      `${CHATML}{% if add_generation_prompt %}{{ 'so: ' }}{% endif %}`,
      /does not begin it with the prompt .*: mark the responses in the template with \{% generation %\}/,
    ],
    [
      'that writes a turn in another way where others follow',
      '{% for m in messages %}{{ m.role + ": " }}{% if loop.last and m.role == "assistant" %}{{ "<think>" }}{% endif %}{{ m.content }}{% endfor %}{% if add_generation_prompt %}{{ "assistant: " }}{% endif %}',
      /writes it in another way where turns follow/,
    ],
    [
      'that makes too much text',
      '{% for i in range(3000) %}{{ messages[0].content }}{% endfor %}',
      /it makes \d+ characters, more than/,
      [{ role: 'user', content: 'x'.repeat(9000) }, ...TALK.slice(1)],
    ],
    // Each would end the process, if it were as large as it asks.
    [
      'that counts too far',
      '{% for i in range(100000000) %}x{% endfor %}',
      /it makes 100000000 elements of a list/,
    ],
    [
      'that doubles a list',
      '{% set n = namespace(l=[1]) %}{% for i in range(60) %}{% set n.l = n.l + n.l %}{% endfor %}',
      /it makes 33554432 elements of a list, more than/,
    ],
    [
      'that doubles a text',
      '{% set n = namespace(s="x") %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s | upper }}',
      /it makes 33554432 characters, more than/,
    ],
    [
      'with a range of no numbers',
      '{% for i in range("a") %}x{% endfor %}',
      /range\(\) takes one to three whole numbers/,
    ],
  ])('%s', async (_, source, message, messages: readonly Message[] = TALK) => {
    await expect(ask(source, messages)).rejects.toThrow(message);
  });

  it('that does not end', async () => {
    setLimit(0.2);
    const endless = '{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}';
    await expect(ask(endless)).rejects.toThrow(/does not render .*: it takes more than 0\.2 s/);
  });

  it('that fills the memory of its thread ends the thread alone', async () => {
    const source =
      '{% if messages[0].content == "a" %}{% set n = namespace(l=[]) %}{% for i in range(1000) %}{% for j in range(1000) %}{% set n.l = [n.l, range(20)] %}{% endfor %}{% endfor %}{% else %}ab{% endif %}';
    // The tests' processes keep more new values apart than a thread may hold beyond its limit, so this one has V8's defaults.
    const script = `
      const { limits } = await import('${DIST}/compiler/limits.js');
      const { Chat } = await import('${DIST}/src/formats/chat/index.js');
      Object.assign(limits.templateMegabytes, { most: 64 });
      Object.assign(limits.templateSeconds, { most: 30 });
      const chat = await Chat.open(${JSON.stringify(tokenizerFolder(source, {}, {}))});
      const prompt = (content) => {
        try {
          return [...chat.prompt([{ role: 'user', content }])];
        } catch (error) {
          return error.message;
        }
      };
      console.log(JSON.stringify([prompt('a'), prompt('b')]));`;
    const { exit, stdout, stderr } = await started('--input-type=module', '-e', script).ended;
    expect(exit, stderr).toBe(0);
    const [first, second] = JSON.parse(stdout) as unknown[];
    expect(first).toContain('the chat template takes more memory than it may');
    expect(second).toEqual([...textIds('ab')]);
  });

  it('where there is none, or none is called default', async () => {
    await expect(open(undefined).then((chat) => chat.prompt(TALK))).rejects.toThrow(
      /its tokenizer has no chat template\. Save one as chat_template\.jinja in the folder, name one with --chat-template/,
    );
    const several = tokenizerFolder(undefined);
    const config = (name: string) =>
      writeFileSync(
        join(several, 'tokenizer_config.json'),
        JSON.stringify({ chat_template: [{ name, template: CHATML }] }),
      );
    config('rag');
    await expect(Chat.open(several)).rejects.toThrow(
      /it has the templates "rag", and none is called "default"/,
    );
    config('default');
    expect((await Chat.open(several)).hasTemplate).toBe(true);
    writeFileSync(join(several, 'chat_template.jinja'), 'no {{ messages[0].content }}');
    expect([...(await Chat.open(several)).prompt(TALK)]).toEqual(textIds('no a'));
  });
});

describe('text', () => {
  it('that a template changes is refused where it looks like a control token', async () => {
    const upper = '{% for m in messages %}{{ m.content | upper }}<|im_end|>{% endfor %}';
    expect((await ask(upper)).ids.length).toBeGreaterThan(0);
    const messages = [{ role: 'user', content: 'a <|im_end|>' }, ...TALK.slice(1)];
    await expect(ask(upper, messages)).rejects.toThrow(
      /text like a control token \("<\|im_end\|>"\), and the chat template changes such text/,
    );
  });

  it('that a template completes to a control token stays text', async () => {
    const before = (await open('<|im_{{ messages[0].content }} b')).prompt([
      { role: 'user', content: 'end|> a' },
    ]);
    expect([...before]).toEqual(textIds('<|im_end|> a b'));
    const after = (await open('b {{ messages[0].content }}end|>')).prompt([
      { role: 'user', content: 'a <|im_ ' },
    ]);
    expect([...after]).toEqual(textIds('b a <|im_ end|>'));
    const closed = await open('b {{ messages[0].content | trim }}end|>');
    expect([...closed.prompt([{ role: 'user', content: 'a <|im_ ' }])]).toEqual(textIds('b a <|im_end|>'));
  });

  it('with a code point that is no character is refused', async () => {
    const messages = [{ role: 'user', content: 'a\ufdd0' }, ...TALK.slice(1)];
    await expect(ask(CHATML, messages)).rejects.toThrow(/it holds U\+FDD0, which is no character/);
  });

  it('has no date of today in it', async () => {
    const dated = `{% if strftime_now is defined %}{{ strftime_now('%Y') }}{% else %}{{ 'then' }}{% endif %}`;
    expect([...(await open(dated)).prompt(TALK)]).toEqual(textIds('then'));
  });
});
