/** The facts that operators claim of what they make. */
import { expect, it } from 'vitest';
import { apply } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { type Facts, factsOf } from '../../../compiler/ir/operator.ts';
import { scaled } from '../../../compiler/ops/nodes.ts';
import { polynomial } from '../../../compiler/ops/polynomial.ts';
import {
  A,
  B,
  dims,
  hadamard,
  identity,
  index,
  orthogonal,
  scale,
  series,
  skew,
  symmetric,
  t,
  tensor,
  to,
} from './operands.ts';

const EXACT: Facts = { orthogonal: { kind: 'exact' } };
const approximate = (residual: string): Facts => ({ orthogonal: { kind: 'approximate', residual } });
const plus = (...terms: readonly Node[]) => apply('add', terms);
const minus = (a: Node, b: Node) => plus(a, scaled(-1, b));
const Q = skew(3);
const I = identity(3, 3);
const POSITIVE: Facts = { definite: 'positive' };
const GRAM: Facts = { symmetric: true, definite: 'semi' };

it.each<readonly [string, Node, Facts]>([
  ['skew', skew(3), { skewSymmetric: true }],
  ['diag', symmetric(3), { symmetric: true }],
  ['Hadamard matrix', hadamard(4), { symmetric: true }],
  ['phases', apply('phases', [], { size: dims(4)[0]! }), { symmetric: true }],
  ['Hadamard matrix of order 1', hadamard(1), { ...EXACT, symmetric: true }],
  ['identity', identity(3, 3), { ...EXACT, ...POSITIVE, symmetric: true }],
  ['cayley of a skew matrix', orthogonal(3), EXACT],
  ['cayley of another', apply('cayley', [tensor(3, 3)]), {}],
  ['permutation', apply('permutation', [index(3)]), EXACT],
  ['shuffle', apply('shuffle', [], { digits: dims(2, 3), order: [1, 0] }), EXACT],
  ['householder', apply('householder', [tensor(3, 2)]), EXACT],
  ['reflectSpan', apply('reflectSpan', [tensor(3, 2)]), { ...EXACT, symmetric: true }],
  ['sum of skew matrices', apply('add', [skew(3), scale(skew(3))]), { skewSymmetric: true }],
  ['sum of symmetric matrices', apply('add', [symmetric(3), identity(3, 3)]), { symmetric: true }],
  ['sum of both', apply('add', [symmetric(3), skew(3)]), {}],
  ['sum with a scalar broadcast', apply('add', [skew(3), skew(1)]), {}],
  ['multiple', scale(symmetric(3)), { symmetric: true }],
  ['multiple of an orthogonal matrix', scale(orthogonal(3)), {}],
  ['transpose', apply('transpose', [skew(3)]), { skewSymmetric: true }],
  ['blocks', apply('blockDiag', [apply('cayley', [apply('skew', [tensor(2, 3)])])]), EXACT],
  ['product', apply('matmul', [orthogonal(3), orthogonal(3)]), EXACT],
  ['product with another', apply('matmul', [orthogonal(3), tensor(3, 3)]), {}],
  ['product with a series', apply('matmul', [orthogonal(3), series(3)]), approximate('O(‖Q‖^6)')],
  ['AᵀA', apply('matmul', [t(A), A]), GRAM],
  ['AAᵀ', apply('matmul', [A, t(A)]), GRAM],
  ['A·A', apply('matmul', [A, A]), {}],
  ['Aᵀ·B', apply('matmul', [t(A), B]), {}],
  ['Q·Q', apply('matmul', [Q, Q]), { symmetric: true }],
  ['Q·Q·Q', apply('matmul', [Q, Q, Q]), { skewSymmetric: true }],
  ['two symmetric matrices', apply('matmul', [symmetric(3), plus(A, t(A))]), {}],
  ['two skew matrices', apply('matmul', [minus(A, t(A)), Q]), {}],
  ['A·D·Aᵀ', apply('matmul', [A, symmetric(3), t(A)]), { symmetric: true }],
  ['A·Q·Aᵀ', apply('matmul', [A, Q, t(A)]), { skewSymmetric: true }],
  ['A·B·Aᵀ', apply('matmul', [A, B, t(A)]), {}],
  ['D·A·D', apply('matmul', [symmetric(3), A, symmetric(3)]), {}],
  ['Q·D·Q', apply('matmul', [Q, symmetric(3), Q]), { symmetric: true }],
  ['Kronecker product', apply('kronecker', [orthogonal(2), orthogonal(3)]), EXACT],
  ['Kronecker product, one side', apply('kronecker', [orthogonal(2), tensor(3, 3)]), {}],
  ['Kronecker product, other side', apply('kronecker', [tensor(3, 3), orthogonal(2)]), {}],
  [
    'Kronecker product with a series',
    apply('kronecker', [orthogonal(2), series(3)]),
    approximate('O(‖Q‖^6)'),
  ],
  ['repeated', to(orthogonal(3), 2, 3, 3), EXACT],
  ['a batch repeated', to(apply('cayley', [apply('skew', [tensor(1, 3)])]), 2, 3, 3), EXACT],
  ['repeated within', to(orthogonal(1), 2, 2), {}],
  ['repeated rows', to(tensor(3), 3, 3), {}],
  ['detached', apply('detach', [orthogonal(3)]), EXACT],
  ['projected', apply('project', [tensor(3, 3), orthogonal(3)]), EXACT],
  ['series of odd degree', series(3), approximate('O(‖Q‖^6)')],
  ['series of even degree', polynomial(skew(3), [1, 2, 1]), approximate('O(‖Q‖^2)')],
  ['series of PEFT ≤ 0.17', polynomial(skew(3), [1, 2, 2]), approximate('O(‖Q‖^3)')],
  ['series of one power', polynomial(skew(3), [1, 1]), approximate('O(‖Q‖^2)')],
  ['series of another matrix', polynomial(tensor(3, 3), [1, 2, 1]), {}],
  ['another polynomial', polynomial(skew(3), [1, 3, 1]), {}],
  ['constant polynomial', polynomial(skew(3), [1]), {}],
  ['input', tensor(3, 3), {}],
  ['I − Q', minus(I, Q), POSITIVE],
  ['Iᵀ + 2Q', plus(t(I), scale(Q)), POSITIVE],
  ['Q − I', minus(Q, I), {}],
  ['−(Q − I)', scaled(-1, minus(Q, I)), {}],
  ['2·(I + Q)', scale(plus(I, Q)), POSITIVE],
  ['I + A', plus(I, A), {}],
  ['I + AᵀA', plus(I, apply('matmul', [t(A), A])), { ...POSITIVE, symmetric: true }],
  ['I − AᵀA', minus(I, apply('matmul', [t(A), A])), { symmetric: true }],
  ['AᵀA + Q', plus(apply('matmul', [t(A), A]), Q), { definite: 'semi' }],
  ['Aᵀ·(I + Q)·A', apply('matmul', [t(A), plus(I, Q), A]), { definite: 'semi' }],
  ['D·D', apply('matmul', [symmetric(3), symmetric(3)]), GRAM],
  ['half of a Gram matrix', apply('halfUpper', [apply('matmul', [t(A), A])]), { triangular: true }],
  ['its transpose', t(apply('halfUpper', [A])), { triangular: true }],
  ['its multiple', scaled(-2, apply('halfUpper', [A])), { triangular: true }],
  ['A − Aᵀ', minus(A, t(A)), { skewSymmetric: true }],
  ['Aᵀ − A', minus(t(A), A), { skewSymmetric: true }],
  ['A + Aᵀ', plus(A, t(A)), { symmetric: true }],
  ['Aᵀ + A', plus(t(A), A), { symmetric: true }],
  ['2A − 2Aᵀ', minus(scale(A), scale(t(A))), { skewSymmetric: true }],
  ['2A + 2Aᵀ', plus(scale(A), scale(t(A))), { symmetric: true }],
  ['2A − Aᵀ', minus(scale(A), t(A)), {}],
  ['A − Bᵀ', minus(A, t(B)), {}],
  ['A + Bᵀ', plus(A, t(B)), {}],
  ['A − A', minus(A, A), {}],
  ['A + Aᵀ + A', plus(A, t(A), A), {}],
  [
    'M − Mᵀ of a product',
    minus(apply('matmul', [A, B]), t(apply('matmul', [A, B]))),
    { skewSymmetric: true },
  ],
  ['A·B − Aᵀ·Bᵀ', minus(apply('matmul', [A, B]), apply('matmul', [t(A), t(B)])), {}],
  ['T − Tᵀ of blocks', minus(tensor(2, 3, 3), t(tensor(2, 3, 3))), { skewSymmetric: true }],
  ['a vector with itself', plus(tensor(3), tensor(3)), {}],
  ['a row and a column', plus(tensor(1, 3), t(tensor(1, 3))), {}],
  ['cayley(A − Aᵀ)', apply('cayley', [minus(A, t(A))]), EXACT],
  ['cayley(A − Bᵀ)', apply('cayley', [minus(A, t(B))]), {}],
  ['cayley(A + Aᵀ)', apply('cayley', [plus(A, t(A))]), {}],
])('facts of %s', (_, node, facts) => {
  expect(factsOf(node)).toEqual(facts);
  if (node.kind === 'op') expect(factsOf(node)).toBe(factsOf(node));
});
