/** Buckets of trained tensors, and training with buckets of any size: one tensor, several, or both. */
import { expect, it } from 'vitest';
import { ledgerOf } from '../../../runtime/memory.ts';
import { AdamW } from '../../../src/finetune/adamw.ts';
import { nextTokens, packed } from '../../../src/finetune/batch.ts';
import { bucketsOf } from '../../../src/finetune/buckets.ts';
import { Sums } from '../../../src/finetune/loop/sums.ts';
import { WebGpuEngine } from '../../../src/finetune/loop/webgpu.ts';
import { Model } from '../../../src/finetune/model-run.ts';
import { openPlace } from '../../../src/finetune/place.ts';
import { PlacedUploads } from '../../../src/finetune/uploads.ts';
import { testDevice } from '../../support/device.ts';
import { ADAPTERS, randomAdapter } from './random-adapters.ts';
import { from, randomWeights, SMALL } from './support.ts';

const CHOICE = { ...ADAPTERS.lora!, targets: ['q' as const, 'down' as const] };

async function opened(joins: number): Promise<Model> {
  const place = { ...(await openPlace(await testDevice())), joins };
  return Model.on(place, new PlacedUploads(place), {
    config: SMALL,
    weights: from(randomWeights(SMALL, 1)),
    adapter: { ...CHOICE, tensors: from(randomAdapter(CHOICE, SMALL, CHOICE.dims)) },
  });
}

it('tensors share a bucket in their order, and a larger one has a bucket of its own', () => {
  const tensors = Object.entries({ a: 3, b: 4, c: 9, d: 1, e: 7, f: 1 });
  const buckets = bucketsOf(
    tensors.map(([path, elements]) => [path, { elements }] as const),
    8,
  );
  expect(buckets.map(({ parts }) => parts.map(({ path, at }) => `${path}${at}`).join())).toEqual([
    'a0,b3',
    'c0',
    'd0,e1',
    'f0',
  ]);
  expect(buckets.map((b) => b.elements)).toEqual([7, 9, 8, 1]);
});

/** The adapter and its means after two steps, the second of which goes on from the state of the first. */
async function trained(joins: number, accumulate: number) {
  const [step, sizes] = [{ accumulate, rate: 1e-2, clip: 0.5 }, [{ tokens: 12 }]];
  const ids = [...'aaaaaaa'].map((_, i) => (i * 5) % SMALL.vocabSize);
  const draw = (n: number) => packed([nextTokens(ids), nextTokens(ids.map((i) => (i + n) % 7))], SMALL);
  const ledger = ledgerOf(await testDevice());
  const held = ledger.now;
  const first = new WebGpuEngine(await opened(joins));
  await first.compile({ betas: [0.9, 0.99], decay: 0.1, sizes });
  await first.step(draw, { ...step, step: 1 });
  const state = await first.state();
  await first.step(draw, { ...step, step: 2 });
  const { total } = await first.plannedBytes({ sizes, accumulate });
  expect(ledger.most - held).toBe(total);
  const after = await first.state();
  await first.dispose();
  expect(ledger.now).toBe(held);

  const second = new WebGpuEngine(await opened(joins));
  await second.compile({ betas: [0.9, 0.99], decay: 0.1, sizes });
  await second.restore({ step: 1, ...state });
  await second.step(draw, { ...step, step: 2 });
  expect(await second.state(), 'resumed').toEqual(after);
  await second.dispose();
  return after;
}

it.each([1, 2, 3])('steps of %i batches are the same in buckets of any size', async (accumulate) => {
  const [alone, some, all] = [
    await trained(0, accumulate),
    await trained(60, accumulate),
    await trained(1e6, accumulate),
  ];
  for (const other of [some, all]) {
    expect([...other.adapter.keys()]).toEqual([...alone.adapter.keys()]);
    for (const [path, values] of alone.adapter)
      for (const [i, p] of values.entries()) expect(other.adapter.get(path)![i], path).toBeCloseTo(p, 5);
    for (const [path, { m, v }] of alone.moments) {
      const same = other.moments.get(path)!;
      for (const [i, mean] of m.entries()) expect(same.m[i], path).toBeCloseTo(mean, 6);
      for (const [i, mean] of v.entries()) expect(same.v[i], path).toBeCloseTo(mean, 6);
    }
  }
});

it('a gradient that is not finite is found in its bucket', async () => {
  const model = await opened(1e6);
  const optimizer = await AdamW.prepare(model, { rate: 1 });
  const sums = await Sums.prepare(model.place, optimizer);
  expect(optimizer.buckets.length).toBe(1);
  const paths = [...model.trained.keys()];
  const held = paths.map((path, n) => {
    const data = new Float32Array(model.trained.get(path)!.elements).fill(n);
    if (n === 2) data[data.length - 1] = Number.NaN;
    return model.place.hold(path, data);
  });
  const values = new Map(paths.map((path, n) => [path, held[n]!.value]));
  const summed = await sums.join({
    loss: 0,
    scale: 1,
    values,
    read: async () => new Float32Array(),
    free: () => {},
  });
  const [square] = await sums.squares(summed);
  expect(square).toBeNaN();
  expect(await sums.culprit(summed, 0)).toBe(paths[2]);
  summed.free();
  sums.dispose();
  optimizer.dispose();
  model.dispose();
});
