/** Maps that are computed where they are read: a case for each condition that lets it happen or refuses it. */
import { describe, expect, it } from 'vitest';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import {
  add,
  attention,
  call,
  constant,
  contraction,
  input,
  less,
  load,
  map,
  reduce,
  select,
  solve,
  sub,
} from '../build.ts';
import { all, axes, exp, kernels, LIMITS, nested, own, product, ROWS, rows, sizeOf, x } from './kernels.ts';

/** One operation for each element. */
const light = rows('m', [x], call('mul', constant(2), own()));
/** More operations than storing an element costs. */
const heavy = rows('m', [x], exp(exp(exp(own()))));

describe('a map is computed where it is read', () => {
  it('as a view, however often it is read', () => {
    const view = map('m', [input('x', [8, 'tokens'])], ROWS, load(0, 'i', 't'));
    expect(kernels({ y: product('y', view, 4096) })).toEqual(['y']);
  });

  it('where each element is read once, whatever it costs', () => {
    expect(kernels({ y: rows('y', [heavy], exp(own())) })).toEqual(['y']);
  });

  it('where computing it again costs no more than storing it', () => {
    // Four columns share what they load, so 64 columns read each element of x 16 times.
    expect(kernels({ y: product('y', light, 64) })).toEqual(['y']);
    expect(kernels({ y: product('y', light, 128) })).toEqual(['m', 'y']);
    expect(kernels({ y: product('y', heavy, 64) })).toEqual(['m', 'y']);
  });

  it('as the product of a column and a row, unless it is summed', () => {
    const outer = contraction(
      'p',
      [input('u', ['tokens', 1]), input('v', [8, 1])],
      ROWS,
      axes({ k: 1 }),
      load(0, 't', 'k'),
      load(1, 'i', 'k'),
    );
    expect(kernels({ y: rows('y', [outer], exp(own())) })).toEqual(['y']);
    expect(kernels({ y: product('y', outer, 64) })).toEqual(['p', 'y']);
    const sum = reduce('y', [outer], axes({ i: 8 }), axes({ t: 'tokens' }), own());
    expect(kernels({ y: sum })).toEqual(['p', 'y']);
  });

  it('however heavy, as an operand of a solve, unless workgroups with other columns repeat it', () => {
    const of = (label: string, m: number) =>
      map(
        label,
        [input(label, ['tokens', 8, m])],
        axes({ t: 'tokens', i: 8, j: m }),
        exp(exp(load(0, 't', 'i', 'j'))),
      );
    const square = of('a', 8);
    expect(kernels({ y: solve('y', square, of('b', 64)) })).toEqual(['y']);
    expect(kernels({ y: solve('y', square, of('b', 128)) })).toEqual(['y']);
    expect(kernels({ y: solve('y', square, of('b', 512)) })).toEqual(['a', 'y']);
    // Read by another kernel, too, it would be computed twice.
    expect(kernels({ y: solve('y', square, of('b', 64)), z: solve('z', square, square) })).toEqual([
      'a',
      'y',
      'z',
    ]);
  });

  it('where all sizes are known and it is so small that a launch costs more', () => {
    const broadcast = (n: number | string) => {
      const m = map('m', [input('v', [n])], axes({ t: n }), exp(exp(exp(load(0, 't')))));
      return kernels({ y: map('y', [m], axes({ t: n, i: 8 }), load(0, 't')) });
    };
    expect(broadcast(16)).toEqual(['y']);
    expect(broadcast(1 << 24)).toEqual(['m', 'y']);
    expect(broadcast('tokens')).toEqual(['m', 'y']);
  });

  it('in all of its readers, or in none', () => {
    const z = rows('z', [light], exp(own()));
    expect(kernels({ y: product('y', light, 64), z })).toEqual(['y', 'z']);
    expect(kernels({ y: product('y', light, 128), z })).toEqual(['m', 'y', 'z']);
  });
});

describe('a map is stored', () => {
  it('where it is an output', () => {
    expect(kernels({ m: light, y: rows('y', [light], exp(own())) })).toEqual(['m', 'y']);
  });

  it('where the program is computed as written', () => {
    expect(kernels({ y: rows('y', [{ ...light, stored: true }], exp(own())) })).toEqual(['m', 'y']);
  });

  it('where an attention reads it', () => {
    const lse = attention('lse', { heads: 2, keyHeads: 2, width: 4 });
    const heads = axes({ t: 'tokens', h: 2, d: 4 });
    const q = map('m', [input('q', ['tokens', 2, 4])], heads, load(0, 't', 'h', 'd'));
    expect(kernels({ y: { ...lse, args: [q, ...lse.args.slice(1)] } })).toEqual(['m', 'lse']);
  });

  it('where the body that it would be part of is too large', () => {
    const m = rows('m', [x], nested(10, own()));
    const y = (nodes: number) => kernels({ y: rows('y', [m], nested(nodes - sizeOf(m.body), own())) });
    expect(y(LIMITS.bodyNodes)).toEqual(['y']);
    expect(y(LIMITS.bodyNodes + 1)).toEqual(['m', 'y']);
  });

  it('where a solve would bind too many tensors beside its result and a temporary', () => {
    const of = (label: string, count: number) => {
      const inputs = Array.from({ length: count }, (_, n) => input(`${label}${n}`, [4, 4]));
      const terms = inputs.map((_, n) => load(n, 'i', 'j'));
      return map(
        label,
        inputs,
        axes({ i: 4, j: 4 }),
        terms.reduce((x, y) => call('add', x, y)),
      );
    };
    expect(kernels({ y: solve('y', of('a', 4), of('b', 2)) })).toEqual(['y']);
    expect(kernels({ y: solve('y', of('a', 4), of('b', 3)) })).toEqual(['b', 'y']);
  });

  it('where it would be a large operand of a product, whose text is repeated', () => {
    const y = (nodes: number) =>
      kernels({ y: product('y', rows('m', [x], nested(nodes - sizeOf(own()), own())), 1) });
    expect(y(LIMITS.tiledNodes)).toEqual(['y']);
    expect(y(LIMITS.tiledNodes + 1)).toEqual(['m', 'y']);
  });

  it('where its reader would bind more tensors than a device allows', () => {
    const sum = (label: string, args: readonly Prim[]) => rows(label, args, all(args.length));
    const inputs = (n: number) => Array.from({ length: n }, (_, i) => input(`x${i}`, ['tokens', 8]));
    const y = (n: number) => kernels({ y: sum('y', [sum('m', inputs(n)), x]) });
    expect(y(6)).toEqual(['y']);
    expect(y(7)).toEqual(['m', 'y']);
  });

  it('where it would be computed again, and costs nothing as the epilogue of the sum that it reads', () => {
    const sum = product('s', x);
    const scaled = rows('m', [sum], call('mul', constant(2), own()));
    expect(kernels({ y: product('y', scaled) })).toEqual(['m', 'y']);
    // Readers of its halves compute nothing again, but would load both of the tensors that it adds.
    const added = rows('m', [sum, x], all(2));
    const half = (label: string, first: number) =>
      map(label, [added], axes({ t: 'tokens', i: 4 }), exp(load(0, 't', add('i', first))));
    expect(kernels({ y: half('y', 0), z: half('z', 4) })).toEqual(['m', 'y', 'z']);
    // A map of more elements than the sum has is no epilogue.
    const wide = axes({ t: 'tokens', i: 16 });
    const beside = map('m', [sum, x], wide, select(less('i', 8), own(), load(1, 't', sub('i', 8))));
    const reader = (label: string) => map(label, [beside], wide, exp(own()));
    expect(kernels({ y: reader('y'), z: reader('z') })).toEqual(['s', 'y', 'z']);
    // Another reader of the sum rules out the epilogue.
    const other = rows('z', [sum], exp(own()));
    expect(kernels({ y: product('y', scaled), z: other })).toEqual(['s', 'y', 'z']);
  });
});
