/** Blocks whose lanes keep what they compute: what they load of their own, of each other, and of matrices that are their own mirror. */
import { describe, expect, it } from 'vitest';
import { solveDims } from '../../../../compiler/ir/bind.ts';
import { dimConst } from '../../../../compiler/ir/dims.ts';
import { packedIndex } from '../../../../compiler/ops/skew.ts';
import { compileProgram } from '../../../../compiler/pipeline.ts';
import type { Expr } from '../../../../compiler/primitives/expr.ts';
import type { Prim, PrimProgram } from '../../../../compiler/primitives/prim.ts';
import { oft } from '../../../../src/adapters/oft.ts';
import { planOf as planOfLayer } from '../../../../src/session.ts';
import {
  A,
  added,
  BLOCK,
  chain,
  dear,
  product,
  square,
  stored,
} from '../../../../test/kernels-gen/blocks-programs.ts';
import {
  type Axes,
  add,
  call,
  constant,
  contraction,
  input,
  iselect,
  less,
  load,
  map,
  mod,
  mul,
  program,
  select,
  sub,
} from '../../../../test/kernels-gen/build.ts';
import { integers, planOf, violations } from '../../../../test/kernels-gen/execute.ts';
import { matmul } from '../../../../test/kernels-gen/layers.ts';
import { sample } from '../../../../test/support/sample.ts';
import { keptProduct } from '../blocks/product.ts';

/** The code in lanes of a program's blocks. */
const codeOf = (p: PrimProgram): string => {
  const kernels = planOf(p, 'lanes').kernels.filter((k) => /^blocks_.*_lanes$/.test(k.name));
  expect(kernels).toHaveLength(1);
  return kernels[0]!.wgsl;
};
const arraysOf = (wgsl: string, kind: string): number => wgsl.split(`var${kind}`).length - 1;
const kept = (wgsl: string) => arraysOf(wgsl, ' kept');
const turned = (wgsl: string) => arraysOf(wgsl, ' turned');
const held = (wgsl: string) => arraysOf(wgsl, '<workgroup> held');

/** Blocks of m × n by blocks of n × k. */
const rectangular = (m: number, k: number, n: number) => {
  const [a, b] = [input('a', [3, m, k]), input('b', [3, k, n])];
  const at = (rows: number, cols: number): Axes => [...BLOCK, ['i', rows], ['j', cols]];
  const one = contraction(
    'one',
    [a, b],
    at(m, n),
    [['k', k]],
    load(0, 'g', 'i', 'k'),
    load(1, 'g', 'k', 'j'),
  );
  const gram = contraction(
    'gram',
    [one],
    at(n, n),
    [['k', m]],
    load(0, 'g', 'k', 'i'),
    load(0, 'g', 'k', 'j'),
  );
  return program({
    y: map('y', [gram], at(n, n), call('mul', load(0, 'g', 'i', 'j'), load(0, 'g', 'j', 'i'))),
  });
};

/** Columns along two axes: blocks of 16 × (2 × 8). */
const twoAxes = () => {
  const a = input('a', [3, 16, 16]);
  const axes: Axes = [...BLOCK, ['i', 16], ['p', 2], ['q', 8]];
  const b = input('b', [3, 16, 2, 8]);
  const one = contraction(
    'one',
    [a, b],
    axes,
    [['k', 16]],
    load(0, 'g', 'i', 'k'),
    load(1, 'g', 'k', 'p', 'q'),
  );
  return program({
    y: contraction('y', [a, one], axes, [['k', 16]], load(0, 'g', 'k', 'i'), load(1, 'g', 'k', 'p', 'q')),
  });
};

/** A map of rows of 12 between products of blocks of 8 and of 12: no lane's share is its own there. */
const between = () => {
  const a = A(8);
  const first = product('first', 8, a, a);
  const axes: Axes = [...BLOCK, ['i', 8], ['j', 12]];
  const longer = map(
    'longer',
    [first, input('b', [3, 8, 12])],
    axes,
    call('mul', load(1, 'g', 'i', 'j'), load(0, 'g', 'i', 'i')),
  );
  return program({
    y: contraction('y', [longer], square(8), [['k', 12]], load(0, 'g', 'i', 'k'), load(0, 'g', 'j', 'k')),
  });
};

const KEPT: Readonly<Record<string, PrimProgram>> = {
  'a chain of blocks of 8': program({ y: chain(8).last }),
  'a chain of blocks of 16': program({ y: chain(16).last }),
  'a chain of blocks of 24': program({ y: chain(24).last }),
  'a chain of blocks of 32': program({ y: chain(32).last }),
  'a dear operand, and the same turned': program({ y: dear(16) }),
  'products that are added': program({ y: added(16) }),
  'what others need is stored': program(stored(16)),
  'rows of another number': rectangular(24, 8, 16),
  'one row': rectangular(8, 16, 8),
  'columns along two axes': twoAxes(),
};
const NOT_KEPT: Readonly<Record<string, PrimProgram>> = {
  'columns that are no whole lanes': program({ y: chain(12).last }),
  'sums that are no whole lanes': rectangular(8, 12, 16),
  'more results than compile in time': program({ y: chain(40).last }),
  'a map of other rows': between(),
};

const agrees = async (p: PrimProgram) => {
  for (const tokens of [1, 7])
    expect(await violations(p, tokens, integers(p, tokens), ['lanes'])).toEqual([]);
};

it.each(Object.entries(KEPT))('%s', (_, p) => {
  expect(kept(codeOf(p))).toBeGreaterThan(0);
});
it.each(
  sample(Object.entries(KEPT), [
    'a chain of blocks of 16',
    'rows of another number',
    'columns along two axes',
  ]),
)('is right: %s', async (_, p) => agrees(p));

it.each(Object.entries(NOT_KEPT))('not kept: %s', async (_, p) => {
  expect(
    kept(
      planOf(p, 'lanes')
        .kernels.map((k) => k.wgsl)
        .join(),
    ),
  ).toBe(0);
  await agrees(p);
});

it('few results are summed at once, more row by row', () => {
  const multiplyAdds = (n: number) => codeOf(program({ y: chain(n).last })).split('fma(').length - 1;
  expect(multiplyAdds(16)).toBe(2 * 16 * 2 * 2);
  // A lane's four columns are one vector.
  expect(multiplyAdds(32)).toBe(2 * 32);
  expect(codeOf(program({ y: chain(16).last }))).not.toContain('for (var row');
  expect(codeOf(program({ y: chain(32).last })).split('for (var row').length - 1).toBe(2);
});

it('sums are of no more steps than compile in time', () => {
  const isKept = (k: number) => {
    const y = matmul('NN', 16, 16, k).outputs[0]!.prim;
    if (y.kind !== 'contraction') throw new TypeError(`${y.kind} is no contraction`);
    return keptProduct({ tensor: y, root: y, epilogue: null, spans: [] }) !== undefined;
  };
  expect([256, 264].map(isKept)).toEqual([true, false]);
});

/** Blocks of pairs of matrices, as axes after the block's. */
const pairs = (m: number, n: number): Axes => [...BLOCK, ['p', 2], ['i', m], ['j', n]];
const weights = input('b', [3, 16, 16]);
const ofPairs = (label: string, a: Prim, left = load(0, 'g', 'p', 'i', 'k')) =>
  contraction(label, [a, weights], pairs(16, 16), [['k', 16]], left, load(1, 'g', 'k', 'j'));
const turnedPair = load(0, 'g', 'p', 'j', 'i');

describe('reads no other element', () => {
  const n = 16;
  const a = A(n);
  const second = product('second', n, a, a);
  const other = load(1, sub(2, 'g'), 'k', 'j');
  const third = contraction('third', [second, a], square(n), [['k', n]], load(0, 'g', 'i', 'k'), other);
  const turnedSquare = load(0, 'g', 'j', 'i');
  const one = ofPairs('one', input('a', [3, 2, n, n]));
  const apart: Axes = [...BLOCK, ['p', 2], ['i', n], ['q', 8]];
  const columnsApart = contraction(
    'apart',
    [a, input('b', [3, n, 2, 8])],
    apart,
    [['k', n]],
    load(0, 'g', 'i', 'k'),
    load(1, 'g', 'k', 'p', 'q'),
  );
  const column = contraction(
    'column',
    [a, input('b', [3, n, 1])],
    [...BLOCK, ['i', n], ['j', 1]],
    [['k', n]],
    load(0, 'g', 'i', 'k'),
    load(1, 'g', 'k', 'j'),
  );
  it.each(
    Object.entries({
      'of another block than what is copied': program({
        y: map('y', [third], square(n), call('mul', load(0, 'g', 'i', 'j'), turnedSquare)),
      }),
      'of another block in a map': program({
        y: map(
          'y',
          [second, a],
          square(n),
          call('add', call('mul', load(0, 'g', 'i', 'j'), turnedSquare), load(1, sub(2, 'g'), 'i', 'j')),
        ),
      }),
      'of another matrix of the block': program({
        y: map('y', [one], pairs(n, n), call('mul', load(0, 'g', 'p', 'i', 'j'), turnedPair)),
      }),
      'of another matrix in a product': program({ y: ofPairs('two', one, load(0, 'g', 'p', 'k', 'i')) }),
      'where columns are not the last axes': program({
        y: map(
          'y',
          [columnsApart],
          apart,
          call('mul', load(0, 'g', 'p', 'i', 'q'), call('add', load(0, 'g', 0, 'i', 'q'), constant(1))),
        ),
      }),
      'after a column of one': program({
        y: contraction(
          'y',
          [a, column],
          [...BLOCK, ['i', n], ['j', 1]],
          [['k', n]],
          load(0, 'g', 'i', 'k'),
          load(1, 'g', 'k', 'j'),
        ),
      }),
    }),
  )('%s', async (_, p) => {
    await agrees(p);
  });
});

it('long sums of few results are written out for one row, and no more', () => {
  const multiplyAdds = (m: number, k: number, n: number) => {
    const wgsl = planOf(rectangular(m, k, n), 'lanes')
      .kernels.map((p) => p.wgsl)
      .filter((w) => / kept\d/.test(w));
    return Math.max(0, ...wgsl.map((w) => w.split('fma(').length - 1));
  };
  expect(multiplyAdds(32, 128, 8)).toBeLessThan(300);
  expect(multiplyAdds(16, 128, 16)).toBeLessThan(400);
});

describe('a transpose', () => {
  it('is exchanged between lanes, without memory that they share', () => {
    const wgsl = codeOf(program({ y: chain(32).last }));
    expect([turned(wgsl), held(wgsl)]).toEqual([1, 0]);
    // Of 8 rows all four squares at once.
    expect(wgsl.split('subgroupShuffleXor(').length - 1).toBe(4 * 8 * 3);
  });

  it('may have other rows than columns', () => {
    const wgsl = codeOf(rectangular(24, 8, 16));
    expect([turned(wgsl), held(wgsl)]).toEqual([2, 0]);
  });
});

describe('what blocks read of storage', () => {
  const loads = (wgsl: string, arg: number) => wgsl.split(`= arg${arg}[`).length - 1;

  it('is loaded in loops: the columns’ operand for all rows, and one row after the other', async () => {
    const first = product('first', 32, A(32), input('B', [3, 32, 32]));
    const turned = call('mul', load(0, 'g', 'i', 'j'), load(0, 'g', 'j', 'i'));
    const p = program({ y: map('y', [first], square(32), turned) });
    expect([0, 1].map((arg) => loads(codeOf(p), arg))).toEqual([4, 4]);
    await agrees(p);
  });

  it('is copied once where several products do', () => {
    const wgsl = codeOf(program({ y: chain(32).last }));
    expect(loads(wgsl, 0)).toBe(1);
    expect(arraysOf(wgsl, ' own0')).toBe(1);
  });
});

describe('a small map is written out', () => {
  const n = 16;
  const reversed = load(0, 'g', sub(n - 1, 'i'), sub(n - 1, 'j'));
  const of = (first: Prim, body: Expr, axes = square(n)) => program({ y: map('y', [first], axes, body) });
  const first = product('first', n, A(n), input('B', [3, n, n]));
  const handed = {
    'rows and columns from the end': of(first, call('mul', load(0, 'g', 'i', 'j'), reversed)),
    'one column for all': of(first, call('mul', load(0, 'g', 'i', 'j'), load(0, 'g', 'i', 5))),
    'one element, along another axis': of(first, load(0, 'g', 3, 7), [...BLOCK, ['i', 8]]),
    'only where there is such a place': of(
      first,
      select(less('j', n - 1), load(0, 'g', 'i', add('j', 1)), constant(1)),
    ),
    'the row before, where both are beyond the first': of(
      first,
      select(less(0, iselect(less('i', 'j'), 'i', 'j')), load(0, 'g', sub('i', 1), 'j'), constant(1)),
    ),
    'of rows that are no whole lanes': of(first, call('mul', load(0, 'g', 3, 7), load(0, 'g', 'i', 5)), [
      ...BLOCK,
      ['i', 12],
    ]),
    'columns two by two': of(first, load(0, 'g', 'i', add(mul(2, 'j'), 1)), [...BLOCK, ['i', n], ['j', 8]]),
  };

  it.each(Object.entries(handed))('%s', async (_, p) => {
    const wgsl = codeOf(p);
    expect([kept(wgsl) > 0, held(wgsl), wgsl.includes('for (var at')]).toEqual([true, 0, false]);
    await agrees(p);
  });

  it.each([8, 16])('of a packed triangle in storage, of blocks of %d', async (b) => {
    const v = input('v', [3, (b * (b - 1)) / 2]);
    const above = less('i', 'j');
    const [row, col] = [iselect(above, 'i', 'j'), iselect(above, 'j', 'i')];
    const at = load(0, 'g', packedIndex(row, col, dimConst(b)));
    const body = select(above, at, select(less('j', 'i'), call('neg', at), constant(0)));
    const Q = map('Q', [v], square(b), body);
    const p = program({ y: product('second', b, product('first', b, Q, Q), Q) });
    expect([held(codeOf(p)), arraysOf(codeOf(p), ' own')]).toEqual([0, 1]);
    await agrees(p);
  });

  it('of what ends within the lanes’ last elements', async () => {
    const v = input('v', [3, 28]);
    const place = add(mul(8, 'i'), 'j');
    const at = load(0, 'g', place);
    const padded = select(less(place, 28), call('sin', call('mul', at, at)), constant(1));
    const square8 = map('padded', [v], square(8), padded);
    const p = program({ y: product('second', 8, product('first', 8, square8, square8), square8) });
    expect(codeOf(p)).toContain('var own0: array<f32, 4>;');
    await agrees(p);
  });

  it('and handed on there alone: lanes go through other loops by themselves', async () => {
    const reverse = map('reverse', [first], square(n), call('mul', load(0, 'g', 'i', 'j'), reversed));
    const long: Axes = [...BLOCK, ['i', 300]];
    const same = map('same', [first], long, call('mul', load(0, 'g', 3, 7), load(0, 'g', mod('i', n), 5)));
    const p = program({ y: reverse, z: same });
    expect(codeOf(p)).toContain('for (var at = lane');
    await agrees(p);
  });

  it('the packed gradient of blocks of 8 needs no memory that lanes share', () => {
    const sizes = solveDims(oft.trace(), { in: 64, out: 48, b: 8 });
    const plan = planOfLayer(compileProgram(oft.trace(), { sizes, gradients: true }));
    const blocks = plan.kernels.filter((k) => /^blocks_.*_lanes$/.test(k.name));
    expect(blocks.map((k) => held(k.wgsl))).toEqual([0, 0]);
  });

  it('not one of many elements, nor of places that are read from memory', async () => {
    const large = product('first', 32, A(32), input('B', [3, 32, 32]));
    const turnedPlaces = load(0, 'g', sub(31, 'i'), sub(31, 'j'));
    const many = of(large, call('mul', load(0, 'g', 'i', 'j'), turnedPlaces), square(32));
    const places = input('places', [n], 'i32');
    const read = program({
      y: map(
        'y',
        [first, places],
        square(n),
        load(0, 'g', 'i', { k: 'iload', arg: 1, index: [sub('j', 0)] }),
      ),
    });
    expect(held(codeOf(many))).toBe(1);
    await agrees(many);
    expect(held(codeOf(read))).toBe(1);
  });
});

describe('a matrix that is ± its transpose', () => {
  /** S = A·Aᵀ, or sin A − sin Aᵀ, said to be its own mirror or not; and Sᵀ·(B·S). */
  const mirrored = (sign: 1 | -1, said: boolean): PrimProgram => {
    const [a, b] = [A(16), input('B', [3, 16, 16])];
    const turned = load(0, 'g', 'j', 'i');
    const made: Prim =
      sign === 1
        ? { ...product('gram', 16, a, a), b: load(0, 'g', 'j', 'k') }
        : map('made', [a], square(16), call('sub', call('sin', load(0, 'g', 'i', 'j')), call('sin', turned)));
    const s: Prim = said ? { ...made, mirrored: sign } : made;
    const right = product('right', 16, b, s);
    const y = product('y', 16, s, right, load(0, 'g', 'k', 'i'));
    // What is an output is computed by itself.
    return program({ y, s });
  };

  it.each([1, -1] as const)('is read along its rows where that is known: %d', async (sign) => {
    const [said, unsaid] = [codeOf(mirrored(sign, true)), codeOf(mirrored(sign, false))];
    expect([turned(said), turned(unsaid)]).toEqual([0, 1]);
    await agrees(mirrored(sign, true));
    await agrees(mirrored(sign, false));
  });

  it('is known of the powers of OFT’s skew-symmetric blocks: only the gradient is turned, and lanes hand each other what its triangle takes', () => {
    const sizes = solveDims(oft.trace(), { in: 64, out: 48, b: 16 });
    const plan = planOfLayer(compileProgram(oft.trace(), { sizes, gradients: true }));
    const blocks = plan.kernels.filter((k) => /^blocks_.*_lanes$/.test(k.name));
    expect(blocks.map((k) => [kept(k.wgsl) > 0, turned(k.wgsl), held(k.wgsl)])).toEqual([
      [true, 0, 0],
      [true, 1, 0],
    ]);
  });
});
