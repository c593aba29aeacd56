/** Each strange program comes out input-centric: no more than its mathematics needs, and soon. */
import { describe, expect, it } from 'vitest';
import { solveDims } from '../../compiler/ir/bind.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import { evalExtent } from '../../runtime/index.ts';
import { planOf } from '../../src/session.ts';
import { PROGRAMS, programOf, type Strange, TOKENS } from './programs.ts';

/** Sums, index arithmetic and whatever else is of lower order. */
const SLACK = 1.05;
/** Seconds to compile, on the slowest machine that runs this; none should need a tenth of it. */
const COMPILE_SECONDS = 5;

function operations(strange: Strange, gradients: boolean): number {
  const program = programOf(strange);
  const started = performance.now();
  const plan = planOf(compileProgram(program, { gradients, sizes: solveDims(program, strange.dims) }));
  expect((performance.now() - started) / 1000).toBeLessThan(COMPILE_SECONDS);
  const variant = plan.variants.find((v) => v.maxTokens === null || TOKENS <= v.maxTokens)!;
  return variant.steps.reduce((sum, step) => sum + evalExtent(step.flops, TOKENS), 0);
}

describe.each(PROGRAMS)('$layer', (strange) => {
  it('forward', () => {
    expect(operations(strange, false) / strange.needed.forward).toBeLessThan(SLACK);
  });

  it('training', () => {
    expect(operations(strange, true) / strange.needed.training).toBeLessThan(SLACK);
  });
});
