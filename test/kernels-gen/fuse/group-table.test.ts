/** The table of fused blocks: they are looked up by their members, and by which of these are stored. */
import { expect, it } from 'vitest';
import { portable } from '../../../compiler/devices/index.ts';
import type { ContractionPrim, Prim } from '../../../compiler/primitives/prim.ts';
import { fits, GroupTable } from '../../../kernels-gen/fuse/grouping.ts';
import { contraction, input, load } from '../build.ts';

/** The kernel of a product that makes n × n elements of each of 3 blocks. */
function product(label: string, of: Prim = input('X', [3, 4, 4]), n = 4) {
  const [a, b] = [load(0, 'g', 0, 0), load(0, 'g', 0, 'k')];
  const root: ContractionPrim = contraction(
    label,
    [of],
    [
      ['g', 3],
      ['i', n],
      ['j', n],
    ],
    [['k', 4]],
    a,
    b,
  );
  return { tensor: root, root, epilogue: null, spans: [] };
}

const p = product('p');
const [q, r] = [product('q', p.tensor), product('r', p.tensor)];

it('fused blocks have the members that are asked for, and store what is asked for', () => {
  const table = new GroupTable(portable);
  const labels = (tensors: readonly Prim[]) => tensors.map((t) => t.label).join();
  const wanted: readonly { members: readonly ReturnType<typeof product>[]; stored: readonly Prim[] }[] = [
    { members: [p, q], stored: [q.tensor] },
    { members: [p, r], stored: [] },
    { members: [p, q], stored: [p.tensor] },
    { members: [q, r], stored: [] },
    { members: [p, q], stored: [] },
    { members: [p, q], stored: [p.tensor, q.tensor] },
  ];
  for (const { members, stored } of wanted) {
    const found = table.of(members, (t) => stored.includes(t))!;
    expect(labels(found.members.map((m) => m.tensor))).toBe(labels(members.map((m) => m.tensor)));
    expect(labels(found.nests.flatMap((n) => n.stored ?? []))).toBe(labels(stored));
  }
});

it('fused blocks are made once', () => {
  const table = new GroupTable(portable);
  const first = table.of([p, q], () => false);
  expect(first).toBeDefined();
  expect(table.of([p, q], () => false)).toBe(first);
});

it('a kernel fits into a launch only where the blocks fit into the memory of a workgroup', () => {
  const after = (n: number) => {
    const first = product('first', undefined, n);
    return fits([first, product('y', first.tensor)], new GroupTable(portable));
  };
  // 64² numbers are as many as 16 KiB hold.
  expect([64, 65].map(after)).toEqual([true, false]);
});
