/** Programs whose WGSL is a golden file in wgsl/: each family, and contractions by each strategy. */
import { isub } from '../../compiler/primitives/build.ts';
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import type { AttentionPart, Prim, PrimProgram } from '../../compiler/primitives/prim.ts';
import type { Strategy } from '../../kernels-gen/index.ts';
import {
  type Axes,
  add,
  attention,
  call,
  constant,
  contraction,
  input,
  less,
  load,
  map,
  mul,
  program,
  reduce,
  type Size,
  scatter,
  select,
  solve,
} from './build.ts';
import { blockGradient, matmul, rotate } from './layers.ts';

const axis = (name: string): IntExpr => ({ k: 'axis', name });
export const w = (...shape: readonly Size[]) => input('w', shape);
const sum = (axes: Axes, over: Axes, of: Prim, ...at: readonly (string | IntExpr)[]) =>
  program({ y: reduce('y', [of], axes, over, load(0, ...at)) });
/** A maximum of negative numbers. */
const most = (axes: Axes, over: Axes, of: Prim, ...at: readonly string[]) =>
  program({ y: reduce('y', [of], axes, over, call('neg', call('exp', load(0, ...at))), 'max') });
const put = (shape: readonly Size[], m: Size, n: number, ...at: readonly IntExpr[]) =>
  program({
    y: scatter(
      'y',
      [input('v', [m, n])],
      shape,
      [
        ['i', m],
        ['j', n],
      ],
      at,
      load(0, 'i', 'j'),
    ),
  });
const triangle = select(
  { k: 'ieq', a: axis('i'), b: axis('j') },
  constant(2),
  select(less('i', 'j'), load(0, 'r', 'j'), constant(0)),
);
const system = (r: Size, n: number, m: number, dtype: 'f32' | 'f16' = 'f32') => {
  // The system is triangular with powers of 2 on the diagonal, so its solution is exact.
  const a = map(
    'a',
    [input('d', [r, n])],
    [
      ['r', r],
      ['i', n],
      ['j', n],
    ],
    triangle,
  );
  return program({ y: solve('y', a, input('b', [r, n, m], dtype)) });
};
/** As `system`, with the rows turned around: no leading minor has an inverse. */
const turned = (r: Size, n: number, m: number) => {
  const i = isub({ k: 'int', value: n - 1 }, axis('i'));
  const value = select(
    { k: 'ieq', a: i, b: axis('j') },
    constant(4),
    select({ k: 'ilt', a: i, b: axis('j') }, load(0, 'r', 'j'), constant(0)),
  );
  const axes: Axes = [
    ['r', r],
    ['i', n],
    ['j', n],
  ];
  return program({ y: solve('y', map('a', [input('d', [r, n])], axes, value), input('b', [r, n, m]), true) });
};
export const product = (
  axes: Axes,
  over: Axes,
  a: readonly [Prim, ...string[]],
  b: readonly [Prim, ...string[]],
) => {
  const [[of, ...at], [by, ...from]] = [a, b];
  return program({ y: contraction('y', [of, by], axes, over, load(0, ...at), load(1, ...from)) });
};
const fiveByFour: Axes = [
  ['i', 5],
  ['o', 1],
  ['j', 4],
];
/** x·Wᵀ + 2·(h·Bᵀ): the first product sums over `k` terms, the second over 3. */
export const twoProducts = (m: Size, n: number, k: number) => {
  const axes: Axes = [
    ['l', 2],
    ['m', m],
    ['n', n],
  ];
  const of = (label: string, x: Prim, w: Prim, depth: number) =>
    contraction(label, [x, w], axes, [['k', depth]], load(0, 'l', 'm', 'k'), load(1, 'n', 'k'));
  const first = of('first', input('x', [2, m, k]), input('w', [n, k]), k);
  const second = of('second', input('h', [2, m, 3]), input('b', [n, 3]), 3);
  const sum = call('add', load(0, 'l', 'm', 'n'), call('mul', constant(2), load(1, 'l', 'm', 'n')));
  return program({ y: map('y', [first, second], axes, sum) });
};
const named: IntExpr = { k: 'iload', arg: 0, index: [axis('i')] };

export const [EVEN, ODD, KEPT] = [
  { heads: 4, keyHeads: 2, width: 16 },
  { heads: 3, keyHeads: 1, width: 13 },
  { heads: 4, keyHeads: 2, width: 16, room: 40 },
];
export const attended = (of: AttentionPart, sizes: Parameters<typeof attention>[1]) =>
  program({ y: attention(of, sizes) });

export const PROGRAMS: Readonly<Record<string, PrimProgram>> = {
  'map-digits': program({
    y: map(
      'y',
      [w(2, 1, 3)],
      [
        ['i', 2],
        ['j', 1],
        ['k', 3],
      ],
      call('mul', call('exp', load(0, 'i', 'j', 'k')), constant(3)),
    ),
  }),
  'map-tokens-inside': program({
    y: map(
      'y',
      [w('tokens', 3)],
      [
        ['i', 3],
        ['t', 'tokens'],
      ],
      load(0, 't', 'i'),
      { dtype: 'f16' },
    ),
  }),
  'map-integers': program({
    y: map('y', [input('p', [5], 'i32')], [['i', 5]], { k: 'fromInt', a: add(named, 'i') }, { dtype: 'i32' }),
  }),
  'map-of-integers': program({
    y: map('y', [input('p', [5], 'i32')], [['i', 5]], { k: 'fromInt', a: add(named, 'i') }),
  }),
  'map-of-many': program({ y: map('y', [w(600)], [['i', 600]], call('exp', load(0, 'i'))) }),
  'reduction-short': sum([['i', 200]], [['k', 5]], w(200, 5), 'i', 'k'),
  'reduction-of-one': sum([['i', 200]], [['k', 1]], w(200, 1), 'i', 'k'),
  'reduction-contiguous': sum(
    [['i', 5]],
    [
      ['s', 2],
      ['t', 300],
    ],
    w(5, 2, 300),
    'i',
    's',
    't',
  ),
  'reduction-strided': sum([['i', 5]], [['k', 300]], w(5, 601), 'i', add(mul('k', 2), 1)),
  'reduction-across': sum([['i', 'tokens']], [['k', 300]], w(300, 'tokens'), 'k', 'i'),
  'reduction-across-vectors': program({
    y: reduce(
      'y',
      [w('tokens', 516), input('u', ['tokens', 516])],
      [['i', 516]],
      [['k', 'tokens']],
      call('mul', load(0, 'k', 'i'), load(1, 'k', 'i')),
    ),
  }),
  'maximum-across-vectors': most([['i', 512]], [['k', 130]], w(130, 512), 'k', 'i'),
  'reduction-of-two': program({
    y: reduce(
      'y',
      [w(5, 300), input('u', [300, 5])],
      [['i', 5]],
      [['k', 300]],
      call('mul', load(1, 'k', 'i'), load(0, 'i', 'k')),
    ),
  }),
  // Axes of extent 1, and of a power of 2.
  'reduction-finished': program({
    y: map(
      'y',
      [reduce('s', [w(3, 4, 1, 5)], fiveByFour, [['k', 3]], load(0, 'k', 'j', 'o', 'i')), input('bias', [4])],
      fiveByFour,
      call('add', load(0, 'i', 'o', 'j'), load(1, 'j')),
    ),
  }),
  'maximum-of-one': most([['i', 5]], [], w(5), 'i'),
  'maximum-short': most(
    [['i', 5]],
    [
      ['s', 1],
      ['k', 3],
    ],
    w(5, 1, 3),
    'i',
    's',
    'k',
  ),
  'maximum-contiguous': most(
    [['i', 5]],
    [
      ['s', 2],
      ['t', 'tokens'],
    ],
    w(5, 2, 'tokens'),
    'i',
    's',
    't',
  ),
  'maximum-across': most(
    [['i', 5]],
    [
      ['t', 'tokens'],
      ['s', 1],
    ],
    w('tokens', 1, 5),
    't',
    's',
    'i',
  ),
  'contraction-exact': matmul('NN', 256, 256, 4),
  'contraction-edges': matmul('NT', 'tokens', 33, 6, true),
  'contraction-batches': product(
    [
      ['t', 'tokens'],
      ['m', 3],
      ['n', 2],
    ],
    [['k', 5]],
    [w('tokens', 3, 5), 't', 'm', 'k'],
    [input('u', ['tokens', 5, 2]), 't', 'k', 'n'],
  ),
  'contraction-of-two-sums': product(
    [
      ['m', 3],
      ['n', 2],
    ],
    [
      ['s', 3],
      ['k', 4],
    ],
    [w(3, 3, 4), 'm', 's', 'k'],
    [input('u', [3, 4, 2]), 's', 'k', 'n'],
  ),
  'contraction-one-thread-of-rows': matmul('NN', 2, 8192, 2),
  'contraction-of-two-products': twoProducts(5, 3, 8),
  'contraction-of-nothing': matmul('NN', 3, 0, 2),
  'scatter-into-part': put([9, 9], 5, 7, axis('i'), axis('j')),
  'scatter-onto-all': put(['tokens', 21], 'tokens', 7, axis('i'), mul('j', 3)),
  'scatter-of-an-axis-twice': put([3, 6], 2, 3, axis('j'), add(mul('i', 3), 'j')),
  'solve-shared': system(2, 3, 5),
  'solve-in-columns': system(2, 48, 38),
  'solve-in-a-temporary': system('tokens', 65, 3),
  'solve-f16': system(2, 3, 2, 'f16'),
  'solve-pivoted': turned(2, 3, 5),
  'solve-pivoted-in-a-temporary': turned('tokens', 65, 3),
};

/** vᵀ·wᵀ in f16, plus twice a corner of v. */
const vectors = (m: number, n: number, k: number): PrimProgram => {
  const v = input('v', [k, m], 'f16');
  const y = contraction(
    'y',
    [v, input('w', [n, k], 'f16')],
    [
      ['m', m],
      ['n', n],
    ],
    [['k', k]],
    load(0, 'k', 'm'),
    load(1, 'n', 'k'),
  );
  const corner = call('mul', load(1, 1, 2), constant(2));
  return program({
    y: map(
      'y',
      [y, v],
      [
        ['m', m],
        ['n', n],
      ],
      call('add', load(0, 'm', 'n'), corner),
    ),
  });
};

export const rows = (m: Size) => [['m', m]] as const;
const x = (width: number) => input('x', ['tokens', width]);

/** An index that is read from a tensor. */
const gathered: IntExpr = { k: 'iload', arg: 1, index: [axis('m')] };

/** Programs with so little work that they run by a strategy only because the test forces it. */
export const FORCED: Readonly<Record<string, readonly [Strategy, PrimProgram]>> = {
  'direct-attention-lse': ['direct', attended('lse', ODD)],
  'direct-attention-output': ['direct', attended('output', EVEN)],
  'direct-attention-query': ['direct', attended('query', ODD)],
  'direct-attention-key-value': ['direct', attended('keyValue', EVEN)],
  'direct-attention-with-soft-cap': [
    'direct',
    attended('query', { ...EVEN, softCap: { num: 50n, den: 1n } }),
  ],
  'direct-attention-of-ranges': ['direct', attended('output', KEPT)],
  'direct-attention-key-value-of-ranges': ['direct', attended('keyValue', KEPT)],
  'shared-of-two-products': ['shared', twoProducts('tokens', 70, 40)],
  'shared-exact': [
    'shared',
    program({ y: rotate(x(128 * 64), input('t', [128, 64, 64]), 'tokens', 128, 64) }),
  ],
  'shared-over-tokens': [
    'shared',
    program({ y: blockGradient(x(128 * 31), input('g', ['tokens', 128 * 31]), 'tokens', 128, 31) }),
  ],
  'shared-two-sums': [
    'shared',
    product(
      [
        ['b', 128],
        ['m', 33],
        ['n', 40],
      ],
      [
        ['s', 3],
        ['k', 5],
      ],
      [w(128, 33, 3, 5), 'b', 'm', 's', 'k'],
      [input('u', [3, 5, 128, 40]), 's', 'k', 'b', 'n'],
    ),
  ],
  // Rows of whole vectors: along the sum, along an axis with an edge, in f16, and beside a scalar load of that
  // tensor.
  'shared-vectors': ['shared', vectors(24, 20, 40)],
  'shared-vectors-of-gathered-rows': [
    'shared',
    program({
      y: contraction(
        'y',
        [input('v', [9, 20]), input('rows', [17], 'i32'), w(20, 18)],
        [
          ['m', 17],
          ['n', 18],
        ],
        [['k', 20]],
        load(0, mul(gathered, gathered), 'k'),
        load(2, 'k', 'n'),
      ),
    }),
  ],
  'split-over-tokens': ['split', matmul('TN', 20, 33, 'tokens', true)],
  'split-of-two-products': ['split', twoProducts('tokens', 20, 40)],
  'matrix-edges': ['matrix', matmul('NT', 'tokens', 37, 19, true)],
  'matrix-of-few-rows': ['matrix', matmul('TN', 32, 70, 20)],
  'matrix-of-two-products': ['matrix', twoProducts('tokens', 70, 40)],
  'matrix-f16': ['matrix', vectors(68, 36, 40)],
};
