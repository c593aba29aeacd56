/**
 * Compiled random programs compute the same as written: exactly over a prime field, and up to rounding in float64.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CompileOptions, derive } from '../../compiler/derive.ts';
import type { DeviceProfile } from '../../compiler/devices/index.ts';
import { gpu } from '../../compiler/devices/index.ts';
import { printProgram } from '../../compiler/ir/print.ts';
import { checkSpec } from '../../compiler/ir/spec.ts';
import { type Compilation, compileProgram } from '../../compiler/pipeline.ts';
import { rewrite } from '../../compiler/rewrite/engine.ts';
import { allRules } from '../../compiler/rewrite/rule.ts';
import { normalisation } from '../../compiler/rewrite/rules/index.ts';
import { compileOn, planOf } from '../../src/session/plan.ts';
import { atSizes, programs, type RandomProgram } from '../support/arbitraries/programs.ts';
import { expectSame, inField, inFloat64, relativeError } from '../support/evaluate.ts';
import { rounds, runs } from '../support/runs.ts';

/** Random rates of devices for which small programs get several variants, with guards at few tokens. */
const profile: fc.Arbitrary<DeviceProfile> = fc.record({
  name: fc.constant('drawn'),
  flops: fc.constantFrom(1, 1e3),
  bandwidth: fc.constantFrom(1, 1e3),
  launch: fc.constantFrom(0, 1e-3, 30),
});
const options = fc.record({
  gradients: fc.boolean(),
  profile,
  objective: fc.constantFrom('latency' as const, 'memory' as const),
});

/** Compiles a program: symbolic, or bound and compared with the pinned program, as a session does. */
const compile = (p: RandomProgram, o: CompileOptions, symbolic: boolean): Compilation =>
  symbolic ? compileProgram(p.symbolic, { ...o, sizes: p.sizes }) : compileOn(gpu, p.bound, o);

/** Token counts on both sides of every guard that is small enough to evaluate, and below all guards. */
function tokenCounts(c: Compilation): number[] {
  const guards = c.variants.map((v) => v.minTokens).filter((t) => t > 0 && t <= 24);
  return [...new Set([2, ...guards.flatMap((t) => [t - 1, t])])];
}

const primitives = (c: Compilation) => c.variants.map((v) => v.primitives);

describe('the pipeline', () => {
  it('equals the program as written over the field, gradients included, on both sides of every guard', () => {
    let guards = 0;
    const { numRuns } = runs(1000, 20_000);
    fc.assert(
      fc.property(programs(), options, fc.boolean(), fc.nat(), (p, o, symbolic, seed) => {
        const compiled = compile(p, o, symbolic);
        guards += compiled.variants.length - 1;
        const written = compileProgram(p.bound, { gradients: o.gradients, asWritten: true });
        for (const tokens of [...tokenCounts(compiled), ...(seed % 8 < 2 ? [seed % 8] : [])]) {
          const [expected, ...actual] = inField(
            [...primitives(written), ...primitives(compiled)],
            seed,
            tokens,
          );
          for (const values of actual) {
            expect(Object.keys(values)).toEqual(Object.keys(expected!));
            for (const [name, v] of Object.entries(expected!)) {
              expectSame(values[name]!, v, `${name} at ${tokens} tokens`);
            }
          }
        }
      }),
      runs(1000, 20_000),
    );
    expect(guards).toBeGreaterThan(numRuns / 20);
  });

  it('equals the program as written in float64, where no function has a kink', () => {
    fc.assert(
      fc.property(programs({ kinks: false }), options, fc.integer({ min: 0, max: 5 }), (p, o, tokens) => {
        const compiled = compile(p, o, false);
        const written = compileProgram(p.bound, { gradients: o.gradients, asWritten: true });
        const [expected, ...actual] = inFloat64(
          [...primitives(written), ...primitives(compiled)],
          tokens,
          tokens,
        );
        for (const values of actual) {
          for (const [name, v] of Object.entries(expected!))
            expect(relativeError(v, values[name]!), name).toBeLessThan(1e-9);
        }
      }),
      runs(300, 5000),
    );
  });

  it('holds its spec after every pass, and normalises once and for all', () => {
    fc.assert(
      fc.property(programs(), fc.boolean(), fc.constantFrom('many', 'few'), (p, symbolic, tokens) => {
        const { program, passes } = derive(symbolic ? p.symbolic : p.bound, { gradients: true }, tokens);
        for (const { pass, program } of passes) {
          checkSpec(program, pass === 'normalise' ? ['typed', 'normal'] : ['typed'], pass);
        }
        const rules = normalisation.filter((r) => (r.tokens ?? tokens) === tokens);
        const again = rewrite(program, rules);
        expect(again.fired).toEqual([]);
        expect(printProgram(again.program)).toEqual(printProgram(program));
      }),
      runs(1000, 20_000),
    );
  });

  it('fires every rule on random programs', () => {
    const missing = new Set(allRules().map((r) => r.name));
    // Most rules that seldom fire are about square matrices of blocks, or about what multiplies blocks or tokens.
    const shapes = [
      undefined,
      [['b*r', 'b*r']],
      [
        ['r', 'b', 'b'],
        ['b*r', 'm*r'],
        ['tokens', 'b*r'],
      ],
      [['n']],
    ];
    for (const round of rounds(500, 1000)) {
      const drawn = shapes.map((s) => fc.sample(programs(s ? { shapes: s } : {}), round));
      for (let n = 0; n < round.numRuns && missing.size > 0; n++)
        for (const { bound } of drawn.map((d) => d[n]!))
          for (const tokens of ['many', 'few'] as const)
            for (const { fired } of derive(bound, { gradients: true }, tokens).passes)
              for (const { rule } of fired) missing.delete(rule);
      if (missing.size === 0) break;
    }
    expect([...missing], 'test/support/arbitraries needs a form on which each of these rules fires').toEqual(
      [],
    );
  });

  it('compiles deterministically', () => {
    fc.assert(
      fc.property(programs(), options, (p, o) => {
        // Bound anew, so that nothing is known of its nodes.
        const [plan, again] = [p, atSizes(p.symbolic, p.sizes)].map((of) =>
          JSON.stringify(planOf(compile(of, o, false))),
        );
        expect(plan!.length).toBeGreaterThan(100);
        expect(again).toBe(plan);
      }),
      runs(20, 1000),
    );
  });
});
