/** The kernels of blocks, written out in wgsl/: their stages, where each has its results, and what they cost. */
import { it } from 'vitest';
import { BLOCKS, blocksCode } from './blocks-programs.ts';
import { planOf } from './execute.ts';
import { expectWritten } from './written.ts';

it.each(Object.entries(BLOCKS))('%s', (name, p) => {
  expectWritten(`blocks-${name}-direct`, blocksCode(planOf(p, 'direct'), 'portable', /^blocks/));
});
