/** Tests the sentence of the device check for elements that WGSL promises nothing of. */
import { expect, it } from 'vitest';
import { checkDevice } from '../../../src/check/device.ts';
import { concat, input, layer, sqrt } from '../../../src/language/dsl/index.ts';
import { testDevice } from '../../support/device.ts';

const roots = (of: 'all' | 'half') =>
  layer({ x: input('tokens', 1) }, ({ x }) => {
    const root = sqrt(x.mul(x).add(1).neg());
    return of === 'all' ? root : concat([x, root], 1);
  }).trace();

it.each([
  ['all', { open: true, note: expect.stringMatching(/^no bound for 7 of 7 elements/) }],
  [
    'half',
    { limit: 1, note: expect.stringMatching(/^error as a share of the bound; no bound for 7 of 14 /) },
  ],
] as const)(
  'roots of negative numbers, %s of the result, are not said to be within a bound',
  async (of, said) => {
    const finding = await checkDevice(roots(of), {}, false, [7], await testDevice(), 1);
    expect(finding).toMatchObject(said);
  },
);
