/** The library's OFT against every OFT layer that PEFT computed, on the device and on the float64 reference. */
import { describe, expect, it } from 'vitest';
import { oft } from '../../src/adapters/oft.ts';
import { compile } from '../../src/index.ts';
import { leastDevice, plainDevice, testDevice } from '../support/device.ts';
import { goldenCase, goldenNames, relativeError } from '../support/golden.ts';
import { oftConfig, oftExpected, oftInputs } from '../support/peft-oft.ts';
import { sampled } from '../support/sample.ts';
import { forced } from '../support/strategy.ts';
import { mergedWeight } from './stored.ts';

/** The tolerance on the reference: golden files are rounded to float32, by 2⁻²⁴ an element. */
const REFERENCE = 2e-7;
const DEVICE = 5e-6;

const PLACES = [
  { on: 'the device', tolerance: DEVICE, device: testDevice },
  ...(forced.strategy
    ? [{ on: 'a device with the default limits', tolerance: DEVICE, device: leastDevice }]
    : [
        { on: 'the reference', tolerance: REFERENCE, device: () => 'cpu' as const },
        { on: 'a device without features', tolerance: DEVICE, device: plainDevice },
      ]),
];

const SAMPLE = ['oft-257-tokens-b48', 'oft-coft', 'oft-exact-cayley', 'oft-two-adapters'];
/** The places where a golden layer runs. A device without features runs one at `npm test`: its code differs little. */
const placesOf = (name: string) =>
  PLACES.filter(({ on }) => {
    if (on === 'the reference') return true;
    return sampled(name, on === 'the device' ? SAMPLE : SAMPLE.slice(0, 1));
  });

describe.each(goldenNames('oft-').filter((n) => !/conv|embedding/.test(n)))('%s', (name) => {
  it.each(placesOf(name))(
    'has the golden output, grad_input and parameter gradients on $on',
    async ({ tolerance, device }) => {
      const golden = await goldenCase(name);
      const inputs = oftInputs(golden);
      const shapes = Object.fromEntries(Object.entries(inputs).map(([n, t]) => [n, t.shape]));
      const session = await compile(oft, {
        config: oftConfig(golden),
        shapes,
        device: await device(),
        ...forced,
      });
      const results = await (await session.gradients(inputs, { y: golden.tensors.grad_output! })).readAll();
      for (const [tensor, expected] of Object.entries(oftExpected(golden))) {
        expect(results[tensor]!.shape, tensor).toEqual(expected.shape);
        expect(relativeError(results[tensor]!.data, expected.data), tensor).toBeLessThan(tolerance);
      }
      const merged = golden.tensors['merged.weight'];
      if (merged) {
        const program = oft.trace(oftConfig(golden));
        const weight = await mergedWeight(program, inputs, { device: await device() });
        expect(weight.shape).toEqual(merged.shape);
        expect(relativeError(weight.data, merged.data), 'merged weight').toBeLessThan(tolerance);
      }
      await session.dispose();
    },
  );
});
