/** Normal forms of products of tokens with more factors than one chain holds: where they are cut, and where they stay. */
import { expect, it } from 'vitest';
import { normalisation } from '../../compiler/rewrite/rules/index.ts';
import { MOST_FACTORS } from '../../compiler/rewrite/rules/products.ts';
import {
  A,
  always,
  B,
  C,
  type Case,
  chainOf,
  chainText,
  outputsOf,
  printed,
  tensor,
  times,
  X,
  x,
} from './forms.ts';

const CASES: readonly Case[] = [
  [
    'a chain of tokens is opened up to the longest that is nested',
    times(x, ...chainOf(MOST_FACTORS - 3), times(A, B)),
    `x·${chainText(MOST_FACTORS - 3)}·A·B`,
  ],
  [
    'a longer one is cut, so that tokens meet its last product, too',
    times(x, ...chainOf(MOST_FACTORS - 2), times(A, B)),
    `(x·${chainText(MOST_FACTORS - 2)})·A·B`,
  ],
  [
    'and its first, where tokens come last',
    times(times(A, B), ...chainOf(MOST_FACTORS - 2), X),
    `A·B·(${chainText(MOST_FACTORS - 2)}·X)`,
  ],
  [
    'a longer one stays where tokens stand between others',
    times(times(A, B), ...chainOf(MOST_FACTORS - 3), tensor('T', 'tokens', 6, 6), C),
    `(A·B)·${chainText(MOST_FACTORS - 3)}·T·C`,
  ],
  [
    'a product of tokens with one that is too long stays',
    times(x, times(...chainOf(MOST_FACTORS))),
    `x·(${chainText(MOST_FACTORS)})`,
  ],
  [
    'with two factors before it, tokens meet both',
    times(x, A, times(...chainOf(MOST_FACTORS))),
    `(x·A)·${chainText(MOST_FACTORS)}`,
  ],
];

it.each(CASES)('%s', (_law, before, after) => {
  expect(printed(always(normalisation), ...outputsOf(before))).toBe(after);
});
