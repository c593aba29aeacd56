/** The loops of schedules in lanes equal their primitives, exactly over the prime field. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { field } from '../../../../compiler/semantics/domains/field.ts';
import { contraction, input, load } from '../../../../test/kernels-gen/build.ts';
import { type Added, productOf } from '../../../../test/kernels-gen/loops/products.ts';
import { meaningOf, valuesFor } from '../../../../test/kernels-gen/loops/run.ts';
import { assertCovering, runs } from '../../../../test/support/runs.ts';
import { canonical } from '../../../families/contraction/root.ts';
import type { Tile } from '../../../families/contraction/tile.ts';
import type { ContractionKernel } from '../../../fuse/kernel.ts';
import { runLoops } from '../../../loops/interpret.ts';
import { ACROSS, dotLoops, EACH } from '../dots.ts';
import { laneTileLoops } from '../lane-tile.ts';
import { LANES } from '../lanes.ts';
import { panelLoops, panelsOf } from '../panels.ts';
import { stationaryLoops } from '../stationary.ts';
import { COLS, ROWS } from '../tiles.ts';

const kinds = fc.record({
  ...{ batch: fc.constantFrom(1, 2), m: fc.constantFrom(1, 3, 12, 'tokens'), n: fc.constantFrom(1, 5, 8) },
  k: fc.constantFrom(2, 8, 11, 32, 64, 'tokens'),
  across: fc.record({ a: fc.boolean(), b: fc.boolean(), out: fc.boolean() }),
  added: fc.constantFrom<Added>('none', 'same', 'no rows', 'no columns'),
  isFinished: fc.boolean(),
});

test('dot products', () => {
  const each = fc.constantFrom(...EACH);
  fc.assert(
    fc.property(
      kinds,
      fc.constantFrom(0, 1, 9),
      each,
      fc.constantFrom(...ACROSS.filter((n) => n <= 16)),
      fc.integer(),
      (kind, tokens, rows, cols, seed) => {
        const kernel = canonical(productOf(kind));
        const inputs = valuesFor(kernel.root.args, tokens, seed);
        const [y] = runLoops(dotLoops(kernel, rows, cols).loops, field(7), inputs, { tokens });
        expect([...y!.values]).toEqual(meaningOf(kernel, inputs, tokens));
      },
    ),
    runs(100, 3000),
  );
});

/** Products whose operands lie as vectors along rows, columns and sums, or far apart. */
const tiled = fc.record({
  ...{ batch: fc.constantFrom(1, 2), m: fc.constantFrom(1, 3, 12, 'tokens'), n: fc.constantFrom(5, 8, 12) },
  k: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(2, 8, 11, 32, 64, 'tokens') },
    fc.constantFrom(512, 515, 520),
  ),
  across: fc.record({ a: fc.boolean(), b: fc.boolean(), out: fc.boolean() }),
  added: fc.constantFrom<Added>('none', 'same', 'no rows', 'no columns'),
  isFinished: fc.boolean(),
});

/** Steps that some tiles take and others do not. */
const TAKEN = [
  'rotate k0_left in k0_turn',
  'rotate k0_right in k0_turn',
  'split k0_step by 2 into k0_pair, k0_turn',
  'spill acc to results before its results are stored',
  'bind row_each_k0_own to opaque',
  'trim k0_step',
] as const;

test('tiles', () => {
  const met = new Set<string>();
  assertCovering(
    fc.property(
      tiled,
      fc.constantFrom(0, 1, 9),
      fc.constantFrom(...ROWS.filter((n) => n <= 12)),
      fc.constantFrom(...COLS),
      fc.integer(),
      (kind, tokens, rows, cols, seed) => {
        const kernel = canonical(productOf(kind));
        const inputs = valuesFor(kernel.root.args, tokens, seed);
        const tile = { rows, cols, batchThreads: 1, rowThreads: 1, colThreads: LANES };
        const { loops, steps } = laneTileLoops(kernel, tile);
        const [y] = runLoops(loops, field(7), inputs, { tokens });
        expect([...y!.values]).toEqual(meaningOf(kernel, inputs, tokens));
        for (const says of steps) met.add(says.replace(/\bk1/g, 'k0'));
      },
    ),
    [100, 3000],
    () => TAKEN.every((step) => met.has(step)),
  );
  expect([...met]).toEqual(expect.arrayContaining([...TAKEN]));
});

test('tiles that replace their rows, with a barrier of the subgroup or of the workgroup', () => {
  fc.assert(
    fc.property(
      fc.record({ n: fc.constantFrom(5, 8, 12, 16), m: fc.constantFrom(1, 3, 'tokens'), b: fc.boolean() }),
      fc.constantFrom(...ROWS.filter((n) => n <= 8)),
      fc.constantFrom(2, 3, 4),
      fc.boolean(),
      fc.integer(),
      ({ n, m, b }, rows, cols, isLockstep, seed) => {
        const across = { a: false, b, out: false };
        const of = productOf({ batch: 2, m, n, k: n, across, added: 'none', isFinished: true });
        const own = canonical(of);
        const kernel = { ...own, overwrites: { tensor: own.root.args[0]!, by: 'rows' as const } };
        const inputs = valuesFor(kernel.root.args, 9, seed);
        const tile = { rows, cols, batchThreads: 1, rowThreads: 1, colThreads: LANES };
        const { loops } = laneTileLoops(kernel, tile, { isLockstep });
        const [y] = runLoops(loops, field(7), inputs, { tokens: 9 });
        expect([...y!.values]).toEqual(meaningOf(own, inputs, 9));
      },
    ),
    runs(40, 1000),
  );
});

const stationaryTile = fc.record({
  ...{ rows: fc.constantFrom(1, 2, 4), cols: fc.constantFrom(...COLS), inTurn: fc.constantFrom(1, 2, 8) },
  ...{ batchThreads: fc.constant(1), rowThreads: fc.constant(1), colThreads: fc.constant(LANES) },
});
const short = fc.constantFrom(2, 5, 8, 11, 12, 32);

describe('rows in turn beside stationary columns', () => {
  const expectMeaning = (
    of: ContractionKernel,
    tile: Tile,
    tokens: number,
    random: number,
    isLockstep = false,
  ) => {
    const kernel = canonical(of);
    const inputs = valuesFor(kernel.root.args, tokens, random);
    const [y] = runLoops(stationaryLoops(kernel, tile, isLockstep).loops, field(7), inputs, { tokens });
    expect([...y!.values]).toEqual(meaningOf(kernel, inputs, tokens));
  };
  const counts = fc.constantFrom(0, 1, 9);

  test('of products of matrices', () => {
    const kind = kinds.chain((all) => short.map((k) => ({ ...all, k })));
    fc.assert(
      fc.property(kind, counts, stationaryTile, fc.integer(), (of, tokens, tile, seed) =>
        expectMeaning(productOf(of), tile, tokens, seed),
      ),
      runs(100, 3000),
    );
  });

  test('of sums over several axes, which an operand may lack', () => {
    const extent = fc.constantFrom(1, 2, 4, 8, 9);
    const uses = fc.record({ a: fc.subarray(['s', 'k', 'l']), b: fc.subarray(['s', 'k', 'l']) });
    const size = fc.record({ s: extent, k: extent, l: extent });
    fc.assert(
      fc.property(size, uses, counts, stationaryTile, fc.integer(), (sizes, { a, b }, tokens, tile, seed) => {
        const over = (['s', 'k', 'l'] as const).filter((x) => a.includes(x) || b.includes(x));
        fc.pre(over.some((x) => sizes[x] > 1));
        const shapeOf = (own: readonly string[]) => over.filter((x) => own.includes(x)).map((x) => sizes[x]);
        const args = [input('x', ['tokens', ...shapeOf(a)]), input('w', [...shapeOf(b), 11])];
        const at = (own: readonly string[]) => over.filter((x) => own.includes(x));
        const root = contraction(
          'y',
          args,
          [
            ['m', 'tokens'],
            ['n', 11],
          ],
          over.map((x) => [x, sizes[x]] as const),
          load(0, 'm', ...at(a)),
          load(1, ...at(b), 'n'),
        );
        expectMeaning({ tensor: root, root, spans: [], epilogue: null }, tile, tokens, seed);
      }),
      runs(100, 3000),
    );
  });

  test('of rows that the results overwrite', () => {
    const sizes = fc.record({
      batch: fc.constantFrom(1, 3),
      b: fc.constantFrom(5, 8, 12),
      isFinished: fc.boolean(),
    });
    fc.assert(
      fc.property(sizes, counts, stationaryTile, fc.integer(), ({ b, ...size }, tokens, tile, seed) => {
        const across = { a: false, b: false, out: false };
        const own = productOf({ ...size, m: 'tokens', n: b, k: b, across, added: 'none' });
        const overwrites = { tensor: own.root.args[0]!, by: 'rows' } as const;
        expectMeaning(
          { ...own, overwrites },
          { ...tile, cols: Math.max(tile.cols, 2) },
          tokens,
          seed,
          tokens > 1,
        );
      }),
      runs(50, 1000),
    );
  });
});

/** Products of one panel and of several, whose rows end within a tile or fill it. */
const panelled = fc.record({
  ...{ batch: fc.constantFrom(1, 2), m: fc.constantFrom(1, 3, 16, 'tokens'), n: fc.constantFrom(5, 8, 36) },
  k: fc.constantFrom(8, 11, 64, 128, 192, 320),
  across: fc.record({ a: fc.boolean(), b: fc.boolean(), out: fc.boolean() }),
  added: fc.constantFrom<Added>('none', 'same', 'no rows', 'no columns'),
  isFinished: fc.boolean(),
});

test('panels of sums', () => {
  const met = new Set<string>();
  assertCovering(
    fc.property(panelled, fc.constantFrom(0, 1, 17), fc.integer(), (kind, tokens, seed) => {
      const kernel = canonical(productOf(kind));
      const tile = panelsOf(kernel, 16)?.tile;
      if (tile === undefined) return;
      const { loops, steps } = panelLoops(kernel, tile);
      met.add(/arrays of vectors/.test(steps.join()) ? 'vectors' : 'elements');
      const inputs = valuesFor(kernel.root.args, tokens, seed);
      const [y] = runLoops(loops, field(7), inputs, { tokens });
      expect([...y!.values]).toEqual(meaningOf(kernel, inputs, tokens));
    }),
    [40, 1000],
    () => met.size === 2,
  );
  expect(met).toEqual(new Set(['vectors', 'elements']));
});

test('panels of sums over two axes, each of which an operand may lack', () => {
  const sizes = { h: 3, d: 64 };
  const axes = fc.subarray(['h', 'd'] as const, { minLength: 1 });
  const orders = fc.constantFrom<readonly ('h' | 'd')[]>(['h', 'd'], ['d', 'h']);
  fc.assert(
    fc.property(
      axes,
      axes,
      orders,
      fc.integer({ min: 0, max: 18 }),
      fc.integer(),
      (a, b, over, tokens, seed) => {
        const shapeOf = (own: readonly ('h' | 'd')[]) => own.map((x) => sizes[x]);
        const args = [input('x', ['tokens', ...shapeOf(a)]), input('w', [36, ...shapeOf(b)])];
        const results = [
          ['m', 'tokens'],
          ['n', 36],
        ] as const;
        const sums = over.map((x) => [x, sizes[x]] as const);
        const root = contraction('y', args, results, sums, load(0, 'm', ...a), load(1, 'n', ...b));
        const kernel = canonical({ tensor: root, root, spans: [], epilogue: null });
        const inputs = valuesFor(kernel.root.args, tokens, seed);
        const [y] = runLoops(panelLoops(kernel, panelsOf(kernel, 16)!.tile).loops, field(7), inputs, {
          tokens,
        });
        expect([...y!.values]).toEqual(meaningOf(kernel, inputs, tokens));
      },
    ),
    runs(20, 500),
  );
});
