/** The memories and the steps of small fused blocks in lanes. Their loops compute what their members do. */
import { describe, expect, it } from 'vitest';
import { cpuVectors } from '../../../../compiler/devices/index.ts';
import { printDim } from '../../../../compiler/dims/dims.ts';
import type { Expr } from '../../../../compiler/primitives/expr.ts';
import type { ContractionPrim, MapPrim, Prim } from '../../../../compiler/primitives/prim.ts';
import {
  add,
  call,
  constant,
  contraction,
  input,
  load,
  map,
  mod,
} from '../../../../test/kernels-gen/build.ts';
import { A, BLOCK, product } from '../../../../test/kernels-gen/families/blocks-programs.ts';
import { expectBlocks } from '../../../../test/kernels-gen/loops/run.ts';
import { fuseBlocks } from '../../../fuse/blocks.ts';
import type { Body, LoopKernel } from '../../../loops/type.ts';
import { laneBlocksLoops } from '../blocks/schedule.ts';

type Member = MapPrim | ContractionPrim;
/** The loops of one kernel of these primitives, some of which it stores. They compute the same. */
const storing = (members: readonly Member[], stored: readonly Member[]) => {
  const kernels = members.map((p) => ({ tensor: p, root: p, epilogue: null, spans: [] }));
  const group = fuseBlocks(kernels, new Set(stored), cpuVectors.fusion.blocks)!;
  const made = laneBlocksLoops(group, [], true);
  expectBlocks(group, made, 1, 7);
  return made;
};
const loopsOf = (...members: readonly Member[]) => storing(members, members.slice(-1));

const rows = (m: number, n: number, args: readonly Prim[], body: Expr) =>
  map('m', args, [...BLOCK, ['i', m], ['j', n]], body);
const [own, turned] = [load(0, 'g', 'i', 'j'), load(0, 'g', 'j', 'i')];
const more = call('add', own, constant(1));
const squared = (e: Expr) => call('mul', e, e);

/** The arrays that nests share, in whose shapes the lanes come last and the elements of a vector before. */
const arrays = ({ memories }: LoopKernel) =>
  memories
    .filter((m) => /^(kept|transposed|own)/.test(m.name))
    .map((m) => `${m.name}: ${m.shape.map(printDim).join(' × ')}`);

describe('the arrays of lanes', () => {
  it('are of single elements, and as large as the largest, where results of other widths share one', () => {
    const x = input('x', [3, 8, 16]);
    const narrow = rows(8, 16, [x], more);
    const same = rows(8, 16, [narrow], more);
    const wide = rows(8, 32, [same], call('add', load(0, 'g', 'i', mod('j', 16)), constant(1)));
    const { loops } = loopsOf(narrow, same, wide, rows(8, 32, [wide], squared(own)));
    expect(arrays(loops)).toEqual(['kept0: 32 × 8', 'kept1: 8 × 2 × 8', 'own0: 8 × 2 × 8']);
  });

  it('of a transpose are vectors along its rows', () => {
    const tall = rows(32, 8, [input('x', [3, 32, 8])], more);
    const { loops } = loopsOf(tall, rows(8, 32, [tall], turned));
    expect(arrays(loops)).toEqual(['kept0: 32 × 8', 'transposed0: 8 × 4 × 8', 'own0: 32 × 8']);
  });
});

describe('the steps of a map whose rows lanes divide', () => {
  const steps = (m: number, n: number, dtype: 'f32' | 'f16' = 'f32') =>
    loopsOf(rows(m, n, [input('x', [3, m, n], dtype)], squared(own))).steps.map((s) =>
      s.replace('in nest ', ''),
    );

  it('go through single elements', () => {
    expect(steps(33, 8)).toEqual([
      '0: flatten c0, c1 into at',
      '0: load vectors along at in 8 lanes',
      '0: keep own0 in registers of 8 lanes',
      '1: split i1 by 8 into i1_chunk, lane',
      '1: reorder to lane, i0, i1_chunk',
      '1: bind lane to invocations',
      '1: flatten i0, i1_chunk into at',
      '1: keep own0 in registers of 8 lanes',
      '1: bind at to opaque',
    ]);
  });

  it('go through vectors', () => {
    expect(steps(17, 16).slice(3)).toEqual([
      '1: split i1 by 8 into i1_chunk, lane',
      '1: split i1_chunk by 2 into group, v',
      '1: reorder to lane, i0, group, v',
      '1: bind lane to invocations',
      '1: flatten i0, group into at',
      '1: fission v',
      '1: keep own0 in vectors of registers of 8 lanes',
      '1: vectorise v',
      '1: bind at to opaque',
    ]);
  });

  it('copy what is no vectors in the same way', () => {
    expect(steps(33, 8, 'f16').slice(0, 6)).toEqual([
      '0: split c1 by 8 into c1_chunk, lane',
      '0: reorder to lane, c0, c1_chunk',
      '0: bind lane to invocations',
      '0: flatten c0, c1_chunk into at',
      '0: keep own0 in registers of 8 lanes',
      '0: bind at to opaque',
    ]);
  });
});

it('at most 8 chunks of a block are copied without a loop', () => {
  const how = (m: number) => {
    const find = (block: Body): string[] =>
      block.flatMap((s) => (s.k === 'for' ? [...(s.axis === 'chunk' ? [s.how] : []), ...find(s.body)] : []));
    return find(loopsOf(rows(m, 8, [input('x', [3, m, 8])], squared(own))).loops.body);
  };
  // These blocks are 8 chunks of 32 elements, and 8 and a quarter.
  expect([32, 33].map(how)).toEqual([['unrolled'], ['opaque']]);
});

it('a product without a sum, for which lanes have no tile, runs in the tiles of all devices', () => {
  const [u, v] = [input('u', [3, 8]), input('v', [3, 8])];
  const axes = [...BLOCK, ['i', 8], ['j', 8]] as const;
  const outer = contraction('outer', [u, v], axes, [['k', 1]], load(0, 'g', 'i'), load(1, 'g', 'j'));
  expect(loopsOf(outer, rows(8, 8, [outer], turned)).loops.threads).toBe(8);
});

describe('registers shift the columns’ operand', () => {
  const q = rows(8, 8, [A(8)], more);
  const shifts = (b: Prim, right: Expr, left: Prim = input('B', [3, 8, 8])) =>
    loopsOf(...(b === q ? [q] : []), { ...product('y', 8, left, b), b: right }).steps.some((s) =>
      s.includes('shift right'),
    );
  const [x, at] = [A(8), load(1, 'g', 'k', 'j')];
  it.each([
    [true, 'lanes keep', q, at, undefined],
    [true, 'lanes copy', x, at, x],
    [false, 'lanes keep in part', q, call('mul', at, load(1, 'g', 'k', mod(add('j', 1), 8))), undefined],
    [false, 'is in workgroup memory', q, load(1, 'g', 'k', mod(add('j', 1), 8)), undefined],
    [false, 'is in storage', x, at, undefined],
  ] as const)('%s for one that %s', (expected, _, b, right, left) => {
    expect(shifts(b, right, left)).toBe(expected);
  });
});

describe('many results of a product go from an array to other memory than lanes’ registers', () => {
  const y = contraction(
    'y',
    [input('a', [3, 8, 8]), input('b', [3, 8, 24])],
    [...BLOCK, ['i', 8], ['j', 24]],
    [['k', 8]],
    load(0, 'g', 'i', 'k'),
    load(1, 'g', 'k', 'j'),
  );
  const lanes = rows(8, 24, [y], more);
  const others = rows(8, 136, [y], load(0, 'g', 'i', mod('j', 24)));
  it.each<readonly [string, readonly Member[], readonly Member[], readonly string[]]>([
    ['to storage', [], [y], ['result']],
    ['to storage, and to registers', [lanes], [y, lanes], ['stored']],
    ['to workgroup memory', [others], [others], ['result']],
    ['to workgroup memory, and to registers', [lanes, others], [lanes, others], ['stored']],
    ['to registers alone', [lanes], [lanes], []],
  ])('%s', (_, readers, stored, expected) => {
    const spills = storing([y, ...readers], stored).steps.flatMap((s) => / spill (\w+)/.exec(s)?.[1] ?? []);
    expect(spills).toEqual(expected);
  });
});
