/** Single rules on programs that their instances seldom draw. */
import { expect, it } from 'vitest';
import { MAX_CHAIN } from '../../../compiler/associate/chains.ts';
import { apply } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
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
