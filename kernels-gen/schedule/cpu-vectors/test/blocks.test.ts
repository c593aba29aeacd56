/**
 * Fused blocks in lanes: which results stay in the lanes' registers, and what a lane loads from others or from
 * storage.
 */
import { describe, expect, it } from 'vitest';
import type { Prim, PrimProgram } from '../../../../compiler/primitives/prim.ts';
import { multiplyAddsIn } from '../../../../test/kernels-gen/accumulators.ts';
import {
  type Axes,
  call,
  constant,
  contraction,
  input,
  load,
  map,
  program,
  sub,
} from '../../../../test/kernels-gen/build.ts';
import { planOf } from '../../../../test/kernels-gen/execute.ts';
import {
  A,
  added,
  BLOCK,
  chain,
  dear,
  product,
  square,
  stored,
} from '../../../../test/kernels-gen/families/blocks-programs.ts';
import { matmul } from '../../../../test/kernels-gen/layers.ts';
import { sample } from '../../../../test/support/sample.ts';
import { keptProduct } from '../blocks/product.ts';
import { agrees, arraysOf, codeOf, held, kept, transposed } from './blocks-code.ts';

/** A program with products of rectangular blocks: one of m × k by k × n, and of its result with itself. */
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

/** A program whose blocks have two axes of columns: 16 × (2 × 8). */
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

/** A map with rows of 12 between products of blocks of 8 and of 12, where a lane reads what other lanes computed. */
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
  const multiplyAdds = (n: number) => multiplyAddsIn(codeOf(program({ y: chain(n).last })));
  expect(multiplyAdds(16)).toBe(2 * 16 * 2 * 2);
  expect(multiplyAdds(32)).toBe(2 * 32 * 4);
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

/** The axes of blocks that hold a pair of m × n matrices each. */
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
    return Math.max(0, ...wgsl.map(multiplyAddsIn));
  };
  expect(multiplyAdds(32, 128, 8)).toBeLessThan(300);
  expect(multiplyAdds(16, 128, 16)).toBeLessThan(400);
});

describe('a transpose', () => {
  it('is exchanged between lanes, without memory that they share', () => {
    const wgsl = codeOf(program({ y: chain(32).last }));
    expect([transposed(wgsl), held(wgsl)]).toEqual([1, 0]);
    // Each shuffle exchanges elements of all four 8 × 8 squares at once.
    expect(wgsl.split('subgroupShuffleXor(').length - 1).toBe(4 * 8 * 3);
  });

  it('may have other rows than columns', () => {
    const wgsl = codeOf(rectangular(24, 8, 16));
    expect([transposed(wgsl), held(wgsl)]).toEqual([2, 0]);
  });
});

describe('what blocks read of storage', () => {
  const loads = (wgsl: string, arg: number) => wgsl.split(`arg${arg}[`).length - 1;

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
    expect(arraysOf(wgsl, 'own')).toBe(1);
  });
});
