/** The code and steps of attention of many sizes, with its gradient, on each class: digests, which show the sizes that a change reaches. */
import { expect, it } from 'vitest';
import { CLASSES } from '../../../compiler/devices/index.ts';
import { rational } from '../../../compiler/dims/rational.ts';
import { planOf } from '../../../src/session/session.ts';
import { digest } from '../../support/digest.ts';
import { attention, type Sizes } from './attentions.ts';

const SIZES: Readonly<Record<string, Sizes>> = {
  'one channel': { heads: 1, keyHeads: 1, width: 1 },
  'three channels': { heads: 2, keyHeads: 1, width: 3 },
  'four heads for a key': { heads: 4, keyHeads: 1, width: 4 },
  'three heads for a key': { heads: 3, keyHeads: 1, width: 12 },
  'eight heads for a key': { heads: 8, keyHeads: 1, width: 16 },
  'five heads': { heads: 5, keyHeads: 5, width: 8 },
  '64 channels': { heads: 4, keyHeads: 2, width: 64 },
  '65 channels': { heads: 2, keyHeads: 2, width: 65 },
  '128 channels': { heads: 2, keyHeads: 1, width: 128 },
  '136 channels': { heads: 2, keyHeads: 1, width: 136 },
  '260 channels': { heads: 1, keyHeads: 1, width: 260 },
  'ranges of 7 keys': { heads: 2, keyHeads: 1, width: 8, room: 7 },
  'ranges of 64 keys': { heads: 2, keyHeads: 2, width: 64, room: 64 },
  'a scale': { heads: 2, keyHeads: 2, width: 8, scale: rational(2n) },
  'a soft cap': { heads: 6, keyHeads: 2, width: 8, softCap: rational(3n) },
  'a soft cap on ranges': { heads: 2, keyHeads: 1, width: 20, room: 33, softCap: rational(3n, 2n) },
};

it.each(Object.entries(SIZES))('with %s', async (name, sizes) => {
  const compilation = attention(sizes);
  const lines = CLASSES.map((device) => {
    const plan = planOf(compilation, { devices: [device] });
    const kernels = plan.kernels.map((k) => `  ${k.name} ${digest(k.wgsl)}\n`);
    return `${device.name}: ${digest(JSON.stringify(plan.classes))}\n${kernels.join('')}`;
  });
  await expect(lines.join('')).toMatchFileSnapshot(`./attention-golden/${name.replaceAll(' ', '-')}.txt`);
});
