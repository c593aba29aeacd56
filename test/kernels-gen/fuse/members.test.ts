/** Members of fused blocks: the kernels that compute small blocks along their first axis. */
import { expect, it } from 'vitest';
import type { ContractionPrim, MapPrim } from '../../../compiler/primitives/prim.ts';
import { whyNoMember } from '../../../kernels-gen/fuse/blocks.ts';
import { type Axes, contraction, input, load, map } from '../build.ts';

const X = input('X', [3, 4, 4]);
const axesOf = (m: number, n: number): Axes => [
  ['g', 3],
  ['i', m],
  ['j', n],
];
const why = (root: MapPrim | ContractionPrim, ...added: readonly ContractionPrim[]) =>
  whyNoMember({ tensor: root, root, added, epilogue: null, spans: [] });
/** A product that makes m×n elements of each of 3 blocks, each a sum of k products. */
const product = (m: number, n: number, k: number, b = load(0, 'g', 0, 0)) =>
  contraction('p', [X], axesOf(m, n), [['k', k]], load(0, 'g', 0, 0), b);
const made = (axes: Axes, shape: readonly number[]) => map('m', [X], axes, load(0, 'g', 0, 0), { shape });

it('a member takes at most 65,536 multiply-adds a block', () => {
  const reason = 'takes more than 65536 multiply-adds a block';
  expect(why(product(64, 64, 16))).toBe(undefined);
  expect(why(product(65_537, 1, 1))).toBe(reason);
  expect(why(made(axesOf(1, 65_536), [3, 1, 65_536]))).toBe(undefined);
  expect(why(made(axesOf(1, 65_537), [3, 1, 65_537]))).toBe(reason);
});

it('the products that are added have their own blocks, too', () => {
  const shared = product(4, 4, 4, load(0, 0, 'k', 'j'));
  expect(why(product(4, 4, 4), product(4, 4, 4))).toBe(undefined);
  expect(why(product(4, 4, 4), shared)).toBe('has an operand that all blocks share');
});

it('the first axis of a member is the first dimension of its result', () => {
  const axes: Axes = [
    ['g', 3],
    ['i', 4],
  ];
  expect(why(made(axes, [3, 4]))).toBe(undefined);
  expect(why(made(axes, [4, 3]))).toBe('does not go through blocks first');
});

it('a member has an axis for each dimension of its result', () => {
  expect(why(made(axesOf(2, 8), [3, 16]))).toBe('has other axes than its result has dimensions');
});
