/** Random programs on a device: every kernel compiles, and results lie within the error bound of the reference. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DeviceProfile } from '../../compiler/devices/index.ts';
import { type Compilation, compileProgram } from '../../compiler/pipeline.ts';
import { bound, exact, outside } from '../../compiler/semantics/domains/bound.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import type { Strategy } from '../../kernels-gen/index.ts';
import { Executable, type Plan } from '../../runtime/index.ts';
import { nullDevice } from '../../runtime/node.ts';
import { generatePlan } from '../kernels-gen/generate.ts';
import { programs } from '../support/arbitraries/programs.ts';
import { testDevice } from '../support/device.ts';
import { drawInputs, eighth } from '../support/evaluate.ts';
import { eachClass } from '../support/plans.ts';
import { runs } from '../support/runs.ts';
import { QUICK } from '../support/schedules.ts';
import { forced, withAlternatives } from '../support/strategy.ts';

/** Rates of a device for which small programs get several variants, with a guard at few tokens. */
const profile: DeviceProfile = { name: 'test', flops: 1, bandwidth: 1, launch: 30 };

/** The strategies to run; undefined stands for the device's own choice. */
const strategies = forced.strategy ? [forced.strategy] : [undefined, ...QUICK];
/**
 * Whether the forced strategy is for GPUs. A software device compiles such a kernel in seconds, so few programs run.
 */
const isForGpus = ['shared', 'split', 'matrix'].includes(forced.strategy ?? '');
/** The strategies that are compiled on the null device, also those for GPUs, which test/kernels-gen runs. */
const allStrategies = fc.constantFrom(
  ...strategies,
  ...(forced.strategy ? [] : (['shared', 'split', 'matrix'] as const)),
);

const planOf = (c: Compilation, strategy: Strategy | undefined): Plan =>
  generatePlan(
    c.variants.map((v) => ({ minTokens: v.minTokens, maxTokens: v.maxTokens, program: v.primitives })),
    {
      name: 'random',
      roles: Object.fromEntries(c.derived.inputs.map((i) => [i.name, i.role])),
      ...(strategy ? { strategy } : {}),
    },
  );

it.each(strategies)(
  'a device computes within the bound of the reference, whichever variant runs: %s',
  async (strategy) => {
    const device = await testDevice();
    const F32 = bound();
    const seen = { bounded: 0, unbounded: 0 };
    await fc.assert(
      fc.asyncProperty(
        programs(),
        fc.boolean(),
        fc.nat({ max: 40 }),
        fc.nat(),
        async (p, gradients, tokens, seed) => {
          const c = compileProgram(p.bound, { gradients, profile });
          const executable = await Executable.create(device, planOf(c, strategy));
          try {
            const { primitives } = c.variants.find((v) => tokens <= (v.maxTokens ?? Infinity))!;
            const inputs = drawInputs(primitives.inputs, seed, tokens, eighth);
            const given = Object.entries(inputs);
            const expected = interpret(
              primitives,
              F32,
              Object.fromEntries(given.map(([name, t]) => [name, exact(t.shape, t.values)])),
              tokens,
            );
            const result = executable.run(
              tokens,
              Object.fromEntries(
                given.map(([name, t]) => {
                  const integers = primitives.inputs.find((i) => i.name === name)!.dtype === 'i32';
                  return [name, integers ? Int32Array.from(t.values) : Float32Array.from(t.values)];
                }),
              ),
            );
            const actual = await result.readAll();
            result.destroy();
            for (const [name, value] of Object.entries(expected)) {
              expect(
                outside(actual[name] as Float32Array, value),
                `${name} at ${tokens} tokens`,
              ).toBeUndefined();
              for (const b of value.bounds) b === Infinity ? seen.unbounded++ : seen.bounded++;
            }
          } finally {
            executable.dispose();
          }
        },
      ),
      isForGpus ? runs(8, 100) : forced.strategy ? runs(70, 300) : runs(8, 300),
    );
    expect(seen.bounded).toBeGreaterThan(10 * seen.unbounded);
  },
);

it('every emitted kernel compiles, on the null backend', async () => {
  const device = await nullDevice();
  let kernels = 0;
  await fc.assert(
    fc.asyncProperty(programs(), fc.boolean(), allStrategies, async (p, asWritten, strategy) => {
      const c = compileProgram(p.bound, { gradients: true, asWritten, profile });
      const plan = planOf(c, strategy);
      kernels += plan.kernels.length;
      for (const own of eachClass(plan, device.limits.maxComputeWorkgroupStorageSize))
        (await Executable.create(device, withAlternatives(own))).dispose();
    }),
    forced.strategy ? runs(200, 4000) : runs(250, 3000),
  );
  expect(kernels).toBeGreaterThan(1000);
  device.destroy();
});
