/** Each unusual program becomes input-centric: it costs no more than its maths needs, and few rules fire. */
import { describe, expect, it } from 'vitest';
import { type CompileOptions, derive } from '../../../../compiler/derive.ts';
import { portable } from '../../../../compiler/devices/index.ts';
import { solveDims } from '../../../../compiler/ir/bind.ts';
import { type Compilation, compileProgram } from '../../../../compiler/pipeline.ts';
import { evalExtent } from '../../../../runtime/index.ts';
import { planOf } from '../../../../src/session/session.ts';
import { variantsIn } from '../../../support/plans.ts';
import { PROGRAMS, programOf, type Strange, TOKENS } from './programs.ts';

/** The tolerance: sums, index arithmetic and other work of lower order are not counted. */
const SLACK = 1.05;
/** The largest number of firings of rules over all passes. A rule that multiplied terms out would exceed it at once. */
const MAX_FIRINGS = 100;

const optionsOf = (strange: Strange, gradients: boolean): CompileOptions => ({
  gradients,
  sizes: solveDims(programOf(strange), strange.dims),
});

const compiled = (strange: Strange, gradients: boolean): Compilation =>
  compileProgram(programOf(strange), optionsOf(strange, gradients));

function operations(compilation: Compilation): number {
  const plan = planOf(compilation, { devices: [portable] });
  const variant = variantsIn(plan).find((v) => v.maxTokens === null || TOKENS <= v.maxTokens)!;
  return variant.steps.reduce((sum, step) => sum + evalExtent(step.flops, TOKENS), 0);
}

describe.each(PROGRAMS)('$layer', (strange) => {
  it('costs no more than its maths needs, forward', () => {
    expect(operations(compiled(strange, false)) / strange.needed.forward).toBeLessThan(SLACK);
  });

  it('costs no more than its maths needs in training, derived in few steps', () => {
    const training = compiled(strange, true);
    expect(operations(training) / strange.needed.training).toBeLessThan(SLACK);
    const few = training.few ?? derive(programOf(strange), optionsOf(strange, true), 'few');
    for (const { passes } of [training, few])
      expect(passes.reduce((sum, s) => sum + s.fired.length, 0)).toBeLessThan(MAX_FIRINGS);
  });
});
