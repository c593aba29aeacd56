/** The steps of schedules of contractions, on every device and on GPUs. */
import { expect, it } from 'vitest';
import { gpu } from '../../../compiler/devices/index.ts';
import { DIRECT } from '../../../kernels-gen/families/family.ts';
import { loopsOf, stepsOf, tilesOf } from './steps-of.ts';

it.each([DIRECT, ...gpu.strategies])('the steps of %s are those of the golden file', async (strategy) => {
  await expect(stepsOf([strategy])).toMatchFileSnapshot(`./steps/${strategy}.txt`);
});

it.each([DIRECT, ...gpu.strategies])('the loops of %s are those of the golden file', async (strategy) => {
  await expect(loopsOf([strategy])).toMatchFileSnapshot(`./steps/${strategy}-loops.txt`);
});

it.each([DIRECT, ...gpu.strategies])(
  'the loops of all tiles of %s are those of the golden file',
  async (strategy) => {
    await expect(tilesOf([strategy])).toMatchFileSnapshot(`./steps/${strategy}-tiles.txt`);
  },
);
