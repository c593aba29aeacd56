/** The steps of contractions' schedules, for the kernels and tiles that their choices depend on. */
import { expect, it } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax } from '../../../compiler/primitives/build.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { generateContraction } from '../../../kernels-gen/families/contraction/index.ts';
import {
  contractionLoops,
  contractionSteps,
  emitPortable,
  isWhole,
} from '../../../kernels-gen/families/contraction/schedule.ts';
import { chooseTile, type Tile, tileOf, wholeTile } from '../../../kernels-gen/families/contraction/tile.ts';
import {
  innermostLast,
  type TileOptions,
  tileSteps,
} from '../../../kernels-gen/families/contraction/tile-steps.ts';
import { vectorsAlone } from '../../../kernels-gen/families/contraction/vectors.ts';
import { nodesOf } from '../../../kernels-gen/fuse/cost.ts';
import { type ContractionKernel, RESULT } from '../../../kernels-gen/fuse/kernel.ts';
import type { LoopStep } from '../../../kernels-gen/schedule/steps/step.ts';
import { digest } from '../../support/digest.ts';
import { call, contraction, input, load, program, type Size } from '../build.ts';
import { batches, kernelOf, matrices, options, SPECIAL } from '../schedule/contractions.ts';

const scalar = kernelOf(
  program({ y: contraction('y', [input('a', [64])], [], [['k', 64]], load(0, 'k'), load(0, 'k')) }),
);
/** A product that sums over two axes, of which the first is the longest. */
const twoSums = kernelOf(
  program({
    y: contraction(
      'y',
      [input('a', [8, 6, 3]), input('b', [6, 3, 8])],
      [
        ['m', 8],
        ['n', 8],
      ],
      [
        ['k', 6],
        ['l', 3],
      ],
      load(0, 'm', 'k', 'l'),
      load(1, 'k', 'l', 'n'),
    ),
  }),
);
/** Rows of two axes. */
const twoRows = kernelOf(
  program({
    y: contraction(
      'y',
      [input('a', [4, 3, 64]), input('b', [64, 8])],
      [
        ['h', 4],
        ['m', 3],
        ['n', 8],
      ],
      [['k', 64]],
      load(0, 'h', 'm', 'k'),
      load(1, 'k', 'n'),
    ),
  }),
);
/** The exponential of an operand, again and again, until a product with it has at least `nodes` nodes. */
function longer({ a, b }: ContractionPrim, nodes: number): Expr {
  let long = a;
  while (nodesOf(long) + nodesOf(b) < nodes) long = call('exp', long);
  return long;
}
const andLong = (kernel: ContractionKernel): ContractionKernel => ({
  ...kernel,
  added: kernel.added!.map((p) => ({ ...p, a: longer(p, 25) })),
});
/** Aᵀ·B + A·Bᵀ. */
const bothWays = (kernel: ContractionKernel): ContractionKernel => {
  const [row, col, k] = [...kernel.root.axes, ...kernel.root.over].map((a) => ax(a.name));
  return { ...kernel, added: [{ ...kernel.root, a: load(0, row!, k!), b: load(1, col!, k!) }] };
};
const transposedAfter = (kernel: ContractionKernel): ContractionKernel => {
  const [row, col] = kernel.root.axes.map((a) => ax(a.name));
  return { ...kernel, epilogue: call('add', load(RESULT), load(0, col!, row!)) };
};
const KERNELS: Readonly<Record<string, ContractionKernel>> = {
  'A·B, tokens × 64 × 48': matrices('NN', 'tokens', 64, 48),
  'A·Bᵀ, 16 × 12 × 64': matrices('NT', 16, 12, 64),
  'Aᵀ·B, 8 × 16 × 6': matrices('TN', 8, 16, 6),
  'Aᵀ·B, 64 × 64 × 32': matrices('TN', 64, 64, 32),
  'Aᵀ·B, 7 × 5 × 3': matrices('TN', 7, 5, 3),
  'a row': matrices('NN', 1, 8, 4),
  'a column': matrices('NN', 8, 1, 4),
  'three products': batches(3, 8, 8, 5),
  'products of tokens, the batch last': batches('tokens', 4, 6, 10, 'NT', 'mnb'),
  'a number': scalar,
  'two sums': twoSums,
  'rows of two axes': twoRows,
};
/** Kernels whose steps the golden file has as digests. */
const OTHERS: Readonly<Record<string, ContractionKernel>> = {
  ...SPECIAL,
  'one step': matrices('NN', 8, 8, 1),
  'a brief product and a long one': andLong(SPECIAL['A·B + C·D']!),
  'operands that are read by rows and by columns': bothWays(matrices('TN', 64, 64, 64)),
  'an operand that the epilogue reads by columns': transposedAfter(matrices('NN', 64, 64, 64)),
};
const tile = (
  rows: number,
  cols: number,
  [b, m, n]: readonly [number, number, number],
  inTurn?: number,
): Tile => ({
  ...{ rows, cols, batchThreads: b, rowThreads: m, colThreads: n },
  ...(inTurn === undefined ? {} : { inTurn }),
});
const TILES: readonly Tile[] = [
  tile(4, 4, [1, 8, 8]),
  tile(1, 1, [4, 4, 4]),
  tile(2, 1, [1, 1, 64]),
  tile(1, 4, [1, 1, 1]),
  tile(4, 1, [1, 4, 2], 2),
  tile(1, 2, [1, 2, 1], 4),
  tile(1, 1, [1, 1, 1]),
  tile(2, 8, [1, 2, 4]),
  tile(8, 2, [2, 2, 2]),
];
const OPTIONS: Readonly<Record<string, TileOptions>> = {
  staged: { isStaged: true },
  'of parts': { isOfParts: true },
  'in a block': { isInBlock: true },
  plain: { isPlain: true },
  'by columns': { isByColumns: true },
  'by column tiles': { isByColumnTiles: true },
  trimmed: { isTrimmed: true },
  'of lanes': { lanes: 'lane' },
};

const shownTile = ({ rows, cols, batchThreads: b, rowThreads: m, colThreads: n, inTurn }: Tile): string =>
  `${rows} × ${cols} results, ${b} × ${m} × ${n} threads${inTurn ? `, ${inTurn} in turn` : ''}`;
const shown = (steps: readonly LoopStep[]): string => steps.map((s) => `  ${s.says}\n`).join('');

/** A product whose operands have `nodes` nodes together, or a few more. */
function withNodes(nodes: number): ContractionKernel {
  const kernel = matrices('NN', 16, 64, 64);
  return { ...kernel, root: { ...kernel.root, a: longer(kernel.root, nodes) } };
}
const LONG = [23, 24, 25, 26].map((nodes) => [`${nodes} nodes`, withNodes(nodes)] as const);

function* sections(): Generator<string> {
  for (const [name, kernel] of Object.entries(KERNELS))
    for (const t of TILES) yield `${name}: ${shownTile(t)}\n${shown(contractionSteps(kernel, t))}`;
  for (const [name, kernel] of LONG)
    yield `${name}: ${shownTile(TILES[0]!)}\n${shown(contractionSteps(kernel, TILES[0]!))}`;
  for (const [name, kernel] of Object.entries(OTHERS))
    for (const t of TILES) yield `${name}: ${shownTile(t)}: ${digest(shown(contractionSteps(kernel, t)))}`;
  const some = Object.entries(KERNELS).filter(([name]) => /7 × 5|three/.test(name));
  for (const [option, options] of Object.entries(OPTIONS))
    for (const [name, kernel] of some)
      for (const t of [0, 2, 4, 6].map((n) => TILES[n]!)) {
        const { steps, each, turn } = tileSteps(kernel, t, options);
        yield `${option}, ${name}: ${shownTile(t)}; each ${each.join(' ')}; turn ${turn}\n${shown(steps)}`;
      }
  const [over] = [matrices('NN', 'tokens', 64, 64)];
  const overwriting: ContractionKernel = {
    ...over!,
    overwrites: { by: 'rows', tensor: over!.root.args[0]! },
  };
  for (const options of [{}, { isPlain: true }, { waiting: 'subgroup' }, { waiting: 'workgroup' }] as const)
    yield `over its rows, ${JSON.stringify(options)}\n${shown(tileSteps(overwriting, TILES[0]!, options).steps)}`;
}

it('are those of the golden file', async () => {
  await expect([...sections()].join('\n')).toMatchFileSnapshot('./contraction-steps.txt');
});

it.each<readonly [string, Tile, Tile]>([
  ['all 8 columns', wholeTile(1000, 8), tile(4, 4, [1, 32, 2])],
  ['all 100 columns of few rows', wholeTile(2, 100), tile(2, 4, [1, 1, 32])],
  ['all columns of one', wholeTile(1000, 1), tile(4, 1, [1, 64, 1])],
  ['a large product', tileOf(4, 4, { batch: 1, m: 1000, n: 1000 }), tile(4, 4, [1, 8, 8])],
  ['few columns', tileOf(4, 4, { batch: 1, m: 1000, n: 4 }), tile(4, 4, [1, 64, 1])],
  ['few rows', tileOf(1, 4, { batch: 1, m: 1, n: 1000 }), tile(1, 4, [1, 1, 64])],
  ['a batch of small products', tileOf(4, 4, { batch: 100, m: 8, n: 8 }), tile(4, 4, [16, 2, 2])],
  ['too few results for all threads', chooseTile(1, 16, 16, { threads: 256 }), tile(1, 1, [1, 8, 8])],
])('the tile of %s', (_, actual, expected) => {
  expect(actual).toEqual(expected);
});

const [left, right] = ([0, 1] as const).map((operand): ContractionKernel => {
  const kernel = matrices('NN', 16, 64, 64);
  return { ...kernel, overwrites: { by: 'rows', tensor: kernel.root.args[operand]! } };
}) as [ContractionKernel, ContractionKernel];
it.each<readonly [string, ContractionKernel, Tile, boolean]>([
  ['half of the columns', left, tile(4, 4, [1, 8, 8]), false],
  ['all columns, in vectors', left, tile(4, 4, [1, 4, 16]), true],
  ['all columns, each alone', left, tile(1, 1, [1, 1, 64]), true],
  ['half of the rows', right, tile(2, 4, [1, 4, 8]), false],
  ['all rows', right, tile(4, 4, [1, 4, 8]), true],
  ['all rows, in turn', right, tile(2, 1, [1, 2, 8], 4), true],
  ['half of the rows, in turn', right, tile(2, 1, [1, 2, 8], 2), false],
  ['a quarter of the rows, each alone', right, tile(1, 1, [1, 4, 8]), false],
  ['some results, where nothing is overwritten', matrices('NN', 16, 64, 64), tile(1, 1, [1, 4, 8]), true],
])('a tile of %s may overwrite an operand: %#', (_, kernel, t, isAllowed) => {
  expect(isWhole(kernel, t)).toBe(isAllowed);
  if (!isAllowed) expect(() => contractionLoops(kernel, t)).toThrow(/store over what others read$/);
});

it('the vectors that tiles load and store are those of the golden file', async () => {
  const lines = Object.entries({ ...KERNELS, ...OTHERS }).flatMap(([name, kernel]) =>
    [
      { rows: 1, cols: 1 },
      { rows: 1, cols: 4 },
      { rows: 4, cols: 1 },
      { rows: 2, cols: 8 },
      { rows: 4, cols: 4 },
    ].flatMap((t) =>
      [true, false].map((alongSums) => {
        const vectors = vectorsAlone(kernel, t, alongSums);
        const of = vectors && { ...vectors, args: [...vectors.args] };
        return `${name}, ${t.rows} × ${t.cols}, ${alongSums}: ${JSON.stringify(of)}\n`;
      }),
    ),
  );
  await expect(lines.join('')).toMatchFileSnapshot('./vectors.txt');
});

it.each([
  [[['k', 4]], []],
  [
    [
      ['k', 4],
      ['l', 8],
    ],
    [],
  ],
  [
    [
      ['k', 8],
      ['l', 4],
    ],
    ['reorder to l, k'],
  ],
  [
    [
      ['k', 4],
      ['l', 8],
      ['p', 2],
    ],
    ['reorder to k, p, l'],
  ],
  [
    [
      ['k', 8],
      ['l', 4],
      ['p', 2],
    ],
    ['reorder to l, p, k'],
  ],
] as const)('the longest loop of a sum over %j is its innermost one', (over, steps) => {
  const axes = over.map(([name, n]) => ({ name, extent: dimConst(n) }));
  expect(innermostLast(axes).map((s) => s.says)).toEqual(steps);
});

it('the tiles of portable code are those of the golden file', async () => {
  const sizes = [1, 2, 3, 4, 5, 8, 17, 32, 100, 1000];
  const lines = [1, 3, 40].flatMap((batch) =>
    sizes.flatMap((m) =>
      sizes.map((n) => {
        const tiles = [chooseTile(batch, m, n, { threads: 4096 }), wholeTile(m, n)];
        return `${batch} × ${m} × ${n}: ${tiles.map(shownTile).join('; ')}\n`;
      }),
    ),
  );
  await expect(lines.join('')).toMatchFileSnapshot('./tiles.txt');
});

it('portable code for an overwritten row has all columns, and for two rows exchanged operands', async () => {
  const printed = (operand: 0 | 1, m: Size, n: Size) => {
    const kernel = matrices('NN', m, n, n);
    const over = { ...kernel, overwrites: { by: 'rows' as const, tensor: kernel.root.args[operand]! } };
    return generateContraction(over, options('direct', 512), () => []).printed.code.scheduled.steps;
  };
  const cases = [
    [0, 'tokens', 64],
    [0, 'tokens', 2],
    [1, 64, 64],
    [1, 2, 2],
  ] as const;
  const text = cases.map((c) => [c.join(' '), ...printed(c[0], c[1], c[2])].join('\n  '));
  await expect(text.join('\n')).toMatchFileSnapshot('./over-rows.txt');
});

it('the code of a kernel is printed once', () => {
  let asked = 0;
  const ways = () => {
    asked++;
    return [];
  };
  const wanted = options('direct');
  const code = () => generateContraction(matrices('NN', 8, 8, 8), wanted, ways).printed.code;
  expect(code()).toBe(code());
  expect(asked).toBe(1);
});

it('ways for few tokens come first', () => {
  const way = (maxTokens?: number) => ({
    ...{ strategy: 'direct', emit: () => emitPortable(matrices('NN', 8, 8, 8), tile(1, 1, [1, 8, 8])) },
    ...(maxTokens === undefined ? {} : { maxTokens }),
  });
  const orders = [
    [way(64), way(), way(1)],
    [way(), way(1), way(64)],
    [way(1), way(64), way()],
  ];
  const found = orders.map((all) =>
    generateContraction(matrices('NN', 8, 8, 8), options(), () => all)
      .printed.alternatives()
      .map((a) => a.maxTokens),
  );
  expect(found).toEqual(orders.map(() => [1, 64]));
});
