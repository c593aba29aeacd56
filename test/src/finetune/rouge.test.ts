/** ROUGE by the formula of rouge-score 0.1.2 without its stemmer, in values computed by hand and by another program. */
import { expect, it } from 'vitest';
import { meanRouge, rougeOf } from '../../../src/finetune/rouge.ts';

it.each([
  ['testing', 'testing one two', 0.5, 0, 0.5],
  ['a', 'b', 0, 0, 0],
  ['', 'b', 0, 0, 0],
  ['the the the cat', 'the cat cat', 4 / 7, 0.4, 4 / 7],
  [
    'The quick brown dog jumps on the log.',
    'The quick brown fox jumps over the lazy dog',
    12 / 17,
    4 / 15,
    10 / 17,
  ],
  [
    'On Monday the mayor opened a bridge in Ulm; she is 41.',
    'The mayor of Ulm, aged 41, opened the new bridge on Monday.',
    2 / 3,
    2 / 11,
    1 / 3,
  ],
  ['it s 3 5 km na ve', 'It’s 3.5 km — naïve!', 1, 1, 1],
])('%j against %j', (text, reference, rouge1, rouge2, rougeL) => {
  const found = rougeOf(text, reference);
  expect(found.rouge1).toBeCloseTo(rouge1, 12);
  expect(found.rouge2).toBeCloseTo(rouge2, 12);
  expect(found.rougeL).toBeCloseTo(rougeL, 12);
});

it('is the mean over texts', () => {
  const pairs = [
    { text: 'testing', reference: 'testing one two' },
    { text: 'a', reference: 'b' },
  ];
  expect(meanRouge(pairs)).toEqual({ rouge1: 0.25, rouge2: 0, rougeL: 0.25 });
});
