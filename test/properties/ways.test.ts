/** Every way of running a random program computes the same. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileProgram } from '../../compiler/pipeline.ts';
import { programs } from '../support/arbitraries/programs.ts';
import { drawInputs, eighth, expectSame, relativeError } from '../support/evaluate.ts';
import { runs } from '../support/runs.ts';
import { type Call, EXACT, ON_DEVICE } from '../support/ways.ts';

const calls = fc
  .record({
    program: programs({ kinks: false }),
    gradients: fc.boolean(),
    tokens: fc.integer({ min: 0, max: 6 }),
    seed: fc.nat(),
  })
  .map(({ seed, ...of }): Call => {
    const { primitives } = compileProgram(of.program.bound, { gradients: of.gradients, asWritten: true })
      .variants[0]!;
    return { ...of, values: drawInputs(primitives.inputs, seed, of.tokens, eighth) };
  });

it.each(Object.keys(EXACT).slice(1))('%s agrees with as written, in float64', async (name) => {
  let taken = 0;
  const of = runs(60, 1000);
  await fc.assert(
    fc.asyncProperty(calls, async (call) => {
      const actual = await EXACT[name]!(call);
      if (!actual) return;
      taken++;
      const expected = (await EXACT['as written']!(call))!;
      expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
      for (const [output, value] of Object.entries(expected))
        expect(relativeError(value, actual[output]!), output).toBeLessThan(1e-9);
    }),
    of,
  );
  expect(taken).toBeGreaterThan(of.numRuns / 8);
});

it('a session on a device and a built module agree bit for bit', async () => {
  await fc.assert(
    fc.asyncProperty(calls, async (call) => {
      const [one, other] = await Promise.all([ON_DEVICE.device!(call), ON_DEVICE.built!(call)]);
      expect(Object.keys(other!).sort()).toEqual(Object.keys(one!).sort());
      for (const [output, value] of Object.entries(one!)) expectSame(other![output]!, value, output);
    }),
    runs(8, 200),
  );
});
