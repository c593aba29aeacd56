/** Randomly damaged JSON and folders: whatever is wrong, the error is typed and names the file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseModelConfig } from '../../../src/finetune/models/config.ts';
import { openModel } from '../../../src/finetune/models/open.ts';
import { parseShardIndex } from '../../../src/formats/checkpoint/shard-index.ts';
import { FormatError } from '../../../src/formats/error.ts';
import { isFileError } from '../../../src/formats/inspect/report.ts';
import { isObject, type Json, parseJson } from '../../../src/formats/json.ts';
import { parseAdapter, type TensorHead } from '../../../src/formats/peft/parse.ts';
import { makeTokenizer } from '../../../src/formats/tokenizer/index.ts';
import { runs } from '../../support/runs.ts';
import { serializeSafetensors } from '../../support/safetensors.ts';
import { CONFIG, newFolder, weightsFor, writeFiles } from './models.ts';

const fixture = (path: string): Json => {
  const file = fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url));
  return parseJson(readFileSync(file, 'utf8'), file);
};

/** Values to replace fields with: mostly of wrong types, and some of right ones. */
const strange: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    ...[
      null,
      true,
      false,
      0,
      -1,
      1,
      0.5,
      3,
      1e300,
      2 ** 53,
      '',
      'x',
      '0.18.0',
      'all-linear',
      '(',
      '.*',
      'nf4',
    ],
    ...[
      [],
      {},
      [1],
      ['x'],
      [null],
      { x: 1 },
      { x: [] },
      { factor: 2, rope_type: 'yarn' },
      { type: 'llama3' },
    ],
    ...[{ quant_method: 'gptq', bits: 4, group_size: 8 }, { load_in_4bit: true }, { __proto__: null }],
  ),
  fc.integer({ min: -4, max: 200 }),
);

const paths = (json: Json, at: readonly string[] = []): (readonly string[])[] => [
  at,
  ...(typeof json === 'object' && json !== null
    ? Object.entries(json).flatMap(([key, value]) => paths(value, [...at, key]))
    : []),
];

function replaced(json: Json, [key, ...rest]: readonly string[], by: Json | undefined): Json {
  if (key === undefined) return by ?? null;
  const edit = (value: Json | undefined) => replaced(value ?? null, rest, by);
  if (Array.isArray(json)) {
    const i = Number(key);
    return rest.length === 0 && by === undefined ? json.toSpliced(i, 1) : json.with(i, edit(json[i]));
  }
  if (!isObject(json)) return by ?? null;
  return Object.fromEntries(
    Object.entries(json).flatMap(([k, value]) =>
      k !== key ? [[k, value]] : rest.length === 0 && by === undefined ? [] : [[k, edit(value)]],
    ),
  );
}

/** Removes or replaces one to three values of the JSON, at random places. */
function mutated(json: Json, deepest: number): fc.Arbitrary<Json> {
  const places = paths(json).filter((p) => p.length > 0 && p.length <= deepest);
  const edit = fc.tuple(fc.constantFrom(...places), fc.option(strange, { nil: undefined, freq: 4 }));
  return fc
    .array(edit, { minLength: 1, maxLength: 3 })
    .map((edits) => edits.reduce((j, [path, by]) => (reaches(j, path) ? replaced(j, path, by) : j), json));
}

/** Whether a path still exists in the JSON; an earlier edit may have removed it. */
const reaches = (json: Json, [key, ...rest]: readonly string[]): boolean =>
  key === undefined ||
  (typeof json === 'object' &&
    json !== null &&
    Object.hasOwn(json, key) &&
    reaches(Object.entries(json).find(([k]) => k === key)![1], rest));

/** Reads many damaged files, and returns the outcomes that came up: error codes, and `read` for no error. */
async function outcomes(of: fc.Arbitrary<Json>, read: (json: Json) => unknown, n: readonly [number, number]) {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(of, async (json) => {
      let outcome = 'read';
      try {
        await read(json);
      } catch (error) {
        if (!isFileError(error)) throw error;
        expect(error.message).toMatch(/\.$|[a-z)"\]]$/);
        outcome = error.code;
      }
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    }),
    runs(...n),
  );
  return [...seen.keys()].sort();
}

const LLAMA = {
  ...CONFIG,
  head_dim: 8,
  rope_theta: 1e4,
  rope_scaling: {
    rope_type: 'llama3',
    factor: 8,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 32,
  },
  hidden_act: 'silu',
  eos_token_id: [1, 2],
  tie_word_embeddings: false,
  quantization_config: { quant_method: 'awq', bits: 4, group_size: 8, version: 'gemm', zero_point: true },
};

it('a config.json is read or refused', async () => {
  expect(
    await outcomes(mutated(LLAMA, 2), (json) => parseModelConfig(json, 'config.json'), [3000, 50_000]),
  ).toEqual(['InvalidConfig', 'UnsupportedModel', 'UnsupportedOption', 'read']);
});

it('an index of shards is read or refused', async () => {
  const index = { metadata: { total_size: 3 }, weight_map: { a: 'x.safetensors', b: 'y.safetensors' } };
  expect(await outcomes(mutated(index, 3), (json) => parseShardIndex(json, 'index'), [1000, 10_000])).toEqual(
    ['InvalidIndex', 'read'],
  );
});

it.each(['lora-r8', 'oft-b16-exact'])('the fields of the adapter %s are read or refused', async (name) => {
  const json = fixture(`adapters/${name}/adapter_config.json`);
  const Q = 'base_model.model.model.layers.0.self_attn.q_proj';
  const shapes: Readonly<Record<string, readonly number[]>> =
    name === 'lora-r8'
      ? { [`${Q}.lora_A.weight`]: [8, 16], [`${Q}.lora_B.weight`]: [16, 8] }
      : { [`${Q}.oft_R.weight`]: [1, 120] };
  const tensors = new Map<string, TensorHead>(
    Object.entries(shapes).map(([key, shape]) => [key, { name: key, dtype: 'F32', shape }]),
  );
  const codes = await outcomes(mutated(json, 2), (j) => parseAdapter(j, tensors, 'f'), [2000, 30_000]);
  expect(codes).toEqual(['InvalidAdapter', 'UnsupportedAdapter', 'UnsupportedOption', 'read']);
});

it('the names and shapes of an adapter’s tensors are read or refused', async () => {
  const json = fixture('adapters/lora-r8/adapter_config.json');
  const name = fc.stringMatching(
    /^(base_model\.model\.)?[mo]{0,2}\.?(q_proj|x)?\.(lora_[ABC](\.weight)?|boft_P)$/,
  );
  const shape = fc.array(fc.constantFrom(0, 1, 8, 16, 7), { maxLength: 3 });
  const tensors = fc.array(fc.record({ name, shape }), { maxLength: 4 });
  fc.assert(
    fc.property(tensors, (list) => {
      const heads = new Map(list.map((t) => [t.name, { ...t, dtype: 'F32' as const }]));
      try {
        parseAdapter(json, heads, 'f');
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }),
    runs(1500, 20_000),
  );
});

it('a tokenizer.json is read or refused', async () => {
  const json = fixture('models/shakespeare/tokenizer.json');
  const read = (j: Json) => {
    const t = makeTokenizer(j, {}, 't');
    t.decode(t.encode('To be, or not to be'));
  };
  const codes = await outcomes(mutated(json, 2), read, [400, 5000]);
  expect(codes).toContain('InvalidTokenizer');
  expect(codes).toContain('read');
});

const MODELS: readonly Json[] = [
  { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: [['a', 'b']], unk_token: 'a', fuse_unk: true },
  { type: 'Unigram', vocab: [...'ab'].map((word, id) => [word, -id]), unk_id: 0 },
  { type: 'WordPiece', vocab: { a: 0, '##b': 1 }, unk_token: 'a', continuing_subword_prefix: '##' },
];
const SPACE = { String: ' ' };
/** Sequences of all steps that are made, apart from patterns, which a worker runs. */
const STEPS = {
  added_tokens: [{ id: 3, content: '<s>', special: true, normalized: false, lstrip: true, rstrip: true }],
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: false },
      { type: 'Replace', pattern: SPACE, content: 'b' },
      { type: 'Strip', strip_left: true, strip_right: false },
      { type: 'Prepend', prepend: '▁' },
    ],
  },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: SPACE, behavior: 'Removed', invert: false },
      { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' },
      { type: 'Digits', individual_digits: true },
      { type: 'ByteLevel', add_prefix_space: true, use_regex: true },
      { type: 'FixedLength', length: 2 },
    ],
  },
  post_processor: {
    type: 'Sequence',
    processors: [
      { type: 'TemplateProcessing', single: [{ SpecialToken: { id: '<s>' } }, { Sequence: { id: 'A' } }] },
      { type: 'RobertaProcessing', sep: ['<s>', 3], cls: ['<s>', 3] },
    ],
  },
  decoder: {
    type: 'Sequence',
    decoders: [
      { type: 'Replace', pattern: SPACE, content: 'b' },
      { type: 'WordPiece', prefix: '##', cleanup: true },
      { type: 'Metaspace', replacement: '▁' },
      { type: 'BPEDecoder', suffix: '</w>' },
      { type: 'CTC', pad_token: '<pad>', word_delimiter_token: '|', cleanup: true },
      { type: 'Strip', content: ' ', start: 1, stop: 1 },
    ],
  },
};

it('steps of a tokenizer are read or refused, and do not fail later', async () => {
  const read = (j: Json) => {
    const t = makeTokenizer(j, {}, 't');
    try {
      expect(t.decode(t.encode('ab <s> 3'))).toBeTypeOf('string');
    } catch (error) {
      expect(error).toMatchObject({ code: 'VocabularyMismatch' });
    }
  };
  const files = fc.constantFrom(...MODELS).chain((model) => mutated({ ...STEPS, model }, 6));
  const codes = await outcomes(files, read, [1000, 20_000]);
  expect(codes).toContain('InvalidTokenizer');
  expect(codes).toContain('read');
});

it('JSON that is cut and changed anywhere is read or refused', async () => {
  const text = JSON.stringify(fixture('models/shakespeare/config.json'));
  const edit = fc.tuple(fc.nat({ max: text.length }), fc.nat({ max: 3 }), fc.string({ maxLength: 3 }));
  const json = edit.map(([at, cut, put]): Json => text.slice(0, at) + put + text.slice(at + cut));
  const codes = await outcomes(json, (t) => parseModelConfig(parseJson(String(t), 'c'), 'c'), [3000, 50_000]);
  expect(codes).toEqual(expect.arrayContaining(['InvalidConfig', 'InvalidJson', 'read']));
});

it('a model whose tensors file has changed bytes is read or refused', async () => {
  const folder = newFolder();
  const bytes = serializeSafetensors(weightsFor(CONFIG));
  writeFiles(folder, { 'config.json': { ...CONFIG } });
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 1400 }), fc.nat({ max: 255 }), async (at, by) => {
      writeFiles(folder, { 'model.safetensors': bytes.map((b, i) => (i === at ? b ^ by : b)) });
      try {
        const model = await openModel(folder);
        try {
          for (const name of model.weights.keys()) await model.weight(name);
        } finally {
          await model.close();
        }
      } catch (error) {
        if (!isFileError(error)) throw error;
        expect(error.file).toBe(join(folder, 'model.safetensors'));
      }
    }),
    runs(250, 3000),
  );
});
