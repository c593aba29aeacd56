/** Pairs of texts for a model with an encoder. */
import { expect, it } from 'vitest';
import { IGNORED } from '../../../../src/finetune/batch.ts';
import { pairsOf } from '../../../../src/finetune/data/pairs.ts';
import type { Json } from '../../../../src/formats/json.ts';
import type { Tokenizer } from '../../../../src/formats/tokenizer/index.ts';

/** A tokenizer whose tokens are letters, between <s> (0) and </s> (2). */
const tokenizer = {
  encode: (text: string) =>
    Int32Array.from(text === '' ? [] : [0, ...[...text].map((c) => c.charCodeAt(0) - 87), 2]),
} as Tokenizer;

const OPTIONS = { length: 8, sourceLength: 6, start: 2, end: 2, filler: 1 };
const read = (json: Json, options = OPTIONS) =>
  pairsOf(
    (json as Json[]).map((line, n) => ({ at: `pairs.jsonl:${n + 1}`, json: line })),
    tokenizer,
    options,
  );

it('shifts the decoder’s text right after its start, and fills both sides up', () => {
  const { sequences, counts } = read([
    { prompt: 'abc', completion: 'b' },
    { source: 'c', target: 'ab' },
  ]);
  expect(sequences).toEqual([
    { ids: [2, 0, 11, 1], labels: [0, 11, 2, IGNORED], source: { ids: [0, 10, 11, 12, 2], count: 5 } },
    { ids: [2, 0, 10, 11], labels: [0, 10, 11, 2], source: { ids: [0, 12, 2, 1, 1], count: 3 } },
  ]);
  expect(counts).toMatchObject({ conversations: 2, tokens: 15, cut: 0 });
});

it('cuts long texts before their end, and says so', () => {
  const { sequences, notes } = read([{ prompt: 'abcdefg', completion: 'abcdefgh', id: 3 }]);
  expect(sequences[0]!.source).toEqual({ ids: [0, 10, 11, 12, 13, 2], count: 6 });
  expect(sequences[0]!.labels).toEqual([0, 10, 11, 12, 13, 14, 15, 2]);
  expect(notes.join('\n')).toMatch(/not read: "id"[\s\S]*1 pair is cut, by 5 tokens/);
});

it.each([
  [{ text: 'abc' }, /the model has an encoder, and the line has no pair/],
  [{ prompt: 'abc' }, /"completion" is missing/],
  [{ prompt: 'abc', completion: [] }, /"completion" is \[\]|trained on two texts/],
  [{ source: '', target: 'a' }, /the source is an empty text/],
  [{ messages: [] }, /no pair of texts/],
])('refuses %j', (line, says) => {
  expect(() => read([line as Json])).toThrow(says);
});
