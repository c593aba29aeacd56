/** Readers that become epilogues, and sums that merge: a case for each condition that lets it happen or refuses it. */
import { describe, expect, it } from 'vitest';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { type Axes, add, call, constant, div, input, load, map, mod, mul, reduce, solve } from '../build.ts';
import { all, axes, exp, kernels, LIMITS, nested, own, product, ROWS, rows, sizeOf, x } from './kernels.ts';

const p = product('p', x);
const sum = reduce('s', [input('X', ['tokens', 8, 4])], ROWS, axes({ k: 4 }), load(0, 't', 'i', 'k'));
/** The kernels of a map that reads one tensor. */
const of = (source: Prim, body: Expr, over: Axes = ROWS) => kernels({ y: map('y', [source], over, body) });

describe('a reader is the epilogue of the kernel that it reads', () => {
  it('where that is a product or a sum, but nothing else', () => {
    expect(of(p, exp(own()))).toEqual(['y']);
    expect(of(sum, exp(own()))).toEqual(['y']);
    const solved = solve('p', input('A', [4, 4]), input('B', [4, 8]));
    expect(of(solved, exp(own()), axes({ t: 4, i: 8 }))).toEqual(['p', 'y']);
  });

  it('after the epilogue that it has already', () => {
    const first = rows('m', [p, x], call('add', exp(own()), own(1)));
    expect(of(first, exp(own()))).toEqual(['y']);
  });

  it('where it reads an element twice, but not where it reads two elements', () => {
    expect(of(p, call('mul', own(), exp(own())))).toEqual(['y']);
    expect(of(p, call('mul', own(), load(0, 't', 0)))).toEqual(['p', 'y']);
  });

  it('where it has the elements in another order or shape', () => {
    expect(of(p, exp(own()), ROWS.toReversed())).toEqual(['y']);
    const halves = axes({ t: 'tokens', h: 2, l: 4 });
    expect(of(p, exp(load(0, 't', add(mul(4, 'h'), 'l'))), halves)).toEqual(['y']);
    expect(of(p, exp(load(0, div('e', 8), mod('e', 8))), axes({ e: '8*tokens' }))).toEqual(['y']);
  });

  it('where it reads each element exactly once', () => {
    expect(of(p, exp(own()), axes({ t: 'tokens', i: 8, n: 4 }))).toEqual(['p', 'y']);
    expect(of(p, exp(own()), axes({ t: 'tokens', i: 4 }))).toEqual(['p', 'y']);
  });

  it('where nothing else reads the result', () => {
    const y = rows('y', [p], exp(own()));
    expect(kernels({ y, z: product('z', p) })).toEqual(['p', 'y', 'z']);
    expect(kernels({ y, p })).toEqual(['p', 'y']);
  });

  it('of the one with the most work, where it reads several', () => {
    const y = rows('y', [p, sum], call('mul', exp(own()), exp(own(1))));
    expect(kernels({ y })).toEqual(['s', 'y']);
  });

  it('where its body is small enough, and the limit is lower in a product', () => {
    const y = (source: Prim, nodes: number) => of(source, nested(nodes - 1 - sizeOf(own()), own()));
    expect(y(p, LIMITS.tiledNodes)).toEqual(['y']);
    expect(y(p, LIMITS.tiledNodes + 1)).toEqual(['p', 'y']);
    expect(y(sum, LIMITS.bodyNodes)).toEqual(['y']);
    expect(y(sum, LIMITS.bodyNodes + 1)).toEqual(['s', 'y']);
  });

  it('where the kernel binds no more tensors than a device allows', () => {
    const y = (n: number) => {
      const args = [p, ...Array.from({ length: n }, (_, i) => input(`x${i}`, ['tokens', 8]))];
      return kernels({ y: rows('y', args, all(args.length)) });
    };
    expect(y(5)).toEqual(['y']);
    expect(y(6)).toEqual(['p', 'y']);
  });
});

describe('a sum over the result of a product merges into it', () => {
  /** The kernels of a sum over the columns of a tensor of (4·tokens, 8), which leaves 2048 results. */
  const summed = (source: Prim, body: Expr = own(), combine: 'sum' | 'max' = 'sum') =>
    kernels({ y: reduce('y', [source], axes({ t: '4*tokens' }), axes({ i: 8 }), body, combine) });
  const large = product('p', input('x', ['4*tokens', 8]));

  it('where enough results are left to compute in parallel', () => {
    expect(summed(large)).toEqual(['y']);
    const few = reduce('y', [large], axes({ i: 8 }), axes({ t: '4*tokens' }), own());
    expect(kernels({ y: few })).toEqual(['p', 'y']);
  });

  it('where it sums every result, as it is or times a constant', () => {
    expect(summed(large, call('mul', constant(2), own()))).toEqual(['y']);
    expect(summed(large, exp(own()))).toEqual(['p', 'y']);
    expect(summed(large, call('mul', own(), own()))).toEqual(['p', 'y']);
    expect(summed(large, load(0, 't', 0))).toEqual(['p', 'y']);
    expect(summed(large, own(), 'max')).toEqual(['p', 'y']);
  });
});
