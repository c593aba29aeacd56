/** tokenizer.json: encoding text as ids and decoding ids, and the fields that the file must have. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spelt } from '../../../src/finetune/spelt.ts';
import { isObject, type Json, type JsonObject, parseJson } from '../../../src/formats/json.ts';
import { checkVocabulary, makeTokenizer, openTokenizer } from '../../../src/formats/tokenizer/index.ts';
import { runs } from '../../support/runs.ts';
import { CONFIG, newFolder, refused, writeFiles } from './models.ts';

const folder = fileURLToPath(new URL('../../fixtures/models/shakespeare', import.meta.url));
const path = `${folder}/tokenizer.json`;
const json = parseJson(readFileSync(path, 'utf8'), path);
const fields = isObject(json) ? json : {};
const make = (changes: Readonly<Record<string, Json>>, config: Json = {}) =>
  makeTokenizer({ ...fields, ...changes }, config, 't.json');

describe('a tokenizer', () => {
  it('encodes as the library that trained it', async () => {
    const t = await openTokenizer(folder);
    expect(t).toMatchObject({ kind: 'BPE', words: 512, size: 512 });
    // Merged by hand: "What" is one token, " light" is " li" + "ght", and a dash is three bytes.
    expect(['ROMEO', ' What', ' light', '—'].map((x) => [...t.encode(x)].map((id) => t.token(id)))).toEqual([
      ['R', 'O', 'M', 'E', 'O'],
      ['Ġ', 'What'],
      ['Ġli', 'ght'],
      ['â', 'Ģ', 'Ķ'],
    ]);
    expect(t.id('</s>')).toBe(1);
    expect(t.id('no such')).toBeUndefined();
    expect([...t.encode('</s>')]).toEqual([1]);
    expect(t.decode([1, t.id('What')!])).toBe('</s>What');
    expect(t.decode([1, t.id('What')!], { special: false })).toBe('What');
    expect(t.decode([])).toBe('');
  });

  it('gives every text back', async () => {
    const t = await openTokenizer(folder);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const ids = t.encode(text);
        expect(t.decode(ids)).toBe(text);
        expect(ids.every((id) => id < 512)).toBe(true);
      }),
      // The examples hold special tokens, and spaces that a clean-up would change.
      { ...runs(300, 5000), examples: [["don 't , stop ."], ['</s> <s>'], ['\n \t']] },
    );
  });

  it('cleans up spaces only where its configuration says so', () => {
    const text = "It is , I 'm sure";
    const plain = make({});
    const cleaning = make({}, { clean_up_tokenization_spaces: true });
    expect(plain.decode(plain.encode(text))).toBe(text);
    expect(cleaning.decode(cleaning.encode(text))).toBe("It is, I'm sure");
    const file = writeFiles(newFolder(), {
      'tokenizer.json': json,
      'tokenizer_config.json': { clean_up_tokenization_spaces: true },
    });
    return openTokenizer(file).then((t) => expect(t.decode(t.encode(text))).toBe("It is, I'm sure"));
  });

  it('has what its post-processor adds, unless that is not wanted', () => {
    const t = make({
      post_processor: {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        pair: [],
        special_tokens: { '<s>': { id: '<s>', ids: [0], tokens: ['<s>'] } },
      },
    });
    const what = t.id('What')!;
    expect([...t.encode('What')]).toEqual([0, what]);
    expect([...t.encode('What', { special: false })]).toEqual([what]);
  });

  const replaced = (found: string, content: string) => ({
    type: 'Replace',
    pattern: { String: found },
    content,
  });
  const sequence = (n: number) => Array.from({ length: n }, () => ({ Sequence: { id: 'A', type_id: 0 } }));

  it.each([
    ['normalizer', replaced('', 'a'.repeat(256)), 257],
    ['normalizer', replaced('b', 'a'.repeat(257)), 257],
    [
      'normalizer',
      { type: 'Sequence', normalizers: [replaced('b', 'abcd'.repeat(5)), replaced('a', 'b'.repeat(20))] },
      400,
    ],
    ['normalizer', { type: 'Prepend', prepend: 'a'.repeat(300) }, 301],
    ['decoder', { type: 'Sequence', decoders: [replaced('b', 'a'.repeat(1000))] }, 1000],
    [
      'post_processor',
      { type: 'TemplateProcessing', single: sequence(300), pair: [], special_tokens: {} },
      300,
    ],
  ])(
    'is refused where its %s may lengthen a text so much that it fills the memory',
    async (part, step, times) => {
      const found = `"${part}": ${times.toLocaleString('en')} times that the steps of a tokenizer may lengthen`;
      await refused(() => make({ [part]: step }), 'InvalidTokenizer', found);
    },
  );

  it('may have many steps that each lengthen the text, of which none lengthens what another wrote', () => {
    const signs = ['W', 'h', 'a', 't', 'l', 'i', 'g'].map((sign) => replaced(sign, 'RO'.repeat(5)));
    const t = make({ normalizer: { type: 'Sequence', normalizers: [{ type: 'NFKC' }, ...signs] } });
    expect(t.decode(t.encode('What'))).toBe('RO'.repeat(20));
    const chain = [...signs, { type: 'Lowercase' }, replaced('r', 'o'.repeat(30))];
    const normalizer = { type: 'Sequence', normalizers: chain };
    return refused(() => make({ normalizer }), 'InvalidTokenizer', '"normalizer": 300 times');
  });

  it('may write many signs for one, or a few before each text', () => {
    const t = make({
      normalizer: {
        type: 'Sequence',
        normalizers: [replaced('W', 'R'.repeat(100)), { type: 'Prepend', prepend: 'O' }],
      },
    });
    expect(t.decode(t.encode('W'))).toBe(`O${'R'.repeat(100)}`);
  });

  it('is refused where a token has no row of the embedding', async () => {
    const t = await openTokenizer(folder);
    checkVocabulary(t, 512, 'm');
    checkVocabulary(t, 600, 'm');
    await refused(
      () => checkVocabulary(t, 511, 'config.json'),
      'VocabularyMismatch',
      /its largest token is 511 \(".*"\), and config.json has vocab_size 511/,
    );
    // The size follows from the largest id, not from the number of tokens.
    const gap = make({ added_tokens: [{ id: 700, content: '<far>', special: true }] });
    expect(gap).toMatchObject({ words: 513, size: 701 });
    await refused(() => checkVocabulary(gap, 700, 'm'), 'VocabularyMismatch', '<far>');
    await refused(() => t.decode([512]), 'VocabularyMismatch', 'there is no token 512');
    await refused(() => t.decode([-1]), 'VocabularyMismatch', 'no token -1');
    // A model may draw a row of padding.
    expect(spelt(t, [...t.encode('And'), 512, 599])).toBe(t.decode(t.encode('And')));
  });

  it('says which character no token spells', async () => {
    const words = {
      type: 'WordPiece',
      vocab: { a: 0 },
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
    };
    const t = make({
      model: words,
      added_tokens: [],
      pre_tokenizer: null,
      decoder: null,
      post_processor: null,
    });
    expect([...t.encode('a')]).toEqual([0]);
    expect(t.size).toBe(1);
    await refused(() => t.encode('abc'), 'VocabularyMismatch', 'no token spells "[UNK]"');
  });

  it('of Unigram numbers its pieces in order', () => {
    const pieces = [
      ['<unk>', 0],
      ['▁a', -1],
      ['b', -2],
    ];
    const t = make({ model: { type: 'Unigram', vocab: pieces, unk_id: 0 }, added_tokens: [] });
    expect([t.kind, t.words, t.size, t.id('b'), t.token(1)]).toEqual(['Unigram', 3, 3, 2, '▁a']);
  });

  it('of Unigram without an id for what is unknown refuses what no piece spells', async () => {
    for (const unknown of [{}, { unk_id: null }]) {
      const model = { type: 'Unigram', vocab: [['a', -1]], ...unknown };
      const t = make({ model, added_tokens: [], pre_tokenizer: null, post_processor: null });
      expect([...t.encode('aa')]).toEqual([0, 0]);
      await refused(() => t.encode('abc'), 'VocabularyMismatch', 'no token spells "b');
    }
  });

  it('says that memory is full, and not that its file is wrong', () => {
    const t = make({ pre_tokenizer: null });
    const { from } = Int32Array;
    Int32Array.from = () => {
      throw new RangeError('Invalid typed array length: 56');
    };
    try {
      expect(() => t.encode('What')).toThrow(RangeError);
    } finally {
      Int32Array.from = from;
    }
  });

  it('has defaults for steps and added tokens that the file leaves out', () => {
    const { model } = fields;
    const t = makeTokenizer({ model: model! }, {}, 't.json');
    expect(t.token(t.encode('What')[0]!)).toBe('What');
  });

  it.each([
    [{ model: { type: 'Words', vocab: { a: 0 } } }, 'InvalidTokenizer', '"model.type"'],
    [{ model: { type: 'BPE', vocab: { a: 0 }, dropout: 0.1 } }, 'InvalidTokenizer', '"model.dropout"'],
    [{ model: { type: 'BPE', vocab: 3 } }, 'InvalidTokenizer', 'a vocabulary is expected'],
    [{ model: { type: 'BPE', vocab: { a: -1 } } }, 'InvalidTokenizer', 'a vocabulary is expected'],
    [{ model: { type: 'BPE', vocab: {} } }, 'InvalidTokenizer', 'a vocabulary is expected'],
    [{ model: null }, 'InvalidTokenizer', '"model"'],
    [{ decoder: { type: 'Rot13' } }, 'InvalidTokenizer', 'Unknown Decoder type: Rot13'],
    [{ normalizer: { type: 'Shout' } }, 'InvalidTokenizer', 'Shout'],
    [{ model: { type: 'Unigram', vocab: [['a', 0], 'b'] } }, 'InvalidTokenizer', 'a vocabulary is expected'],
    [{ added_tokens: [{ id: 2 ** 24, content: 'x' }] }, 'InvalidTokenizer', 'whole number below 2^24'],
    [{ added_tokens: [{ id: 3 }] }, 'InvalidTokenizer', '"added_tokens.0.content"'],
    [
      {
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [{ type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithPrevious' }],
        },
      },
      'UnsupportedOption',
      'a Split "MergedWithPrevious" is not made',
    ],
  ] as const)('is refused: %j', async (changes, code, text) => {
    await refused(() => make(changes), code, text);
  });

  const bpe = { type: 'BPE', vocab: { a: 0 }, merges: [] };
  const unigram = { type: 'Unigram', vocab: [['a', 0]] };
  const pieces = { type: 'WordPiece', vocab: { a: 0 }, unk_token: 'a', continuing_subword_prefix: '##' };
  const added = { id: 3, content: 'x' };
  const template = (single: Json): JsonObject => ({ post_processor: { type: 'TemplateProcessing', single } });
  const without = (object: JsonObject, name: string): JsonObject =>
    Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));

  it.each<[JsonObject, string, string]>([
    [{ model: { ...bpe, unk_token: -1 } }, 'model.unk_token', 'string is expected, and it is -1'],
    [{ model: { ...bpe, end_of_word_suffix: 1 } }, 'model.end_of_word_suffix', 'string is expected'],
    [{ model: { ...bpe, byte_fallback: 'no' } }, 'model.byte_fallback', 'boolean is expected'],
    [{ model: { ...bpe, vocab: [['a', 0]] } }, 'model.vocab', 'a vocabulary is expected'],
    [{ model: { ...bpe, merges: ['a b', ['a', 'b']] } }, 'model.merges', 'pairs of words'],
    [{ model: without(bpe, 'merges') }, 'model.merges', 'it is missing'],
    [{ model: { ...unigram, vocab: [['a', '0']] } }, 'model.vocab', 'a vocabulary is expected'],
    [{ model: { ...unigram, unk_id: 'a' } }, 'model.unk_id', 'whole number'],
    [{ model: { ...unigram, unk_id: 1 } }, 'model.unk_id', 'the id of a word is expected, and it is 1'],
    [{ model: { ...pieces, unk_token: null } }, 'model.unk_token', 'string is expected'],
    [{ model: without(pieces, 'continuing_subword_prefix') }, 'model.continuing_subword_prefix', 'missing'],
    [{ added_tokens: [{ ...added, lstrip: 'yes' }] }, 'added_tokens.0.lstrip', 'boolean is expected'],
    [{ decoder: 3 }, 'decoder', 'Object is expected'],
    [{ decoder: {} }, 'decoder.type', 'it is missing'],
    [{ decoder: { type: 'Sequence', decoders: [{ type: 3 }] } }, 'decoder.decoders.0.type', 'string'],
    [{ decoder: { type: 'WordPiece', prefix: 5 } }, 'decoder.prefix', 'string is expected'],
    [{ decoder: { type: 'Strip', content: ' ', start: '1' } }, 'decoder.start', 'number is expected'],
    [{ normalizer: { type: 'Prepend' } }, 'normalizer.prepend', 'it is missing'],
    [{ normalizer: { type: 'Replace', pattern: {} } }, 'normalizer.pattern', 'a "Regex" or a "String"'],
    [{ pre_tokenizer: { type: 'Split', pattern: { Regex: 3 } } }, 'pre_tokenizer.pattern.Regex', 'string'],
    [{ pre_tokenizer: { type: 'FixedLength', length: 0 } }, 'pre_tokenizer.length', 'above 0'],
    [template([{ SpecialToken: { id: 0 } }]), 'post_processor.single.0.SpecialToken.id', 'string'],
    [template(null), 'post_processor.single', 'Array is expected'],
    [{ post_processor: { type: 'BertProcessing', cls: ['a', 0] } }, 'post_processor.sep', 'it is missing'],
  ])('names the field that is wrong: %j', async (changes, name, problem) => {
    await refused(() => make(changes), 'InvalidTokenizer', `t.json: "${name}": `);
    await refused(() => make(changes), 'InvalidTokenizer', problem);
  });

  it.each<[JsonObject, string]>([
    [{ clean_up_tokenization_spaces: 'yes' }, 'clean_up_tokenization_spaces'],
    [{ remove_space: 1 }, 'remove_space'],
    [{ additional_special_tokens: '<pad>' }, 'additional_special_tokens'],
    [{ eos_token: 2 }, 'eos_token'],
  ])('names the field of tokenizer_config.json that is wrong: %j', async (config, name) => {
    await refused(() => make({}, config), 'InvalidTokenizer', `tokenizer_config.json: "${name}": `);
  });

  it('reads special tokens of tokenizer_config.json with their settings', () => {
    const config = { additional_special_tokens: [{ __type: 'AddedToken', content: 'What', lstrip: false }] };
    const t = make({}, config);
    expect(t.decode(t.encode('What?'), { special: false })).toBe('?');
  });

  it('is refused where it is missing, or no tokenizer at all', async () => {
    await refused(() => openTokenizer(newFolder()), 'MissingFile', /tokenizer.json: there is no such file/);
    const other = writeFiles(newFolder(), { 'tokenizer.json': CONFIG });
    await refused(() => openTokenizer(other), 'InvalidTokenizer', '"model"');
    await refused(() => makeTokenizer(json, 3, 't.json'), 'InvalidTokenizer', 'expected');
  });
});
