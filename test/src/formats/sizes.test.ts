/** Files of absurd sizes are refused before they fill the memory. The message states the limit and what sets it. */
import { describe, expect, it } from 'vitest';
import { limits } from '../../../compiler/limits.ts';
import { parseModelConfig } from '../../../src/finetune/models/config.ts';
import { expectedWeights } from '../../../src/finetune/models/weights.ts';
import { parseShardIndex } from '../../../src/formats/checkpoint/shard-index.ts';
import { FormatError } from '../../../src/formats/error.ts';
import { type Json, parseJson } from '../../../src/formats/json.ts';
import { SafetensorsError } from '../../../src/formats/safetensors/error.ts';
import { parseHeader } from '../../../src/formats/safetensors/header.ts';
import { makeTokenizer } from '../../../src/formats/tokenizer/index.ts';
import { serializeSafetensors } from '../../support/safetensors.ts';
import { CONFIG, f32, refused, thrown } from './models.ts';
import { first, LORA, lora, parse } from './peft.ts';

const header = (count: number, entry: string): Uint8Array =>
  new TextEncoder().encode(`{${Array.from({ length: count }, (_, i) => `"${i}":${entry}`).join()}}`);
const EMPTY = '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}';

async function tooLarge(work: () => unknown, text: RegExp): Promise<void> {
  const error = await thrown(work);
  expect(error).toBeInstanceOf(SafetensorsError);
  expect(error).toMatchObject({ code: 'HeaderTooLarge', message: expect.stringMatching(text) });
}

describe('a configuration', () => {
  it.each([
    [
      'num_hidden_layers',
      1e7,
      /10,000,000 blocks \(layers\) of a model: the limit is 2,000, because every weight/,
    ],
    ['num_hidden_layers', 2_001, /2,001 blocks/],
    ['hidden_size', 2 ** 40, /1,099,511,627,776 elements in a width.*: the limit is 4,194,304/],
    ['intermediate_size', 2 ** 50, /elements in a width/],
    ['vocab_size', 2 ** 30, /the vocabulary/],
    ['num_attention_heads', 2 ** 30, /attention heads/],
    ['head_dim', 2 ** 30, /in a head/],
    ['max_position_embeddings', 2 ** 40, /elements along one dimension/],
  ])('with %s of %d is refused', async (name, value, text) => {
    const error = await thrown(() => parseModelConfig({ ...CONFIG, [name]: value }, 'config.json'));
    expect(error).toBeInstanceOf(FormatError);
    expect(error).toMatchObject({ code: 'InvalidConfig', message: expect.stringMatching(text) });
    expect(error).toMatchObject({ message: expect.stringContaining(`config.json: "${name}"`) });
  });

  it('of the largest models is read', () => {
    const config = parseModelConfig(
      {
        ...CONFIG,
        vocab_size: 262_144,
        hidden_size: 16_384,
        intermediate_size: 53_248,
        num_hidden_layers: 126,
        num_attention_heads: 128,
        num_key_value_heads: 8,
        max_position_embeddings: 10_485_760,
      },
      'c',
    );
    expect(expectedWeights(config).size).toBe(126 * 9 + 3);
  });
});

describe("a safetensors file's header", () => {
  it('names a limited number of tensors', async () => {
    expect(parseHeader(header(100_000, EMPTY), 0, 'f').tensors.size).toBe(100_000);
    await tooLarge(
      () => parseHeader(header(300_000, EMPTY), 0, 'f'),
      /^f: at least 262,145 tensors in one checkpoint: the limit is 262,144, because every tensor is listed/,
    );
  });

  it('has names and shapes of limited length, when it is written too', async () => {
    const long = 'n'.repeat(4_097);
    const ones = Array.from({ length: 65 }, () => 1);
    const entry = `{"dtype":"F32","shape":${JSON.stringify(ones)},"data_offsets":[0,4]}`;
    await tooLarge(
      () => parseHeader(new TextEncoder().encode(`{"${long}":${EMPTY}}`), 0, 'f'),
      /4,097 characters in a tensor's name: the limit is 4,096/,
    );
    await tooLarge(() => parseHeader(header(1, entry), 4, 'f'), /tensor "0": at least 65 axes of a tensor/);
    await tooLarge(() => serializeSafetensors([f32(long, [1])]), /4,097 characters/);
    await tooLarge(() => serializeSafetensors([f32('x', ones)]), /65 axes/);
  });
});

describe('an index of shards', () => {
  const index = (tensors: number, shards: number): Json => ({
    weight_map: Object.fromEntries(
      Array.from({ length: tensors }, (_, i) => [`t${i}`, `s${i % shards}.safetensors`]),
    ),
  });
  it('names a limited number of tensors and shards', async () => {
    expect(parseShardIndex(index(100_000, 200), 'i').shardOf.size).toBe(100_000);
    await refused(
      () => parseShardIndex(index(300_000, 5), 'i'),
      'InvalidIndex',
      /300,000 tensors in one checkpoint/,
    );
    await refused(
      () => parseShardIndex(index(5_000, 5_000), 'i'),
      'InvalidIndex',
      /5,000 shards of one checkpoint: the limit is 1,000, because every shard is a file that stays open/,
    );
  });
});

describe('JSON', () => {
  it('holds a limited number of values and levels', async () => {
    const many = `[${'[],'.repeat(limits.jsonValues.most)}0]`;
    await refused(() => parseJson(many, 'j'), 'InvalidJson', /at least 8,000,001 values in a JSON file/);
    await refused(
      () => parseJson('['.repeat(1e6), 'j'),
      'InvalidJson',
      /at least 129 levels of nesting in JSON: the limit is 128/,
    );
  });
});

describe("an adapter's lists", () => {
  const names = (length: number) => Array.from({ length }, (_, i) => `m${i}`);
  it.each([
    [{ target_modules: names(100_001) }, '"target_modules": 100,001 modules or layers in one list'],
    [{ exclude_modules: names(100_001) }, '"exclude_modules": 100,001 modules'],
    [{ layers_to_transform: names(100_001).map((_, i) => i) }, '"layers_to_transform": 100,001'],
    [{ layers_to_transform: [1], layers_pattern: names(1_001) }, '"layers_pattern": 1,001 patterns'],
    [
      { rank_pattern: Object.fromEntries(names(1_001).map((n) => [n, 4])) },
      '"rank_pattern": 1,001 patterns in rank_pattern',
    ],
    [
      { alpha_pattern: Object.fromEntries(names(1_001).map((n) => [n, 4])) },
      '"alpha_pattern": 1,001 patterns',
    ],
  ])('have a limited number of entries', async (fields, text) => {
    await refused(() => first({ ...LORA, ...fields }, lora), 'InvalidAdapter', text);
  });

  it('may name every module of a model of experts', () => {
    const modules = Array.from(
      { length: 20_000 },
      (_, i) => `model.layers.${i % 60}.mlp.experts.${i}.up_proj`,
    );
    const shapes = Object.fromEntries(
      modules.flatMap((m) => [
        [`${m}.lora_A.weight`, [4, 16]],
        [`${m}.lora_B.weight`, [16, 4]],
      ]),
    );
    expect(parse({ ...LORA, target_modules: modules }, shapes).modules.size).toBe(20_000);
  });
});

describe('a tokenizer', () => {
  const open = (vocab: Json, merges: Json = [], added: Json = []) =>
    makeTokenizer({ model: { type: 'BPE', vocab, merges }, added_tokens: added }, {}, 't');
  it('has a limited number of words, merges and characters', async () => {
    const words = Object.fromEntries(Array.from({ length: 1_100_000 }, (_, i) => [`w${i}`, i]));
    const merges = Array.from({ length: 1_100_000 }, () => 'a a');
    const limit = /: the limit is 1,048,576, because every one is held several times/;
    await refused(
      () => open(words),
      'InvalidTokenizer',
      new RegExp(`t: 1,100,000 words or merges.*${limit.source}`),
    );
    await refused(() => open({ a: 0 }, merges), 'InvalidTokenizer', limit);
    await refused(
      () => open({ ['a'.repeat(2 ** 24)]: 0, b: 1 }),
      'InvalidTokenizer',
      /16,777,217 characters in all words of a tokenizer's vocabulary: the limit is 16,777,216/,
    );
    await refused(
      () => open({ a: 0 }, [], [{ id: 1, content: 'b'.repeat(2 ** 20 + 1) }]),
      'InvalidTokenizer',
      /1,048,577 characters in all added tokens/,
    );
  });
});
