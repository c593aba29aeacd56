/** The loops of schedules in lanes equal their primitives, exactly over the prime field. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { field } from '../../../../compiler/semantics/domains/field.ts';
import { type Added, productOf } from '../../../../test/kernels-gen/loops/products.ts';
import { meaningOf, valuesFor } from '../../../../test/kernels-gen/loops/run.ts';
import { runs } from '../../../../test/support/runs.ts';
import { canonical } from '../../../families/contraction/root.ts';
import { runLoops } from '../../../loops/interpret.ts';
import { dotLoops, EACH } from '../dots.ts';
import { laneTileLoops } from '../lane-tile.ts';
import { LANES } from '../lanes.ts';
import { COLS, ROWS } from '../tiles.ts';

const kinds = fc.record({
  ...{ batch: fc.constantFrom(1, 2), m: fc.constantFrom(1, 3, 'tokens'), n: fc.constantFrom(1, 5, 8) },
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
      each,
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

test('tiles', () => {
  const met = new Set<string>();
  fc.assert(
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
    runs(100, 3000),
  );
  expect([...met]).toEqual(
    expect.arrayContaining([
      'rotate k0_left in k0_turn',
      'rotate k0_right in k0_turn',
      'split k0_step by 2 into k0_pair, k0_turn',
      'spill acc to results before its results are stored',
      'bind row_each_k0_own to opaque',
      'trim k0_step',
    ]),
  );
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
