/** Names in files are data: names such as `__proto__` are read, looked up, listed and written like any other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { openModel } from '../../../src/finetune/models/open.ts';
import { openCheckpoint, openTensors } from '../../../src/formats/checkpoint/store.ts';
import { type Json, parseJson } from '../../../src/formats/json.ts';
import { readAdapter, writeAdapter } from '../../../src/formats/peft/adapter.ts';
import { byName, checked, isNumber } from '../../../src/formats/schema.ts';
import { makeTokenizer } from '../../../src/formats/tokenizer/index.ts';
import { parseSafetensors, serializeSafetensors } from '../../support/safetensors.ts';
import { oftc } from '../cli/harness.ts';
import { CONFIG, f32, modelFolder, newFolder, weightsFor, writeFiles } from './models.ts';
import { storedTensors } from './peft/stored-tensors.ts';
import { LORA, parse } from './peft.ts';

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
];
/** An object that has these names as its own keys. */
const own = (values: readonly Json[]): { readonly [key: string]: Json } =>
  Object.fromEntries(NAMES.map((name, i) => [name, values[i % values.length]!]));
const tensors = NAMES.map((name, i) => f32(name, [2], i));

describe('names of JavaScript objects', () => {
  it('of tensors and metadata are read and written', async () => {
    const texts = new Map(NAMES.map((name) => [name, `the text of ${name}`]));
    const bytes = serializeSafetensors(tensors, texts);
    const file = parseSafetensors(bytes, 'f');
    expect(new Set(file.tensors.keys())).toEqual(new Set(NAMES));
    expect([...(file.metadata ?? [])]).toEqual([...texts]);
    for (const [i, name] of NAMES.entries()) expect(file.array(name)).toEqual(tensors[i]!.data);
    expect(serializeSafetensors(tensors, Object.fromEntries(texts))).toEqual(bytes);
    const path = join(writeFiles(newFolder(), { 'x.safetensors': bytes }), 'x.safetensors');
    const store = await openTensors(path);
    for (const [i, name] of NAMES.entries()) expect(await store.f32(name)).toEqual(tensors[i]!.data);
    await store.close();
    const { exit, stdout } = await oftc('inspect', path, '--json');
    const report = parseJson(stdout, 'out');
    expect(exit).toBe(0);
    expect(report).toMatchObject({ tensors: { tensors: NAMES.length } });
    for (const name of NAMES) {
      expect(stdout).toContain(`"pattern": "${name}"`);
      expect(stdout).toContain(`"${name}": "the text of ${name}"`);
    }
    expect((await oftc('inspect', path)).stdout).toContain('__proto__=the text of __proto__');
  });

  it('of tensors in an index of shards are found', async () => {
    const store = await openCheckpoint(
      writeFiles(newFolder(), {
        'a.safetensors': serializeSafetensors(tensors.slice(0, 3)),
        'b.safetensors': serializeSafetensors(tensors.slice(3)),
        'model.safetensors.index.json': {
          metadata: own([1]),
          weight_map: Object.fromEntries(NAMES.map((n, i) => [n, i < 3 ? 'a.safetensors' : 'b.safetensors'])),
        },
      }),
    );
    expect(new Set(store.tensors.keys())).toEqual(new Set(NAMES));
    for (const [i, name] of NAMES.entries()) expect(await store.f32(name)).toEqual(tensors[i]!.data);
    await store.close();
  });

  it('of fields and tensors of a model are reported as unknown, every one', async () => {
    const folder = modelFolder({ ...CONFIG, ...own([1]) }, [...weightsFor(CONFIG), ...tensors]);
    const model = await openModel(folder);
    await model.close();
    const [fields, others] = model.notes;
    for (const name of NAMES) {
      expect(fields).toContain(`"${name}"`);
      expect(others).toContain(`"${name}"`);
    }
  });

  it('of fields of an adapter are reported as unknown, and kept when it is written again', async () => {
    const folder = writeFiles(newFolder(), {
      'adapter_config.json': { ...LORA, ...own([1]) },
      'adapter_model.safetensors': serializeSafetensors([
        f32('base_model.model.x.q_proj.lora_A.weight', [4, 16]),
        f32('base_model.model.x.q_proj.lora_B.weight', [16, 4]),
      ]),
    });
    const adapter = await readAdapter(folder);
    for (const name of NAMES) expect(adapter.notes.join()).toContain(`"${name}"`);
    const copy = join(newFolder(), 'copy');
    await writeAdapter(copy, { fields: adapter.fields, tensors: await storedTensors(adapter) });
    await adapter.close();
    const text = readFileSync(join(copy, 'adapter_config.json'), 'utf8');
    expect(parseJson(text, 'c')).toEqual({ ...LORA, ...own([1]) });
    for (const name of NAMES) expect(text).toContain(`"${name}": 1`);
  });

  it('of modules are targets, and have ranks and scales of their own', () => {
    const shapes = Object.fromEntries(
      NAMES.flatMap((name, i) => [
        [`${name}.lora_A.weight`, [i + 1, 16]],
        [`${name}.lora_B.weight`, [16, i + 1]],
      ]),
    );
    const fields = {
      ...LORA,
      target_modules: NAMES,
      rank_pattern: own(NAMES.map((_, i) => i + 1)),
      alpha_pattern: own(NAMES.map((_, i) => 3 * (i + 1))),
    };
    const { modules } = parse(fields, shapes);
    expect([...modules.keys()]).toEqual(NAMES);
    for (const [i, name] of NAMES.entries())
      expect(modules.get(name)).toMatchObject({ dims: { r: i + 1 }, config: { scale: 3 } });
  });

  it('of settings and dimensions are kept by the schemas of JSON files', () => {
    const schema = v.looseObject({ dims: byName(isNumber, 'numbers by name are expected') });
    const { dims } = checked(schema, { dims: own([1, 2]) }, { file: 'f' }, 'InvalidAdapter', 'Correct it.');
    expect(Object.entries(dims)).toEqual(NAMES.map((name, i) => [name, 1 + (i % 2)]));
  });

  it.each([
    ['by itself', { type: 'Split', pattern: { String: ' ' }, behavior: 'Isolated' }],
    ['in the worker', { type: 'Split', pattern: { Regex: ' (?!!)' }, behavior: 'Isolated' }],
  ])('of tokens are encoded and decoded, %s', (_, split) => {
    const letters = [...new Set(NAMES.join(''))];
    const words = [...NAMES.filter((name) => name !== 'valueOf'), ' ', ...letters];
    const vocab = Object.fromEntries(words.map((word, i) => [word, i]));
    const tokenizer = makeTokenizer(
      {
        model: { type: 'BPE', vocab, merges: [], ignore_merges: true },
        added_tokens: [{ id: words.length, content: 'valueOf', special: false }],
        normalizer: null,
        post_processor: null,
        pre_tokenizer: split,
        decoder: { type: 'Fuse' },
        ...own(['x']),
      },
      own(['x']),
      't',
    );
    for (const name of NAMES) {
      const id = name === 'valueOf' ? words.length : words.indexOf(name);
      expect([tokenizer.id(name), tokenizer.token(id)]).toEqual([id, name]);
      expect([...tokenizer.encode(`${name} ${name}`)]).toEqual([id, words.indexOf(' '), id]);
      expect(tokenizer.decode([id])).toBe(name);
    }
    expect(tokenizer.id('isPrototypeOf')).toBeUndefined();
  });
});
