/** Grouping into fused blocks: which kernels become one, in what order, and with which nests. No kernel is run. */
import { describe, expect, it } from 'vitest';
import { portable } from '../../../compiler/devices/index.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { ContractionPrim, MapPrim, Prim } from '../../../compiler/primitives/prim.ts';
import { BLOCK, type FusedBlocks } from '../../../kernels-gen/fuse/blocks.ts';
import { GroupTable, groupBlocks } from '../../../kernels-gen/fuse/grouping.ts';
import type { Kernel } from '../../../kernels-gen/fuse/kernel.ts';
import { type Axes, add, call, constant, contraction, input, load, map, reduce } from '../build.ts';

type Computed = Kernel['root'];

const kernel = (root: Computed): Kernel => ({ tensor: root, root, epilogue: null, spans: [] });
const isGroup = (l: Kernel | FusedBlocks): l is FusedBlocks => 'members' in l;

/**
 * The launches of some kernels; a tensor stands for a kernel of its own. The tensors in `kept` and the last one are
 * stored.
 */
function grouped(
  of: readonly (Computed | Kernel)[],
  kept: readonly Prim[] = [],
  table = new GroupTable(portable),
) {
  const kernels = of.map((k) => ('root' in k ? k : kernel(k)));
  return groupBlocks(kernels, new Set([...kept, kernels.at(-1)!.tensor]), table);
}
const launches = (...args: Parameters<typeof grouped>): string =>
  grouped(...args)
    .map((l) => (isGroup(l) ? l.members : [l]).map((k) => k.tensor.label).join('+'))
    .join(' ');
/** The fused blocks, where they are the only launch. */
function group(...args: Parameters<typeof grouped>): FusedBlocks {
  const [first, ...others] = grouped(...args);
  expect(others).toEqual([]);
  return first as FusedBlocks;
}

const X = input('X', [3, 4, 4]);
const T = input('T', ['tokens']);
const square = (m: number, n: number): Axes => [
  ['g', 3],
  ['i', m],
  ['j', n],
];
/** The sum of the first elements of the same block of each tensor. */
const ofAll = (reads: readonly Prim[]): Expr =>
  reads.map((_, arg): Expr => load(arg, 'g', 0, 0)).reduce((a, b) => call('add', a, b));
/** A contraction that reads these tensors and makes m×n elements of each of 3 blocks. */
const product = (label: string, reads: readonly Prim[] = [X], m = 2, n = m): ContractionPrim =>
  contraction(label, reads, square(m, n), [['k', 2]], ofAll(reads), load(0, 'g', 0, 0));
/** A map that reads these tensors and makes 2×2 elements of each of 3 blocks. */
const made = (label: string, reads: readonly Prim[]): MapPrim =>
  map(label, reads, square(2, 2), ofAll(reads));
/** A reduction over all blocks, which cannot be part of fused blocks. */
const other = (label: string, reads: readonly Prim[] = [X]) =>
  reduce(label, reads, [['i', 1]], [['g', 3]], ofAll(reads));

/** A sum over tokens, which cannot be part of fused blocks. */
const long = (label: string) => reduce(label, [T], [['i', 1]], [['t', 'tokens']], load(0, 't'));

/** The sum of some elements of each block. */
const norm = (label: string, of: Prim = X, terms = 4) =>
  reduce(label, [of], [['g', 3]], [['k', terms]], load(0, 'g', 'k', 0));

const p = product('p');

describe('fused blocks do not take', () => {
  it('a reduction to several results of a block', () => {
    const rows = reduce(
      'rows',
      [p],
      [
        ['g', 3],
        ['i', 2],
      ],
      [['k', 2]],
      load(0, 'g', 'i', 'k'),
    );
    expect(launches([p, rows])).toBe('p rows');
  });

  it('a sum of products whose rows share an operand', () => {
    const own = product('y', [p, X]);
    const shared = { ...own, over: [{ ...own.over[0]!, name: 'l' }], b: load(1, 0, 'l', 'j') };
    const all = (also: ContractionPrim) => launches([p, { ...kernel(own), added: [also] }]);
    expect([own, shared].map(all)).toEqual(['p+y', 'p y']);
  });

  it('a tensor whose first axis is not the blocks', () => {
    const flat = contraction(
      'flat',
      [X],
      square(4, 4),
      [['k', 4]],
      load(0, 'g', 'i', 'k'),
      load(0, 'g', 'k', 'j'),
      {
        shape: [12, 4],
      },
    );
    const rows: Axes = [
      ['g', 12],
      ['j', 4],
    ];
    expect(launches([flat, map('y', [flat], rows, load(0, 'g', 'j'))])).toBe('flat y');
  });

  it('a tensor without axes', () => {
    expect(launches([p, map('y', [p], [], load(0, 0, 0, 0))])).toBe('p y');
  });

  it('a tensor without elements', () => {
    expect(launches([p, product('y', [p], 4, 0)])).toBe('p y');
  });

  it('a reduction of one term, or of more than 4,096', () => {
    const of = (terms: number) => {
      const sum = norm('sum', input('x', [3, terms, 1]), terms);
      return launches([sum, map('y', [sum], square(2, 2), load(0, 'g'))]);
    };
    expect([1, 2, 4096, 4097].map(of)).toEqual(['sum y', 'sum+y', 'sum+y', 'sum y']);
  });

  it('a reduction that one of them reads of another block', () => {
    const sum = norm('sum');
    const q = map('q', [sum, X], square(2, 2), call('mul', load(0, 0), load(1, 'g', 0, 0)));
    const y = (...reads: Prim[]) =>
      contraction('y', reads, square(2, 2), [['k', 2]], load(0, 'g', 'i', 'k'), load(1, 'g'));
    expect(launches([sum, q, y(q, sum)])).toBe('sum q+y');
  });

  it('a map without a product', () => {
    const first = made('first', [X]);
    expect(launches([first, made('y', [first])])).toBe('first y');
    expect(launches([first, product('y', [first])])).toBe('first+y');
  });

  it('a kernel that reads another block of a member', () => {
    const q = product('q', [p]);
    const reading = (...loads: Expr[]) =>
      launches([
        p,
        q,
        map(
          'y',
          [p, q, X],
          square(2, 2),
          loads.reduce((a, b) => call('add', a, b)),
        ),
      ]);
    expect(reading(load(0, 'g', 0, 0), load(1, 'g', 0, 0), load(2, 'i', 0, 0))).toBe('p+q+y');
    expect(reading(load(0, 'g', 0, 0), load(1, 'i', 0, 0))).toBe('p+q y');
    expect(reading(load(0, 'i', 0, 0), load(1, 'g', 0, 0))).toBe('p+q y');
    expect(reading(load(0, 'g', 0, 0), load(1, 0, 0, 0))).toBe('p+q y');
  });
});

describe('fused blocks take', () => {
  const [n, m] = [norm('n'), norm('m')];
  const scaled = (label: string, ...norms: Prim[]) =>
    map(
      label,
      [X, ...norms],
      square(2, 2),
      norms.reduce<Expr>((e, _, i) => call('mul', e, load(i + 1, 'g')), load(0, 'g', 0, 0)),
    );

  it('all reductions that a kernel reads, and what reads them too', () => {
    expect(launches([n, scaled('y', n)])).toBe('n+y');
    expect(launches([n, m, scaled('y', n, m)])).toBe('m+n+y');
    expect(launches([n, m, scaled('y', n, m), scaled('z', n, m)])).toBe('m+n+y+z');
  });

  it('reductions and products that one map reads', () => {
    const q = product('q');
    const all = (y: MapPrim) => launches([p, q, n, m, y]);
    const y = map(
      'y',
      [p, n, q, m],
      square(2, 2),
      [load(0, 'g', 0, 0), load(1, 'g'), load(2, 'g', 0, 0), load(3, 'g')].reduce((a, b) =>
        call('add', a, b),
      ),
    );
    expect(all(y)).toBe('m+q+n+p+y');
  });
});

describe('beside another kernel', () => {
  const o = other('o');
  const y = product('y', [p, o]);

  it('fused blocks come after the kernels that their last member reads', () => {
    expect(launches([p, o, y])).toBe('o p+y');
    expect(launches([o, p, product('y', [o, p])])).toBe('o p+y');
  });

  it('no fused blocks form around a kernel that reads one member and is read by another', () => {
    const reader = other('reader', [p]);
    const next = other('next', [reader]);
    expect(launches([p, reader, product('y', [p, reader])])).toBe('p reader y');
    expect(launches([p, reader, next, product('y', [p, next])])).toBe('p reader next y');
    expect(launches([p, o, reader, product('y', [p, o, reader])])).toBe('p o reader y');
  });

  it('no fused blocks form where a member’s reader would have to wait for kernels that grow with tokens', () => {
    const reader = (...reads: Prim[]) => other('r', reads);
    const [o, also] = [long('o'), long('also')];
    const y = product('y', [p, o]);
    expect(launches([p, o, y, reader(p)])).toBe('p o y r');
    expect(launches([p, o, y, reader(p, o)])).toBe('o p+y r');
    expect(launches([p, o, y, reader(o)])).toBe('o p+y r');
    expect(launches([p, o, y, reader(p, y)])).toBe('o p+y r');
    expect(launches([p, product('y', [p]), reader(p)])).toBe('p+y r');
    expect(launches([p, o, also, product('y', [p, o, also]), reader(p, o)])).toBe('p o also y r');
    expect(launches([p, o, also, product('y', [p, o, also]), reader(p, o, also)])).toBe('o also p+y r');
    // A kernel that reads one of them runs after it, and its reader waits for both.
    const next = other('next', [o]);
    expect(launches([p, o, next, product('y', [p, next]), reader(p)])).toBe('p o next y r');
    const some = product('some', [p, o]);
    expect(launches([p, o, product('q'), some, product('y', [p, some]), reader(p)])).toBe('p o q some+y r');
  });

  it('a member’s reader may have to wait for kernels of known size', () => {
    expect(launches([p, o, y, other('r', [p])])).toBe('o p+y r');
    const q = product('q');
    expect(launches([p, q, product('y', [p, q]), other('r', [p]), other('s', [q])])).toBe('q+p+y r s');
  });

  it('no fused blocks form around a kernel that follows one member and is read by another', () => {
    const follower: Kernel = { ...kernel(other('follower')), follows: [p] };
    const next = other('next', [follower.tensor]);
    expect(launches([p, follower, next, product('y', [p, next])])).toBe('p follower next y');
    // Other fused blocks lie between the two.
    const q = product('q', [follower.tensor]);
    const r = product('r', [q]);
    const last = other('last', [r]);
    const all = [p, follower, q, r, last, product('y', [p, last])];
    expect(launches(all)).toBe('p follower q+r last y');
  });

  it('a reader that is a member itself does not prevent them', () => {
    const q = product('q', [p]);
    expect(launches([p, q, o, product('y', [q, o])])).toBe('o p+q+y');
  });

  it('a member joins all that it reads', () => {
    const q = product('q');
    const both = product('both', [p, q]);
    expect(launches([p, q, both, product('last', [both, q])])).toBe('q+p+both+last');
  });
});

describe('nests of fused blocks', () => {
  const held = ({ nests }: FusedBlocks) => nests.map((s) => s.slot);

  it('store outputs, and tensors that other kernels read', () => {
    const [q, y] = [product('q', [p]), product('y', [p])];
    const stored = (...args: Parameters<typeof grouped>) =>
      (grouped(...args).find(isGroup)?.nests ?? []).map((s) => s.stored?.label);
    const z = product('z', [q]);
    expect(stored([p, q, z])).toEqual([undefined, undefined, 'z']);
    expect(stored([p, q, z], [q])).toEqual([undefined, 'q', 'z']);
    expect(stored([p, y, other('reader', [p])], [y])).toEqual(['p', 'y']);
  });

  it('keep a result that later nests read in the smallest slot that fits', () => {
    const all = (m: number) => {
      const a = product('a', [X], 4);
      const b = product('b', [a], 2);
      const c = product('c', [a, b], 3);
      const d = product('d', [a, b, c], 1);
      const e = product('e', [d], m);
      const f = product('f', [e], 4, 5);
      return group([a, b, c, d, e, f, product('y', [e, f])]);
    };
    const [fits, grows] = [all(3), all(5)];
    expect([held(fits), fits.slots]).toEqual([
      [0, 1, 2, 3, 2, 0, undefined],
      [20, 4, 9, 1],
    ]);
    // No piece is large enough, so the largest one grows.
    expect([held(grows), grows.slots]).toEqual([
      [0, 1, 2, 3, 0, 2, undefined],
      [25, 4, 20, 1],
    ]);
  });

  it('are made once for the same members with the same results', () => {
    const table = new GroupTable(portable);
    const [q, r] = [product('q', [p]), product('r')];
    const kernels = [p, q].map(kernel);
    const first = group(kernels, [], table);
    expect(group(kernels, [], table)).toBe(first);
    expect(group(kernels, [p], table)).not.toBe(first);
    expect(launches([r, product('s', [r])], [], table)).toBe('r+s');
    expect(group(kernels, [], table)).toBe(first);
  });
});

describe('one kernel takes products that count as at most 320 results:', () => {
  /** The launches of a chain of products of these sizes; `added` products are added to the first one. */
  function chain(sizes: readonly (readonly [m: number, n: number])[], added = 0): string[] {
    const all: Computed[] = [];
    for (const [i, [m, n]] of sizes.entries()) all.push(product(`p${i}`, [all.at(-1) ?? X], m, n));
    const [first, ...rest] = all as ContractionPrim[];
    const also = { ...first!, over: [{ ...first!.over[0]!, name: 'l' }] };
    const kernels = [
      { ...kernel(first!), added: Array.from({ length: added }, () => also) },
      ...rest.map(kernel),
    ];
    return launches(kernels).split(' ');
  }
  const times = (count: number, m: number, n = m) => Array.from({ length: count }, () => [m, n] as const);

  it('an eighth of a product’s elements, at least 16 and at most 64', () => {
    expect(chain(times(10, 16))).toHaveLength(1);
    expect(chain(times(11, 16))).toHaveLength(2);
    expect(chain(times(20, 4))).toHaveLength(1);
    expect(chain(times(21, 4))).toHaveLength(2);
    expect(chain([...times(4, 24), ...times(2, 16)])).toHaveLength(1);
    expect(chain([...times(4, 24), ...times(1, 16), ...times(1, 8, 33)])).toHaveLength(2);
  });

  it('as many again for each product that is added', () => {
    expect(chain(times(18, 4), 2)).toHaveLength(1);
    expect(chain(times(19, 4), 2)).toHaveLength(2);
  });

  it('none for a map', () => {
    const all: Computed[] = [product('p0')];
    for (let i = 1; i < 20; i++) all.push(product(`p${i}`, [all.at(-1)!]));
    expect(launches([...all, made('y', [all.at(-1)!])])).not.toContain(' ');
  });
});

describe('an operand becomes a stage', () => {
  /**
   * The nests that fused blocks have for the operands `a` and `b` of a product: those of staged operands, and its
   * own.
   */
  const stages = (a: Expr, b: Expr, over: Axes = [['k', 2]]) => {
    const y = contraction('y', [p, X], square(2, 2), over, a, b);
    return group([p, y]).nests.slice(1);
  };
  const plain = load(0, 'g', 'k', 'j');
  const sine = (...index: Parameters<typeof load>[1][]) => call('sin', load(1, 'g', ...index));
  const indexOf = ({ kernel: { root } }: FusedBlocks['nests'][number], side: 'a' | 'b') => {
    const e = (root as ContractionPrim)[side];
    return e.k === 'load' ? e.index.map((i) => (i.k === 'axis' ? i.name : i.k)).join() : e.k;
  };

  it('from 8 weighted operations on', () => {
    const abs = (times: number): Expr =>
      Array.from({ length: times }).reduce<Expr>((e) => call('abs', e), load(1, 'g', 'i', 'k'));
    const weighing = (n: number) => stages(call('sqrt', abs(n - 4)), plain).length;
    expect([7, 8].map(weighing)).toEqual([1, 2]);
  });

  it('unless it is the same all over the block', () => {
    expect(stages(sine(0, 0), plain)).toHaveLength(1);
  });

  it('over axes within the block, also where the blocks’ axis has the name that nests give it', () => {
    const axes: Axes = [
      [BLOCK, 3],
      ['i', 2],
      ['j', 2],
    ];
    const [a, b] = [call('sin', load(1, BLOCK, 'i', 'k')), load(0, BLOCK, 'k', 'j')];
    const [, staged] = group([p, contraction('y', [p, X], axes, [['k', 2]], a, b)]).nests;
    expect(staged!.kernel.root.axes).toHaveLength(2);
  });

  it('once for both orders of two axes', () => {
    const [staged, y, ...none] = stages(sine('i', 'k'), sine('k', 'j'));
    expect(none).toEqual([]);
    expect([indexOf(y!, 'a'), indexOf(y!, 'b')]).toEqual(['i,k', 'k,j']);
    expect(staged!.stored).toBeUndefined();
    // An operand that is symmetric in its axes is indexed in the given order.
    const [, same] = stages(sine(add('i', 'k'), 0), plain);
    expect(indexOf(same!, 'a')).toBe('i,k');
  });

  it('once for each order of three axes', () => {
    const over: Axes = [
      ['k', 2],
      ['l', 2],
    ];
    const turned = stages(sine('i', 'k', 'l'), call('mul', sine('l', 'k', 'i'), constant(2)), over);
    expect(turned).toHaveLength(3);
  });
});
