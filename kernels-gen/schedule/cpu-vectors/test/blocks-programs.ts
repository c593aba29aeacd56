/** Programs of fused blocks, for tests of their code in lanes. */
import type { Prim, PrimProgram } from '../../../../compiler/primitives/prim.ts';
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

/** A program with products of rectangular blocks: one of m × k by k × n, and of its result with itself. */
export const rectangular = (m: number, k: number, n: number) => {
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

/** Those whose results lanes keep. */
export const KEPT: Readonly<Record<string, PrimProgram>> = {
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
export const NOT_KEPT: Readonly<Record<string, PrimProgram>> = {
  'columns that are no whole lanes': program({ y: chain(12).last }),
  'sums that are no whole lanes': rectangular(8, 12, 16),
  'more results than compile in time': program({ y: chain(40).last }),
  'a map of other rows': between(),
};

const [own, turned] = [load(0, 'g', 'i', 'j'), load(0, 'g', 'j', 'i')];

/** Sᵀ·(B·S) for S = A·Aᵀ or A − Aᵀ, which is an output too. */
export function mirrored(n: number, sign: 1 | -1): PrimProgram {
  const a = A(n);
  const made: Prim =
    sign === 1
      ? { ...product('gram', n, a, a), b: load(0, 'g', 'j', 'k') }
      : map('made', [a], square(n), call('sub', own, turned));
  const s: Prim = { ...made, mirrored: sign };
  const right = product('right', n, input('B', [3, n, n]), s);
  return program({ y: product('y', n, s, right, load(0, 'g', 'k', 'i')), s });
}

/** The axes of blocks that hold a pair of m × n matrices each. */
const pairs = (m: number, n: number): Axes => [...BLOCK, ['p', 2], ['i', m], ['j', n]];
const weights = input('b', [3, 16, 16]);
const ofPairs = (label: string, a: Prim, left = load(0, 'g', 'p', 'i', 'k')) =>
  contraction(label, [a, weights], pairs(16, 16), [['k', 16]], left, load(1, 'g', 'k', 'j'));
const turnedPair = load(0, 'g', 'p', 'j', 'i');

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

/** Those that read elements which the lane that reads them does not keep. */
export const OTHERS: Readonly<Record<string, PrimProgram>> = {
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
};
