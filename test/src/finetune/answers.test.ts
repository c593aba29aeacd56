/** Questions in labelled sequences, marked answers, and their comparison. */
import { describe, expect, it } from 'vitest';
import {
  answerIn,
  examined,
  questionsOf,
  scoreOf,
  searchFor,
  unmarked,
} from '../../../src/finetune/answers.ts';
import { IGNORED } from '../../../src/finetune/batch.ts';

const LETTERS = 'abcdefghij';
/** Letters, and a special token 99 that ends a text. */
const tokenizer = {
  token: (id: number) => LETTERS[id] ?? '</s>',
  decode: (ids: Iterable<number>, options?: { readonly special?: boolean }) =>
    [...ids].map((id) => LETTERS[id] ?? (options?.special === false ? '' : '</s>')).join(''),
};
const [_, END, TURN] = [IGNORED, 99, 98];

describe('the questions of a sequence', () => {
  it('are its responses, each after all of its text', () => {
    // The text "ab" asks, "cd" responds, "e" asks again, and "f" responds.
    const ids = [0, 1, 2, 3, TURN, 4, 5];
    const labels = [_, 2, 3, TURN, _, 5, END];
    expect(questionsOf([{ ids, labels }], tokenizer, [END])).toEqual([
      { ids: [0, 1], end: [END, TURN], response: 'cd', tokens: 3 },
      { ids: [0, 1, 2, 3, TURN, 4], end: [END, END], response: 'f', tokens: 2 },
    ]);
  });

  it('are those of each packed text alone', () => {
    const ids = [0, 1, END, 7, 8, 9];
    const labels = [_, END, _, _, 9, END];
    const starts = [0, 3];
    expect(questionsOf([{ ids, labels, starts }], tokenizer, [END]).map((q) => q.ids)).toEqual([
      [0, 1],
      [7, 8],
    ]);
  });

  it('are none where every token counts', () => {
    expect(questionsOf([{ ids: [0, 1], labels: [1, 2] }], tokenizer, [END])).toEqual([]);
  });
});

describe('the answer of a response', () => {
  it('is what its mark says', () => {
    expect(answerIn(' 12\n', undefined, false)).toBe('12');
    expect(answerIn('3 + 4 #### 6? #### 7 \n', undefined, true)).toBe('7');
    expect(answerIn('7', undefined, true)).toBeUndefined();
    expect(answerIn('so x = 1, so x = 2.', searchFor('x = (\\d+)'), false)).toBe('2');
    expect(answerIn('1 or 22', searchFor('\\d+'), false)).toBe('22');
    expect(answerIn('a 3\nb 4\n', searchFor('\\w (.*)'), false)).toBe('4');
    expect(answerIn('none', searchFor('\\d+'), false)).toBeUndefined();
  });

  it('must be marked in the data', () => {
    const question = { ids: [0], end: [END], response: 'ab', tokens: 2 };
    expect(unmarked([question], searchFor('c'))).toBe(question);
    expect(unmarked([question], searchFor('b'))).toBeUndefined();
    expect(unmarked([question], undefined)).toBeUndefined();
  });
});

it('an exam compares the answers, and generates twice the longest response unless told', async () => {
  const questions = questionsOf(
    [
      { ids: [0, 1, 2], labels: [_, 2, END] },
      { ids: [3, 4, 5, 6], labels: [_, 5, 6, END] },
    ],
    tokenizer,
    [END],
  );
  const asked: unknown[] = [];
  const model = {
    continued: async (prompts: readonly { readonly ids: readonly number[] }[], options: object) => {
      asked.push(options);
      return prompts.map(({ ids }) => (ids[0] === 0 ? [2] : [5]));
    },
  };
  const all = await examined(model, questions, tokenizer, { batch: 4, most: undefined, find: undefined });
  expect(all).toEqual([
    { prompt: 'ab', response: 'c', generated: 'c', correct: true },
    { prompt: 'de', response: 'fg', generated: 'f', correct: false },
  ]);
  expect(scoreOf(all)).toEqual({ correct: 1, asked: 2 });
  const first = await examined(model, questions, tokenizer, { batch: 4, most: 9, find: searchFor('^.') });
  expect(scoreOf(first)).toEqual({ correct: 2, asked: 2 });
  expect(asked).toEqual([
    { batch: 4, most: 6 },
    { batch: 4, most: 9 },
  ]);
});

it('what marks an answer is searched for in linear time, or not at all', () => {
  for (const source of ['(a)\\1', '(?=a)b', '(a*)*b']) expect(searchFor(source)).toBeUndefined();
  expect(answerIn(`${'a'.repeat(1e5)}!`, searchFor('(?:a+)+b'), false)).toBeUndefined();
});
