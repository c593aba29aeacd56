/** Small models with random weights: every adapter's gradient, the device against the reference, packed sequences. */
import { describe, expect, it } from 'vitest';
import { ledgerOf } from '../../../runtime/memory.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { IGNORED, nextTokens, packed } from '../../../src/finetune/batch.ts';
import { Model } from '../../../src/finetune/model-run.ts';
import { adaptedAt, ownName } from '../../../src/finetune/models/adapted.ts';
import { type HostTensor, input, layer, trainable } from '../../../src/index.ts';
import { testDevice } from '../../support/device.ts';
import { sample } from '../../support/sample.ts';
import { ADAPTERS, type Choice, randomAdapter } from './random-adapters.ts';
import { from, random, randomWeights, SMALL } from './support.ts';

const batch = packed(
  [nextTokens([1, 5, 3, 10, 0, 2]), { ids: [4, 4, 7], labels: [IGNORED, 7, 9] }, { ids: [8], labels: [6] }],
  SMALL,
);

const weights = randomWeights(SMALL, 1);
const open = (choice: Choice, tensors: ReadonlyMap<string, HostTensor>, device: 'cpu' | GPUDevice = 'cpu') =>
  Model.open({
    config: SMALL,
    weights: from(weights),
    adapter: { ...choice, tensors: from(tensors) },
    device,
  });

describe.each(Object.entries(ADAPTERS))('with %s', (_, choice) => {
  const tensors = randomAdapter(choice, SMALL, choice.dims);

  it('has the gradient that central differences have', async () => {
    const model = await open(choice, tensors);
    const g = await model.gradients(batch);
    const next = random(3);
    const move = (by: number, direction: ReadonlyMap<string, readonly number[]>) => {
      for (const [path, d] of direction) {
        const moved = Float32Array.from(tensors.get(path)!.data, (x, i) => x + by * d[i]!);
        model.replace(path, model.place.hold(path, moved));
      }
    };
    const lossAt = (by: number, direction: ReadonlyMap<string, readonly number[]>) => {
      move(by, direction);
      return model.loss(batch);
    };
    // The differences go along each tensor of the first transformer block, all of the last block together, and those
    // of the head. Steps of 2⁻¹⁰ are exact.
    const paths = [...g.values.keys()];
    const groups = [
      ...paths
        .filter((p) => p.startsWith('model.layers.0.'))
        .slice(0, 3)
        .map((p) => [p]),
      paths.filter((p) => p.startsWith('model.layers.1.')),
      paths.filter((p) => p.startsWith('lm_head.')),
    ].filter((group) => group.length > 0);
    expect(groups.flat()).not.toEqual([]);
    for (const group of groups) {
      const direction = new Map(
        group.map((p) => [p, Array.from(tensors.get(p)!.data, () => Math.floor(3 * next()) - 1)]),
      );
      const h = 2 ** -10;
      const measured = ((await lossAt(h, direction)) - (await lossAt(-h, direction))) / (2 * h);
      move(0, direction);
      let derived = 0;
      for (const p of group) {
        const values = await g.read(p);
        direction.get(p)!.forEach((d, i) => {
          derived += d * values[i]!;
        });
      }
      expect(Math.abs(derived - measured), group.join()).toBeLessThan(1e-4 * (1 + Math.abs(measured)));
      expect(derived).not.toBe(0);
    }
    model.dispose();
  });
});

it.each(sample(['oft, the head too', 'lora on the head alone'], ['oft, the head too']))(
  'a device agrees with the reference: %s',
  async (name) => {
    const choice = ADAPTERS[name]!;
    const tensors = randomAdapter(choice, SMALL, choice.dims);
    const [reference, device] = [
      await open(choice, tensors),
      await open(choice, tensors, await testDevice()),
    ];
    const [expected, actual] = [await reference.logits(batch), await device.logits(batch)];
    expected.data.forEach((x: number, i: number) => {
      expect(Math.abs(actual.data[i]! - x)).toBeLessThan(1e-5);
    });
    // The loss comes from the loss's own kernels, and again from those of the gradient.
    const alone = [await reference.loss(batch), await device.loss(batch)] as const;
    const [a, b] = [await reference.gradients(batch), await device.gradients(batch)];
    expect(b.loss).toBeCloseTo(a.loss, 5);
    expect(alone[0]).toBeCloseTo(a.loss, 12);
    expect(alone[1]).toBeCloseTo(b.loss, 5);
    expect(await device.loss(batch)).toBe(b.loss);
    for (const path of a.values.keys()) {
      const [x, y] = [await a.read(path), await b.read(path)];
      Array.from(x, (v, i) => expect(Math.abs(y[i]! - v), path).toBeLessThan(1e-5));
    }
    reference.dispose();
    device.dispose();
  },
);

it.each(sample(['oft', 'oft, the head too', 'lora on the head alone'], ['oft, the head too']))(
  'a device holds what was planned: %s',
  async (name) => {
    const choice = ADAPTERS[name]!;
    const ledger = ledgerOf(await testDevice());
    const before = ledger.now;
    const model = await open(choice, randomAdapter(choice, SMALL, choice.dims), await testDevice());
    const planned = await model.plannedBytes([{ tokens: batch.tokens }]);
    expect(ledger.now - before).toBe(planned.weights + planned.adapter);
    ledger.restart();
    const g = await model.gradients(batch);
    // When only the head is trained, the blocks' inputs are freed before memory is at its most.
    const least = name.endsWith('alone') ? planned.total - planned.activations : planned.total;
    expect(ledger.most - before).toBeLessThanOrEqual(planned.total);
    expect(ledger.most - before).toBeGreaterThanOrEqual(least);
    g.free();
    model.dispose();
    expect(ledger.now).toBe(before);
  },
);

it.each([3 * SMALL.hiddenSize, 5 * SMALL.hiddenSize, 10 * SMALL.hiddenSize])(
  'a vocabulary in pieces of at most %i numbers gives the same results',
  async (numbers) => {
    const choice = ADAPTERS.lora!;
    const tensors = randomAdapter(choice, SMALL, choice.dims);
    const cut = await Model.open({
      config: SMALL,
      weights: from(weights),
      adapter: { ...choice, tensors: from(tensors) },
      device: 'cpu',
      largest: 4 * numbers,
      tokensAtOnce: batch.tokens,
    });
    const whole = await open(choice, tensors);
    const [z, expected] = [await cut.logits(batch), await whole.logits(batch)];
    expect(z.shape).toEqual(expected.shape);
    Array.from(z.data, (x, i) => expect(x).toBeCloseTo(expected.data[i]!, 12));
    const alone = await cut.loss(batch);
    const [a, b] = [await cut.gradients(batch), await whole.gradients(batch)];
    expect(a.loss).toBeCloseTo(b.loss, 12);
    expect(alone).toBe(a.loss);
    for (const path of b.values.keys()) {
      const values = await b.read(path);
      Array.from(await a.read(path), (x, i) => expect(x, path).toBeCloseTo(values[i]!, 10));
    }
    cut.dispose();
    whole.dispose();
  },
);

it('an adapter on a tied head leaves the embedding as it is', async () => {
  const choice = ADAPTERS['oft, the head too']!;
  const tensors = randomAdapter(choice, SMALL, choice.dims);
  const embedding = weights.get('model.embed_tokens.weight')!;
  const adapter = { ...choice, tensors: from(tensors) };
  const opened = (tied: boolean, own: HostTensor) =>
    Model.open({
      config: { ...SMALL, tiedEmbeddings: tied },
      weights: from(new Map([...weights, ['lm_head.weight', own]])),
      adapter,
      device: 'cpu',
    });
  const [tied, apart] = [await opened(true, weights.get('lm_head.weight')!), await opened(false, embedding)];
  expect(await tied.logits(batch)).toEqual(await apart.logits(batch));
  tied.dispose();
  apart.dispose();
});

it('sequences that lie one after another do not see each other', async () => {
  const choice = ADAPTERS.lora!;
  const model = await open(choice, randomAdapter(choice, SMALL, choice.dims));
  const [first, second] = [nextTokens([1, 5, 3, 10]), nextTokens([2, 2, 9])];
  const logits = async (...sequences: ReturnType<typeof nextTokens>[]) =>
    Array.from((await model.logits(packed(sequences, SMALL))).data);
  const together = await logits(first, second);
  const apart = [...(await logits(first)), ...(await logits(second))];
  expect(together).toHaveLength(apart.length);
  together.forEach((z, i) => {
    expect(z).toBeCloseTo(apart[i]!, 12);
  });
  // Changing a later token does not change logits before it.
  const changed = await logits(nextTokens([1, 5, 8, 10]));
  expect(changed.slice(0, 2 * SMALL.vocabSize)).toEqual(together.slice(0, 2 * SMALL.vocabSize));
  expect(changed.slice(2 * SMALL.vocabSize)).not.toEqual(
    together.slice(2 * SMALL.vocabSize, 3 * SMALL.vocabSize),
  );
  model.dispose();
});

describe('refuses', () => {
  it('a layer that cannot stand for a linear one', async () => {
    const lone = layer({ x: input('tokens', 'in'), s: trainable('in') }, ({ x, s }) => x.mul(s));
    await expect(open({ source: lone }, new Map())).rejects.toMatchObject({ code: 'OFT6001' });
  });

  it('an adapter on a head in pieces', async () => {
    const choice = ADAPTERS['lora on the head alone']!;
    const opened = Model.open({
      config: SMALL,
      weights: from(weights),
      adapter: { ...choice, tensors: from(randomAdapter(choice, SMALL, choice.dims)) },
      device: 'cpu',
      largest: 12 * SMALL.hiddenSize,
      tokensAtOnce: batch.tokens,
    });
    await expect(opened).rejects.toMatchObject({
      code: 'OFT6001',
      message: expect.stringMatching(/on lm_head: .*leave lm_head out of the targets/),
    });
  });

  it('a tensor of another size', async () => {
    const choice = ADAPTERS.lora!;
    const tensors = randomAdapter(choice, SMALL, { r: 3 });
    await expect(open(choice, tensors)).rejects.toMatchObject({ code: 'OFT6002' });
  });

  it.each([
    [[nextTokens([1, 2, 11])], 'an id beyond the vocabulary'],
    [[nextTokens([1, -1, 2])], 'an id below 0'],
    [[{ ids: [1, 2], labels: [1] }], 'a label too few'],
    [[{ ids: [1], labels: [IGNORED] }], 'no label that counts'],
    [[nextTokens(Array(18).fill(1))], 'a sequence of more tokens than positions'],
  ])('%j: %s', (sequences) => {
    expect(() => packed(sequences, SMALL)).toThrow(expect.objectContaining({ code: 'OFT6003' }));
  });
});

it('names an adapter tensor after its projection', () => {
  const { own } = adaptedAt(oft.trace(), [4, 6], { b: 2 });
  expect(own.map((i) => ownName('q', i))).toEqual(['q_v_0']);
});
