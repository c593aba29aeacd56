/**
 * Expressions at the limits of rules: some only just match, and some only just do not. All keep their value, whether or
 * not tokens are among their sizes.
 */
import { describe, expect, it } from 'vitest';
import { type Dim, dimConst, dimVar } from '../../compiler/dims/dims.ts';
import { rational } from '../../compiler/dims/rational.ts';
import { apply, input } from '../../compiler/ir/build.ts';
import type { Node } from '../../compiler/ir/node.ts';
import { polynomial } from '../../compiler/ops/polynomial.ts';
import { rewrite, share } from '../../compiler/rewrite/engine.ts';
import { allRules } from '../../compiler/rewrite/rule.ts';
import { elements, inField, lowered, programOf } from '../support/evaluate.ts';
import '../../compiler/pipeline.ts';

type Size = number | 'tokens';
const dim = (n: Size): Dim => (n === 'tokens' ? dimVar(n) : dimConst(n));
let count = 0;
const tensor = (...shape: readonly Size[]): Node =>
  input(`t${count++}`, 'trainable', { shape: shape.map(dim), dtype: 'f32' });
const times = (...args: readonly Node[]): Node => apply('matmul', args);
const plus = (...args: readonly Node[]): Node => apply('add', args);
const mul = (a: Node, b: Node): Node => apply('mul', [a, b]);
const t = (a: Node): Node => apply('transpose', [a]);
const sum = (a: Node, ...axes: readonly number[]): Node => apply('sum', [a], { axes });
const scale = (a: Node): Node => apply('scale', [a], { by: rational(-3n, 2n) });
const rotation = (b: number): Node => apply('cayley', [apply('skew', [tensor((b * (b - 1)) / 2)])]);
const blocks = (...shape: readonly number[]): Node => apply('blockDiag', [tensor(...shape)]);
const diagonal = (n: number): Node => apply('diag', [tensor(n)]);
const reversal = (n: number): Node =>
  apply('shuffle', [], { digits: [2, n / 2].map(dimConst), order: [1, 0] });
const identity = (n: number): Node => apply('identity', [], { shape: [n, n].map(dimConst) });
const identityOf = (...shape: readonly number[]): Node =>
  apply('identity', [], { shape: [...shape, shape.at(-1)!].map(dimConst) });
/** Products of low rank. At size 8, they are cheaper to apply than to form. */
const low = (n = 8): Node => times(tensor(n, 1), tensor(1, 1), tensor(1, n));
const lowest = (n = 8): Node => times(tensor(n, 1), tensor(1, n));
const solve = (a: Node, b: Node): Node => apply('solve', [a, b]);

const diagonalBlocks = { blocks: dimConst(2), rows: dimConst(4), cols: dimConst(4) };
const [A, B] = [tensor(8, 8), tensor(8, 8)];
const [x, y] = [tensor('tokens', 8), tensor(8, 'tokens')];
const [R, S] = [rotation(4), rotation(4)];
const [C, D] = [tensor(4, 4), tensor(4, 4)];
const batched = (n: number): Node => times(tensor(2, n, 1), tensor(2, 1, n));
const shared = times(A, B);

const CASES: Readonly<Record<string, Node>> = {
  'inner products of rows with a long low-rank product': sum(mul(A, low()), 1),
  'of columns': sum(mul(scale(low()), A), 0),
  'of everything': sum(mul(A, scale(low())), 0, 1),
  'of two of low rank': sum(mul(low(), low()), 1),
  'of sums': sum(mul(plus(A, low()), plus(B, scale(low()))), 1),
  'of sums, columns': sum(mul(plus(A, low()), B), 0),
  'of vectors': sum(mul(tensor(8), tensor(8)), 0),
  'over no axis': sum(mul(A, low())),
  'of a batch': sum(mul(tensor(2, 8, 8), batched(8)), 1),
  'of a row and a matrix': sum(mul(tensor(8), low()), 1),
  'of what is no product of elements': sum(plus(A, low()), 1),
  'with one rotation': sum(mul(times(C, R), times(D, R)), 1),
  'with two rotations': sum(mul(times(C, R), times(D, S)), 1),
  'with one matrix that does not rotate': sum(mul(times(C, D), times(R, D)), 1),
  'with one rotation, over everything': sum(mul(times(C, R), times(D, R)), 0, 1),
  'with rotations on the other side': sum(mul(times(R, C), times(R, D)), 1),
  'with one rotation, columns': sum(mul(times(R, C, D), times(R, D)), 0),
  R·R: times(R, R),
  R·S: times(C, R, S),
  R·Rᵀ: times(R, t(R)),
  'Rᵀ·R between': times(C, t(R), R, D),
  'two pairs': times(C, R, t(R), S, t(S)),
  'nested pairs': times(C, R, S, t(S), t(R)),
  'a pair at the end': times(C, D, R, t(R)),
  'inverse of a product': solve(times(R, C), D),
  'inverse of a product of blocks': solve(times(apply('blockDiag', [tensor(2, 2, 2)]), C), D),
  'inverse of a product that is wider inside': solve(times(blocks(2, 2, 3), tensor(6, 4)), D),
  'inverse of low rank and the identity': solve(plus(identity(8), scale(low())), A),
  'inverse of two of low rank and the identity': solve(plus(identity(8), lowest(), lowest()), A),
  'inverse of low rank and the identity, of itself': solve(plus(identity(8), low()), identity(8)),
  'inverse of a batch of low rank': solve(plus(identityOf(2, 8), batched(8)), tensor(2, 8, 3)),
  'inverse of low rank twice the identity': solve(plus(scale(identity(8)), low()), A),
  'inverse of low rank and a diagonal': solve(plus(diagonal(8), low()), identity(8)),
  'blocks that meet': times(blocks(2, 4, 3), blocks(2, 3, 4)),
  'blocks that do not': times(blocks(2, 4, 3), blocks(3, 2, 2)),
  'blocks of low rank': apply('blockDiag', [scale(batched(8))]),
  'sums of blocks of other shapes': times(x, plus(blocks(2, 4, 4), blocks(4, 2, 2), scale(blocks(2, 4, 4)))),
  'sums of blocks that broadcast': plus(blocks(2, 4, 4), scale(blocks(2, 4, 4)), tensor(8)),
  'blocks of a row in a sum': apply('diagBlocks', [plus(A, scale(B))], diagonalBlocks),
  'blocks of a product': apply('diagBlocks', [times(A, blocks(2, 4, 4), B)], diagonalBlocks),
  'blocks of a product that starts and ends in others': apply(
    'diagBlocks',
    [times(blocks(2, 4, 4), A, blocks(4, 2, 2))],
    diagonalBlocks,
  ),
  'a batch and a matrix': times(tensor(2, 3, 8), A, B),
  'a batch with tokens and two batches': times(tensor(2, 'tokens', 8), tensor(2, 8, 8), A),
  'blocks of low rank and others': times(x, apply('blockDiag', [plus(tensor(2, 4, 4), scale(batched(4)))])),
  'polynomial of low rank': polynomial(scale(low()), [2, 1, 3, 1]),
  'polynomial of a batch of low rank': polynomial(batched(8), [1, 2, 1]),
  'polynomial of a sum of low rank': polynomial(plus(lowest(), scale(lowest())), [1, 2, 2, 1]),
  'a diagonal between, no tokens': times(A, diagonal(8), B),
  'a diagonal, tokens before': times(x, A, diagonal(8), B),
  'a diagonal, tokens after': times(A, diagonal(8), B, y),
  'a permutation, tokens before': times(x, A, reversal(8), B),
  'a permutation, tokens after': times(A, B, reversal(8), y),
  'a permutation last': times(A, reversal(8)),
  'a permutation first': times(reversal(8), A),
  'two permutations': times(x, reversal(8), diagonal(8), reversal(8)),
  'a Kronecker product': times(x, apply('kronecker', [tensor(2, 2), C]), A),
  'a sum with low rank, tokens before': times(x, plus(A, low()), B),
  'a sum with low rank, tokens after': times(A, plus(B, scale(low())), y),
  'a sum with the identity': times(x, plus(A, identity(8))),
  'a sum of identity and low rank': times(x, plus(identity(8), low()), A),
  'a sum of all three': times(x, plus(identity(8), A, low(), B)),
  'a transposed sum': times(x, t(plus(A, low()))),
  'a sum that broadcasts': times(x, plus(A, tensor(8))),
  'scaled rows': times(mul(A, tensor(8, 1)), y),
  'scaled columns': times(mul(tensor(8), A), y),
  'scaled by a batch of one': times(
    tensor('tokens', 8),
    apply('reshape', [mul(A, tensor(1, 1, 1))], { shape: [8, 8].map(dimConst) }),
  ),
  'scaled columns, transposed': times(x, t(mul(A, tensor(1, 8)))),
  'divided rows': times(x, apply('div', [A, tensor(8, 1)])),
  'two scales': times(mul(mul(A, tensor(8, 1)), tensor(8)), y),
  'an outer product': times(x, mul(tensor(8, 1), tensor(8))),
  'an outer product, row first': times(x, mul(tensor(1, 8), tensor(8, 1))),
  vectors: times(x, apply('reshape', [mul(tensor(8), tensor(8))], { shape: [8, 1].map(dimConst) })),
  'a batch of columns and one row': mul(tensor(2, 8, 1), tensor(1, 8)),
  'a product used twice': plus(times(x, shared), times(tensor('tokens', 8), shared)),
  'a transposed product used twice': plus(times(x, t(shared)), times(x, shared)),
  'a power used twice': plus(times(x, times(A, A)), times(x, A, times(A, A))),
};

describe('keeps its value', () => {
  it.each(Object.entries(CASES))('%s', (_, node) => {
    const left = share(programOf({ y: node })).outputs[0]!.node;
    const right = rewrite(programOf({ y: left }), allRules()).program.outputs[0]!.node;
    expect(right.type).toEqual(left.type);
    for (const tokens of [1, 3]) {
      const [written, ...others] = inField(
        [
          lowered({ y: left }, false),
          lowered({ y: left }),
          lowered({ y: right }, false),
          lowered({ y: right }),
        ],
        tokens,
        tokens,
      );
      for (const v of others) expect(elements(v.y!)).toEqual(elements(written!.y!));
    }
  });
});
