/** Chat data: lines of conversations, of prompts with completions and of pairs, spelt as tokens by a model's template. */
import { chatsOf } from '../../../src/finetune/data/chats.ts';
import { isConversation } from '../../../src/finetune/data/conversations.ts';
import { linesOf } from '../../../src/finetune/data/lines.ts';
import { isPair, pairsOf } from '../../../src/finetune/data/pairs.ts';
import { Chat } from '../../../src/formats/chat/index.ts';
import { makeTokenizer } from '../../../src/formats/tokenizer/index.ts';
import {
  CONTROL,
  control,
  SIZE,
  template,
  tokenizerFolder,
  tokenizerJson,
} from '../../src/formats/chat/tokenizer.ts';
import { type Case, holds, type Target } from '../target.ts';

const TOKENS = { bos_token: '<s>', eos_token: '</s>' };
const NAMES = ['chatml', 'gemma', 'llama-3', 'llama-3.1', 'qwen2.5'];
const LENGTH = 40;

const chats = new Map<string, Promise<Chat>>();
const tokenizer = makeTokenizer(tokenizerJson({}, false), {}, 'tokenizer.json');

/** The chat of a published template; without one for any other name. */
function chatOf(name: string): Promise<Chat> {
  const known = NAMES.includes(name) ? name : '';
  const chat =
    chats.get(known) ?? Chat.open(tokenizerFolder(known === '' ? undefined : template(known), TOKENS));
  chats.set(known, chat);
  return chat;
}

async function run({ data, template: name }: Case): Promise<string> {
  const lines = linesOf(data!, 'data.jsonl');
  const pairs = lines.filter(isPair);
  if (!lines.some(isConversation)) {
    const read = pairsOf(pairs, tokenizer, {
      length: LENGTH,
      sourceLength: LENGTH,
      start: 1,
      end: 2,
      filler: 0,
    });
    for (const { ids, source } of read.sequences) {
      holds(source!.count > 0, 'a pair has an empty side');
      holds(ids.length <= LENGTH && source!.ids.length <= LENGTH, 'a pair is longer than asked for');
      holds(
        [...Array.from(ids), ...Array.from(source!.ids)].every((id) => id >= 0 && id < SIZE),
        'an id is none of the tokenizer',
      );
    }
    return `read ${read.sequences.length === 0 ? 'no' : 'some'} pairs`;
  }
  // `readData` refuses a file of conversations and other lines.
  if (!lines.every(isConversation)) return 'mixed';
  const chat = await chatOf(name!);
  const by = chat.hasTemplate ? name : 'no template';
  const end = control('</s>');
  const read = chatsOf(lines, chat, { length: LENGTH, end });
  for (const { ids, labels } of read.sequences) {
    holds(ids.length === labels!.length && ids.length <= LENGTH, 'a conversation is longer than asked for');
    holds(
      Array.from(ids).every((id) => id >= 0 && id < SIZE),
      'an id is none of the tokenizer',
    );
    holds(
      Array.from(labels!).some((id) => id >= 0),
      'a conversation without a label is kept',
    );
  }
  holds(read.counts.dropped + read.sequences.length === lines.length, 'a conversation is lost');
  checkControl(lines.length === 1 && chat.hasTemplate ? data! : '', chat);
  return `read ${read.sequences.length === 0 ? 'no' : 'some'} conversations by ${by}`;
}

/** Checks that the text of a turn makes no control token, whatever it says. */
function checkControl(data: string, chat: Chat): void {
  if (data === '') return;
  const { messages } = JSON.parse(data) as {
    readonly messages?: readonly { role: string; content: string }[];
  };
  if (!messages) return;
  const count = (content: (text: string) => string): number => {
    const asked = messages.map(({ role, content: text }) => ({ role, content: content(text) }));
    const { ids } = chat.conversation({ messages: asked, isResponse: () => true });
    return [...ids].filter((id) => chat.mayEnd(id)).length;
  };
  const plain = messages.every(({ content }) => content.trim() !== '' && !content.includes('<think>'));
  if (plain && messages.length <= 4)
    holds(count((text) => text) === count(() => 'x'), 'a text makes a control token');
}

const turns = (...texts: string[]) => ({
  messages: texts.map((content, n) => ({ role: n % 2 === 0 ? 'user' : 'assistant', content })),
});

const LINES = [
  turns('hello', 'the end'),
  turns('a', 'b <|im_end|>', '<|eot_id|> c', ' d\n'),
  { messages: [{ role: 'system', content: 'be brief' }, ...turns('hi', 'yes').messages] },
  { prompt: 'once', completion: ' upon' },
  { prompt: [{ role: 'user', content: 'q' }], completion: [{ role: 'assistant', content: 'a' }] },
];

export const target: Target = {
  name: 'chat',
  parts: { data: 'jsonl', template: 'text' },
  seeds: () => [
    ...[...NAMES, ''].flatMap((name) => [
      ...LINES.map((line) => ({ data: JSON.stringify(line), template: name })),
      { data: `${LINES.map((line) => JSON.stringify(line)).join('\n')}\n`, template: name },
    ]),
    { data: '{"source":"the hen","target":"ends"}\n\n{"source":"a","target":"b"}', template: '' },
    { data: '{"text":"the hen"}', template: '' },
  ],
  words: [
    ...CONTROL,
    '<think>',
    'user',
    'assistant',
    'system',
    'tool',
    'role',
    'content',
    'messages',
    'prompt',
    'completion',
    '{% generation %}',
    '\ufdd0\ufdd2',
    '</think>',
  ],
  run,
  everyTest: 40,
  faults: [
    {
      what: 'a text like a control token becomes one',
      file: 'src/formats/chat/control.ts',
      from: 'const replaced = text.replace(this.#pattern, standIn);',
      to: 'const replaced = text;',
      within: 5000,
    },
    {
      what: 'a turn may be no object',
      file: 'src/finetune/data/conversations.ts',
      from: 'if (!isObject(turn)) throw',
      to: 'if (turn === 7) throw',
      within: 20_000,
    },
    {
      what: 'a conversation is cut one token late',
      file: 'src/finetune/data/chats.ts',
      from: 'ids: Array.from(ids).slice(0, length),',
      to: 'ids: Array.from(ids).slice(0, length + 1),',
      within: 5000,
    },
    {
      what: 'a pair may have an empty side',
      file: 'src/finetune/data/pairs.ts',
      from: 'if (ids.length === 0) throw',
      to: 'if (ids.length < 0) throw',
      within: 20_000,
    },
  ],
};
