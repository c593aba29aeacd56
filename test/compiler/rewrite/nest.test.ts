/** Long products are nested where they are cut in the same way forward and backward. */
import { expect, it } from 'vitest';
import { MAX_CHAIN } from '../../../compiler/associate/chains.ts';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { apply, input, topological } from '../../../compiler/ir/build.ts';
import type { Node, OpNode } from '../../../compiler/ir/node.ts';
import { isOp, transposed } from '../../../compiler/ops/nodes.ts';
import { collectChains } from '../../../compiler/rewrite/chains.ts';
import { nestLong } from '../../../compiler/rewrite/nest.ts';
import { programOf } from '../../support/evaluate.ts';

const matrix = (name: string) => input(name, 'frozen', { shape: [dimConst(3), dimConst(3)], dtype: 'f32' });
const x = input('x', 'input', {
  shape: [{ terms: [{ coef: { num: 1n, den: 1n }, powers: [['tokens', 1]] }] }, dimConst(3)],
  dtype: 'f32',
});
const matrices = (count: number, name = 'A') =>
  Array.from({ length: count }, (_, i) => matrix(`${name}${i}`));

const longest = (nodes: readonly Node[]) =>
  Math.max(...topological(nodes).map((n) => (isOp(n, 'matmul') ? n.args.length : 0)));

/** The factors of a product without its nesting. */
const flat = (n: Node): readonly Node[] =>
  isOp(n, 'matmul')
    ? n.args.flatMap(flat)
    : isOp(n, 'transpose') && isOp(n.args[0]!, 'matmul')
      ? flat(n.args[0]!).map(transposed).reverse()
      : [n];

it.each([1, 12, 13, 14, 40, 100])('keeps the factors of a product of tokens and %i matrices', (count) => {
  const factors = [x, ...matrices(count)];
  const program = nestLong(programOf({ y: apply('matmul', factors) }));
  const y = program.outputs[0]!.node;
  expect(flat(y)).toEqual(factors);
  expect(longest([y])).toBeLessThanOrEqual(MAX_CHAIN);
});

it('nests a product without tokens too', () => {
  const factors = matrices(50);
  const { node } = nestLong(programOf({ y: apply('matmul', factors) })).outputs[0]!;
  expect(flat(node)).toEqual(factors);
  expect(longest([node])).toBeLessThanOrEqual(MAX_CHAIN);
});

it('multiplies the factors beside the tokens first', () => {
  const { node } = nestLong(programOf({ y: apply('matmul', [x, ...matrices(20)]) })).outputs[0]!;
  for (const n of topological([node])) if (isOp(n, 'matmul')) expect(flat(n)[0]).toBe(x);
});

it('forms once what a product and its transpose begin with', () => {
  const all = matrices(30);
  const y = apply('matmul', [x, ...all]);
  const z = apply('matmul', [...[...all].reverse().map(transposed), transposed(x)]);
  const program = nestLong(programOf({ y, z }));
  const products = topological(program.outputs.map((o) => o.node)).filter((n): n is OpNode =>
    isOp(n, 'matmul'),
  );
  const single = topological([nestLong(programOf({ y })).outputs[0]!.node]).filter((n) => isOp(n, 'matmul'));
  // Only the last product of z differs from all products of y.
  expect(products).toHaveLength(single.length + 1);
  expect(collectChains(program).every((c) => c.factors.length <= MAX_CHAIN)).toBe(true);
});
