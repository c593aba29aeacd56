/** Notes on expressions that an author probably does not mean. */
import { expect, it } from 'vitest';
import { dimConst, parseDim } from '../../../compiler/dims/dims.ts';
import { input } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { programNotes } from '../../../compiler/ir/notes.ts';
import { functions, methods, properties } from '../../../compiler/ops/surface.ts';
import { programOf } from '../../support/evaluate.ts';

const tensor = (name: string, ...shape: readonly string[]): Node =>
  input(name, 'trainable', {
    shape: shape.map((d) => (/^\d+$/.test(d) ? dimConst(Number(d)) : parseDim(d))),
    dtype: 'f32',
  });
const notes = (equation: string, ...operands: readonly Node[]) =>
  programNotes(programOf({ y: functions.einsum(equation, ...operands) }));

const [x, W, R] = [tensor('x', 'tokens', 'r*b'), tensor('W', 'o', 'r*b'), tensor('R', 'r', 'b', 'c')];

it.each([
  [
    'ti,rbc->trc',
    [x, R],
    "einsum 'ti,rbc->trc' sums 'i' of 'x' and 'b' of 'R' each by itself: to sum over both together, write einsum('trb,rbc->trc', x.reshape('tokens', 'r', 'b'), R)",
  ],
  [
    'ti,oj->to',
    [x, W],
    "einsum 'ti,oj->to' sums 'i' of 'x' and 'j' of 'W' each by itself: to sum over both together, write einsum('ti,oi->to', x, W)",
  ],
  [
    'ti,abc->ta',
    [x, tensor('A', 'd', 'e', 'f')],
    "einsum 'ti,abc->ta' sums 'i' of 'x' and 'b', 'c' of 'A' each by itself: to sum over one axis, give it one letter in both",
  ],
  [
    'ti,oj->to',
    [x, methods.mul(W, 2)],
    "einsum 'ti,oj->to' sums 'i' of 'x' and 'j' of operand 2 each by itself: to sum over both together, write einsum('ti,oi->to', x, …)",
  ],
  [
    '...i,oj->...o',
    [x, W],
    "einsum '...i,oj->...o' sums 'i' of 'x' and 'j' of 'W' each by itself: to sum over both together, write einsum('...i,oi->...o', x, W)",
  ],
  [
    'it,jo->to',
    [tensor('A', 'n', 'm'), tensor('B', 'n', 'o')],
    "einsum 'it,jo->to' sums 'i' of 'A' and 'j' of 'B' each by itself: to sum over both together, write einsum('it,io->to', A, B)",
  ],
  // 'i' is as long as 'o', which is not summed.
  [
    'ti,oj->to',
    [tensor('x', 'tokens', 'n'), tensor('W', 'n', 'm')],
    "einsum 'ti,oj->to' sums 'i' of 'x' and 'j' of 'W' each by itself: to sum over one axis, give it one letter in both",
  ],
  // 'i' is as long as 't' and 'k' together, but its operand has 't' already.
  [
    'ti,tk->t',
    [tensor('A', 't', 't*k'), tensor('B', 't', 'k')],
    "einsum 'ti,tk->t' sums 'i' of 'A' and 'k' of 'B' each by itself: to sum over one axis, give it one letter in both",
  ],
])('an einsum that sums axes of two operands alone: %s', (equation, operands, note) => {
  expect(notes(equation, ...operands)).toEqual([note]);
});

it.each([
  ['ti,oi->to', [x, W]],
  ['ti,oj->to', [x, tensor('W', 'o', '1')]],
  ['ti,ti->t', [x, x]],
  ['rbc->r', [R]],
])(
  'an einsum that sums over what both have, or of one operand alone, has no note: %s',
  (equation, operands) => {
    expect(notes(equation, ...operands).filter((n) => !n.startsWith('the body'))).toEqual([]);
  },
);

const [A, u, v] = [tensor('A', 'n', 'n'), tensor('u', 'n', '1'), tensor('v', 'n*(n-1)/2')];
const { identity, cayley, skew } = functions;
const notesOf = (y: Node) => programNotes(programOf({ y }));

it('a number that is added to each element of an identity has a note', () => {
  const squared = methods.matmul(properties.T(u), u);
  expect(notesOf(methods.sub(identity('n'), squared))).toEqual([
    "identity('n') is (n, n), and −uᵀ·u, which is (1, 1), is added to each of its elements: the number on the diagonal alone is identity('n').mul(…), and the matrix of a column u is u.matmul(u.T)",
  ]);
  expect(notesOf(methods.sub(identity('n'), methods.matmul(u, properties.T(u))))).toEqual([]);
});

it('a Cayley transform of a declared matrix as it is has a note', () => {
  expect(notesOf(cayley(methods.mul(A, 0.5)))).toEqual([
    "cayley(…) of 'A' is orthogonal only where 'A' is skew-symmetric, and as declared it is any matrix: for a rotation write cayley(A.sub(A.T))",
  ]);
  expect(notesOf(cayley(methods.sub(A, properties.T(A))))).toEqual([]);
  expect(notesOf(cayley(skew(tensor('v', 'r', 'b*(b-1)/2'))))).toEqual([]);
});

it.each([
  [
    'an exponential of each element',
    () => functions.exp(skew(v)),
    'exp(…) of skew(v) is of each element: the exponential of a skew-symmetric matrix, which is a rotation, is expm(…)',
    () => functions.expm(skew(v)),
  ],
  [
    'a product of each element',
    () => methods.mul(cayley(skew(v)), A),
    '.mul(…) of cayley(skew(v)) is element by element: the product of matrices is .matmul(…)',
    () => methods.matmul(cayley(skew(v)), A),
  ],
  [
    'a quotient of each element',
    () => methods.div(methods.add(identity('n'), A), methods.sub(identity('n'), A)),
    '.div(…) by I − A is element by element: the product with an inverse is .matmul(inverse(…))',
    () => methods.matmul(methods.add(identity('n'), A), functions.inverse(methods.sub(identity('n'), A))),
  ],
  [
    'a product with the own inverse',
    () => methods.matmul(methods.add(identity('n'), A), functions.inverse(methods.add(identity('n'), A))),
    'the product of I + A and its own inverse is the identity, so that nothing in it is trained: the Cayley transform is (I + Q)·(I − Q)⁻¹, cayley(Q)',
    () => methods.matmul(methods.add(identity('n'), A), functions.inverse(methods.sub(identity('n'), A))),
  ],
  [
    'a Cayley transform of a symmetric matrix',
    () => cayley(methods.add(A, properties.T(A))),
    'cayley(…) of A + Aᵀ, which is symmetric, is not orthogonal: a rotation is of a skew-symmetric matrix, as A.sub(A.T) is',
    () => cayley(methods.sub(A, properties.T(A))),
  ],
  [
    'a maximum along an axis',
    () => functions.max(A, -1),
    'max(…, -1) is the larger of each element and the number -1, and no function takes the largest along an axis: leave it out of a softmax, exp(s).div(sum(exp(s), -1))',
    () => functions.min(functions.max(A, -1), 1),
  ],
  [
    'a division by a minimum',
    () => methods.div(A, functions.min(1, A)),
    'a division by min(1, A) enlarges what is small, and gives 0/0 for zeros: to keep a norm at most 1, divide by max(1, norm)',
    () => methods.div(A, functions.max(1, A)),
  ],
])('%s has a note', (_, wrong, note, right) => {
  expect(notesOf(wrong())).toEqual([note]);
  expect(notesOf(right())).toEqual([]);
});

it('a result with a column for each token has a note', () => {
  const rows = input('x', 'input', { shape: [parseDim('tokens'), parseDim('n')], dtype: 'f32' });
  expect(notesOf(methods.matmul(A, properties.T(rows)))).toEqual([
    "'y' is (n, tokens), a column for each token, where 'x' has a row for each: for M·xᵀ write x.matmul(M.T)",
  ]);
  expect(notesOf(methods.matmul(rows, properties.T(A)))).toEqual([]);
});
