/** Every method but OFT, written as in its paper, against its golden layers. */
import { describe, expect, it } from 'vitest';
import { oftConv } from '../../src/adapters/oft-conv.ts';
import { oftEmbedding } from '../../src/adapters/oft-embedding.ts';
import { compile, type HostTensor } from '../../src/index.ts';
import { leastDevice, testDevice } from '../support/device.ts';
import { goldenCase, goldenNames, relativeError } from '../support/golden.ts';
import { sample, sampled } from '../support/sample.ts';
import { forced } from '../support/strategy.ts';
import { dimsOf, METHODS } from './cases.ts';
import { goldenInputs, goldenResults, mergedWeight } from './stored.ts';

/** The tolerance on the reference: golden files are rounded to float32, by 2⁻²⁴ an element. */
const REFERENCE = 2e-7;
const DEVICE = 1e-5;
const PLACES = [
  { on: 'the device', tolerance: DEVICE, device: testDevice },
  forced.strategy
    ? { on: 'a device with the default limits', tolerance: DEVICE, device: leastDevice }
    : { on: 'the reference', tolerance: REFERENCE, device: () => 'cpu' as const },
];

const names = goldenNames('').filter((n) => !n.startsWith('oft-') || /conv|embedding/.test(n));

it('covers every golden layer', () => expect(names).toHaveLength(59));

const shapesOf = (tensors: Readonly<Record<string, HostTensor>>) =>
  Object.fromEntries(Object.entries(tensors).map(([n, t]) => [n, t.shape]));

/** The golden layers that run on a device at `npm test`. The reference runs all of them. */
const SAMPLE = ['boft-b4-m3', 'dora-r8', 'ether-plus-2blocks', 'gsoft-cayley', 'hra-r4-gs', 'oft-conv3x3']
  .concat(['oft-embedding', 'poet', 'road-4'])
  .concat(['hira-r4', 'ia3-feedforward', 'loha-r2', 'lokr-r2'])
  .concat(['lycoris-boft-constraint', 'shira-r1', 'fourierft-n12', 'waveft-haar']);
const placesOf = (name: string) => PLACES.filter(({ on }) => on === 'the reference' || sampled(name, SAMPLE));

describe.each(names)('%s', (name) => {
  it.each(placesOf(name))(
    'has the golden output, grad_input and parameter gradients on $on',
    async ({ tolerance, device }) => {
      const golden = await goldenCase(name);
      const { layer, config, otherwise } = METHODS[golden.method]!;
      const program = layer.trace(config(golden));
      const inputs = goldenInputs(program, golden, otherwise);
      const session = await compile(program, {
        shapes: shapesOf(inputs),
        dims: dimsOf(golden),
        device: await device(),
        ...forced,
      });
      const cotangents = { y: golden.tensors.grad_output! };
      const results = await (await session.gradients(inputs, cotangents)).readAll();
      const expected = Object.entries(goldenResults(program, golden, otherwise));
      const trained = program.inputs.filter((i) => i.role === 'trainable');
      expect(expected.map(([n]) => n)).toEqual(expect.arrayContaining(trained.map((i) => `grad.${i.name}`)));
      for (const [tensor, e] of expected) {
        expect(results[tensor]!.shape, tensor).toEqual(e.shape);
        expect(relativeError(results[tensor]!.data, e.data), tensor).toBeLessThan(tolerance);
      }
      await session.dispose();
    },
  );
});

/** Golden layers that record PEFT's merged weight, and whose layer here claims its merged weight. */
const MERGED = [
  'boft-b4-m1',
  'boft-b4-m3',
  'boft-b8-m2',
  'dora-r8',
  'delora-r4',
  'hira-r4',
  'hra-r4',
  'hra-r4-gs',
  'hra-r8',
  'ia3',
  'ia3-feedforward',
  'loha-r2',
  'loha-r8',
  'lokr-both',
  'lokr-factor',
  'lokr-full',
  'lokr-r2',
  'lora-r8',
  'lycoris-boft-b4',
  'lycoris-boft-constraint',
  'c3a-b8',
  'miss-bat',
  'miss-mini',
  'miss-r6',
  'loft-r5',
  'shoft-r4',
  'frod-k12',
  'gralora-k2',
  'gralora-k2-hybrid',
  'ssvd-k6',
  'svft-plain',
].concat(
  ['psoft-r8-exact', 'psoft-r8-neumann', 'road-1', 'road-2', 'road-4', 'vera-r6', 'shira-r1'],
  ['fourierft-n12', 'fourierft-n60', 'waveft-haar', 'waveft-direct'],
  ['randlora-r4', 'randlora-outputs', 'osf-k4', 'osf-outputs', 'deft-r4', 'deft-para'],
);

describe.each(PLACES)('the merged weight on $on', ({ on, tolerance, device }) => {
  it.each(on === 'the reference' ? MERGED : sample(MERGED, ['boft-b4-m1', 'dora-r8']))('%s', async (name) => {
    const golden = await goldenCase(name);
    const { layer, config, otherwise } = METHODS[golden.method]!;
    const program = layer.trace(config(golden));
    const inputs = goldenInputs(program, golden, otherwise);
    const weight = await mergedWeight(program, inputs, { dims: dimsOf(golden), device: await device() });
    const expected = golden.tensors['merged.weight']!;
    expect(weight.shape).toEqual(expected.shape);
    expect(relativeError(weight.data, expected.data)).toBeLessThan(tolerance);
  });

  it('oft-conv3x3: the response to every unit patch', async () => {
    const golden = await goldenCase('oft-conv3x3');
    const expected = golden.tensors['merged.weight']!;
    const [out, channels, k] = expected.shape as [number, number, number];
    const program = oftConv.trace({ height: k, width: k, kernel: k, padding: 0 });
    const n = channels * k * k;
    const units = Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
    const x = { data: units, shape: [n, channels, k, k] };
    const inputs = { ...goldenInputs(program, golden, {}), x };
    const session = await compile(program, {
      shapes: shapesOf(inputs),
      device: await device(),
      ...forced,
    });
    const { y } = await (await session.run(inputs)).readAll();
    await session.dispose();
    const transposed = Array.from({ length: out * n }, (_, i) => y!.data[(i % n) * out + Math.floor(i / n)]!);
    expect(relativeError(transposed, expected.data)).toBeLessThan(tolerance);
  });

  it('oft-embedding: the rows of every id', async () => {
    const golden = await goldenCase('oft-embedding');
    const expected = golden.tensors['merged.weight']!;
    const program = oftEmbedding.trace();
    const ids = Int32Array.from({ length: expected.shape[0]! }, (_, i) => i);
    const inputs = { ...goldenInputs(program, golden, {}), ids: { data: ids, shape: [ids.length] } };
    const session = await compile(program, {
      shapes: shapesOf(inputs),
      device: await device(),
      ...forced,
    });
    const { y } = await (await session.run(inputs)).readAll();
    await session.dispose();
    expect(relativeError(y!.data, expected.data)).toBeLessThan(tolerance);
  });
});

it('every golden layer that records a merged weight is compared', async () => {
  const recorded = await Promise.all(
    names.map(async (n) => ('merged.weight' in (await goldenCase(n)).tensors ? [n] : [])),
  );
  expect(recorded.flat()).toEqual([...MERGED, 'oft-conv3x3', 'oft-embedding'].sort());
});
