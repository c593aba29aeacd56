/** Quantised weights on a device: the values that they decode to, their memory, and refusals. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layoutOf, type Storage } from '../../../../compiler/primitives/storage.ts';
import { main } from '../../../../src/cli/cli.ts';
import {
  dequantize,
  dequantizeGrouped4,
  nf4TensorData,
  type QuantizedTensor,
  quantize,
  quantizedWeights,
  quantizeGrouped4,
  readNf4,
  storageOf,
  wordsOf,
} from '../../../../src/formats/quantized/index.ts';
import { openSafetensors, writeSafetensors } from '../../../../src/formats/safetensors/index.ts';
import { compile } from '../../../../src/index.ts';
import { frozen, input, layer, trainable } from '../../../../src/language/dsl/index.ts';
import type { Quantization } from '../../../../src/session/quantized.ts';
import { testDevice } from '../../../support/device.ts';
import { variantsIn } from '../../../support/plans.ts';
import { absmaxOf, bitsOf, fixture, refusal, weightsArb } from './support.ts';

const itself = layer({ W: frozen('out', 'in') }, ({ W }) => W.mul(1), { name: 'itself' });
const linear = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => x.matmul(W.T), {
  name: 'linear',
});
const scaled = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), s: trainable('out') },
  ({ x, W, s }) => x.matmul(W.T).mul(s),
  { name: 'scaled' },
);

/** The largest distance between two arrays, counted in float32 numbers. */
const ulps = (a: Float32Array, b: Float32Array): number => {
  const [x, y] = [bitsOf(a), bitsOf(b)];
  return x.reduce((most, bits, i) => (a[i] === b[i] ? most : Math.max(most, Math.abs(bits - y[i]!))), 0);
};

async function decoded(W: QuantizedTensor, quantized: Quantization): Promise<Float32Array> {
  const [out, ins] = W.shape as [number, number];
  const device = await testDevice();
  const session = await compile(itself, { dims: { out, in: ins }, device, quantized: { W: quantized } });
  session.bind({ W });
  const { y } = await (await session.run({})).readAll();
  await session.dispose();
  return y!.data as Float32Array;
}

test('a checkpoint’s weights are decoded to the reference within one unit in the last place', async () => {
  const file = await openSafetensors(fixture('nf4.safetensors'));
  const names = quantizedWeights(file.tensors);
  expect(names.length).toBeGreaterThan(2);
  for (const name of names) {
    const W = await readNf4(file, name);
    if (W.shape.length !== 2) continue;
    expect(ulps(await decoded(W, storageOf(W)), dequantize(W)), name).toBeLessThanOrEqual(1);
  }
  await file.close();
});

const FORMATS = ['nf4', 'nf4:32', 'nf4-double', 'int8', 'int4', 'int4:24'] as const;

test.each(FORMATS)(
  '%s: numbers are quantised as they are bound, and a quantised tensor is taken as it is',
  async (format) => {
    const values = Float32Array.from({ length: 40 * 56 }, (_, i) => Math.sin(i * i));
    const x = { data: Float32Array.from({ length: 3 * 56 }, (_, i) => Math.cos(i)), shape: [3, 56] };
    const device = await testDevice();
    const options = { dims: { out: 40, in: 56 }, quantized: { W: format } };
    const results: Record<string, number[]> = {};
    const storage = ((): Storage => {
      const [name, size] = format.split(':');
      if (name === 'int8') return { format: 'int8' };
      if (name === 'int4') return { format: 'int4', group: Number(size ?? 128) };
      return { format: 'nf4', block: Number(size ?? 64), ...(name === 'nf4-double' ? { nested: 256 } : {}) };
    })();
    const tensor = quantize(values, [40, 56], storage);
    const given = { numbers: { data: values, shape: [40, 56] }, tensor };
    for (const [how, W] of Object.entries(given)) {
      for (const on of ['cpu', device] as const) {
        const session = await compile(linear, { ...options, device: on });
        session.bind({ W });
        const { y } = await (await session.run({ x })).readAll();
        results[`${how} ${on === 'cpu' ? 'cpu' : 'gpu'}`] = Array.from(y!.data);
        await session.dispose();
      }
    }
    expect(results['numbers gpu']).toEqual(results['tensor gpu']);
    expect(results['numbers cpu']).toEqual(results['tensor cpu']);
    const plain = await compile(linear, { dims: options.dims, device: 'cpu' });
    const meant = await (await plain.run({ x, W: dequantize(tensor) })).readAll();
    expect(results['tensor cpu']).toEqual(Array.from(meant.y!.data));
    results['tensor gpu']!.forEach((v, i) => {
      expect(v).toBeCloseTo(meant.y!.data[i]!, 4);
    });
  },
);

test('of two weights of one shape the quantised one has a kernel of its own', async () => {
  const dims = { out: 16, in: 32 };
  const both = layer(
    { x: input('tokens', 'in'), W: frozen('out', 'in'), V: frozen('out', 'in') },
    ({ x, W, V }) => ({ y: x.matmul(W.T), z: x.matmul(V.T) }),
    { name: 'both' },
  );
  const values = Float32Array.from({ length: 512 }, (_, i) => Math.sin(i * i));
  const x = { data: Float32Array.from({ length: 96 }, (_, i) => Math.cos(i)), shape: [3, 32] };
  const on = async (device: GPUDevice | 'cpu') => {
    const session = await compile(both, { dims, device, quantized: { W: 'int4:32' } });
    session.bind({ W: values, V: values });
    const { y, z } = await (await session.run({ x })).readAll();
    await session.dispose();
    return [...y!.data, ...z!.data];
  };
  const expected = await on('cpu');
  (await on(await testDevice())).forEach((v, i) => {
    expect(v).toBeCloseTo(expected[i]!, 4);
  });
});

test('merged, the parameters that are left stay quantised', async () => {
  const dims = { out: 16, in: 32 };
  const values = Float32Array.from({ length: 512 }, (_, i) => Math.sin(i));
  const W = quantize(values, [16, 32], { format: 'nf4', block: 64 });
  const s = Float32Array.from({ length: 16 }, (_, i) => i - 4);
  const session = await compile(scaled, { dims, device: await testDevice(), quantized: { W: 'nf4' } });
  session.bind({ W, s });
  const x = new Float32Array(32).fill(1);
  const before = await (await session.run({ x })).readAll();
  const merged = await session.merge();
  const after = await (await merged.run({ x })).readAll();
  after.y!.data.forEach((v, i) => {
    expect(v).toBeCloseTo(before.y!.data[i]!, 4);
  });
  await session.dispose();
});

test('a weight takes about half a byte an element in NF4', async () => {
  const elements = 1024 * 1024;
  const bytes = (storage: Storage) => (4 * layoutOf(storage, [1024, 1024]).words) / elements;
  expect(bytes({ format: 'nf4', block: 64, nested: 256 })).toBeLessThanOrEqual(0.52);
  expect(bytes({ format: 'nf4', block: 64 })).toBeLessThanOrEqual(0.57);
  const session = await compile(linear, {
    dims: { out: 1024, in: 1024 },
    device: 'cpu',
    quantized: { W: 'nf4-double' },
  });
  const held = session.plan('gradients').inputs.find((t) => t.name === 'W')!;
  expect(held.storage).toEqual({
    format: 'nf4:64 nested:256',
    bytes: 4 * layoutOf({ format: 'nf4', block: 64, nested: 256 }, [1024, 1024]).words,
  });
  expect(variantsIn(session.plan('gradients')).flatMap((v) => v.slots)).toEqual([]);
});

describe('4-bit groups by rounding to nearest', () => {
  test('are off by half a scale at most', () => {
    fc.assert(
      fc.property(weightsArb(60), fc.integer({ min: 1, max: 20 }), (values, group) => {
        fc.pre(absmaxOf(values) < 2 ** 126);
        const tensor = quantizeGrouped4(values, [1, values.length], group);
        const back = dequantizeGrouped4(tensor);
        values.forEach((value, i) => {
          const scale = tensor.scales[tensor.group[i]!]!;
          // The bound is half a step, 15 times the rounding of the scale, and the loss of subnormal scales.
          expect(Math.abs(back[i]! - value)).toBeLessThanOrEqual(
            0.5 * scale * (1 + 2 ** -18) + 16 * 2 ** -149,
          );
        });
      }),
      { numRuns: 300 },
    );
  });

  test('of nothing but zeros are zeros', () => {
    const tensor = quantizeGrouped4(new Float32Array(6), [2, 3], 2);
    expect(Array.from(dequantizeGrouped4(tensor))).toEqual([0, 0, 0, 0, 0, 0]);
    expect(tensor.scales.length).toBe(4);
  });
});

describe('a session refuses', () => {
  const compiling = (quantized: Readonly<Record<string, Quantization>>) =>
    compile(scaled, { dims: { out: 8, in: 8 }, device: 'cpu', quantized });

  test.each([
    [{ V: 'nf4' }, 'OFT4011', "has no 'V' to hold quantised; frozen are W"],
    [{ s: 'nf4' }, 'OFT4011', 'it is a trainable'],
    [{ x: 'int8' }, 'OFT4011', 'it is an input'],
    [{ W: 'nf4:48' }, 'OFT4011', 'a block of 48 is not a power of two'],
    [{ W: 'int8:4' as 'int8' }, 'OFT4012', "held as 'int8:4'"],
    [{ W: 'fp4' as 'nf4' }, 'OFT4012', 'none of nf4'],
  ] as const)('%o', async (quantized, code, words) => {
    await expect(compiling(quantized)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
  });

  test('a matrix’s format for what is none', async () => {
    const cube = layer({ W: frozen('a', 'b', 'c') }, ({ W }) => W.mul(1), { name: 'cube' });
    const dims = { a: 2, b: 3, c: 4 };
    for (const W of ['int8', 'int4'] as const)
      await expect(compile(cube, { dims, device: 'cpu', quantized: { W } })).rejects.toMatchObject({
        code: 'OFT4011',
        message: expect.stringContaining('nf4 takes any shape'),
      });
  });

  test('a quantised tensor where none is held, of another shape, format or code book', async () => {
    const storage = { format: 'nf4', block: 64 } as const;
    const W = quantize(new Float32Array(64).fill(1), [8, 8], storage);
    const plain = await compile(linear, { dims: { out: 8, in: 8 }, device: 'cpu' });
    expect(() => plain.bind({ W })).toThrow(/declared f32 and given as nf4:64: compile with \{ quantized/);
    const held = await compiling({ W: 'nf4' });
    const other = quantize(new Float32Array(32).fill(1), [4, 8], storage);
    expect(() => held.bind({ W: other })).toThrow(/OFT4004|shape \[4, 8\]/);
    const int8 = quantize(new Float32Array(64).fill(1), [8, 8], { format: 'int8' });
    expect(await refusal(() => held.bind({ W: int8 }))).toMatchObject({
      code: 'InvalidPacking',
      tensor: 'W',
    });
    if (!('codeBook' in W)) throw new Error('not NF4');
    const book = { ...W, codeBook: W.codeBook.map((v) => v / 2) };
    const { message } = await refusal(() => wordsOf(book, storage, { tensor: 'W' }));
    expect(message).toContain('its code book is not NF4’s');
    const wrong = await refusal(() => held.bind({ W: new Float32Array(64).fill(Number.NaN) }));
    expect(wrong).toMatchObject({ code: 'InvalidWeight', tensor: 'W' });
  });
});

test('oftc run takes a weight as bitsandbytes stores it, and quantises one that is asked for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-quantized-'));
  const at = (name: string) => join(folder, name);
  const values = Float32Array.from({ length: 8 * 16 }, (_, i) => Math.sin(3 * i));
  const W = quantize(values, [8, 16], { format: 'nf4', block: 64, nested: 256 });
  if (!('packed' in W)) throw new Error('not NF4');
  const x = {
    name: 'x',
    dtype: 'F32',
    shape: [2, 16],
    data: Float32Array.from({ length: 32 }, (_, i) => i),
  } as const;
  await writeSafetensors(at('stored.safetensors'), [x, ...nf4TensorData('W', W)]);
  await writeSafetensors(at('plain.safetensors'), [
    x,
    { name: 'W', dtype: 'F32', shape: [8, 16], data: values },
  ]);
  const quiet = { write: () => true };
  const source = fileURLToPath(new URL('../../../fixtures/quantized/linear.ts', import.meta.url));
  const read = async (name: string) => {
    const file = await openSafetensors(at(name));
    const y = await file.array('y');
    await file.close();
    return Array.from(y as Float32Array);
  };
  const run = (input: string, output: string, ...more: string[]) =>
    main(['run', source, '--device', 'cpu', '--input', at(input), '--output', at(output), ...more], {
      stdout: quiet,
      stderr: quiet,
    });
  expect(await run('stored.safetensors', 'a.safetensors')).toBe(0);
  expect(await run('plain.safetensors', 'b.safetensors', '--quantize', 'W=nf4-double')).toBe(0);
  expect(await run('plain.safetensors', 'c.safetensors')).toBe(0);
  expect(await read('a.safetensors')).toEqual(await read('b.safetensors'));
  expect(await read('a.safetensors')).not.toEqual(await read('c.safetensors'));
});
