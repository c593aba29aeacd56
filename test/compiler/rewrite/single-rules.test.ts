/** Single rules on programs that their instances seldom draw. */
import { expect, it } from 'vitest';
import { MAX_CHAIN } from '../../../compiler/associate/chains.ts';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { apply } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { polynomial } from '../../../compiler/ops/polynomial.ts';
import { builtIn } from '../../../compiler/rewrite/rules/index.ts';
import {
  A,
  B,
  blocks,
  C,
  div,
  half,
  mul,
  plus,
  printed,
  R,
  reshape,
  rewritten,
  t,
  tensor,
  times,
  x,
} from '../../golden/forms.ts';
import { index } from '../ops/operands.ts';

const rule = (name: string) => builtIn.filter((r) => r.name === name);
const after = (name: string, node: Node) => printed(rule(name), node);

const y = tensor('y', 'tokens', 6);
const [a, b] = [tensor('a', 'tokens', 1), tensor('b', 'tokens', 1)];
it.each([
  ['products', mul, '(x ⊙ a + y ⊙ b)·C'],
  ['quotients', div, '(x / a + y / b)·C'],
] as const)('%s of columns and products with one factor in common become one product', (_, by, text) => {
  expect(after('common-factor', plus(by(times(x, C), a), by(times(y, C), b)))).toBe(text);
});

it('the entries of a scaled matrix and of a sum are those of its parts', () => {
  const entries = (a: Node) => apply('entries', [a, index(2, 4)]);
  expect(after('diagblocks-linear', entries(half(A)))).toBe(after('', half(entries(A))));
  expect(after('diagblocks-linear', entries(plus(A, B)))).toBe(after('', plus(entries(A), entries(B))));
});

it('each function of a matrix has a rule for another basis', () => {
  for (const name of ['cayley-similar', 'expm-similar', 'polynomial-similar'])
    expect(rule(name)).toHaveLength(1);
});

/** The 16th power of blocks as four squarings; `of` is around each. */
const power = (of: (a: Node) => Node): Node => {
  let square = tensor('T', 2, 3, 3);
  for (let i = 0; i < 4; i++) square = of(times(square, square));
  return square;
};
it.each([
  ['squares', (a: Node) => a],
  ['scaled squares', half],
  ['transposed squares', t],
])('a product of %s is formed before rows meet it, which would meet it 16 times', (_, of) => {
  const rows = times(x, blocks(power(of)));
  expect(rewritten(rule('blocks-on-rows'), rows)).toEqual([rows]);
});

it.each([
  [8 * MAX_CHAIN, 8 * MAX_CHAIN],
  [8 * MAX_CHAIN + 1, 2],
])('of %i factors with tokens, %i are one product', (all, flat) => {
  const matrices = Array.from({ length: all - 1 }, (_, n) => tensor(`A${n}`, 6, 6));
  const [product] = rewritten(rule('matmul-flatten'), times(x, times(...matrices)));
  expect(product).toMatchObject({ op: 'matmul', args: { length: flat } });
});

const fires = (name: string, node: Node) => rewritten(rule(name), node)[0] !== node;
const thin = (n: number) => times(tensor(`u${n}`, 6, 1), tensor(`v${n}`, 1, 6));
const pair = (a: Node, b: Node) => apply('kronecker', [a, b]);
const wide = tensor('wide', 'tokens', 36);
const spread = () =>
  reshape(apply('expand', [reshape(A, 1, 6, 6)], { shape: [5, 6, 6].map((n) => dimConst(n)) }), 30, 6);
const tall = tensor('tall', 30, 6);

it.each<[string, string, Node, boolean]>([
  [
    'a polynomial of a rotation and its transpose',
    'polynomial-similar',
    polynomial(times(R, t(R)), [2, 3, 1]),
    false,
  ],
  [
    'a polynomial of a matrix in a rotated basis',
    'polynomial-similar',
    polynomial(times(R, A, t(R)), [2, 3, 1]),
    true,
  ],
  ['scaled products of low rank', 'multiply-low-rank', mul(half(thin(1)), half(thin(2))), true],
  ['transposed products of low rank', 'multiply-low-rank', mul(t(thin(1)), t(thin(2))), true],
  ['products of full rank', 'multiply-low-rank', mul(times(A, B), times(B, C)), false],
  ['a Kronecker product of low rank', 'matmul-kronecker-low-rank', times(wide, pair(thin(1), A)), true],
  ['its transpose', 'matmul-kronecker-low-rank', times(wide, t(pair(thin(1), A))), true],
  [
    'rows times a scaled tensor twice',
    'common-rows',
    plus(half(mul(x, tensor('p', 6))), half(mul(x, tensor('q', 6)))),
    true,
  ],
  ['a matrix without tokens times two others', 'common-rows', plus(mul(B, A), mul(C, A)), false],
  [
    'a repeated matrix that is multiplied',
    'repeat-kronecker',
    times(tensor('y', 'tokens', 30), spread()),
    true,
  ],
  [
    'a repeated matrix that is scaled',
    'repeat-kronecker',
    times(tensor('y', 'tokens', 30), half(spread())),
    true,
  ],
  ['a repeated matrix that is transposed', 'repeat-kronecker', times(x, t(spread())), true],
  [
    'a repeated matrix in a sum',
    'repeat-kronecker',
    times(tensor('y', 'tokens', 30), plus(spread(), tall)),
    true,
  ],
  [
    'a repeated matrix that meets another by element',
    'repeat-kronecker',
    times(tensor('y', 'tokens', 30), mul(spread(), tall)),
    false,
  ],
])('%s: %s', (_, name, node, expected) => {
  expect(fires(name, node)).toBe(expected);
});

it('a chain with tokens at both ends stays one that is too long', () => {
  const matrices = Array.from({ length: 8 * MAX_CHAIN - 2 }, (_, n) => tensor(`A${n}`, 6, 6));
  const inner = times(tensor('B0', 6, 6), tensor('B1', 6, 6), tensor('X', 6, 'tokens'));
  const node = times(x, ...matrices, inner);
  expect(fires('matmul-flatten', node)).toBe(false);
});
