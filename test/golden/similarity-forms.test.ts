/** Exact forms of functions of P·A·Pᵀ, of A ⊗ I and of similar matrices, and of inverses of Kronecker products. */
import { expect, it } from 'vitest';
import { dimConst } from '../../compiler/dims/dims.ts';
import { rational } from '../../compiler/dims/rational.ts';
import { apply, input } from '../../compiler/ir/build.ts';
import type { Node } from '../../compiler/ir/node.ts';
import { normalisation } from '../../compiler/rewrite/rules/index.ts';
import {
  A,
  always,
  B,
  type Case,
  cayley,
  identity,
  outputsOf,
  printed,
  Q,
  R,
  solve,
  t,
  tensor,
  times,
} from './forms.ts';

const kronecker = (a: Node, b: Node): Node => apply('kronecker', [a, b]);
const p = input('p', 'frozen', { shape: [dimConst(6)], dtype: 'i32' });
const [P, Pt] = [apply('permutation', [p]), apply('permutation', [p], { inverse: true })];
/** A permutation that equals its inverse. */
const swap = apply('shuffle', [], { digits: [2, 2].map(dimConst), order: [1, 0] });
const [E, F, U, V] = [tensor('E', 2, 2), tensor('F', 3, 3), tensor('U', 2, 3), tensor('V', 3, 2)];
const none = identity(0);
const zero = (a: Node): Node => apply('scale', [a], { by: rational(0n) });

const SIMILAR: readonly Case[] = [
  ['in a rotated basis', cayley(times(R, A, t(R))), 'cayley(skew(a))·cayley(A)·cayley(skew(a))ᵀ'],
  ['in one rotated back', cayley(times(t(R), A, R)), 'cayley(skew(a))ᵀ·cayley(A)·cayley(skew(a))'],
  ['in a permuted one', cayley(times(P, A, Pt)), 'permutation(p)·cayley(A)·permutation(p, inverse: true)'],
  ['in one permuted back', cayley(times(Pt, A, P)), 'permutation(p, inverse: true)·cayley(A)·permutation(p)'],
  ['not between two rotations', cayley(times(R, A, t(Q))), 'cayley(cayley(skew(a))·A·cayley(skew(b))ᵀ)'],
  ['nor in a basis that is not orthogonal', cayley(times(B, A, t(B))), 'cayley(B·A·Bᵀ)'],
  [
    'not of a rotation alone, though it is its own inverse',
    cayley(swap),
    'cayley(shuffle(digits: [2,2], order: [1,0]))',
  ],
  ['beside an identity', cayley(kronecker(E, identity(3))), 'kronecker(cayley(E), I)'],
  ['behind one', cayley(kronecker(identity(3), E)), 'kronecker(I, cayley(E))'],
  [
    'not with another factor after it',
    cayley(times(kronecker(E, identity(3)), B)),
    'cayley(kronecker(E, I)·B)',
  ],
  ['nor beside another matrix', cayley(kronecker(E, F)), 'cayley(kronecker(E, F))'],
  [
    'nor of what is not square, where there are none of it',
    cayley(kronecker(U, none)),
    'cayley(kronecker(U, I))',
  ],
];

const INVERSES: readonly Case[] = [
  [
    'of a Kronecker product of square matrices',
    solve(kronecker(E, F), B),
    'kronecker(solve(E, I), solve(F, I))·B',
  ],
  ['not of others, though they make a square one', solve(kronecker(U, V), B), 'solve(kronecker(U, V), B)'],
  [
    'nor of one beside an empty one',
    solve(kronecker(tensor('O', 0, 0), U), tensor('Z', 0, 6)),
    'solve(kronecker(O, U), Z)',
  ],
  ['of zero is not a division by it', solve(zero(A), B), 'solve(0·A, B)'],
];

it.each(SIMILAR)('a function of a matrix %s', (_, before, after) => {
  expect(printed(always(normalisation), ...outputsOf(before))).toBe(after);
});

it.each(INVERSES)('the inverse %s', (_, before, after) => {
  expect(printed(always(normalisation), ...outputsOf(before))).toBe(after);
});
