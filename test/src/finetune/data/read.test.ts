/** Data from files: texts and lines, folders and shards by name, parts that are held out, ids with labels. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { IGNORED } from '../../../../src/finetune/batch.ts';
import { heldApart, PER_CHUNK } from '../../../../src/finetune/data/hold-out.ts';
import { readData } from '../../../../src/finetune/data/read.ts';
import { cut } from '../../../../src/finetune/data/texts.ts';
import { type TensorData, writeSafetensors } from '../../../../src/formats/safetensors/index.ts';
import { openTokenizer } from '../../../../src/formats/tokenizer/index.ts';
import { at, finetune, MODEL } from '../tiny.ts';

const reader = { tokenizer: () => openTokenizer(MODEL) };
const OPTIONS = { length: 2, holdOut: 0, separator: 7, vocabulary: 9 };
const read = (...paths: readonly string[]) => readData(paths.map(at), reader, OPTIONS);
/** The ids of all sequences of two tokens, with the id that follows each. */
const spelt = async (...paths: readonly string[]) =>
  (await read(...paths)).train.map(({ ids, labels }) => [ids[0], ids[1], labels[1]]);

describe('a text', () => {
  it('is cut into sequences, and the last of every n chunks of ten is held out', () => {
    const ids = Int32Array.from({ length: 4 * 650 + 70 }, (_, i) => i);
    const { train, heldOut } = heldApart(cut(ids, 64), 2, PER_CHUNK);
    expect([train.length, heldOut.length]).toEqual([21, 20]);
    const starts = (s: typeof train) => s.map(({ ids: own }) => own[0]);
    expect(starts(heldOut)).toEqual(
      [650, 1950].flatMap((c) => Array.from({ length: 10 }, (_, i) => c + 65 * i)),
    );
    expect(train[0]!.ids).toEqual(Array.from({ length: 64 }, (_, i) => i));
    expect(train[0]!.labels).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
    expect(starts(train).at(-1)).toBe(2600);
    expect(heldApart(cut(ids, 64), 0, PER_CHUNK).heldOut).toEqual([]);
  });

  it('may be lines of JSON, with a separator between two', async () => {
    writeFileSync(at('a.txt'), 'abc');
    writeFileSync(at('a.jsonl'), '{"text": "ab", "id": 1}\n\n{"text": "c"}\n');
    expect((await read('a.txt')).train).toEqual([{ ids: [0, 1], labels: [1, 2] }]);
    const { train, tokens } = await read('a.jsonl');
    expect([train, tokens]).toEqual([[{ ids: [0, 1], labels: [1, 7] }], 4]);
  });
});

describe('several files', () => {
  it('are read by name, with a separator between texts, from a folder or one by one', async () => {
    mkdirSync(at('shards/below'), { recursive: true });
    for (const [name, text] of [
      ['b.txt', 'ef'],
      ['a.txt', 'ab'],
      ['c.jsonl', '{"text": "c"}\n{"text": "d"}'],
      ['notes.md', 'x'],
    ])
      writeFileSync(at(`shards/${name}`), text!);
    const ids = [
      [0, 1, 7],
      [4, 5, 7],
      [2, 7, 3],
    ];
    expect(await spelt('shards')).toEqual(ids);
    expect(await spelt('shards/c.jsonl', 'shards/b.txt', 'shards/a.txt')).toEqual(ids);
    const { notes, sha256 } = await read('shards');
    expect(notes).toEqual([`of ${at('shards')}, "below", "notes.md" are not read`]);
    expect((await read('shards/a.txt', 'shards/b.txt')).sha256).not.toBe(sha256);
  });

  it('are refused where one is named twice, a folder has none, or their kinds differ', async () => {
    const refused = (paths: readonly string[], message: RegExp) =>
      expect(read(...paths)).rejects.toMatchObject({
        code: 'OFT6004',
        message: expect.stringMatching(message),
      });
    mkdirSync(at('bare'));
    symlinkSync(at('shards/a.txt'), at('again.txt'));
    await refused(['shards', 'shards/a.txt'], /a\.txt is named twice/);
    await refused(['again.txt', 'shards/a.txt'], /a\.txt is named twice/);
    await refused(['bare'], /bare is a folder without data: a folder's \.txt, \.jsonl, \.safetensors files/);
    writeFileSync(at('whole.json'), '[]');
    await refused(['whole.json'], /whole\.json is a \.json file, .* rename it to \.jsonl .* or to \.txt/);
    writeFileSync(at('array.jsonl'), '\n[\n  {"text": "ab"}\n]\n');
    await refused(['array.jsonl'], /array\.jsonl:2: this is an array: write one object a line/);
    writeFileSync(at('spread.jsonl'), '{\n  "text": "ab"\n}\n');
    await refused(['spread.jsonl'], /spread\.jsonl:1: this object goes on in the next line/);
    await ids('kinds.safetensors', [1, 2, 3]);
    await refused(['kinds.safetensors', 'a.txt'], /kinds\.safetensors has token ids and .*a\.txt text/);
  });
});

const ids = (name: string, values: readonly number[], labels?: readonly number[]) => {
  const tensor = (called: string, data: readonly number[]): TensorData => ({
    name: called,
    dtype: 'I32',
    shape: [data.length],
    data: Int32Array.from(data),
  });
  return writeSafetensors(at(name), [
    tensor('input_ids', values),
    ...(labels ? [tensor('labels', labels)] : []),
  ]);
};

describe('token ids', () => {
  it('may have labels, of which those that do not count are -100', async () => {
    await ids('labelled.safetensors', [1, 2, 3, 4, 5, 6], [-100, -100, 3, -100, -100, -100]);
    const { train, counted, notes } = await read('labelled.safetensors');
    expect(train).toEqual([{ ids: [1, 2], labels: [IGNORED, 3] }]);
    expect(counted).toBe(1);
    expect(notes).toEqual([
      `${at('labelled.safetensors')}: 1 sequence has no label that counts, and is left out`,
    ]);
  });

  it('are refused with a label outside the vocabulary, or labels of another shape', async () => {
    await ids('outside.safetensors', [1, 2, 3], [-100, 9, 3]);
    await expect(read('outside.safetensors')).rejects.toThrow(
      /outside\.safetensors: label 1 is 9; a label is -100, which does not count, or in the model's vocabulary of 0 to 8/,
    );
    await ids('short.safetensors', [1, 2, 3], [1, 2]);
    await expect(read('short.safetensors')).rejects.toThrow(/'labels' is \(2\) and 'input_ids' \(3\)/);
  });
});

describe('a validation file', () => {
  it('is held out instead of a part of the data', async () => {
    writeFileSync(at('other.txt'), 'ab cd ef ga '.repeat(4));
    const run = await finetune(
      'validated',
      '--validation',
      at('other.txt'),
      '--hold-out',
      '0',
      '--steps',
      '1',
    );
    expect(run.exit, run.stderr).toBe(0);
    const { sequences } = JSON.parse(run.stdout);
    expect(sequences.heldOut).toBe(6);
    const twice = await finetune('never', '--validation', at('other.txt'), '--hold-out', '1/4');
    expect(twice.stdout + twice.stderr).toMatch(/--validation names what is held out/);
  });
});
