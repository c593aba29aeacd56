/** The sine and cosine of kernels, against those of float64: in every quarter turn, near its ends, and after many turns. */
import { expect, it } from 'vitest';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { TRIG_END } from '../../../compiler/semantics/domains/accuracy.ts';
import { Executable } from '../../../runtime/index.ts';
import { cos, input, layer, sin } from '../../../src/language/dsl/index.ts';
import { planOf } from '../../../src/session/session.ts';
import { testDevice } from '../../support/device.ts';

const both = layer({ x: input('tokens', 1) }, ({ x }) => ({ sine: sin(x), cosine: cos(x) }));

it('are within 2⁻²⁰', async () => {
  const eighths = Array.from({ length: 200 }, (_, k) => ((k - 100) * Math.PI) / 4 + (k % 5) * 1e-4);
  const far = Array.from({ length: 200 }, (_, k) => (k - 100) * (TRIG_END / 100));
  const x = Float32Array.from([...eighths, ...far, TRIG_END]);
  const plan = planOf(compileProgram(both.trace(), { gradients: false, sizes: {} }));
  const executable = await Executable.create(await testDevice(), plan);
  const result = executable.run(x.length, { x });
  const { sine, cosine } = (await result.readAll()) as Record<string, Float32Array>;
  const error = (found: Float32Array, f: (x: number) => number) =>
    Math.max(...found.map((y, i) => Math.abs(y - f(x[i]!))));
  expect(error(sine!, Math.sin)).toBeLessThan(2 ** -20);
  expect(error(cosine!, Math.cos)).toBeLessThan(2 ** -20);
  result.destroy();
  executable.dispose();
});
