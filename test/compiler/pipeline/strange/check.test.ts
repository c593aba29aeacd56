/** `oftc check` passes for each unusual program, gradients and device included. */
import { describe, expect, it } from 'vitest';
import { gradName } from '../../../../compiler/autodiff/differentiate.ts';
import { bindProgram } from '../../../../compiler/ir/bind.ts';
import { check, renderCheck } from '../../../../src/check/index.ts';
import { smallSizes } from '../../../../src/identity/sizes.ts';
import { realValues } from '../../../../src/identity/values.ts';
import { compile } from '../../../../src/index.ts';
import { random } from '../../../../src/start/random.ts';
import { testDevice } from '../../../support/device.ts';
import { sampled } from '../../../support/sample.ts';
import { PROGRAMS, programOf } from './programs.ts';

describe.each(PROGRAMS)('$layer', (strange) => {
  const isOnDevice = sampled(strange.layer, ['bothSides', 'expmOfBlocks', 'kronecker3', 'oftOfLora']);

  it(`passes its check${isOnDevice ? ', on the device too' : ''}`, async () => {
    const device = isOnDevice ? { device: await testDevice() } : {};
    const report = await check(programOf(strange), { trials: 1, ...device });
    expect(report.passed, renderCheck(report)).toBe(true);
  });

  it('runs with gradients, without a device', async () => {
    const program = programOf(strange);
    const sizes = smallSizes(program).at(-1)!;
    const session = await compile(program, { dims: sizes, device: 'cpu' });
    const tokens = 3;
    const bound = bindProgram(program, sizes);
    const values = realValues(bound, tokens, random(7));
    const inputs = Object.fromEntries(
      bound.inputs.map((i) => {
        const { shape, values: v } = values[i.name]!;
        return [i.name, { shape, data: i.type.dtype === 'i32' ? Int32Array.from(v) : Float64Array.from(v) }];
      }),
    );
    const outputs = await (await session.run(inputs, { tokens })).readAll();
    const cotangents = Object.fromEntries(
      Object.entries(outputs).map(([n, y]) => [n, { ...y, data: y.data.map(() => 1) }]),
    );
    const results = await (await session.gradients(inputs, cotangents, { tokens })).readAll();
    for (const i of bound.inputs) {
      const gradient = results[gradName(i.name)];
      const wanted = i.type.dtype !== 'i32' && i.role !== 'frozen';
      expect(gradient?.shape, i.name).toEqual(wanted ? inputs[i.name]!.shape : undefined);
    }
    for (const [name, { data }] of Object.entries({ ...outputs, ...results })) {
      expect([...data].every(Number.isFinite), name).toBe(true);
    }
    await session.dispose();
  });
});
