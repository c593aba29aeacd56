/** A decoder, which caches keys and values, against a model that computes every token again. */
import { describe, expect, it } from 'vitest';
import { packed } from '../../../src/finetune/batch.ts';
import { generate } from '../../../src/finetune/generate.ts';
import { continued } from '../../../src/finetune/greedy.ts';
import { Model } from '../../../src/finetune/model-run.ts';
import { testDevice } from '../../support/device.ts';
import { sample } from '../../support/sample.ts';
import { relative } from './golden.ts';
import { ADAPTERS, randomAdapter } from './random-adapters.ts';
import { from, random, randomWeights, SMALL } from './support.ts';

const weights = from(randomWeights(SMALL, 1));

async function open(device: 'cpu' | GPUDevice, adapted?: string): Promise<Model> {
  const choice = adapted === undefined ? undefined : ADAPTERS[adapted]!;
  const adapter = choice && { ...choice, tensors: from(randomAdapter(choice, SMALL, choice.dims)) };
  return Model.open({ config: SMALL, weights, device, ...(adapter ? { adapter } : {}) });
}

const drawn = random(11);
const TEXT = Array.from({ length: SMALL.maxPositions }, () => Math.floor(SMALL.vocabSize * drawn()));

/** The logits after the last id, computed from the whole sequence. */
async function again(model: Model, ids: readonly number[]): Promise<Float64Array> {
  const { data } = await model.logits(packed([{ ids, labels: ids }], SMALL));
  return Float64Array.from(data.subarray((ids.length - 1) * SMALL.vocabSize));
}

describe.each([
  ['the reference', 1e-13],
  ['the device', 2e-6],
] as const)('on %s', (where, tolerance) => {
  const all = [undefined, 'oft', 'road', 'oft, the head too'];
  it.each(where === 'the device' ? sample(all, ['oft, the head too']) : all)(
    'has the logits of the whole sequence: %s',
    async (adapted) => {
      const model = await open(where === 'the device' ? await testDevice() : 'cpu', adapted);
      const decoder = await model.decoder(SMALL.maxPositions);
      let read = 0;
      for (const count of [5, 1, 1, 3, 6]) {
        const logits = await decoder.read(TEXT.slice(read, read + count));
        read += count;
        expect(decoder.length).toBe(read);
        expect(relative(logits, await again(model, TEXT.slice(0, read))), `${read} tokens`).toBeLessThan(
          tolerance,
        );
      }
      expect(read).toBe(SMALL.maxPositions);
      decoder.dispose();
      model.dispose();
    },
  );
});

it.each(['the reference', 'the device'])(
  'decodes sequences of other lengths side by side on %s',
  async (where) => {
    const model = await open(where === 'the device' ? await testDevice() : 'cpu', 'oft');
    const decoder = await model.decoder(8, 3);
    const texts: number[][] = [[], [], []];
    // A sequence may wait, and the others go on.
    for (const counts of [
      [4, 1, 2],
      [1, 3, 0],
      [0, 1, 1],
    ]) {
      const added = counts.map((count, s) => TEXT.slice(3 * s + texts[s]!.length).slice(0, count));
      const logits = await decoder.readEach(added);
      for (const [s, ids] of added.entries()) texts[s]!.push(...ids);
      const read = texts.filter((_, s) => counts[s]! > 0);
      expect(logits).toHaveLength(read.length);
      for (const [n, ids] of read.entries())
        expect(relative(logits[n]!, await again(model, ids))).toBeLessThan(
          where === 'the device' ? 2e-6 : 1e-13,
        );
    }
    decoder.restart();
    const [other] = await decoder.readEach([[1, 2], [], []]);
    expect(relative(other!, await again(model, [1, 2]))).toBeLessThan(2e-6);
    decoder.dispose();
    model.dispose();
  },
);

it('continues many prompts as it continues each', async () => {
  const model = await open('cpu', 'oft');
  const prompts = [3, 1, 5, 2, SMALL.maxPositions - 2].map((count, n) =>
    TEXT.slice(n).concat(TEXT).slice(0, count),
  );
  const alone: number[][] = [];
  for (const prompt of prompts) {
    const ids: number[] = [];
    const options = { temperature: 0, topK: undefined, tokens: 6, seed: 0, end: [] };
    for await (const id of generate(model, prompt, options)) ids.push(id);
    alone.push(ids);
  }
  const asked = prompts.map((ids, n) => ({ ids, end: n === 0 ? [alone[0]![2]!] : [] }));
  const found = await continued(model, asked, { most: 6, batch: 2 });
  // The first stops before its end, and the last has 2 positions left.
  expect(found[0]).toEqual(alone[0]!.slice(0, alone[0]!.indexOf(alone[0]![2]!)));
  expect(found.slice(1, 4)).toEqual(alone.slice(1, 4));
  expect(found[4]).toEqual(alone[4]!.slice(0, 2));
  model.dispose();
});

it('generates the likeliest tokens, before and beyond the positions of the model', async () => {
  const model = await open('cpu', 'oft');
  for (const prompt of [TEXT.slice(0, 3), TEXT.slice(0, SMALL.maxPositions), [...TEXT, ...TEXT]]) {
    const options = { temperature: 0, topK: undefined, tokens: 18, seed: 0, end: [] };
    const ids: number[] = [];
    for await (const id of generate(model, prompt, options)) ids.push(id);
    const expected = [...prompt];
    while (expected.length < prompt.length + 18) {
      const logits = await again(model, expected.slice(-SMALL.maxPositions));
      expected.push(logits.indexOf(Math.max(...logits)));
    }
    expect([...prompt, ...ids]).toEqual(expected);
  }
  model.dispose();
});

it('has room for texts of other lengths too, so that their Plans are the same', async () => {
  const rooms: number[] = [];
  const decoder = async (room: number) => {
    rooms.push(room);
    return { length: 0, read: async () => Float32Array.of(0, 1), dispose: () => {} };
  };
  const model = { config: { ...SMALL, maxPositions: 600 }, decoder } as unknown as Model;
  const options = { temperature: 0, topK: undefined, seed: 0, end: [1] };
  for (const [prompt, tokens] of [
    [1, 2],
    [200, 56],
    [200, 57],
    [590, 90],
  ] as const)
    await generate(model, TEXT.concat(Array(prompt).fill(0)).slice(-prompt), { ...options, tokens }).next();
  expect(rooms).toEqual([256, 256, 512, 600]);
});

it('follows the adapter as it is trained', async () => {
  const model = await open('cpu', 'lora');
  const decoder = await model.decoder(4);
  const [path, held] = [...model.trained].find(([p]) => p.includes('lora_B'))!;
  const before = await again(model, TEXT.slice(0, 3));
  model.replace(
    path,
    model.place.hold(
      path,
      Float32Array.from(await held.read(), (x) => x + 0.5),
    ),
  );
  const after = await decoder.read(TEXT.slice(0, 3));
  expect(relative(after, await again(model, TEXT.slice(0, 3)))).toBeLessThan(1e-13);
  expect(relative(after, before)).toBeGreaterThan(1e-4);
  decoder.dispose();
  model.dispose();
});

it('refuses more tokens than there is room for, and what is no token', async () => {
  const model = await open('cpu');
  const decoder = await model.decoder(4);
  await decoder.read([1, 2, 3]);
  const refused = (ids: number[], message: RegExp) =>
    expect(decoder.read(ids)).rejects.toMatchObject({
      code: 'OFT6003',
      message: expect.stringMatching(message),
    });
  await refused([4, 5], /2 tokens after 3 are more than the 4/);
  await refused([SMALL.vocabSize], /holds the id 11/);
  await refused([], /none of 0 labels/);
  expect(relative(await decoder.read([4]), await again(model, [1, 2, 3, 4]))).toBeLessThan(1e-13);
  decoder.dispose();
  model.dispose();
});
