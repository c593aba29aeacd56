/** Conversations as training data: lines that are refused, rows, what is cut and left out. */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { IGNORED, packed, type Sequence } from '../../../../src/finetune/batch.ts';
import { readData } from '../../../../src/finetune/data/read.ts';
import { rowsOf } from '../../../../src/finetune/data/rows.ts';
import { split } from '../../../../src/finetune/torch/split.ts';
import { Chat } from '../../../../src/formats/chat/index.ts';
import { runs } from '../../../support/runs.ts';
import { oftc } from '../../cli/harness.ts';
import { control, SIZE, template, textIds, tokenizerFolder } from '../../formats/chat/tokenizer.ts';
import { SMALL } from '../support.ts';
import { at, finetune, MODEL } from '../tiny.ts';

const folder = tokenizerFolder(template('chatml'));
const opened = Chat.open(folder);
const reader = (source?: string) => ({
  tokenizer: () => Promise.reject(new Error('it is not asked for')),
  chat: () => (source === undefined ? opened : Chat.open(source)),
});
const OPTIONS = { length: 60, holdOut: 0, separator: control('<|endoftext|>'), vocabulary: SIZE };
const file = (name: string, lines: readonly unknown[]): string => {
  writeFileSync(at(name), lines.map((line) => JSON.stringify(line)).join('\n'));
  return at(name);
};
const turn = (role: string, content: unknown, more = {}) => ({ role, content, ...more });
const asks = turn('user', 'a');
const answers = turn('assistant', 'the');

describe('a line is refused, by its place and turn,', () => {
  it.each([
    [
      'with tools',
      { messages: [asks, answers], tools: [{ name: 'f' }] },
      /:2: it has "tools", and calls of tools/,
    ],
    [
      'with a call',
      { messages: [asks, turn('assistant', null, { tool_calls: [{ id: 1 }] })] },
      /:2: turn 2 of "messages" \(assistant\): it has "tool_calls"/,
    ],
    [
      'with an answer of a tool',
      { messages: [asks, turn('tool', '4'), answers] },
      /turn 2 of .* role is "tool"/,
    ],
    [
      'without a response',
      { messages: [asks] },
      /:2: there is no response to train on: turn 1 \(user\) is the last/,
    ],
    [
      'with more turns than a template is rendered for',
      { messages: Array.from({ length: 501 }, () => [asks, answers]).flat() },
      /:2: 1,002 turns in a conversation: the limit is 1,000, .*cut it into several/,
    ],
    ['without turns', { messages: [] }, /:2: "messages" has no turns/],
    ['with a text for turns', { messages: 'a' }, /:2: "messages" is "a": write a list of turns/],
    [
      'with a turn of another form',
      { messages: [{ from: 'human', value: 'a' }] },
      /turn 1 .*"role" is missing/,
    ],
    [
      'with parts of a turn',
      { messages: [turn('user', [{ type: 'text' }]), answers] },
      /turn 1 .*"content" is \[/,
    ],
    ['with a number in a turn', { messages: [asks, { ...answers, weight: 0 }] }, /turn 2 .*"weight" is 0/],
    ['without a completion', { prompt: 'a' }, /:2: there is no "completion"/],
    [
      'with responses in the prompt alone',
      { prompt: [asks, answers], completion: [turn('user', 'b')] },
      /no turn of the completion has the role "assistant"/,
    ],
    ['with both forms', { messages: [asks, answers], prompt: 'a' }, /there are "messages" and a "prompt"/],
    ['of a text', { text: 'a' }, /:1 has a conversation, and .*:2 has none/],
    [
      'with a marked text',
      { messages: [turn('user', '\ufdd3'), answers] },
      /:2: turn 1 \(user\): it holds U\+FDD3/,
    ],
  ])('%s', async (name, line, message) => {
    const path = file(`${name}.jsonl`, [{ messages: [asks, answers] }, line]);
    await expect(readData([path], reader(), OPTIONS)).rejects.toMatchObject({
      code: 'OFT6004',
      message: expect.stringMatching(message),
    });
  });
});

describe('a prompt and its completion', () => {
  const end = control('<|im_end|>');
  const responseOf = async (line: unknown, source?: string) => {
    const { train } = await readData([file('pair.jsonl', [line])], reader(source), OPTIONS);
    return Array.from(train[0]!.labels).filter((id) => id !== IGNORED);
  };

  it('are turns of the user and the assistant, or lists of turns', async () => {
    expect(await responseOf({ prompt: 'a', completion: 'the' })).toEqual([...textIds('the'), end]);
    const lists = { prompt: [asks, answers, asks], completion: [turn('assistant', 'or')] };
    expect(await responseOf(lists)).toEqual([...textIds('or'), end]);
  });

  it('are one text where the tokenizer has no template, with the end-of-text token after it', async () => {
    const bare = tokenizerFolder(undefined);
    const wanted = [...textIds(' the<|im_end|>'), control('<|endoftext|>')];
    expect(await responseOf({ prompt: 'a', completion: ' the<|im_end|>' }, bare)).toEqual(wanted);
    await expect(responseOf({ messages: [asks, answers] }, bare)).rejects.toThrow(/no chat template/);
  });
});

it('long conversations are cut, and left out without a response; notes have the counts', async () => {
  const said = (n: number) => turn('user', 'b'.repeat(n));
  const path = file('long.jsonl', [
    { messages: [asks, answers], id: 7 },
    { messages: [said(80), answers] },
    { messages: [asks, turn('assistant', 'b'.repeat(80)), asks] },
  ]);
  const { train, chats, notes, counted } = await readData([path], reader(), OPTIONS);
  // `<|im_start|>`, the role, a line break, the text, `<|im_end|>` and a line break.
  const length = (role: string, text: number) => textIds(role).length + text + 4;
  const tokens = [length('user', 1) + length('assistant', 1), length('user', 80) + length('assistant', 1)];
  tokens.push(length('user', 1) + length('assistant', 80) + length('user', 1));
  const cutTokens = tokens[1]! + tokens[2]! - 2 * 61;
  expect(chats).toEqual({
    conversations: 3,
    tokens: tokens.reduce((a, b) => a + b),
    ...{ cut: 2, cutTokens, dropped: 1 },
  });
  const first = length('user', 1) + textIds('assistant').length + 2;
  expect(counted).toBe(2 + 61 - first);
  expect(train.map((row) => [row.ids.length, row.starts])).toEqual([
    [60, [0, tokens[0]! - 1]],
    [60, [0]],
  ]);
  expect(notes).toEqual([
    'lines have fields beside their conversations that are not read: "id"',
    `2 conversations longer than --length 60 are cut, by ${cutTokens} tokens: --length ${tokens[2]! - 1} cuts none`,
    '1 conversation is left out, without a token of a response in the first 61',
    `1 conversation ends with a turn without a response, on which nothing is trained: ${path}:3 turn 3 (user)`,
  ]);
});

it.each([
  ['eos_token', /The template uses eos_token, which tokenizer_config\.json does not have, and .* renders/],
  ["'<|over|>\n'", /The template writes "<\|over\|>", which is no token of this tokenizer\. Write/],
])('a template that ends responses with %s gets a note with the cause and the remedy', async (end, cause) => {
  const source = `{% for m in messages %}{{ m.role + ': ' }}{{ m.content }}{{ ${end} }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}`;
  const path = file('endless.jsonl', [{ messages: [asks, answers] }]);
  const { notes } = await readData([path], reader(tokenizerFolder(source)), OPTIONS);
  expect(notes).toEqual([expect.stringMatching(/^1 conversation ends .* where to stop: .*:1\. /)]);
  expect(notes[0]).toMatch(cause);
  expect(notes[0]).toMatch(/Write the model's own end token, "<\|endoftext\|>", literally after a response/);
});

it('a template that has the header of a response in no prompt gets a note, and one that omits responses is refused', async () => {
  const path = file('headed.jsonl', [{ messages: [asks, answers] }]);
  const read = (source: string) => readData([path], reader(tokenizerFolder(source)), OPTIONS);
  const turns = (m: string) => `{% for m in messages %}${m}<|im_end|>{% endfor %}`;
  const { notes } = await read(turns('{{ m.role }}: {{ m.content }}'));
  expect(notes).toEqual([expect.stringMatching(/^the chat template writes "assistant:" before a response/)]);
  expect((await read(turns('{{ m.content }}'))).notes).toEqual([]);
  await expect(read("{{ 'hello' }}")).rejects.toThrow(
    /:1: the chat template writes nothing of its responses/,
  );
});

it('endings of files count in any case, and a text of objects gets a note', async () => {
  const path = file('loud.JSONL', [{ messages: [asks, answers] }]);
  expect((await readData([path], reader(), OPTIONS)).holds).toBe('conversations');
  const text = file('quiet.txt', [{ messages: [asks, answers] }]);
  const tokenizer = async () => (await opened).tokenizer;
  const { holds, notes } = await readData([text], { ...reader(), tokenizer }, OPTIONS);
  expect([holds, notes]).toEqual([
    'texts',
    [`${text} is read as a text, and its first line is an object: rename it to .jsonl if each line is one`],
  ]);
});

describe('rows', () => {
  it('have every conversation once, whole and apart from the others', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(sizes, fc.boolean(), (lengths, inOrder) => {
        const sequences = lengths.map((size, n): Sequence => {
          const ids = Array.from({ length: size }, () => n % 10);
          return { ids, labels: ids };
        });
        const rows = rowsOf(sequences, 12, { inOrder, filler: 10 });
        const found = rows.flatMap(({ ids, starts }) =>
          starts!.map((from, t) => Array.from(ids).slice(from, starts![t + 1] ?? 12)),
        );
        const texts = found.filter(([id]) => id !== 10);
        const wanted = sequences.map((s) => s.ids as number[]);
        const sorted = (lists: readonly number[][]) => lists.map((l) => l.join()).sort();
        expect(sorted(texts)).toEqual(sorted(wanted));
        if (inOrder) expect(texts).toEqual(wanted);
        for (const row of rows) expect(row.ids.length).toBe(12);
        // A batch of rows is a batch of its texts, with those that fill up.
        const apart = rows.flatMap(({ ids, labels, starts }) =>
          starts!.map((from, t): Sequence => {
            const part = (all: ArrayLike<number>) => Array.from(all).slice(from, starts![t + 1] ?? 12);
            return { ids: part(ids), labels: part(labels) };
          }),
        );
        expect(packed(rows, SMALL)).toEqual(packed(apart, SMALL));
        for (const parts of [2, 3]) {
          const weights = split(packed(rows, SMALL), parts).flatMap(({ weight }) => [...weight]);
          expect(weights).toEqual([...packed(rows, SMALL).weight]);
        }
      }),
      runs(60, 2000),
    );
  });

  it('are filled as far as conversations allow', () => {
    const of = (size: number): Sequence => ({ ids: Array(size).fill(1), labels: Array(size).fill(1) });
    const sequences = [7, 4, 6, 3, 8, 2].map(of);
    expect(rowsOf(sequences, 10, { inOrder: false, filler: 0 })).toHaveLength(3);
    expect(rowsOf(sequences, 10, { inOrder: true, filler: 0 })).toHaveLength(4);
  });
});

describe('a run on prompts and completions', () => {
  beforeAll(() => {
    cpSync(MODEL, at('talker'), { recursive: true });
    file('talk.jsonl', [
      { prompt: 'ab', completion: 'c' },
      { prompt: 'cd ', completion: 'ef ga ' },
      { prompt: 'f', completion: 'g.' },
      { prompt: 'ab cd', completion: '.' },
    ]);
    writeFileSync(join(at('talker'), 'tokenizer_config.json'), '{}');
  });
  const train = async (out: string, ...more: string[]) => {
    const data = ['--model', at('talker'), '--data', at('talk.jsonl'), '--length', '9', '--in-order'];
    const { exit, stdout, stderr } = await finetune(out, ...data, '--steps', '2', '--hold-out', '0', ...more);
    expect(exit, stderr).toBe(0);
    return { ...JSON.parse(stdout), stderr };
  };

  it('has one loss over all tokens of a step that count, in batches of any size', async () => {
    const one = await train('talk-one', '--batch', '3', '--accumulate', '1');
    const three = await train('talk-three', '--batch', '1', '--accumulate', '3');
    expect(three.loss).toBeCloseTo(one.loss, 6);
    expect(one.data).toEqual({
      ...{ conversations: 4, tokens: 21, counted: 10, cut: 0, cutTokens: 0, dropped: 0 },
    });
    expect(one.stderr).toContain('talk.jsonl: 4 conversations, 21 tokens, of which 10 count, in 3 rows of 9');
  });
});

it('a run is refused where --length ends before every response, and where the held-out files have texts', async () => {
  const path = file('far.jsonl', [{ prompt: 'ab cd ab cd', completion: 'ef' }]);
  const more = ['--model', MODEL, '--data', path, '--hold-out', '0', '--steps', '1'];
  const short = await finetune('short', ...more, '--length', '4');
  expect(short.stdout).toMatch(
    /Responses begin after \d+ tokens or later: take a larger --length\. At \d+ the/,
  );
  writeFileSync(at('held.txt'), 'ab cd ef ga '.repeat(9));
  const mixed = [
    '--model',
    MODEL,
    '--data',
    path,
    '--validation',
    at('held.txt'),
    '--hold-out',
    '0',
    '--length',
    '16',
  ];
  const { stdout } = await finetune('mixed', ...mixed, '--batch', '1', '--steps', '1');
  expect(stdout).toMatch(/has conversations, and .*held\.txt texts: a loss of one says nothing of the other/);
});

it('a chat template is refused where the data hold no conversation', async () => {
  writeFileSync(at('unused.jinja'), 'a');
  writeFileSync(at('plain.txt'), 'ab cd ef ga '.repeat(4));
  const more = ['--model', MODEL, '--data', at('plain.txt'), '--chat-template', at('unused.jinja')];
  const { exit, stdout, stderr } = await oftc('eval', ...more, '--length', '4', '--device', 'cpu');
  expect(exit).toBe(2);
  expect(stdout + stderr).toMatch(/--chat-template is for conversations, and the data have none/);
  expect((await finetune('untold', ...more, '--steps', '1')).stdout).toMatch(/--chat-template is for conv/);
});

it('generate --chat continues what the template makes of the prompt, and writes the reply alone', async () => {
  writeFileSync(
    at('letters.jinja'),
    "{{ messages[-2].content ~ ' ' if messages | length > 1 }}a {{ messages[-1].content }} b",
  );
  const ask = (...more: string[]) =>
    oftc(
      ...['generate', '--model', MODEL, '--device', 'cpu', '--json', '--tokens', '3', '--temperature', '0'],
      ...more,
    );
  const chat = ['--chat', '--chat-template', at('letters.jinja'), '--system', 'ef'];
  const [reply, plain] = [await ask(...chat, '--prompt', 'cd'), await ask('--prompt', 'ef a cd b')];
  const [got, wanted] = [JSON.parse(reply.stdout), JSON.parse(plain.stdout)];
  expect(got.ids).toEqual(wanted.ids);
  expect(wanted.text).toBe(`ef a cd b${got.text}`);
  expect((await ask('--prompt', 'a', '--system', 'ef')).stdout).toMatch(/--system is of a chat: add --chat/);
});
