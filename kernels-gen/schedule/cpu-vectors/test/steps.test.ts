/** The steps of this recipe's schedules of contractions. */
import { expect, it } from 'vitest';
import { loopsOf, stepsOf, tilesOf } from '../../../../test/kernels-gen/schedule/steps-of.ts';

it('the steps are those of the golden file', async () => {
  await expect(stepsOf(['lanes'])).toMatchFileSnapshot('./steps.txt');
});

it('the loops are those of the golden file', async () => {
  await expect(loopsOf(['lanes'])).toMatchFileSnapshot('./loops.txt');
});

it('the loops of all tiles are those of the golden file', async () => {
  await expect(tilesOf(['lanes'])).toMatchFileSnapshot('./tiles.txt');
});
