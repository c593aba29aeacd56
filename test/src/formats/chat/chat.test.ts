/** A model's chat template with its tokenizer: where responses end, what may follow them, and the advice where nothing does. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Chat, ChatError, type Message } from '../../../../src/formats/chat/index.ts';
import { isObject, type Json } from '../../../../src/formats/json.ts';
import { refused } from '../models.ts';
import { control, SIZE, template, textIds, tokenizerFolder, tokenizerJson } from './tokenizer.ts';

const CHATML = template('chatml');
const open = (source: string | undefined, tokens: object = {}) => Chat.open(tokenizerFolder(source, tokens));
const ASK: readonly Message[] = [
  { role: 'user', content: 'a' },
  { role: 'assistant', content: 'the' },
];
const all = () => true;
/** A template that writes turns as `role: content`, and texts around the content of a response. */
const around = (before: string, after: string, more = '') =>
  `{% for m in messages %}{{ m.role + ': ' }}{% if m.role == 'assistant' %}{{ ${before} }}{% endif %}{{ m.content }}{% if m.role == 'assistant' %}{{ ${after} }}{% endif %}{{ '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}${more}`;

/** The ids of the responses, and the number of ids before the first. */
async function responseOf(source: string, messages = ASK): Promise<readonly [number, number[]]> {
  const { ids, isResponse } = (await open(source)).conversation({ messages, isResponse: all });
  return [isResponse.indexOf(1), [...ids].filter((_, n) => isResponse[n] === 1)];
}
/** The turn and the message of an error. */
function refusal(work: () => unknown): unknown {
  try {
    return work();
  } catch (e) {
    return e instanceof ChatError ? [e.turn, e.message] : e;
  }
}

describe('a response', () => {
  const end = control('<|im_end|>');

  it('ends with its last control token, if only space follows in its turn', async () => {
    const before = textIds('user: a\nassistant: ').length;
    const of = (after: string) => responseOf(around("''", after));
    expect(await of("'<|im_end|>'")).toEqual([before, [...textIds('the'), end]]);
    expect(await of("'<|im_end|> '")).toEqual([before, [...textIds('the'), end]]);
    expect(await of("'<s><|im_end|>\n'")).toEqual([before, [...textIds('the'), control('<s>'), end]]);
    expect(await of("'<|im_end|> so'")).toEqual([before, [...textIds('the'), end, ...textIds(' so\n')]]);
    expect(await of("''")).toEqual([before, textIds('the\n')]);
  });

  it('is all that stands between marks', async () => {
    const source = `{% for m in messages %}{{ m.role }}{% generation %}{{ m.content + '<|im_end|> ' }}{% endgeneration %}{% endfor %}`;
    const [, ids] = await responseOf(source, ASK.slice(1));
    expect(ids).toEqual([...textIds('the'), end, ...textIds(' ')]);
  });

  it('is a whole turn where the tokenizer has no added tokens', async () => {
    const folder = tokenizerFolder(around("''", "''"));
    const json = tokenizerJson({}, false);
    writeFileSync(
      join(folder, 'tokenizer.json'),
      JSON.stringify({ ...(isObject(json) ? json : {}), added_tokens: [] }),
    );
    const chat = await Chat.open(folder);
    const { ids, isResponse } = chat.conversation({ messages: ASK, isResponse: all });
    expect([...ids].filter((_, n) => isResponse[n] === 1)).toEqual(textIds('the\n'));
    expect([chat.ends(), chat.mayEnd(0)]).toEqual([[], false]);
  });

  it('is refused where a control token begins before it', async () => {
    const source = `{% for m in messages %}{% if m.role == 'assistant' %}<|im_{{ 'end|> ' + m.content }}{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_{% endif %}`;
    const chat = await open(source);
    expect(refusal(() => chat.conversation({ messages: ASK, isResponse: all }))).toEqual([
      undefined,
      'a control token crosses from a prompt into a response',
    ]);
  });

  it('may be the continuation of a text, in which nothing is a control token', async () => {
    const chat = await open(undefined);
    const [prompt, completion] = ['a<s><think>', 'the<|im_end|>'];
    const { ids, isResponse } = chat.completed(prompt, completion);
    const [before, after] = [textIds(prompt), textIds(completion)];
    expect(before.at(-1)).toBe(SIZE - 1);
    expect([...ids]).toEqual([...before, ...after]);
    expect([...isResponse]).toEqual([...before.map(() => 0), ...after.map(() => 1)]);
  });
});

describe('a code point that is no character', () => {
  it('is refused in any text of a turn, which is named', async () => {
    const chat = await open(CHATML);
    const problem = (code: string) =>
      `it holds ${code}, which is no character, and is used here to mark control tokens: remove it`;
    const of = (messages: readonly Message[]) => [
      refusal(() => chat.conversation({ messages, isResponse: all })),
      refusal(() => chat.prompt(messages)),
    ];
    const first = [0, problem('U+FDD0')];
    expect(of([{ role: 'user', content: 'a\ufdd0' }, ...ASK])).toEqual([first, first]);
    const second = [1, problem('U+FDEF')];
    expect(of([ASK[0]!, { role: 'assistant', content: 'b', name: '\ufdef' }])).toEqual([second, second]);
    const both = [{ role: 'user', content: 'b\ufdd1', name: '\ufdef' }];
    expect(refusal(() => chat.prompt(both))).toEqual([0, problem('U+FDD1')]);
    expect(refusal(() => chat.completed('a', 'b\ufdd3'))).toEqual([1, problem('U+FDD3')]);
    expect(refusal(() => chat.completed('a\ufdd3', 'b'))).toEqual([0, problem('U+FDD3')]);
  });
});

it('a prompt has control tokens of the template alone', async () => {
  const chat = await open('{% for m in messages %}<s>{{ m.name }}: {{ m.content }}{% endfor %}');
  const messages = [{ role: 'user', name: 'b<s>', content: 'a<|im_end|>' }];
  expect([...chat.prompt(messages)]).toEqual([control('<s>'), ...textIds('b<s>: a<|im_end|>')]);
});

describe('the tokens that end a response', () => {
  it('are added tokens, control tokens or not', async () => {
    const of = async (source: string) => (await open(source)).ends();
    expect(await of(CHATML)).toEqual([control('<|im_end|>')]);
    expect(await of(around("''", "'<think>'"))).toEqual([SIZE - 1]);
    expect(await of(around("''", "'</so>'"))).toEqual([]);
    expect(
      await of("{% for m in messages %}{% if m.role == 'assistant' %}<eos>{% endif %}{% endfor %}"),
    ).toEqual([control('<eos>')]);
    const none = '{% if false %}{% generation %}{% endgeneration %}{% endif %}<eos>';
    expect(await of(none)).toEqual([]);
    expect(await of("{{ raise_exception('no') }}")).toEqual([]);
  });

  it('are asked of a template that can be used', async () => {
    const broken = await open('{% unless %}');
    for (const work of [() => broken.ends(), () => broken.beforeResponse()])
      await refused(work, 'InvalidTokenizer', 'the chat template cannot be used: Unknown statement');
    const folder = tokenizerFolder(undefined);
    const bare = await Chat.open(folder);
    for (const work of [() => bare.ends(), () => bare.beforeResponse()])
      await refused(work, 'InvalidTokenizer', `${folder}: its tokenizer has no chat template`);
  });

  it('may be any added token', async () => {
    const chat = await open(undefined);
    expect([control('<s>'), SIZE - 1, 0, SIZE].map((id) => chat.mayEnd(id))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('the text before a response', () => {
  it.each([
    ['that of its turn after the prompt', around("'<think>\n\n</think>\n'", "' so'"), '<think>\n\n</think>'],
    ['none where the turn has only its content', around("''", "'<|im_end|>'"), ''],
    [
      'none where the content is not there',
      around("'so'", "''").replaceAll('m.content', 'm.content | upper'),
      '',
    ],
    ['none without a response', '{% if false %}{% generation %}{% endgeneration %}{% endif %}Yes.', ''],
    ['none where the template fails', "{{ raise_exception('no') }}", ''],
  ])('is %s', async (_, source, text) => {
    expect((await open(source)).beforeResponse()).toBe(text);
  });
});

describe('the advice where no token ends a response', () => {
  const eos = control('<eos>');
  const write = (own: string) =>
    `rite the model's own end token${own} literally after a response, in the template or in a copy that --chat-template names`;
  const uses = (names: string, render: string) =>
    `The template uses ${names}, which tokenizer_config.json does not have, and which ${render} as nothing`;
  const writes = 'he template writes "<|over|>", which is no token of this tokenizer';

  it('names a template, if there is none', async () => {
    const chat = await open(undefined);
    expect([chat.endlessAdvice(eos), chat.endlessAdvice(undefined), chat.endlessAdvice(3)]).toEqual([
      'Name a template with --chat-template that writes the model\'s own end token, "<eos>", after a response',
      "Name a template with --chat-template that writes the model's own end token after a response",
      "Name a template with --chat-template that writes the model's own end token after a response",
    ]);
  });

  it.each([
    ['nothing', around("''", "''"), `W${write(', "<eos>",')}`],
    ['a text that is no token', around("''", "'<|over|>'"), `T${writes}. W${write(', "<eos>",')}`],
    [
      'a token without a text',
      around("''", 'eos_token'),
      `${uses('eos_token', 'renders')}. W${write(', "<eos>",')}`,
    ],
    [
      'tokens without a text, and another text',
      around('bos_token', "'<|over|>'", '{{ eos_token }}'),
      `${uses('bos_token and eos_token', 'render')}; t${writes}. W${write(', "<eos>",')}`,
    ],
  ])('says why, after %s', async (_, source, advice) => {
    const chat = await open(source.replaceAll('{{ eos_token }}', '{% if false %}{{ eos_token }}{% endif %}'));
    expect(chat.endlessAdvice(eos)).toBe(advice);
    expect(chat.endlessAdvice(undefined)).toBe(advice.replace(', "<eos>",', ''));
  });

  it('knows the tokens that tokenizer_config.json has', async () => {
    const chat = await open(around("''", 'eos_token'), { eos_token: 'over' });
    expect(chat.endlessAdvice(undefined)).toBe(
      `The template writes "over", which is no token of this tokenizer. W${write('')}`,
    );
  });
});

describe('a folder', () => {
  it('says whether it has a template, and where', async () => {
    const [bare, chat] = [await open(undefined), await open(CHATML)];
    expect([bare.hasTemplate, bare.source, chat.hasTemplate]).toEqual([false, '', true]);
    expect(chat.source).toMatch(/^ \(chat template: .*tokenizer_config\.json: "chat_template"\)$/);
    expect(chat.tokenizer.size).toBe(SIZE);
    expect(chat.tokenizer.path).toMatch(/tokenizer\.json$/);
  });

  it.each<[Json, string]>([
    [3, 'Object is expected, and it is 3'],
    [null, 'Object is expected, and it is null'],
    [{ added_tokens: 'a' }, '"model": it is missing'],
    [['a'], 'an object is expected, and it is ["a"]'],
  ])('is refused with the tokenizer %j', async (json, text) => {
    const folder = tokenizerFolder(CHATML);
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(json));
    await refused(() => Chat.open(folder), 'InvalidTokenizer', text);
  });

  it.each<[Json, string]>([
    ['a', '"added_tokens": Array is expected, and it is "a"'],
    [{}, '"added_tokens": Array is expected, and it is {}'],
    [[3], '"added_tokens.0": Object is expected, and it is 3'],
    [[null], '"added_tokens.0": Object is expected, and it is null'],
    [[{ content: 3, id: 1, special: true }], '"added_tokens.0.content": string is expected, and it is 3'],
    [
      [{ content: '3', id: '1', special: true }],
      '"added_tokens.0.id": a whole number below 2^24 is expected',
    ],
    [[{ content: '3', id: 1, special: 1 }], '"added_tokens.0.special": boolean is expected, and it is 1'],
  ])('is refused with the added tokens %j', async (added_tokens, text) => {
    const folder = tokenizerFolder(CHATML);
    const json = tokenizerJson();
    writeFileSync(
      join(folder, 'tokenizer.json'),
      JSON.stringify({ ...(isObject(json) ? json : {}), added_tokens }),
    );
    await refused(() => Chat.open(folder), 'InvalidTokenizer', text);
  });

  it('without any added tokens has its words alone', async () => {
    const folder = tokenizerFolder(CHATML);
    const json = tokenizerJson();
    const { added_tokens: _, ...rest } = isObject(json) ? json : {};
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(rest));
    const chat = await Chat.open(folder);
    expect([...chat.prompt([{ role: 'user', content: 'a' }])]).toEqual(
      textIds('<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n'),
    );
  });
});
