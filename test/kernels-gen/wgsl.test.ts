/**
 * Golden WGSL of each family, in wgsl/, and its results on the device. The text shows what a run may hide, such as a
 * guard that only a race needs or a read beyond the end. `OFTC_UPDATE=1` writes the files anew.
 */
import { describe, expect, it } from 'vitest';
import { gpu, portable } from '../../compiler/devices/index.ts';
import { sample } from '../support/sample.ts';
import { emulated } from '../support/subgroup-matrices.ts';
import { integers, planOf, violations } from './execute.ts';
import { FORCED, PROGRAMS } from './wgsl-programs.ts';
import { expectWritten } from './written.ts';

describe('is written', () => {
  it.each(Object.entries(PROGRAMS))('%s', (name, p) =>
    expectWritten(
      name,
      planOf(p, undefined, [portable, gpu])
        .kernels.map((k) => k.wgsl)
        .join('\n'),
    ),
  );
  it.each(Object.entries(FORCED))('%s', (name, [strategy, p]) => {
    const { kernels: all } = planOf(p, strategy);
    const kernels = strategy === 'direct' ? all : all.filter((k) => k.name.includes(`_${strategy}`));
    expectWritten(name, kernels.map((k) => k.wgsl).join('\n'));
  });
});

/** One case of each family, the most unusual one, which runs at `npm test`. */
const RUN = [
  'map-digits',
  'reduction-contiguous',
  'maximum-across',
  'contraction-edges',
  'scatter-onto-all',
].concat(['solve-in-a-temporary', 'solve-f16', 'solve-pivoted']);
const RUN_FORCED = ['direct-attention-key-value-of-ranges'];

describe('runs right', () => {
  it.each(sample(Object.entries(PROGRAMS), RUN))('%s', async (_, p) => {
    for (const tokens of [1, 7, 300]) expect(await violations(p, tokens, integers(p, tokens))).toEqual([]);
  });
  it.each(sample(Object.entries(FORCED), RUN_FORCED))('%s', async (_, [strategy, p]) => {
    for (const tokens of [0, 1, 7, 40])
      expect(await violations(p, tokens, integers(p, tokens), [strategy], emulated)).toEqual([]);
  });
});
