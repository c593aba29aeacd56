/** Where a chat template is read from, the marks of its responses, and the special tokens that it names. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '../../../../compiler/limits.ts';
import { RESPONSE, RESPONSE_END } from '../../../../src/formats/chat/control.ts';
import {
  missingTokens,
  noTemplate,
  readTemplate,
  readTokenizerConfig,
  specialTokens,
} from '../../../../src/formats/chat/template.ts';
import type { Json } from '../../../../src/formats/json.ts';
import { newFolder, refused, thrown } from '../models.ts';

const { most } = limits.templateCharacters;
const setLimit = (characters: number) => Object.assign(limits.templateCharacters, { most: characters });
afterEach(() => setLimit(most));

/** The message of an error, with `F` for the folder. */
const refusal = async (folder: string, config: Json, given?: string): Promise<string> => {
  const error = await thrown(() => readTemplate(folder, config, given));
  return error instanceof Error ? error.message.replaceAll(folder, 'F') : 'no error';
};
const sourceOf = async (folder: string, config: Json, given?: string) => {
  const found = await readTemplate(folder, config, given);
  return found && [found.source, found.at.replaceAll(folder, 'F')];
};

describe('a chat template', () => {
  it('is the named file, or else chat_template.jinja, or else a field of tokenizer_config.json', async () => {
    const folder = newFolder();
    const [own, given] = [join(folder, 'chat_template.jinja'), join(folder, 'mine.jinja')];
    writeFileSync(given, 'given');
    const config = { chat_template: 'field' };
    expect(await sourceOf(folder, config, given)).toEqual(['given', 'F/mine.jinja']);
    expect(await sourceOf(folder, config)).toEqual(['field', 'F/tokenizer_config.json: "chat_template"']);
    writeFileSync(own, 'own');
    expect(await sourceOf(folder, config)).toEqual(['own', 'F/chat_template.jinja']);
    expect(await sourceOf(folder, {})).toEqual(['own', 'F/chat_template.jinja']);
    expect(await sourceOf(folder, config, given)).toEqual(['given', 'F/mine.jinja']);
    expect(await refusal(folder, config, join(folder, 'none.jinja'))).toBe(
      'F/none.jinja: there is no such file. Name a chat template of Jinja.',
    );
  });

  it('of a list of them is the one that is called default', async () => {
    const folder = newFolder();
    const list = (...names: readonly string[]) => ({
      chat_template: names.map((name) => ({ name, template: `for ${name}` })),
    });
    expect(await sourceOf(folder, list('rag', 'default', 'tools'))).toEqual([
      'for default',
      'F/tokenizer_config.json: "chat_template"',
    ]);
    expect(await refusal(folder, list('rag', 'tools'))).toBe(
      'F/tokenizer_config.json: "chat_template": it has the templates "rag", "tools", and none is called "default". Save the one to use as chat_template.jinja beside it.',
    );
    const twice = { chat_template: ['a', 'b'].map((template) => ({ name: 'default', template })) };
    expect((await readTemplate(folder, twice, undefined))?.source).toBe('b');
    for (const none of [list(), {}, { chat_template: null }])
      expect(await readTemplate(folder, none, undefined)).toBeUndefined();
  });

  it.each<[Json, string]>([
    [{ chat_template: 3 }, ': "chat_template": (string | Array) is expected, and it is 3'],
    [
      { chat_template: [{ name: 'a' }] },
      ': "chat_template": (string | Array) is expected, and it is [{"name":"a"}]',
    ],
    [
      { chat_template: [{ name: 3, template: 'a' }] },
      ': "chat_template": (string | Array) is expected, and it is [{"name":3,"template":"a"}]',
    ],
    [3, ': Object is expected, and it is 3'],
  ])('is refused in the configuration %j', async (config, problem) => {
    expect(await refusal(newFolder(), config)).toBe(
      `F/tokenizer_config.json${problem}. Save the tokenizer with a current version of transformers.`,
    );
  });

  it('has as many characters as the limit, and no more', async () => {
    const folder = newFolder();
    setLimit(4);
    expect(await sourceOf(folder, { chat_template: 'abcd' })).toBeDefined();
    expect(await refusal(folder, { chat_template: 'abcde' })).toBe(
      'F/tokenizer_config.json: "chat_template": 5 characters in a chat template: the limit is 4, because it is parsed for every worker thread, and the longest published ones have some 20,000. Use a shorter chat template.',
    );
  });

  it.each([
    ['a', undefined],
    ['{% generation %}', `{% if true -%}{{ '${RESPONSE}' }}{%- endif %}`],
    ['{%endgeneration%}', `{% if true -%}{{ '${RESPONSE_END}' }}{%- endif %}`],
    [
      '{%- generation +%}a{%+ endgeneration -%}',
      `{%- if true -%}{{ '${RESPONSE}' }}{%- endif +%}a{%+ if true -%}{{ '${RESPONSE_END}' }}{%- endif -%}`,
    ],
    ['{% generations %}{{ generation }}', undefined],
  ])('marks responses where it has blocks of them: %j', async (source, marked) => {
    expect((await readTemplate(newFolder(), { chat_template: source }, undefined))?.marked).toBe(marked);
  });

  it('that is nowhere is asked for', () => {
    expect(noTemplate('F').message).toBe(
      'F: its tokenizer has no chat template. Save one as chat_template.jinja in the folder, name one with --chat-template, or take the instruction-tuned model.',
    );
  });
});

it('tokenizer_config.json may be absent, and holds JSON', async () => {
  const folder = newFolder();
  expect(await readTokenizerConfig(folder)).toEqual({});
  const path = join(folder, 'tokenizer_config.json');
  writeFileSync(path, '{"eos_token": "</s>"}');
  expect(await readTokenizerConfig(folder)).toEqual({ eos_token: '</s>' });
  writeFileSync(path, '{');
  await refused(() => readTokenizerConfig(folder), 'InvalidJson', 'expected a string, found the end');
});

describe('special tokens', () => {
  it('are texts, or objects with one', () => {
    const config = {
      bos_token: '<s>',
      eos_token: { content: '</s>', lstrip: false },
      unk_token: null,
      sep_token: { content: 3 },
      pad_token: 4,
      cls_token: ['<c>'],
      mask_token: '',
      other_token: '<o>',
    };
    expect(specialTokens(config)).toStrictEqual({ bos_token: '<s>', eos_token: '</s>', mask_token: '' });
    expect([specialTokens('bos_token'), specialTokens(null), specialTokens({})]).toEqual([{}, {}, {}]);
  });

  it('are missing where a template has the name of one that is not there, as a word', () => {
    const source =
      '{{ eos_token }}{{ bos_token + unk_token }}{{ my_pad_token }}{{ sep_tokens }}{{ mask_token }}';
    expect(missingTokens(source, { unk_token: '<unk>', mask_token: '' })).toEqual(['bos_token', 'eos_token']);
    const all = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'].map((name) => `${name}_token`);
    expect(missingTokens(all.toReversed().join(' '), {})).toEqual(all);
  });
});
