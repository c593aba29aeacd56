/** Golden WGSL that reads quantised weights, in wgsl/: which words it loads, and in which loop. */
import { expect, it } from 'vitest';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { type Storage, storageName } from '../../../compiler/primitives/storage.ts';
import { type Axes, add, contraction, input, load, map, mul, program, solve } from '../build.ts';
import { planOf } from '../execute.ts';
import { expectWritten } from '../written.ts';
import { FORMATS, held } from './quantized-programs.ts';

/** All formats, and a nested NF4 whose scales take several blocks. */
const STORAGES: readonly Storage[] = [...FORMATS, { format: 'nf4', block: 32, nested: 8 }];

it.each(STORAGES.map((f) => [storageName(f), f] as const))('%s, turned', (name, storage) => {
  // Rows of 31 codes end within a word and within a block.
  const turned = map(
    'turned',
    [held('W', [13, 31], storage)],
    [
      ['i', 31],
      ['o', 13],
    ],
    load(0, 'o', 'i'),
  );
  const { kernels } = planOf(program({ turned }), 'direct');
  expect(kernels).toHaveLength(1);
  expectWritten(`quantized-${name.replace(/\W+/g, '-')}`, kernels[0]!.wgsl);
});

const [INT4, INT8] = [{ format: 'int4', group: 8 }, { format: 'int8' }] as const;
/** A contraction over groups of `n` columns; what a group shares is loaded outside of the inner loop. */
const summed = (n: number, storage: Storage) => {
  const over: Axes = [
    ['g', 3],
    ['k', n],
  ];
  const W = held('W', [6, 3 * n], storage);
  return contraction(
    'y',
    [W, input('x', [3, n])],
    [['o', 6]],
    over,
    load(0, 'o', add(mul('g', n), 'k')),
    load(1, 'g', 'k'),
  );
};
const PROGRAMS: Readonly<Record<string, Prim>> = {
  'int4-loops': summed(8, INT4),
  'int8-loops': summed(8, INT8),
  'int4-batches': map(
    'batches',
    [held('W', [2, 3, 16], INT4)],
    [
      ['i', 16],
      ['l', 2],
      ['o', 3],
    ],
    load(0, 'l', 'o', 'i'),
  ),
  'first-of-words': map(
    'first',
    [held('W', [4, 16], { format: 'nf4', block: 32 })],
    [
      ['o', 4],
      ['i', 2],
    ],
    load(0, 'o', mul('i', 8)),
  ),
  solve: solve('x', input('A', [2, 3, 3]), held('B', [2, 3, 5], INT8)),
};

it.each(Object.entries(PROGRAMS))('%s', (name, y) => {
  const { kernels } = planOf(program({ y }), 'direct');
  expectWritten(`quantized-${name}`, kernels.map((k) => k.wgsl).join('\n'));
});
