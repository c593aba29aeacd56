/** The schedules that tuning measures, for products of many sizes on each class. */
import { expect, it } from 'vitest';
import { CLASSES } from '../../../compiler/devices/index.ts';
import { choicesOf, describe as described } from '../../../kernels-gen/schedule/choices.ts';
import { digest } from '../../support/digest.ts';
import type { Layout } from '../layers.ts';
import { batches, LONG, matrices, SPECIAL } from './contractions.ts';

const LAYOUTS: readonly Layout[] = ['NN', 'NT', 'TN'];
const SHAPES = [
  [1, 64, 64],
  [3, 8, 40],
  [16, 16, 16],
  [64, 64, 129],
  [65, 100, 256],
  [256, 33, 1000],
  [512, 512, 512],
  [2048, 16, 2048],
] as const;

it.each(CLASSES)('on $name', async (device) => {
  const texts = [
    ...SHAPES.flatMap(([m, n, k]) =>
      LAYOUTS.flatMap((layout) => [
        [`${m}×${n}×${k} ${layout}`, matrices(layout, m, n, k), 1] as const,
        [`tokens×${n}×${k} ${layout} at ${m}`, batches(3, 'tokens', n, k, layout), m] as const,
      ]),
    ),
    ...[SPECIAL, LONG].flatMap((kernels) =>
      Object.entries(kernels).map(([name, kernel]) => [name, kernel, 100] as const),
    ),
  ].map(([name, kernel, tokens]) => {
    const all = choicesOf(kernel, tokens, device).map(described);
    return `${name}: ${all[0]}, ${all.length} in all, ${digest(all.join('\n'))}\n`;
  });
  await expect(texts.join('')).toMatchFileSnapshot(`./candidates/${device.name}.txt`);
});
