/** Exact forms of sums of products with a common factor, also with other operators between product and sum. */
import { expect, it } from 'vitest';
import { rational } from '../../compiler/dims/rational.ts';
import { apply } from '../../compiler/ir/build.ts';
import { scaled } from '../../compiler/ops/nodes.ts';
import { normalisation } from '../../compiler/rewrite/rules/index.ts';
import {
  A,
  always,
  B,
  C,
  type Case,
  c,
  D,
  div,
  half,
  M,
  mul,
  outputsOf,
  plus,
  printed,
  r,
  S,
  s,
  T,
  tensor,
  times,
  v,
  X,
  x,
} from './forms.ts';

const wide = tensor('H', 3, 6);
const [y, z, g] = [tensor('y', 'tokens', 6), tensor('z', 'tokens', 6), tensor('g', 'tokens', 1)];

const SUMS: readonly Case[] = [
  ['a common last factor', plus(times(A, C), times(B, C)), '(A + B)·C'],
  ['a common first factor', plus(times(C, A), times(C, B)), 'C·(A + B)'],
  ['with a multiple', plus(half(times(A, C)), times(B, C)), '(1/2·A + B)·C'],
  ['other terms stay beside it', plus(D, times(A, C), times(B, C)), '(A + B)·C + D'],
  ['the factor alone is I times it', plus(C, times(A, C)), '(I + A)·C'],
  ['or it times I', plus(wide, times(wide, A)), 'H·(I + A)'],
  ['tokens in front of it stay in front', plus(times(x, A, C), times(y, B, C)), '(x·A + y·B)·C'],
  ['a sum of one matrix with itself has no factor but it', plus(C, C), 'C + C'],
  ['a matrix and its multiples are one multiple', plus(C, half(C), half(half(C))), '7/4·C'],
  ['terms that cancel are left out', plus(scaled(-1, C), A, C), 'A'],
  ['unless they give the sum its shape', plus(scaled(-1, C), C, r), '0·C + r'],
  ['a scalar goes with its product', plus(mul(times(A, C), s), times(B, C)), '(A ⊙ s + B)·C'],
  ['a column does not without tokens', plus(mul(times(A, C), c), times(B, C)), '(A·C) ⊙ c + B·C'],
  ['nor does a scalar that divides it', plus(div(times(A, C), s), times(B, C)), '(A·C) / s + B·C'],
  ['nor does a row', plus(mul(times(A, C), r), times(B, C)), '(A·C) ⊙ r + B·C'],
  [
    'nor does a scalar that adds an axis',
    plus(mul(times(A, C), tensor('e', 1, 1, 1)), mul(times(B, C), tensor('e', 1, 1, 1))),
    '(A·C) ⊙ e + (B·C) ⊙ e',
  ],
  [
    'columns over tokens go with their products',
    plus(mul(times(x, A, C), g), times(y, B, C)),
    '((x·A) ⊙ g + y·B)·C',
  ],
  ['from the left, too', plus(mul(g, times(x, A, C)), times(y, B, C)), '((x·A) ⊙ g + y·B)·C'],
  [
    'a product that divides has no factors to give',
    plus(div(g, times(x, A, C)), times(y, B, C)),
    'g / (x·A·C) + y·B·C',
  ],
  ['columns that divide go with theirs', plus(div(times(x, A, C), g), times(y, B, C)), '((x·A) / g + y·B)·C'],
  ['a vector is no factor', plus(times(A, c), times(B, c)), 'A·c + B·c'],
  ['the double of a half is the whole', apply('scale', [half(C)], { by: rational(2n) }), 'C'],
  [
    'a matrix over tokens does not go with one',
    plus(mul(times(x, A, C), z), times(y, B, C)),
    '(x·A·C) ⊙ z + y·B·C',
  ],
  ['a scalar within a product stays there', plus(times(mul(A, s), C), times(B, C)), '(A ⊙ s + B)·C'],
  ['a factor with tokens is no weight', plus(times(A, X), times(B, X)), 'A·X + B·X'],
  ['nor is a batch of factors', plus(times(S, T), times(tensor('R', 2, 3, 3), T)), 'S·T + R·T'],
  [
    'a shared product may have tokens inside, and is no factor until it is opened',
    plus(times(C, M), times(D, M)),
    'C·(A·B) + D·(A·B)',
  ],
  ['where terms broadcast, products are not alike', plus(times(A, C), times(B, C), v), 'A·C + B·C + v'],
  [
    'a chain over tokens stays open: it may never be formed',
    plus(times(X, x, C), times(A, C)),
    'X·x·C + A·C',
  ],
];

it.each(SUMS)('%s', (_, before, after) => {
  expect(printed(always(normalisation), ...outputsOf(before))).toBe(after);
});
