/** Kernels that stay apart though each could be a member of fused blocks: the reasons, and orders that are not tried. */
import { expect, it } from 'vitest';
import { portable } from '../../../compiler/devices/index.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { ContractionPrim, Prim } from '../../../compiler/primitives/prim.ts';
import { fuseBlocks } from '../../../kernels-gen/fuse/blocks.ts';
import { GroupTable, whyApart } from '../../../kernels-gen/fuse/grouping.ts';
import { type Axes, call, contraction, input, load } from '../build.ts';

const X = input('X', [3, 4, 4]);
const kernel = (root: ContractionPrim) => ({ tensor: root, root, epilogue: null, spans: [] });
const square = (n: number): Axes => [
  ['g', 3],
  ['i', n],
  ['j', n],
];
/** A product that makes n × n elements of each of 3 blocks, and reads one element of the same block of each tensor. */
function product(label: string, n: number, reads: readonly Prim[] = [X]): ContractionPrim {
  const first = reads.map((_, arg): Expr => load(arg, 'g', 0, 0)).reduce((a, b) => call('add', a, b));
  return contraction(label, reads, square(n), [['k', 2]], first, load(0, 'g', 0, 0));
}
const why = (reader: ContractionPrim, ...others: readonly ContractionPrim[]) =>
  whyApart(others.map(kernel), kernel(reader), new GroupTable(portable));

it('the reason is that the kernel would bind too many tensors, hold too much, or is another’s wait', () => {
  const p = product('p', 4);
  const inputs = Array.from({ length: 8 }, (_, i) => input(`X${i}`, [3, 4, 4]));
  expect(why(product('y', 4, [p, ...inputs]), p)).toBe('the kernel would bind more than 8 tensors');
  // 129² numbers are more than the 128² bytes of workgroup memory hold.
  const large = product('large', 129);
  expect(why(product('y', 4, [large]), large)).toBe(
    'the blocks that it would hold do not fit into 16384 bytes of workgroup memory',
  );
  expect(why(product('y', 4, [p]), p)).toBe(
    'its reader, or another reader of the launch, waits for other kernels',
  );
});

it('the reason is that the code would spell out too many results, of which a product counts as at most 64', () => {
  // A thread computes 24²/8 = 72 results of a block, which count as 64, and 16²/8 = 32.
  const many = [24, 24, 24, 24, 16].map((n, i) => product(`p${i}`, n));
  const reader = (n: number) => product('y', n, [many[0]!]);
  expect(why(reader(17), ...many)).toBe(
    'the code would spell out 324.125 results of a thread, and 320 are the most',
  );
  expect(why(reader(16), ...many)).not.toContain('results');
});

it('the last member stores, so that a kernel reads at most 7 of 8 tensors', () => {
  const bound = (reads: number) => {
    const inputs = Array.from({ length: reads }, (_, i) => input(`X${i}`, [3, 4, 4]));
    const p = product('p', 4, inputs);
    const y = product('y', 4, [p]);
    return fuseBlocks([p, y].map(kernel), new Set([y]), portable.fusion.blocks) !== undefined;
  };
  expect([7, 8].map(bound)).toEqual([true, false]);
});

it('the last member is computed where the others hold the least, and never before what it reads', () => {
  // Each holds 2500 of the 4096 numbers that there are.
  const [a, b] = [product('a', 50), product('b', 50)];
  const [readsA, readsB] = [product('ra', 50, [a]), product('rb', 50, [b])];
  const orderOf = (...members: readonly ContractionPrim[]) => {
    const stored = members.filter((m) => m !== a && m !== b);
    const made = fuseBlocks(members.map(kernel), new Set(stored), portable.fusion.blocks);
    return made?.nests.map((n) => n.kernel.tensor.label).join(' ');
  };
  expect(orderOf(a, readsA, b, readsB)).toBe('a ra b rb');
  expect(orderOf(a, b, readsB, readsA)).toBe('a ra b rb');
  expect(orderOf(b, a, readsA, readsB)).toBe('b rb a ra');
  expect(orderOf(a, b, product('both', 50, [a, b]))).toBe(undefined);
  // The last reads nothing of the others: every place is tried.
  expect(orderOf(a, b, product('both', 50, [a, b]), product('alone', 50))).toBe(undefined);
});
