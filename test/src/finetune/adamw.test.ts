/** AdamW's steps compared with its definition in float64. A step takes its rate and corrections as f32. */
import { expect, it } from 'vitest';
import { AdamW } from '../../../src/finetune/adamw.ts';
import { Model } from '../../../src/finetune/model-run.ts';
import { ADAPTERS, randomAdapter } from './random-adapters.ts';
import { from, random, randomWeights, SMALL } from './support.ts';

it.each([[[0.9, 0.999]], [[0.5, 0.9]], [[0, 0.95]]] as const)('steps agree for betas %j', async (betas) => {
  const choice = ADAPTERS.lora!;
  const model = await Model.open({
    config: SMALL,
    weights: from(randomWeights(SMALL, 1)),
    adapter: { ...choice, tensors: from(randomAdapter(choice, SMALL, choice.dims)) },
    device: 'cpu',
  });
  const options = { rate: 0.01, decay: 0.1, epsilon: 1e-8, betas };
  const optimizer = await AdamW.prepare(model, options);
  const next = random(9);
  const expected = new Map<string, { p: number; m: number; v: number }[]>();
  for (const [path, held] of model.trained)
    expected.set(
      path,
      Array.from(await held.read(), (p) => ({ p, m: 0, v: 0 })),
    );
  for (let t = 1; t <= 4; t++) {
    const gradients = new Map(
      [...expected].map(([path, all]) => [path, Float64Array.from(all, () => 2 * next() - 1)]),
    );
    await optimizer.step({ values: gradients }, options.rate);
    for (const [path, all] of expected)
      for (const [i, s] of all.entries()) {
        const g = gradients.get(path)![i]!;
        s.m = betas[0] * s.m + (1 - betas[0]) * g;
        s.v = betas[1] * s.v + (1 - betas[1]) * g * g;
        const [m, v] = [s.m / (1 - betas[0] ** t), s.v / (1 - betas[1] ** t)];
        s.p -= options.rate * (options.decay * s.p + m / (Math.sqrt(v) + options.epsilon));
      }
  }
  for (const [path, all] of expected) {
    const actual = await model.trained.get(path)!.read();
    for (const [i, { p }] of all.entries()) expect(actual[i], path).toBeCloseTo(p, 6);
  }
  model.dispose();
});
