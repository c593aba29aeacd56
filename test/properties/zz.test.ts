import fc from 'fast-check';
import { it } from 'vitest';
import { writeSync } from 'node:fs';
const log = (...a: unknown[]) => writeSync(2, a.join(' ') + '\n');
import { printProgram } from '../../compiler/ir/print.ts';
import { compileProgram, derive, chainGroups } from '../../compiler/pipeline.ts';
import { programs } from '../support/arbitraries.ts';
it('x', () => {
  let n = 0;
  for (const { bound } of fc.sample(programs(), { numRuns: 400, seed: 5 })) {
    n++;
    const { program } = derive(bound, { gradients: true });
    const { groups } = chainGroups(program);
    for (const g of groups) if (g.shareable.length > 8 || g.chains.length > 6) log(n, 'share', g.shareable.length, 'chains', g.chains.map(c => c.factors.length).join(' '));
    if (groups.some(g=>g.shareable.length>8)) log(printProgram(program)); const t = performance.now();
    const c = compileProgram(bound, { gradients: true });
    const ms = performance.now() - t;
    if (ms > 300) log(n, ms, printProgram(bound));
  }
});
