import { writeSync } from 'node:fs';
import fc from 'fast-check';
import { it } from 'vitest';
const log = (...a: unknown[]) => writeSync(2, a.join(' ') + '\n');
import { chainGroups, compileProgram, derive } from '../../compiler/pipeline.ts';
import { programs } from '../support/arbitraries.ts';
it('x', () => {
  let n = 0; let total = 0; let dt = 0;
  for (const { bound } of fc.sample(programs(), { numRuns: 300, seed: 5 })) {
    n++;
    const t0 = performance.now();
    const { program } = derive(bound, { gradients: true });
    const { groups } = chainGroups(program);
    const t = performance.now();
    dt += t-t0;
    compileProgram(bound, { gradients: true });
    const ms = performance.now() - t;
    total += ms;
    if (ms > 100) log(n, ms, groups.map(g => g.shareable.length + ': ' + g.chains.map((c) => c.factors.length).join(' ')));
  }
  log(total, dt);
}, 500000);
