/** One small expression per rule: what it prints as, and as what once it is in normal form. */
import { apply, input } from '../../compiler/ir/build.ts';
import { dimConst } from '../../compiler/ir/dims.ts';
import type { Node } from '../../compiler/ir/node.ts';
import { rational } from '../../compiler/ir/rational.ts';
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

export const RULE_EXAMPLES: Readonly<Record<string, RuleExample>> = {
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
  'distribute-low-rank': example(times(A, plus(B, times(U, V))), 'A·(B + U·V)', 'A·B + A·U·V'),
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
  'polynomial-factor': example(
    apply('polynomial', [Q], { coefs: [1, 2, 2, 2, 1] }),
    'I + 2skew(v) + 2skew(v)² + 2skew(v)³ + skew(v)⁴',
    '(I + skew(v)·skew(v))·(I + 2·skew(v) + skew(v)·skew(v))',
  ),
};
