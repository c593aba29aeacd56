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

test('tiles', () => {
  fc.assert(
    fc.property(
      kinds,
      fc.constantFrom(0, 1, 9),
      fc.constantFrom(...ROWS.filter((n) => n <= 8)),
      fc.constantFrom(...COLS),
      fc.integer(),
      (kind, tokens, rows, cols, seed) => {
        const kernel = canonical(productOf(kind));
        const inputs = valuesFor(kernel.root.args, tokens, seed);
        const tile = { rows, cols, batchThreads: 1, rowThreads: 1, colThreads: LANES };
        const [y] = runLoops(laneTileLoops(kernel, tile).loops, field(7), inputs, { tokens });
        expect([...y!.values]).toEqual(meaningOf(kernel, inputs, tokens));
      },
    ),
    runs(100, 3000),
  );
});
