/** Places of the tensors that the nests of fused blocks load: registers of lanes, workgroup memory or storage. */
import { describe, expect, it } from 'vitest';
import { parseDim } from '../../../../compiler/dims/dims.ts';
import type { Expr, IntExpr } from '../../../../compiler/primitives/expr.ts';
import type { Axis, MapPrim, Prim } from '../../../../compiler/primitives/prim.ts';
import {
  add,
  asDim,
  call,
  constant,
  contraction,
  input,
  load,
  map,
  mod,
  mul,
  sub,
} from '../../../../test/kernels-gen/build.ts';
import type { FusedBlocks } from '../../../fuse/blocks.ts';
import { RESULT } from '../../../fuse/kernel.ts';
import type { Replaced } from '../../../memory/buffers.ts';
import { placesOf, type Whereabouts, worksOf } from '../blocks/places.ts';
import { axes, block, groupOf, mapOf, nestOf, tensor } from './blocks-groups.ts';

const placed = (group: FusedBlocks, over: readonly Replaced[] = []) => placesOf(group, worksOf(group)!, over);
const own = (arg: number, first: IntExpr | string = block) => load(arg, first, 'i', 'j');
const twice = (e: Expr, f = e) => call('mul', e, f);
const before = sub(2, block);
const tokens: IntExpr = { k: 'extent', dim: parseDim('tokens') };

it('lanes divide the rows of a map whose length is a number of whole lanes', () => {
  const nests = [[], [8], [16, 8], [8, 12]].map((sizes) => nestOf(mapOf(sizes)));
  expect(worksOf(groupOf([], nests))!.map((w) => w.shared)).toEqual([false, true, true, false]);
});

describe('what a nest loads', () => {
  const [WHOLE, WIDE, CUBE, NARROW, REGROUPED, JOINED, SCALAR] = [2, 3, 4, 5, 6, 7, 8];
  const kept = [
    nestOf(mapOf([16, 16]), WHOLE),
    nestOf(mapOf([12, 16]), WIDE),
    nestOf(mapOf([8, 16, 16]), CUBE),
    nestOf(mapOf([16, 12]), NARROW),
    nestOf(mapOf([12, 16], [16, 12]), REGROUPED),
    nestOf(mapOf([16, 12], [12, 16]), JOINED),
    nestOf(mapOf([]), SCALAR),
  ];
  const [SQUARE, PACKED] = [0, 1];
  const stored = [tensor([3, 16, 16]), tensor([3, 28])];
  const sum = call('add', own(SQUARE), load(PACKED, block, 'i'));
  const reader = map('reader', [], axes(16, 16), sum);
  const args = [...stored, ...kept.map((n) => n.kernel.root)];
  const { of } = placed(groupOf(args, [...kept, nestOf(reader)]));
  const j: Axis = { name: 'j', extent: asDim(16) };

  it.each<readonly [Whereabouts, string, Expr, Axis | undefined]>([
    ['kept', 'the lane’s own elements', load(WHOLE, 'i', 'j'), j],
    ['kept', 'those of many matrices', load(CUBE, 'p', 'i', 'j'), j],
    ['held', 'all elements of all lanes', load(WHOLE, 'i', 'j'), undefined],
    ['held', 'elements of other lanes', load(WHOLE, 'i', add('j', 1)), j],
    ['held', 'the diagonal', load(WHOLE, 'j', 'j'), j],
    ['held', 'one element', load(SCALAR), j],
    ['held', 'rows that are no whole lanes', load(NARROW, 'i', 'j'), j],
    ['held', 'what lanes compute along other rows', load(REGROUPED, 'i', 'j'), j],
    ['held', 'what lanes do not divide', load(JOINED, 'i', 'j'), j],
    ['transposed', 'columns', load(WHOLE, 'j', 'i'), j],
    ['held', 'columns that are no whole lanes', load(WIDE, 'j', 'i'), j],
    ['held', 'columns of one of many matrices', load(CUBE, 0, 'j', 'i'), j],
    ['copied', 'the lane’s own elements of a block in storage', own(SQUARE), j],
    ['storage', 'its columns', load(SQUARE, block, 'j', 'i'), j],
    ['storage', 'all elements of a block in storage', own(SQUARE), undefined],
    ['storage', 'elements of another block', own(SQUARE, before), j],
    ['storage', 'a row that is no whole lanes', load(PACKED, block, 'j'), j],
  ])('is %s: %s', (expected, _, e, along) => {
    if (e.k !== 'load') throw new TypeError('no load');
    expect(of(e, { along })).toBe(expected);
  });

  it.each([
    ['kept', load(WHOLE, 3, 7)],
    ['copied', load(SQUARE, block, 3, 7)],
    ['copied', load(PACKED, block, 3)],
  ] as const)('is %s where code without loops hands it on', (expected, e) => {
    if (e.k !== 'load') throw new TypeError('no load');
    expect(of(e, { along: undefined, isWritten: true })).toBe(expected);
  });

  it('is in storage where it is no argument', () => {
    expect(of({ arg: RESULT, index: [] }, { along: j })).toBe('storage');
  });
});

describe('lanes copy a block in storage', () => {
  const copiedBy = (m: number, n: number, arg: Prim, body: Expr) =>
    placed(groupOf([arg], [nestOf(map('m', [], axes(m, n), body))])).copied;
  const rows = tensor([3, 33, 8]);
  const integer: Expr = {
    k: 'fromInt',
    a: {
      k: 'iload',
      arg: 0,
      index: [block, ...(['i', 'j'] as const).map((name) => ({ k: 'axis', name }) as const)],
    },
  };
  it.each<readonly [boolean, string, Prim, Expr]>([
    [true, 'that a map loads twice', rows, twice(own(0))],
    [false, 'that it loads once', rows, own(0)],
    [false, 'of which it loads other elements', rows, twice(own(0), load(0, block, 'i', 0))],
    [false, 'beside which it loads another block', rows, call('add', twice(own(0)), own(0, before))],
    [false, 'that all blocks share', tensor([33, 8]), twice(load(0, 'i', 'j'))],
    [true, 'of 1024 elements', tensor([3, 128, 8]), twice(own(0))],
    [false, 'of 1032 elements', tensor([3, 129, 8]), twice(own(0))],
    [false, 'whose size grows with tokens', input('x', [3, 'tokens', 8]), twice(own(0))],
    [false, 'of rows that are no whole lanes', tensor([3, 33, 12]), twice(own(0))],
    [false, 'of integers', tensor([3, 33, 8], 'i32'), twice(integer)],
  ])('%s for one %s', (expected, _, arg, body) => {
    expect(copiedBy(33, 8, arg, body)).toEqual(new Set(expected ? [0] : []));
  });

  it('false for a map of rows that are no whole lanes', () => {
    const copied = [8, 12, 16].map((n) => copiedBy(33, n, tensor([3, 33, 16]), twice(own(0))).size);
    expect(copied).toEqual([1, 0, 1]);
  });

  it('true for one that both operands of a product load, false for one that its epilogue loads', () => {
    const root = contraction(
      'y',
      [],
      axes(8, 8),
      [['k', 8]],
      load(0, block, 'i', 'k'),
      load(0, block, 'k', 'j'),
    );
    const epilogue = call('add', load(RESULT), own(1));
    const args = [tensor([3, 8, 8]), tensor([3, 8, 8])];
    expect(placed(groupOf(args, [nestOf(root, undefined, epilogue)])).copied).toEqual(new Set([0]));
  });
});

describe('a map’s code has no loops', () => {
  /** A tensor in storage and the map of another nest, arguments 0 and 1, and what results overwrite. */
  interface Loaded {
    readonly x?: Prim;
    readonly q?: MapPrim;
    readonly over?: readonly Replaced[];
  }
  const isWritten = (body: Expr, sizes: readonly number[], { x, q = mapOf([8, 8]), over = [] }: Loaded) => {
    const m = nestOf(map('m', [], axes(...sizes), body));
    const group = groupOf([x ?? tensor([3, 8, 8]), q], [nestOf(q, 1), m]);
    const works = worksOf(group)!;
    return placesOf(group, works, over).written.has(works[1]!);
  };

  it.each<readonly [boolean, string, readonly number[]]>([
    [true, '32 rows of 8', [32, 8]],
    [false, '33 rows of 8', [33, 8]],
    [true, '16 rows of 12, whose last lanes have nothing to do', [16, 12]],
    [false, '17 rows of 12', [17, 12]],
    [false, 'one element', []],
  ])('%s for %s', (expected, _, sizes) => {
    expect(isWritten(constant(1), sizes, {})).toBe(expected);
  });

  const packed = tensor([3, 28]);
  const place = mod(add(mul(8, 'i'), 'j'), 28);
  it.each<readonly [boolean, string, Expr, Loaded]>([
    [true, 'any elements of a result', load(1, sub(7, 'i'), sub(7, 'j')), {}],
    [false, 'elements by a size', load(1, 'i', tokens), {}],
    [false, 'elements by the number of the block', load(1, 'i', mod(add(block, 'j'), 8)), {}],
    [false, 'rows that are no whole lanes', load(1, 'i', 'j'), { q: mapOf([8, 12]) }],
    [false, 'what lanes compute along other rows', load(1, 'i', 'j'), { q: mapOf([12, 16], [16, 12]) }],
    [false, 'what lanes do not divide', load(1, 'i', 'j'), { q: mapOf([16, 12], [12, 16]) }],
    [true, 'any elements of a block in storage', load(0, block, place), { x: packed }],
    [false, 'those of another block', load(0, before, place), { x: packed }],
    [false, 'those by a size', load(0, block, tokens), { x: packed }],
    [false, 'those of rows by a size', load(0, block, 0, tokens), {}],
    [
      false,
      'integers',
      { k: 'fromInt', a: { k: 'iload', arg: 0, index: [block, place] } },
      { x: tensor([3, 28], 'i32') },
    ],
    [false, 'halves', own(0), { x: tensor([3, 8, 8], 'f16') }],
    [false, 'blocks that are no whole vectors', load(0, block, mod(place, 30)), { x: tensor([3, 30]) }],
    [true, 'blocks of 256 elements', own(0), { x: tensor([3, 32, 8]) }],
    [false, 'blocks of more', own(0), { x: tensor([3, 33, 8]) }],
  ])('%s where it loads %s', (expected, _, body, options) => {
    expect(isWritten(body, [8, 8], options)).toBe(expected);
  });

  it('false where it loads what results overwrite', () => {
    const [x, other] = [tensor([3, 8, 8]), tensor([3, 8, 8])];
    const over = (tensor: Prim) => isWritten(own(0), [8, 8], { x, over: [{ tensor, by: mapOf([8, 8]) }] });
    expect([over(other), over(x)]).toEqual([true, false]);
  });
});

it('what is transposed is kept, and what code without loops loads of storage is copied', () => {
  const q = nestOf(mapOf([16, 16]), 1);
  const body = call('add', load(1, 'j', 'i'), own(0));
  const group = groupOf([tensor([3, 16, 16]), q.kernel.root], [q, nestOf(map('m', [], axes(16, 16), body))]);
  const { kept, transposed, held, copied } = placed(group);
  expect({ kept, transposed, held, copied }).toEqual({
    ...{ kept: new Set([1]), transposed: new Set([1]), held: new Set(), copied: new Set([0]) },
  });
});
