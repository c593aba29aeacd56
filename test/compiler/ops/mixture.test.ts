/** A mixture of experts with its router, as Mixtral and Qwen3-MoE have it, with OFT on every expert. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { solveDims } from '../../../compiler/ir/bind.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { mixture } from '../../../examples/mixture.ts';
import { Executable } from '../../../runtime/index.ts';
import { planOf } from '../../../src/session/session.ts';
import { testDevice } from '../../support/device.ts';
import { NIGHTLY } from '../../support/sample.ts';

const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/mixture.json', import.meta.url), 'utf8'),
) as Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>;
const TOKENS = golden.x!.shape[0]!;
const GIVEN = Object.entries(golden).filter(([name]) => !/^(normalised|plain)\./.test(name));
const RESULTS = ['y', 'grad.x', 'grad.gate_v', 'grad.up_v', 'grad.down_v'];

const compiled = (normalised: boolean, rows: number) => {
  const program = mixture.trace({ k: 2, normalised, rows });
  const sizes = solveDims(program, { width: 8, inner: 12, b: 4, experts: 4 });
  return compileProgram(program, { sizes, gradients: true });
};

/** The largest difference, over the largest expected element. */
const far = (actual: ArrayLike<number>, expected: readonly number[]) =>
  Math.max(...expected.map((x, i) => Math.abs(x - actual[i]!))) / Math.max(...expected.map(Math.abs));

it.each([
  ['normalised', 1],
  ['normalised', 4],
  ['plain', 4],
] as const)('%s weights, tiles of %i rows: results and gradients are those of PyTorch', (of, rows) => {
  const { primitives } = compiled(of === 'normalised', rows).variants[0]!;
  const given = Object.fromEntries(GIVEN.map(([name, t]) => [name, tensor(t.shape, t.values)]));
  const out = interpret(primitives, float64, given, TOKENS);
  for (const name of RESULTS)
    expect(far(out[name]!.values, golden[`${of}.${name}`]!.values), name).toBeLessThan(1e-12);
});

it.runIf(NIGHTLY)('a device has them, too', async () => {
  const executable = await Executable.create(await testDevice(), planOf(compiled(true, 4)));
  const given = GIVEN.map(([name, { values }]) => [name, Float32Array.from(values)]);
  const run = executable.run(TOKENS, Object.fromEntries(given));
  const out = await run.readAll();
  for (const name of RESULTS)
    expect(far(out[name] as Float32Array, golden[`normalised.${name}`]!.values), name).toBeLessThan(1e-5);
  run.destroy();
  executable.dispose();
});
