/** Each strange program comes out input-centric: no more than its mathematics needs, and in few steps. */

import { describe, expect, it } from 'vitest';
import { solveDims } from '../../compiler/ir/bind.ts';
import { compileProgram, derive } from '../../compiler/pipeline.ts';
import { evalExtent } from '../../runtime/index.ts';
import { planOf } from '../../src/session.ts';
import { variantsIn } from '../support/plans.ts';
import { PROGRAMS, programOf, type Strange, TOKENS } from './programs.ts';

/** Sums, index arithmetic and whatever else is of lower order. */
const SLACK = 1.05;
/** Applications of rules, over all passes: a rule that multiplies terms out passes this at once. */
const MAX_FIRINGS = 100;

function operations(strange: Strange, gradients: boolean): number {
  const program = programOf(strange);
  const plan = planOf(compileProgram(program, { gradients, sizes: solveDims(program, strange.dims) }));
  const variant = variantsIn(plan).find((v) => v.maxTokens === null || TOKENS <= v.maxTokens)!;
  return variant.steps.reduce((sum, step) => sum + evalExtent(step.flops, TOKENS), 0);
}

describe.each(PROGRAMS)('$layer', (strange) => {
  it('forward', () => {
    expect(operations(strange, false) / strange.needed.forward).toBeLessThan(SLACK);
  });

  it('training', () => {
    expect(operations(strange, true) / strange.needed.training).toBeLessThan(SLACK);
  });

  it.each(['few', 'many'] as const)('is derived in few steps for %s tokens', (tokens) => {
    const program = programOf(strange);
    const { stages } = derive(program, { gradients: true, sizes: solveDims(program, strange.dims) }, tokens);
    expect(stages.reduce((sum, s) => sum + s.fired.length, 0)).toBeLessThan(MAX_FIRINGS);
  });
});
