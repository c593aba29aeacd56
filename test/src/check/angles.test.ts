/** The finding of `oftc check` on angles between neurons. */
import { expect, it } from 'vitest';
import { boft } from '../../../src/adapters/boft.ts';
import { diagOft } from '../../../src/adapters/diag-oft.ts';
import { hra } from '../../../src/adapters/hra.ts';
import { lora } from '../../../src/adapters/lora.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { oftConv } from '../../../src/adapters/oft-conv.ts';
import { scaledOft } from '../../../src/adapters/scaled-oft.ts';
import { checkAngles } from '../../../src/check/angles.ts';
import type { Traceable } from '../../../src/language/load.ts';

const KEPT = 'angles between neurons (rows of W) are kept, exactly';
const CHANGE = 'angles between neurons (rows of W) change';

type Row = [string, Traceable, object, Record<string, number>, string, RegExp];
const ROWS: readonly Row[] = [
  [
    'a rotation of inputs',
    oft,
    { cayley: 'exact' },
    { r: 2, b: 3, out: 4 },
    KEPT,
    /at most (0|\d\.\de-1\d)°/,
  ],
  ['a scale on each output beside it', boft, {}, { r: 2, b: 4, out: 3 }, KEPT, /by (0|.\d\.\de-1\d) %$/],
  ['reflections', hra, {}, { in: 5, out: 4, r: 2 }, KEPT, /at most (0|\d\.\de-1\d)°/],
  [
    'a truncated series',
    oft,
    {},
    { r: 2, b: 3, out: 4 },
    CHANGE,
    /series angles change by at most (0|\d\.\de-1\d)° .* misses [\d.]+ % of W′ − W$/,
  ],
  ['a rotation of outputs', diagOft, {}, { in: 5, k: 2, b: 3 }, CHANGE, /^6 neurons .* at most [\d.]+°/],
  [
    'kernels of a convolution',
    oftConv,
    { height: 4, width: 4, cayley: 'exact' },
    { r: 3, b: 3, out: 3 },
    KEPT,
    /^3 neurons/,
  ],
  [
    'a square root, which the field does not know',
    scaledOft,
    {},
    { r: 2, b: 3, out: 4 },
    'angles between neurons (rows of W)',
    /series/,
  ],
];

it.each(ROWS)('%s', (_, layer, config, sizes, property, note) => {
  const [finding, ...more] = checkAngles(layer.trace(config), [sizes], 2, 1);
  expect(more).toEqual([]);
  expect(finding).toMatchObject({ property, passed: true });
  expect(finding!.note).toMatch(note);
});

it('there is none on a layer that does not rotate', () =>
  expect(checkAngles(lora.trace(), [{ in: 3, out: 4, r: 2 }], 2, 1)).toEqual([]));

it('the bound sizes are taken where they are small enough', () => {
  const sizes = [
    { r: 4, b: 8, out: 24 },
    { r: 2, b: 3, out: 4 },
  ];
  const at = (bound: Record<string, number>[]) => checkAngles(oft.trace(), bound, 1, 1)[0]!;
  expect(at(sizes).where).toBe('field at r=2, b=3, out=4; float64 at r=4, b=8, out=24');
  expect(at([{ r: 400, b: 8, out: 2400 }, sizes[1]!]).where).toContain('float64 at r=2, b=3, out=4');
});
