/** Golden WGSL of fused blocks, in wgsl/, with the cost of each kernel. */
import { it } from 'vitest';
import { planOf } from '../execute.ts';
import { expectWritten } from '../written.ts';
import { BLOCKS, blocksCode } from './blocks-programs.ts';

it.each(Object.entries(BLOCKS))('%s', (name, p) => {
  expectWritten(`blocks-${name}-direct`, blocksCode(planOf(p, 'direct'), 'portable', /^blocks/));
});
