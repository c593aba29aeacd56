/** Code is kept for later Plans of a class, by what it was chosen for, and the oldest is forgotten. */
import { expect, it } from 'vitest';
import type { DeviceClass } from '../../compiler/devices/index.ts';
import { portable } from '../../compiler/devices/index.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import type { Printed } from '../../kernels-gen/families/family.ts';
import { printedFor } from '../../kernels-gen/printed.ts';
import type { TunedSchedule } from '../../kernels-gen/tuned.ts';
import { frozen, input, layer, type Tensor } from '../../src/index.ts';
import { planOf as planOfLayer } from '../../src/session/session.ts';
import { planOf } from './execute.ts';
import { matmul } from './layers.ts';

const code = (strategy: string) => ({ strategy }) as Printed;
const choices = { tokens: 64, one: false, strategy: undefined };
const unknown = (): DeviceClass => ({ ...portable });

it('code is found again for the same class and choices alone', () => {
  const device = unknown();
  const printed = code('direct');
  printedFor(device, choices).set('k', printed);
  expect(printedFor(device, choices).get('k')).toBe(printed);
  for (const other of [{ tokens: 65 }, { one: true }, { strategy: 'lanes' }])
    expect(printedFor(device, { ...choices, ...other }).get('k')).toBeUndefined();
  expect(printedFor(unknown(), choices).get('k')).toBeUndefined();
});

it('code for measured schedules is not kept', () => {
  const device = unknown();
  const tuned = [{} as TunedSchedule];
  printedFor(device, { ...choices, tuned }).set('k', code('lanes'));
  expect(printedFor(device, { ...choices, tuned }).get('k')).toBeUndefined();
  expect(printedFor(device, choices).get('k')).toBeUndefined();
});

it('the code that was used last stays', () => {
  const printed = printedFor(unknown(), choices);
  for (let n = 0; n < 64; n++) printed.set(`${n}`, code(`${n}`));
  printed.get('0');
  printed.set('64', code('64'));
  expect(printed.get('0')).toBeDefined();
  expect(printed.get('1')).toBeUndefined();
});

it('a program compiled again has the same Plan', () => {
  const program = matmul('NT', 'tokens', 64, 64, true);
  expect(planOf(program)).toEqual(planOf(program));
});

it('element-wise kernels that differ in anything keep their own code', () => {
  type Body = (x: Tensor, a: Tensor, b: Tensor) => Tensor;
  const bodies: readonly Body[] = [
    (x, a) => x.mul(a),
    (x, _, b) => x.mul(b),
    (x, a) => x.mul(a).mul(2),
    (x, a) => x.mul(a).mul(3),
    (x, a, b) => x.mul(a).add(b),
    (x, a, b) => x.mul(b).add(a),
    (x) => x.mul(x),
    (x) => x.mul(x).mul(x).add(x),
  ];
  const sizes = [{ n: 8 }, { n: 12 }, { n: 5 }];
  const device = unknown();
  const codes = bodies.flatMap((body) =>
    sizes.flatMap((of) =>
      (['f32', 'f16'] as const).map((activations) => {
        const own = layer(
          { x: input('tokens', 'n'), a: frozen('n'), b: frozen('n') },
          ({ x, a, b }: Record<string, Tensor>) => body(x!, a!, b!),
        );
        const compilation = compileProgram(own.trace(), { sizes: of, gradients: true, activations });
        const [again, alone] = [device, unknown()].map((d) => planOfLayer(compilation, { devices: [d] }));
        expect(again).toEqual(alone);
        return again!.kernels.map((k) => k.wgsl).join('\n');
      }),
    ),
  );
  expect(new Set(codes).size).toBeGreaterThan(codes.length / 2);
});
