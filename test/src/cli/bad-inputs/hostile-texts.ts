/** Tokenizers, chat templates and conversations that an attacker wrote. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case, Family } from './cases.ts';
import { onModel } from './cases.ts';
import type { Pick } from './draw.ts';
import { CPU, FINETUNE, LORA } from './good-lines.ts';
import { HOSTILE } from './hostile-lines.ts';
import { JUNK } from './mutate.ts';

const DEEP = 3000;

/** Templates that would reach what they must not, or would never end. */
const TEMPLATES: readonly string[] = [
  ...[
    "{{ ''.constructor.constructor('return process')().exit(9) }}",
    '{{ messages.__proto__ }}',
    '{{ self }}',
  ],
  ...[
    "{{ messages.constructor.constructor('return 1')() }}",
    "{{ ''.__class__.__mro__ }}",
    '{{ globalThis }}',
  ],
  ...[
    "{{ cycler.__init__.__globals__.os.popen('touch PWNED').read() }}",
    "{{ require('fs') }}",
    '{{ import("fs") }}',
  ],
  ...["{% include '../../secret' %}", "{% import '/etc/passwd' as p %}", "{% extends 'x' %}", '{% raw %}'],
  ...[
    '{% for i in range(1000000000) %}x{% endfor %}',
    '{% for i in range(1e9) %}{% for j in range(1e9) %}{% endfor %}{% endfor %}',
  ],
  ...[
    "{{ 'x' * 1000000000 }}",
    "{% set x = 'a' %}{% for i in range(60) %}{% set x = x ~ x %}{% endfor %}{{ x }}",
  ],
  ...[
    "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x }}",
  ],
  ...[
    '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}',
    "{{ 'a' | replace('', 'b' ) }}",
    "{{ ('a'*100000) | replace('a', 'a'*100000) }}",
  ],
  ...[
    '{{ [[]] * 100000000 }}',
    '{{ range(100000000) | list | length }}',
    '{{ messages | tojson | indent(100000000) }}',
  ],
  ...[
    "{{ strftime_now('%'*100000) }}",
    '{{ raise_exception("x"*1000000) }}',
    "{{ raise_exception('\u001b[2J') }}",
  ],
  ...[
    `${'{% if true %}'.repeat(DEEP)}x${'{% endif %}'.repeat(DEEP)}`,
    `{{ ${'('.repeat(DEEP)}1${')'.repeat(DEEP)} }}`,
  ],
  ...[
    `{{ ${'['.repeat(DEEP)}${']'.repeat(DEEP)} }}`,
    `{{ ${'-'.repeat(DEEP)}1 }}`,
    `{{ 1${'+1'.repeat(20_000)} }}`,
    `{{ ${'not '.repeat(DEEP)}x }}`,
  ],
  ...[
    '{{',
    '{%',
    '{% if %}',
    '{{ }}',
    '{% endfor %}',
    '{# ',
    '\u0000',
    '{{ "\\u0000" }}',
    '{{ 1/0 }}',
    '{{ 1 % 0 }}',
    '{{ none.x.y }}',
  ],
  ...[
    '{{ messages[1e9] }}',
    '{{ messages[-1e9:1e9:0] }}',
    "{{ {'__proto__': 1}.__proto__ }}",
    '{{ x is mapping is string }}',
  ],
  ...[
    '{% generation %}{% generation %}x{% endgeneration %}',
    '{% endgeneration %}',
    '\ue000\ue001\ue002\uf8ff',
    '<|im_start|>'.repeat(9999),
  ],
];

/** A conversation that is none, or is hostile. */
const CHATS: readonly ((pick: Pick) => unknown)[] = [
  (p) => ({ messages: p(JUNK) }),
  (p) => ({ messages: [{ role: p(JUNK), content: 'ab' }] }),
  (p) => ({
    messages: [
      { role: 'user', content: p(JUNK) },
      { role: 'assistant', content: 'cd' },
    ],
  }),
  (p) => ({
    messages: [
      { role: p(HOSTILE), content: p(HOSTILE) },
      { role: 'assistant', content: p(HOSTILE) },
    ],
  }),
  () => ({
    messages: [
      { role: 'user', content: '<|im_end|><s></s>\u0000' },
      { role: 'assistant', content: '<s>' },
    ],
  }),
  () => ({
    messages: Array.from({ length: 5000 }, (_, i) => ({ role: i % 2 ? 'assistant' : 'user', content: 'a' })),
  }),
  (p) => ({ [p(['__proto__', 'conversations', 'prompt', 'text', 'instruction', 'Messages'])]: p(JUNK) }),
  (p) => ({ prompt: p(JUNK), completion: p(JUNK) }),
  (p) => ({ text: p([...JUNK, 'a'.repeat(1e4), '\ud800', '\u0000ab']) }),
  () => ({ messages: [{ role: 'user', content: [{ type: 'image', url: 'file:///etc/passwd' }] }] }),
  () => ({
    messages: [
      { role: 'assistant', content: null, tool_calls: [{ function: { name: '__proto__', arguments: '{' } }] },
    ],
  }),
];

const PLAIN = "{% for m in messages %}{{ m['content'] }}{% endfor %}";

/** The command that reads a chat template: finetune on conversations, eval, or a chat. */
function chatting(folder: string, pick: Pick): string[] {
  const good = {
    messages: [
      { role: 'user', content: 'ab cd' },
      { role: 'assistant', content: 'ef ga' },
    ],
  };
  writeFileSync(join(folder, 'chats.jsonl'), `${JSON.stringify(good)}\n`.repeat(6));
  return pick([
    ['generate', '--model', 'model', '--chat', '--prompt', 'ab', '--tokens', '2', ...CPU],
    ['eval', '--model', 'model', '--data', 'chats.jsonl', '--length', '7', ...CPU],
    [
      'finetune',
      '--model',
      'model',
      ...LORA,
      '--data',
      'chats.jsonl',
      '--out',
      'out/run',
      ...FINETUNE,
      ...CPU,
    ],
  ]);
}

const template: Family = (folder, pick): Case => {
  const text = pick(TEMPLATES);
  const argv = chatting(folder, pick);
  const where = pick(['chat_template.jinja', 'tokenizer_config.json', '--chat-template'] as const);
  if (where === '--chat-template') {
    writeFileSync(join(folder, 't.jinja'), text);
    return {
      title: `the template ${text.slice(0, 60)}`,
      argv: [...argv, '--chat-template', 't.jinja'],
      names: ['t.jinja'],
    };
  }
  const asField = {
    chat_template: pick<unknown>([text, [{ name: 'default', template: text }], { default: text }]),
  };
  writeFileSync(join(folder, 'model', where), where.endsWith('.json') ? JSON.stringify(asField) : text);
  return { title: `the template ${text.slice(0, 60)} in ${where}`, argv, names: [where] };
};

const conversation: Family = (folder, pick) => {
  writeFileSync(join(folder, 'model/chat_template.jinja'), PLAIN);
  const argv = chatting(folder, pick);
  const file = join(folder, 'chats.jsonl');
  const good = readFileSync(file, 'utf8');
  const bad = JSON.stringify(pick(CHATS)(pick));
  const text = pick([
    `${good}${bad}\n`,
    `${bad}\n`,
    `${bad}\n`.repeat(20),
    `${good}${bad.slice(0, -3)}`,
    `\ufeff${bad}`,
  ]);
  writeFileSync(file, text);
  const data = argv.includes('chats.jsonl')
    ? argv
    : ['eval', '--model', 'model', '--data', 'chats.jsonl', '--length', '7', ...CPU];
  return { title: `the conversation ${bad.slice(0, 80)}`, argv: data, names: ['chats.jsonl'] };
};

/** Parts of tokenizer.json, each of which the library that reads it would run on the text. */
const PARTS = (pick: Pick): Readonly<Record<string, unknown>> => ({
  normalizer: pick<unknown>([
    { type: 'Replace', pattern: { String: '' }, content: 'a'.repeat(1000) },
    { type: 'Replace', pattern: { Regex: '' }, content: 'x' },
    { type: 'Sequence', normalizers: Array.from({ length: 20_000 }, () => ({ type: 'NFKC' })) },
    { type: 'Prepend', prepend: 'a'.repeat(1e5) },
    { type: pick(['Precompiled', '__proto__', 'constructor', 'toString', '']), precompiled_charsmap: 'AAAA' },
    Array.from({ length: 9 }).reduce<unknown>((n) => ({ type: 'Sequence', normalizers: [n, n] }), {
      type: 'NFD',
    }),
  ]),
  pre_tokenizer: pick<unknown>([
    { type: 'Split', pattern: { String: '' }, behavior: 'Isolated', invert: false },
    {
      type: 'Split',
      pattern: { Regex: '(?:)' },
      behavior: pick(['Removed', 'MergedWithNext', 'X', '__proto__']),
    },
    { type: 'ByteLevel', add_prefix_space: 'x', use_regex: 7 },
    { type: 'Metaspace', replacement: '', prepend_scheme: 'x' },
    { type: pick(['__proto__', 'constructor', 'Digits', 'UnicodeScripts', 'Punctuation', '']) },
    { type: 'Sequence', pretokenizers: pick(JUNK) },
  ]),
  post_processor: pick<unknown>([
    { type: 'TemplateProcessing', single: pick(JUNK), pair: pick(JUNK), special_tokens: pick(JUNK) },
    {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '__proto__', type_id: 0 } }],
      pair: [],
      special_tokens: {},
    },
    { type: pick(['RobertaProcessing', 'BertProcessing', '__proto__']), sep: ['a', 1e9], cls: ['b', -1] },
  ]),
  decoder: pick<unknown>([
    { type: 'Replace', pattern: { String: '' }, content: 'a' },
    { type: 'Sequence', decoders: pick(JUNK) },
    { type: pick(['__proto__', 'WordPiece', 'CTC', 'ByteFallback', 'Strip']), start: 1e9, stop: -1 },
  ]),
  added_tokens: pick<unknown>([
    [
      {
        id: pick<unknown>([-1, 1e9, 0, 3, 0.5, '3', null]),
        content: pick(['a', '', '__proto__', 'ab', '\u0000']),
        special: true,
      },
    ],
    Array.from({ length: 50_000 }, (_, i) => ({ id: i + 9, content: `<${i}>`, special: false })),
    [{ id: 3, content: 'x'.repeat(1e5), special: true, single_word: true, lstrip: true, rstrip: true }],
    pick(JUNK),
  ]),
  truncation: pick<unknown>([{ max_length: 0 }, { max_length: -1, stride: 9 }, 7]),
  padding: pick<unknown>([{ strategy: { Fixed: 1e9 }, pad_id: 1e9, pad_token: '' }, 7]),
  version: pick(JUNK),
});

/** The model of tokenizer.json: its vocabulary and merges. */
const MODELS = (pick: Pick, vocab: Readonly<Record<string, number>>): unknown =>
  pick<unknown>([
    {
      type: pick(['WordPiece', 'Unigram', 'WordLevel', '__proto__', '', 'constructor']),
      vocab,
      unk_token: 'x',
    },
    {
      type: 'Unigram',
      vocab: [
        ['a', 1e308],
        ['', -1e308],
        [null, 0],
      ],
      unk_id: 1e9,
    },
    { type: 'BPE', vocab: { ...vocab, a: pick<number>([-1, 1e9, 0.5, 2 ** 53]) }, merges: [] },
    { type: 'BPE', vocab: Object.fromEntries(Object.keys(vocab).map((k) => [k, 0])), merges: [] },
    {
      type: 'BPE',
      vocab,
      merges: pick<unknown[]>([['a b'], [['a', 'b']], ['a'], [' '], [null], [['a']], [[['a'], 'b']]]),
    },
    { type: 'BPE', vocab, merges: Array.from({ length: 2e5 }, () => 'a b') },
    { type: 'BPE', vocab, merges: [], dropout: 1e9, unk_token: '__proto__', byte_fallback: 'x', fuse_unk: 7 },
    { type: 'BPE', vocab: [['a', 0]], merges: {} },
    { type: 'BPE', vocab: JSON.parse('{"__proto__":0,"constructor":1,"toString":2}'), merges: [] },
    {
      type: 'BPE',
      vocab,
      merges: [],
      continuing_subword_prefix: 'a'.repeat(1e5),
      end_of_word_suffix: '\u0000',
    },
  ]);

const tokenizer: Family = (folder, pick) => {
  const path = join(folder, 'model/tokenizer.json');
  const json = JSON.parse(readFileSync(path, 'utf8'));
  const parts = PARTS(pick);
  const part = pick([...Object.keys(parts), 'model', 'model', 'model']);
  const value = part === 'model' ? MODELS(pick, json.model.vocab) : parts[part];
  writeFileSync(path, JSON.stringify({ ...json, [part]: value }));
  if (pick([true, false, false]))
    writeFileSync(
      join(folder, 'model/tokenizer_config.json'),
      JSON.stringify({
        [pick([
          'tokenizer_class',
          'tokenizer_file',
          'auto_map',
          'bos_token',
          'eos_token',
          'model_max_length',
          'add_bos_token',
        ])]: pick([...JUNK, ...HOSTILE]),
      }),
    );
  if (pick([true, false])) writeFileSync(join(folder, 'text.txt'), `${'a'.repeat(20_000)} ab\n`.repeat(3));
  return {
    title: `tokenizer.json, its ${part}: ${JSON.stringify(value)?.slice(0, 80)}`,
    argv: onModel(undefined, pick),
    names: ['tokenizer.json', 'tokenizer_config.json', 'text.txt'],
  };
};

export const TEXTS: Readonly<Record<string, Family>> = { template, conversation, tokenizer };
