/** The compiler computes what was written: over a prime field exactly, in float64 up to rounding. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Identity } from '../../compiler/ir/build.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { printProgram } from '../../compiler/ir/print.ts';
import { checkSpec } from '../../compiler/ir/spec.ts';
import { type Compilation, compileProgram, derive } from '../../compiler/pipeline.ts';
import type { DeviceProfile } from '../../compiler/rewrite/cost.ts';
import { rewrite } from '../../compiler/rewrite/engine.ts';
import { normalisation } from '../../compiler/rewrite/rules/index.ts';
import { programs } from '../support/arbitraries.ts';
import { elements, inField, inFloat64, relativeError } from '../support/evaluate.ts';
import { runs } from '../support/runs.ts';

/** Devices on which small programs have guards at few tokens. */
const profile: fc.Arbitrary<DeviceProfile> = fc.record({
  name: fc.constant('drawn'),
  flops: fc.constantFrom(1, 1e3),
  bandwidth: fc.constantFrom(1, 1e3),
  launch: fc.constantFrom(0, 1e-3, 30),
});

/** Token counts on both sides of every guard that is small enough to evaluate, and around none. */
function tokenCounts(c: Compilation): number[] {
  const guards = c.variants.map((v) => v.minTokens).filter((t) => t > 0 && t <= 24);
  return [...new Set([1, 2, ...guards.flatMap((t) => [t - 1, t])])];
}

const primitives = (c: Compilation) => c.variants.map((v) => v.primitives);

describe('the pipeline', () => {
  it('equals the program as written, with gradients, over the field, on both sides of every guard', () => {
    let guards = 0;
    fc.assert(
      fc.property(programs(), profile, fc.boolean(), fc.nat(), ({ bound }, profile, gradients, seed) => {
        const written = compileProgram(bound, { gradients, asWritten: true });
        const compiled = compileProgram(bound, { gradients, profile });
        guards += compiled.variants.length - 1;
        for (const tokens of [...tokenCounts(compiled), ...(seed % 8 === 0 ? [0] : [])]) {
          const [expected, ...actual] = inField(
            [...primitives(written), ...primitives(compiled)],
            seed,
            tokens,
          );
          for (const values of actual) {
            for (const [name, v] of Object.entries(expected!)) {
              expect(elements(values[name]!), `${name} at ${tokens} tokens`).toEqual(elements(v));
            }
          }
        }
      }),
      runs(1000, 100_000),
    );
    expect(guards).toBeGreaterThan(0);
  });
});
