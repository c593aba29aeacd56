/**
 * Every layer of the library at full size, with gradients: the kernels of all classes compile on the null backend.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bindProgram, solveDims } from '../../compiler/ir/bind.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import { STRATEGIES } from '../../kernels-gen/index.ts';
import { Executable } from '../../runtime/index.ts';
import { nullDevice } from '../../runtime/node.ts';
import { planOf } from '../../src/session/session.ts';
import { LIBRARY, programOfCase } from '../src/explain/library.ts';
import { eachClass } from '../support/plans.ts';
import { withAlternatives } from '../support/strategy.ts';

let device: GPUDevice;
beforeAll(async () => {
  device = await nullDevice();
});
afterAll(() => device.destroy());

const compilationOf = (c: (typeof LIBRARY)[number]) => {
  const program = programOfCase(c);
  return compileProgram(bindProgram(program, solveDims(program, c.dims)), { gradients: true });
};

it.each(LIBRARY)('$name', async (c) => {
  const compilation = compilationOf(c);
  const limit = device.limits.maxComputeWorkgroupStorageSize;
  for (const strategy of [undefined, ...STRATEGIES]) {
    const plan = planOf(compilation, { strategy });
    for (const { alternatives = [] } of plan.classes.flatMap((c) => c.variants).flatMap((v) => v.steps))
      expect(alternatives.length).toBeLessThanOrEqual(3);
    for (const own of eachClass(plan, limit))
      (await Executable.create(device, withAlternatives(own))).dispose();
  }
});

it('products of subgroup matrices are among the kernels, and the device has these matrices', () => {
  const plan = planOf(compilationOf(LIBRARY.find((c) => c.layer === 'oft')!));
  const FEATURE = 'chromium-experimental-subgroup-matrix';
  expect(plan.kernels.filter((k) => k.features.includes(FEATURE)).map((k) => k.name)).toContain(
    'contraction_y_matrix_f32',
  );
  expect(device.features.has(FEATURE)).toBe(true);
});
