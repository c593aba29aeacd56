/** Exact forms of slices and concatenations in products: slicing outer factors, and multiplying part by part. */
import { expect, it } from 'vitest';
import { dimConst, dimVar } from '../../compiler/dims/dims.ts';
import { apply, input } from '../../compiler/ir/build.ts';
import type { Node } from '../../compiler/ir/node.ts';
import { slice } from '../../compiler/ops/parts.ts';
import { allRules } from '../../compiler/rewrite/rule.ts';
import {
  A,
  always,
  B,
  blocks,
  type Case,
  identity,
  outputsOf,
  printed,
  T,
  t,
  tensor,
  times,
  X,
  x,
} from './forms.ts';

const z = tensor('z', 'tokens', 12);
const first = (a: Node, axis: number): Node => slice(a, axis, dimConst(0), dimConst(1));
const second = (a: Node, axis: number): Node => slice(a, axis, dimConst(1), dimConst(1));
const concat = (axis: number, ...parts: readonly Node[]): Node => apply('concat', parts, { axis });
/** A matrix with six rows and an unknown number of columns. */
const named = input('Y', 'trainable', { shape: [dimConst(6), dimVar('n')], dtype: 'f32' });
/** A sum over tokens, with a factor that acts. */
const summed = times(blocks(T), X, tensor('g', 'tokens', 6));
/** A product that costs less to apply than to form. */
const turned = times(blocks(T), A);

const PARTS: readonly Case[] = [
  [
    'columns of a product are those of its last factor, whatever its size',
    first(times(x, named), 1),
    'x·slice(Y, axis: 1, start: 0, length: 1)',
  ],
  [
    'rows are those of its first, where another factor acts',
    first(times(A, blocks(T)), 0),
    'slice(A, axis: 0, start: 0, length: 1)·diag(T)',
  ],
  [
    'not of one that acts: it would be formed',
    first(times(A, blocks(T)), 1),
    'slice(A·diag(T), axis: 1, start: 0, length: 1)',
  ],
  [
    'nor of batches, whose first axis is no row',
    first(times(tensor('M', 3, 3), tensor('Z', 2, 3, 'tokens')), 1),
    'slice(M·Z, axis: 1, start: 0, length: 1)',
  ],
  [
    'a sum over tokens is taken in part',
    first(summed, 1),
    'diag(T)·X·slice(g, axis: 1, start: 0, length: 1)',
  ],
  [
    'but is computed once for several parts',
    [first(summed, 1), second(summed, 1)],
    'slice(diag(T)·X·g, axis: 1, start: 0, length: 1); slice(diag(T)·X·g, axis: 1, start: 1, length: 1)',
  ],
  [
    'parts below each other meet their own columns',
    times(z, concat(0, turned, B)),
    'slice(z, axis: 1, start: 0, length: 6)·diag(T)·A + slice(z, axis: 1, start: 6, length: 6)·B',
  ],
  [
    'so do parts beside each other, transposed',
    times(z, t(concat(1, turned, B))),
    'slice(z, axis: 1, start: 0, length: 6)·Aᵀ·diag(Tᵀ) + slice(z, axis: 1, start: 6, length: 6)·Bᵀ',
  ],
  [
    'of two widths, as many rows each as it has columns',
    times(concat(1, turned, tensor('V', 6, 4)), tensor('Z', 10, 'tokens')),
    'diag(T)·A·slice(Z, axis: 0, start: 0, length: 6) + V·slice(Z, axis: 0, start: 6, length: 4)',
  ],
  [
    'without tokens they are formed',
    times(tensor('G', 4, 12), concat(0, turned, B)),
    'G·concat(diag(T)·A, B, axis: 0)',
  ],
  [
    'rows of tokens are no parts of a matrix',
    times(concat(0, times(x, blocks(T)), tensor('y', 'tokens', 6)), A),
    'concat(x·diag(T), y, axis: 0)·A',
  ],
  [
    'nor are batches',
    times(tensor('Y', 2, 'tokens', 6), concat(1, identity(2, 3), T)),
    'Y·concat(I, T, axis: 1)',
  ],
];

it.each(PARTS)('%s', (_, before, after) => {
  expect(printed(always(allRules()), ...outputsOf(before))).toBe(after);
});
