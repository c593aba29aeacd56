/** Golden WGSL in lanes, in wgsl/, and its results on the device. `OFTC_UPDATE=1` writes the files anew. */
import { describe, expect, it } from 'vitest';
import { cpuVectors } from '../../../../compiler/devices/index.ts';
import type { PrimProgram } from '../../../../compiler/primitives/prim.ts';
import type { Plan } from '../../../../runtime/plan.ts';
import { contraction, input, load, program } from '../../../../test/kernels-gen/build.ts';
import { integers, planOf, violations } from '../../../../test/kernels-gen/execute.ts';
import { BLOCKS, blocksCode } from '../../../../test/kernels-gen/families/blocks-programs.ts';
import { matmul } from '../../../../test/kernels-gen/layers.ts';
import {
  attended,
  EVEN,
  ODD,
  PROGRAMS,
  product,
  rows,
  twoProducts,
  w,
} from '../../../../test/kernels-gen/wgsl-programs.ts';
import { expectWritten } from '../../../../test/kernels-gen/written.ts';
import { sample } from '../../../../test/support/sample.ts';

/**
 * A product of a strided row and columns that lie along the sum, so that neighbouring columns are `k` elements apart.
 */
const farColumns = (k: number) =>
  program({
    y: contraction(
      'y',
      [w(k, 2), input('u', [12, k])],
      [['n', 12]],
      [['k', k]],
      load(0, 'k', 1),
      load(1, 'n', 'k'),
    ),
  });
/** Programs with so little work that they run in lanes only because the test forces that strategy. */
const FORCED: Readonly<Record<string, PrimProgram>> = {
  'lanes-attention-lse': attended('lse', EVEN),
  'lanes-attention-output': attended('output', ODD),
  'lanes-attention-query': attended('query', EVEN),
  'lanes-attention-key-value': attended('keyValue', ODD),
  'lanes-exact': matmul('NN', 64, 8, 8),
  'lanes-edges': matmul('NN', 26, 11, 5, true),
  'lanes-along-tokens': matmul('NN', 'tokens', 2, 3, true),
  'lanes-scattered': farColumns(514),
  'lanes-scattered-odd': farColumns(513),
  'lanes-of-lines': matmul('NT', 24, 11, 6),
  'lanes-scattered-exact': matmul('NT', 4, 8, 8),
  'lanes-over-tokens': matmul('TN', 4, 8, 'tokens'),
  'lanes-along-rows': matmul('NT', 64, 2, 16),
  'lanes-one-column': product(rows(9), [['k', 6]], [w(9, 6), 'm', 'k'], [input('u', [6]), 'k']),
  'lanes-batches': product(
    [
      ['t', 'tokens'],
      ['m', 3],
      ['n', 5],
    ],
    [
      ['s', 3],
      ['k', 9],
      ['l', 1],
    ],
    [w('tokens', 3, 3, 9, 1), 't', 'm', 's', 'k', 'l'],
    [input('u', ['tokens', 3, 9, 1, 5]), 't', 's', 'k', 'l', 'n'],
  ),
  'lanes-stored-in-loops': matmul('NN', 64, 48, 3),
  'lanes-stored-in-loops-at-edges': matmul('NN', 65, 50, 3, true),
  'lanes-columns-of-vectors': matmul('NN', 32, 1024, 512),
  'lanes-f16': program({
    y: contraction(
      'y',
      [input('v', [3, 4], 'f16'), w(4, 9)],
      [
        ['m', 3],
        ['n', 9],
      ],
      [['k', 4]],
      load(0, 'm', 'k'),
      load(1, 'k', 'n'),
      { dtype: 'f16' },
    ),
  }),
  'dots-of-one-token': matmul('NT', 'tokens', 24, 64),
  'dots-edges': matmul('NT', 3, 11, 21),
  'dots-across': matmul('NN', 2, 1028, 67),
  'dots-across-exchanged': matmul('TN', 1028, 2, 'tokens'),
  'dots-of-two-sums': product(
    [
      ['m', 2],
      ['n', 3],
    ],
    [
      ['s', 3],
      ['k', 16],
    ],
    [w(2, 3, 16), 'm', 's', 'k'],
    [input('u', [3, 3, 16]), 'n', 's', 'k'],
  ),
  'lanes-of-two-products': twoProducts(40, 9, 4),
  'dots-of-two-products': twoProducts(2, 3, 64),
};

/** The programs of test/kernels-gen, written for every class, that have a kernel in lanes for this class. */
const OWN: readonly string[] = [
  'map-digits',
  'map-tokens-inside',
  'map-integers',
  'map-of-integers',
  'map-of-many',
  'reduction-contiguous',
  'reduction-strided',
  'reduction-across',
  'reduction-across-vectors',
  'reduction-of-two',
  'maximum-contiguous',
  'maximum-across',
  'maximum-across-vectors',
  'contraction-exact',
  'contraction-edges',
  'contraction-one-thread-of-rows',
  'solve-shared',
  'solve-in-columns',
  'solve-f16',
];

const lanesIn = ({ kernels }: Plan): string =>
  kernels
    .filter((k) => k.name.includes('_lanes'))
    .map((k) => k.wgsl)
    .join('\n');

describe('is written', () => {
  it.each(Object.entries(FORCED))('%s', (name, p) => {
    const wgsl = lanesIn(planOf(p, 'lanes'));
    if (name.startsWith('dots')) expect(wgsl).toContain('subgroupAdd(');
    expectWritten(name, wgsl, import.meta.url);
  });
  it.each(Object.entries(PROGRAMS))('%s', (name, p) => {
    const wgsl = lanesIn(planOf(p, undefined, [cpuVectors]));
    expect(wgsl !== '').toBe(OWN.includes(name));
    if (wgsl !== '') expectWritten(name, wgsl, import.meta.url);
  });
  it.each(Object.entries(BLOCKS))('blocks, %s', (name, p) =>
    expectWritten(
      `blocks-${name}-lanes`,
      blocksCode(planOf(p, 'lanes'), 'lanes', /^blocks.*_lanes$/),
      import.meta.url,
    ),
  );
});

describe('runs right', () => {
  it.each(
    sample(Object.entries(FORCED), ['lanes-attention-output', 'lanes-columns-of-vectors', 'lanes-edges']),
  )('%s', async (_, p) => {
    for (const tokens of [0, 1, 7, 40])
      expect(await violations(p, tokens, integers(p, tokens), ['lanes'])).toEqual([]);
  });
});
