/** Code is kept for later Plans of a class, by what it was chosen for, and the oldest is forgotten. */
import { expect, it } from 'vitest';
import type { DeviceClass } from '../../compiler/devices/index.ts';
import { portable } from '../../compiler/devices/index.ts';
import type { Printed } from '../../kernels-gen/families/family.ts';
import { printedFor } from '../../kernels-gen/printed.ts';
import type { TunedSchedule } from '../../kernels-gen/tuned.ts';
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
