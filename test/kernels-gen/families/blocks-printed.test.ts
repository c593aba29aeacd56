/** Printing fused blocks: the tiles of threads, the costs, and one module for equal kernels. */
import { describe, expect, it } from 'vitest';
import { portable } from '../../../compiler/devices/index.ts';
import { constantOf } from '../../../compiler/dims/dims.ts';
import type { ContractionPrim, MapPrim } from '../../../compiler/primitives/prim.ts';
import { generateBlocks } from '../../../kernels-gen/families/blocks/index.ts';
import type { ScheduleOptions } from '../../../kernels-gen/families/family.ts';
import type { FusedBlocks } from '../../../kernels-gen/fuse/blocks.ts';
import { GroupTable, groupBlocks } from '../../../kernels-gen/fuse/grouping.ts';
import type { Body } from '../../../kernels-gen/loops/type.ts';
import { WAYS } from '../../../kernels-gen/schedule/ways.ts';
import { evalExtent } from '../../../runtime/plan.ts';
import { type Axes, call, contraction, input, load, map } from '../build.ts';

interface Made {
  readonly m?: number;
  readonly n?: number;
  readonly blocks?: number;
  readonly turned?: boolean;
  /** Whether other kernels read the product too. */
  readonly kept?: boolean;
}

/** Fused blocks of a product p = a·b in each block and the map (p + p)·p, element by element or with p transposed. */
function group({ m = 2, n = 2, blocks = 3, turned = false, kept = false }: Made): FusedBlocks {
  const axes: Axes = [
    ['g', blocks],
    ['i', m],
    ['j', n],
  ];
  const reads = [input('a', [blocks, m, 2]), input('b', [blocks, 2, n])];
  const p = contraction('p', reads, axes, [['k', 2]], load(0, 'g', 'i', 'k'), load(1, 'g', 'k', 'j'));
  const own = turned ? load(0, 'g', 'j', 'i') : load(0, 'g', 'i', 'j');
  const y = map('y', [p], axes, call('mul', call('add', own, own), own));
  const kernels = [p, y].map((root: ContractionPrim | MapPrim) => ({
    tensor: root,
    root,
    epilogue: null,
    spans: [],
  }));
  const [only] = groupBlocks(kernels, new Set(kept ? [p, y] : [y]), new GroupTable(portable));
  return only as FusedBlocks;
}

const options = (): ScheduleOptions => ({
  device: portable,
  tokens: 1,
  one: false,
  printed: new Map(),
});
const printed = (made: Made, o = options()) => generateBlocks(group(made), o, WAYS.blocks);
const moduleOf = (...of: Parameters<typeof printed>) => printed(...of).printed.code.module;

/** The number of tiles that a workgroup computes, one after another. */
const tilesOf = (body: Body): number =>
  Math.max(
    1,
    ...body.map((s) => {
      if (s.k !== 'for') return s.k === 'if' ? tilesOf(s.body) : 1;
      const { of, by } = s.trips;
      return (/^(row|col)_tile/.test(s.axis) ? Math.ceil(constantOf(of)! / by) : 1) * tilesOf(s.body);
    }),
  );

describe('a workgroup of 64 threads takes', () => {
  it.each([
    // Threads are 8×8, and each has at most 4 rows and 4 columns.
    [32, 32, { rows: 4, cols: 4, tiles: 1 }],
    [33, 32, { rows: 4, cols: 4, tiles: 2 }],
    [40, 40, { rows: 4, cols: 4, tiles: 4 }],
    [24, 8, { rows: 3, cols: 1, tiles: 1 }],
    [8, 24, { rows: 1, cols: 3, tiles: 1 }],
    // Threads are 1×64, 2×32 and 4×16.
    [1, 65, { rows: 1, cols: 2, tiles: 1 }],
    [2, 65, { rows: 1, cols: 3, tiles: 1 }],
    [3, 64, { rows: 1, cols: 4, tiles: 1 }],
    [3, 65, { rows: 1, cols: 4, tiles: 2 }],
  ])('%i×%i results', (m, n, expected) => {
    const { loops } = printed({ m, n }).printed.code.scheduled!;
    const [acc] = loops.memories.filter((r) => r.name.startsWith('acc'));
    const each = acc!.shape.reduce((all, d) => all * constantOf(d)!, 1);
    expect({ each, tiles: tilesOf(loops.body) }).toEqual({
      each: expected.rows * expected.cols,
      tiles: expected.tiles,
    });
  });
});

it('costs the operations of all nests, and the bytes of what is read and stored', () => {
  const { flops, bytes } = printed({ blocks: 5 });
  expect(evalExtent(flops, 1)).toBe(5 * (2 * 2 * (2 * 2) + 2 * 2 * 2));
  expect(evalExtent(bytes, 1)).toBe(5 * 4 * (4 + 4 + 4));
});

it('is printed once for equal groups', () => {
  const o = options();
  const first = moduleOf({}, o);
  expect(moduleOf({}, o)).toBe(first);
  for (const other of [{ blocks: 4 }, { m: 3 }, { turned: true }, { kept: true }])
    expect(moduleOf(other, o)).not.toBe(first);
});
