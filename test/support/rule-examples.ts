/** One small expression for each rule: its text before, and the text of its normal form in the rule's phase. */
import { dimConst, dimVar } from '../../compiler/dims/dims.ts';
import { rational } from '../../compiler/dims/rational.ts';
import { apply, input } from '../../compiler/ir/build.ts';
import type { Node } from '../../compiler/ir/node.ts';
import '../../compiler/ops/index.ts';

const tensor = (name: string, ...shape: readonly number[]) =>
  input(name, 'trainable', { shape: shape.map(dimConst), dtype: 'f32' });
const t = (a: Node) => apply('transpose', [a]);
const times = (...args: readonly Node[]) => apply('matmul', args);
const plus = (...args: readonly Node[]) => apply('add', args);
const scale = (num: bigint, a: Node) => apply('scale', [a], { by: rational(num, 2n) });
const diag = (a: Node) => apply('blockDiag', [a]);
const identity = (...shape: readonly number[]) => apply('identity', [], { shape: shape.map(dimConst) });
const blocks = (a: Node) =>
  apply('diagBlocks', [a], { blocks: dimConst(2), rows: dimConst(3), cols: dimConst(3) });

const [A, B, C] = [tensor('A', 6, 6), tensor('B', 6, 6), tensor('C', 6, 6)];
const T = tensor('T', 2, 3, 3);
const Q = apply('skew', [tensor('v', 2, 3)]);
const R = apply('cayley', [Q]);

const E = tensor('E', 2, 2);
/** The text of exp(Q): the Taylor polynomial of Q/2⁶ of degree 9, squared six times. */
function expm(q: string): string {
  let factorial = 1;
  const terms = [...'²³⁴⁵⁶⁷⁸⁹'].map((power, i) => {
    factorial *= i + 2;
    return `${1 / factorial}(1/64·${q})${power}`;
  });
  let text = ['I', `(1/64·${q})`, ...terms].join(' + ');
  for (let squarings = 0; squarings < 6; squarings++) text = `(${text})·(${text})`;
  return text;
}

/** An orthogonal matrix, for examples with E in another basis and with Kronecker products. */
const K = apply('cayley', [apply('skew', [tensor('w', 1)])]);
const kronecker = (a: Node, b: Node) => apply('kronecker', [a, b]);

export interface RuleExample {
  readonly left: Node;
  readonly before: string;
  readonly after: string;
}
const example = (left: Node, before: string, after: string): RuleExample => ({ left, before, after });

const d = apply('diag', [tensor('d', 6)]);
const p = input('p', 'frozen', { shape: [dimConst(6)], dtype: 'i32' });
const shuffle = (digits: readonly number[], order: readonly number[]) =>
  apply('shuffle', [], { digits: digits.map(dimConst), order });
const [U, V] = [tensor('U', 6, 1), tensor('V', 1, 6)];

const rowSums = (a: Node, b: Node) => apply('sum', [apply('mul', [a, b])], { axes: [1] });
/** An exactly orthogonal matrix O, rows S to rotate by it, and an input X. */
const X = input('X', 'input', { shape: [dimConst(6), dimVar('tokens')], dtype: 'f32' });
const [O, S] = [apply('cayley', [apply('skew', [tensor('v', 15)])]), tensor('S', 3, 6)];
/** Blocks D, and factors P, N of blocks of rank 1 that are cheaper to apply than to form. */
const [D, P, N] = [tensor('D', 2, 4, 4), tensor('P', 2, 4, 1), tensor('N', 2, 1, 4)];

const L = times(tensor('L', 8, 1), tensor('K', 1, 8));

const spread = (a: Node, ...shape: readonly number[]) => apply('expand', [a], { shape: shape.map(dimConst) });
const Y = input('Y', 'input', { shape: [dimVar('tokens'), dimConst(6)], dtype: 'f32' });

const tokensBy = (n: number) => input('x', 'input', { shape: [dimVar('tokens'), dimConst(n)], dtype: 'f32' });
const H = apply('hadamard', [], { size: dimConst(2) });

export const RULE_EXAMPLES: Readonly<Record<string, RuleExample>> = {
  'hadamard-square': example(times(E, H, H), 'E·hadamard(size: 2)·hadamard(size: 2)', 'E ⊙ 2'),
  'solve-hadamard': example(
    apply('solve', [H, E]),
    'solve(hadamard(size: 2), E)',
    '(hadamard(size: 2)·E) / 2',
  ),
  'transpose-hadamard': example(t(H), 'hadamard(size: 2)ᵀ', 'hadamard(size: 2)'),
  'transpose-phases': example(
    t(apply('phases', [], { size: dimConst(3) })),
    'phases(size: 3)ᵀ',
    'phases(size: 3)',
  ),
  'transpose-diag': example(t(d), 'diag(d)ᵀ', 'diag(d)'),
  'transpose-shuffle': example(
    t(shuffle([2, 3], [1, 0])),
    'shuffle(digits: [2,3], order: [1,0])ᵀ',
    'shuffle(digits: [3,2], order: [1,0])',
  ),
  'transpose-kronecker': example(t(apply('kronecker', [A, B])), 'kronecker(A, B)ᵀ', 'kronecker(Aᵀ, Bᵀ)'),
  'transpose-permutation': example(
    t(apply('permutation', [p])),
    'permutation(p)ᵀ',
    'permutation(p, inverse: true)',
  ),
  'apply-action': example(times(A, d), 'A·diag(d)', 'A ⊙ d'),
  'distribute-sum-on-rows': example(
    times(Y, plus(A, times(tensor('G', 6, 2), tensor('H', 2, 6)))),
    'Y·(A + G·H)',
    'Y·A + Y·G·H',
  ),
  'repeat-kronecker': example(
    times(
      tokensBy(4),
      apply('reshape', [spread(tensor('a', 4, 1, 4), 4, 4, 4)], { shape: [4, 16].map(dimConst) }),
    ),
    'x·reshape(expand(a, shape: [4,4,4]), shape: [4,16])',
    'reshape(permuteAxes(reshape(reshape(permuteAxes(reshape(x·reshape(a, shape: [4,4]), shape: [tokens,1,4]), order: [0,2,1]), shape: [4*tokens,1])·expand(1, shape: [1,4]), shape: [tokens,4,4]), order: [0,2,1]), shape: [tokens,16])',
  ),
  'common-rows': example(
    plus(apply('mul', [Y, tensor('a', 6)]), apply('mul', [Y, tensor('b', 6)])),
    'Y ⊙ a + Y ⊙ b',
    'Y ⊙ (a + b)',
  ),
  'distribute-sum': example(times(plus(B, times(U, V)), X), '(B + U·V)·X', 'B·X + U·V·X'),
  'transpose-transpose': example(t(t(A)), 'Aᵀᵀ', 'A'),
  'transpose-identity': example(t(identity(3, 3)), 'Iᵀ', 'I'),
  'transpose-matmul': example(t(times(A, B)), '(A·B)ᵀ', 'Bᵀ·Aᵀ'),
  'transpose-scale': example(t(scale(3n, A)), '(3/2·A)ᵀ', '3/2·Aᵀ'),
  'transpose-blockdiag': example(t(diag(T)), 'diag(T)ᵀ', 'diag(Tᵀ)'),
  'transpose-skew': example(t(Q), 'skew(v)ᵀ', '−skew(v)'),
  'matmul-flatten': example(times(times(A, B), C), '(A·B)·C', 'A·B·C'),
  'matmul-identity': example(times(A, identity(6, 6), B), 'A·I·B', 'A·B'),
  'matmul-scale': example(times(scale(3n, A), scale(-4n, B)), '(3/2·A)·(−2·B)', '−3·A·B'),
  'orthogonal-cancel': example(times(T, R, t(R)), 'T·cayley(skew(v))·cayley(skew(v))ᵀ', 'T'),
  'add-flatten': example(plus(plus(A, B), C), 'A + B + C', 'A + B + C'),
  'scale-scale': example(scale(3n, scale(5n, A)), '3/2·5/2·A', '15/4·A'),
  'diagblocks-linear': example(
    blocks(plus(A, scale(3n, B))),
    'blocks(A + 3/2·B)',
    'blocks(A) + 3/2·blocks(B)',
  ),
  'diagblocks-blockdiag': example(blocks(diag(T)), 'blocks(diag(T))', 'T'),
  'blockdiag-identity': example(diag(identity(2, 3, 3)), 'diag(I)', 'I'),
  'blockdiag-scale': example(diag(scale(3n, T)), 'diag(3/2·T)', '3/2·diag(T)'),
  'matmul-scaled': example(
    times(apply('mul', [A, tensor('c', 6, 1)]), X),
    '(A ⊙ c)·X',
    'diag(reshape(c, shape: [6]))·A·X',
  ),
  'outer-product': example(apply('mul', [tensor('u', 6, 1), tensor('w', 1, 6)]), 'u ⊙ w', 'u·w'),
  'inner-distribute': example(
    rowSums(plus(A, times(U, V)), B),
    'sum((A + U·V) ⊙ B, axes: [1])',
    'sum(A ⊙ B, axes: [1]) + sum((B·Vᵀ) ⊙ U, axes: [1])',
  ),
  'inner-low-rank': example(
    rowSums(A, times(U, V)),
    'sum(A ⊙ (U·V), axes: [1])',
    'sum((A·Vᵀ) ⊙ U, axes: [1])',
  ),
  'inner-orthogonal': example(
    rowSums(times(S, O), times(S, O)),
    'sum((S·cayley(skew(v))) ⊙ (S·cayley(skew(v))), axes: [1])',
    'sum(S ⊙ S, axes: [1])',
  ),
  'fold-batch': example(
    times(tensor('X', 2, 3, 6), A),
    'X·A',
    'reshape(reshape(X, shape: [6,6])·A, shape: [2,3,6])',
  ),
  'reshape-reshape': example(
    apply('reshape', [apply('reshape', [A], { shape: [36].map(dimConst) })], { shape: [4, 9].map(dimConst) }),
    'reshape(reshape(A, shape: [36]), shape: [4,9])',
    'reshape(A, shape: [4,9])',
  ),
  'solve-orthogonal': example(apply('solve', [R, T]), 'solve(cayley(skew(v)), T)', 'cayley(skew(v))ᵀ·T'),
  'solve-blockdiag': example(apply('solve', [diag(T), A]), 'solve(diag(T), A)', 'diag(solve(T, I))·A'),
  'solve-diag': example(apply('solve', [d, A]), 'solve(diag(d), A)', 'A / reshape(d, shape: [6,1])'),
  'solve-product': example(
    apply('solve', [times(diag(T), B), A]),
    'solve(diag(T)·B, A)',
    'solve(B, diag(solve(T, I))·A)',
  ),
  'blockdiag-merge': example(plus(diag(T), identity(6, 6)), 'diag(T) + I', 'diag(T + I)'),
  'blockdiag-split': example(diag(plus(D, times(P, N))), 'diag(D + P·N)', 'diag(D) + diag(P)·diag(N)'),
  'matmul-kronecker-low-rank': example(
    times(tokensBy(16), kronecker(E, L)),
    'x·kronecker(E, L·K)',
    'reshape(reshape(permuteAxes(permuteAxes(permuteAxes(reshape(reshape(permuteAxes(reshape(reshape(x, shape: [2*tokens,8])·L, shape: [tokens,2,1]), order: [0,2,1]), shape: [tokens,2])·E, shape: [tokens,1,2]), order: [0,2,1]), order: [0,2,1]), order: [0,2,1]), shape: [2*tokens,1])·K, shape: [tokens,16])',
  ),
  'multiply-low-rank': example(
    apply('mul', [L, times(tensor('M', 8, 1), tensor('N', 1, 8))]),
    '(L·K) ⊙ (M·N)',
    'reshape(reshape(L, shape: [8,1,1]) ⊙ reshape(M, shape: [8,1,1]), shape: [8,1])·reshape(reshape(K, shape: [1,1,8]) ⊙ reshape(N, shape: [1,1,8]), shape: [1,8])',
  ),
  'blockdiag-low-rank': example(diag(times(P, N)), 'diag(P·N)', 'diag(P)·diag(N)'),
  'blockdiag-product': example(times(diag(T), diag(T)), 'diag(T)·diag(T)', 'diag(T·T)'),
  'blockdiag-diag': example(times(d, diag(T)), 'diag(d)·diag(T)', 'diag(T ⊙ reshape(d, shape: [2,3,1]))'),
  'detach-structured': example(apply('detach', [diag(T)]), 'detach(diag(T))', 'diag(detach(T))'),
  'expm-low-rank': example(
    apply('expm', [L]),
    'expm(L·K)',
    `I + L·slice(slice(${expm('pad(concat(K·L, I, axis: 1), axis: 0, start: 0, size: 2)')}, axis: 0, start: 0, length: 1), axis: 1, start: 1, length: 1)·K`,
  ),
  'polynomial-low-rank': example(
    apply('polynomial', [plus(identity(8, 8), L)], { coefs: [1, 2, 3] }),
    'I + 2(I + L·K) + 3(I + L·K)²',
    '6·I + L·(5·I + 3·(I + K·L))·K',
  ),
  'like-terms': example(plus(A, plus(scale(3n, A), B), scale(-1n, A)), 'A + 3/2·A + B − 1/2·A', '2·A + B'),
  'common-factor': example(plus(times(A, C), times(B, C)), 'A·C + B·C', '(A + B)·C'),
  'structured-scalar': example(apply('mul', [diag(T), tensor('s')]), 'diag(T) ⊙ s', 'diag(T ⊙ s)'),
  'polynomial-on-rows': example(
    times(Y, apply('polynomial', [A], { coefs: [1, 0, 2, 3] })),
    'Y·(I + 2A² + 3A³)',
    'Y + (2·Y + 3·Y·A)·A·A',
  ),
  'blocks-on-rows': example(times(Y, diag(times(T, T))), 'Y·diag(T·T)', 'Y·diag(T)·diag(T)'),
  'blocks-compose': example(times(Y, diag(T), diag(T)), 'Y·diag(T)·diag(T)', 'Y·diag(T·T)'),
  'expand-skew': example(
    apply('skew', [spread(tensor('a', 1, 3), 2, 3)]),
    'skew(expand(a, shape: [2,3]))',
    'expand(skew(a), shape: [2,3,3])',
  ),
  'expand-polynomial': example(
    apply('polynomial', [spread(tensor('K', 1, 3, 3), 2, 3, 3)], { coefs: [1, 1] }),
    'I + expand(K, shape: [2,3,3])',
    'expand(I + K, shape: [2,3,3])',
  ),
  'expand-cayley': example(
    apply('cayley', [spread(tensor('K', 1, 3, 3), 2, 3, 3)]),
    'cayley(expand(K, shape: [2,3,3]))',
    'expand(cayley(K), shape: [2,3,3])',
  ),
  'packskew-product': example(
    apply('packSkew', [plus(times(T, Q), times(Q, T))]),
    'packSkew(T·skew(v) + skew(v)·T)',
    'packSkew((T + Tᵀ)·skew(v))',
  ),
  'stack-low-rank': example(
    plus(L, times(tensor('M', 8, 1), tensor('N', 1, 8))),
    'L·K + M·N',
    'concat(L, M, axis: 1)·concat(K, N, axis: 0)',
  ),
  'cayley-blockdiag': example(apply('cayley', [diag(T)]), 'cayley(diag(T))', 'diag(cayley(T))'),
  'cayley-low-rank': example(apply('cayley', [L]), 'cayley(L·K)', 'I + 2·L·solve(I − K·L, K)'),
  'solve-low-rank': example(
    apply('solve', [plus(identity(8, 8), L), tensor('Y', 8, 2)]),
    'solve(I + L·K, Y)',
    'Y − L·solve(I + K·L, K·Y)',
  ),
  'define-householder': example(
    apply('householder', [tensor('u', 3, 1)]),
    'householder(u)',
    'I − u·solve(halfUpper(uᵀ·u), uᵀ)',
  ),
  'define-reflectspan': example(
    apply('reflectSpan', [tensor('u', 3, 1)]),
    'reflectSpan(u)',
    'I − 2·u·solve(uᵀ·u, uᵀ)',
  ),
  'define-expm': example(apply('expm', [E]), 'expm(E)', expm('E')),
  'polynomial-factor': example(
    apply('polynomial', [Q], { coefs: [1, 2, 2, 2, 1] }),
    'I + 2skew(v) + 2skew(v)² + 2skew(v)³ + skew(v)⁴',
    '(I + skew(v)·skew(v))·(I + 2·skew(v) + skew(v)·skew(v))',
  ),
  'cayley-similar': example(
    apply('cayley', [times(K, E, t(K))]),
    'cayley(cayley(skew(w))·E·cayley(skew(w))ᵀ)',
    'cayley(skew(w))·cayley(E)·cayley(skew(w))ᵀ',
  ),
  'polynomial-similar': example(
    apply('polynomial', [times(K, E, t(K))], { coefs: [1, 1] }),
    'I + (cayley(skew(w))·E·cayley(skew(w))ᵀ)',
    'cayley(skew(w))·(I + E)·cayley(skew(w))ᵀ',
  ),
  'expm-similar': example(
    apply('expm', [times(K, E, t(K))]),
    'expm(cayley(skew(w))·E·cayley(skew(w))ᵀ)',
    'cayley(skew(w))·expm(E)·cayley(skew(w))ᵀ',
  ),
  'cayley-kronecker': example(
    apply('cayley', [kronecker(identity(3, 3), E)]),
    'cayley(kronecker(I, E))',
    'kronecker(I, cayley(E))',
  ),
  'polynomial-kronecker': example(
    apply('polynomial', [scale(1n, kronecker(E, identity(3, 3)))], { coefs: [1, 1] }),
    'I + (1/2·kronecker(E, I))',
    'kronecker(I + (1/2·E), I)',
  ),
  'expm-kronecker': example(
    apply('expm', [kronecker(E, identity(3, 3))]),
    'expm(kronecker(E, I))',
    'kronecker(expm(E), I)',
  ),
  'kronecker-diag': example(
    kronecker(apply('diag', [tensor('s', 2)]), tensor('F', 3, 3)),
    'kronecker(diag(s), F)',
    'diag(expand(F, shape: [2,3,3]) ⊙ reshape(s, shape: [2,1,1]))',
  ),
  'solve-scale': example(apply('solve', [scale(1n, A), B]), 'solve(1/2·A, B)', '2·solve(A, B)'),
  'solve-kronecker': example(
    apply('solve', [kronecker(E, tensor('F', 3, 3)), identity(6, 6)]),
    'solve(kronecker(E, F), I)',
    'kronecker(solve(E, I), solve(F, I))',
  ),
  'form-action': example(
    times(diag(T), apply('permutation', [p])),
    'diag(T)·permutation(p)',
    'take(diag(T), p, axis: 1)',
  ),
  'form-sum': example(times(plus(identity(8, 8), L), tensor('Z', 8, 8)), '(I + L·K)·Z', 'Z + L·K·Z'),
  'slice-product': example(
    apply('slice', [times(Y, A)], { axis: 1, start: dimConst(0), length: dimConst(2) }),
    'slice(Y·A, axis: 1, start: 0, length: 2)',
    'Y·slice(A, axis: 1, start: 0, length: 2)',
  ),
  'take-product': example(
    apply('take', [times(Y, A), p], { axis: 1 }),
    'take(Y·A, p, axis: 1)',
    'Y·take(A, p, axis: 1)',
  ),
  'concat-product': example(
    times(Y, apply('concat', [times(diag(T), A), B], { axis: 1 })),
    'Y·concat(diag(T)·A, B, axis: 1)',
    'concat(Y·diag(T)·A, Y·B, axis: 1)',
  ),
};
