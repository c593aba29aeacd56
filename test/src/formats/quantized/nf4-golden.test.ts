/**
 * Three weights of a model that bitsandbytes quantised (NF4 with double quantisation), with the original and the
 * dequantised values. They are 73,728 values in blocks of 64, one of them on a midpoint of the code book.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  dequantizeNf4,
  dynamicCodeBook,
  nf4Absmax,
  nf4CodeBook,
  nf4TensorData,
  quantizedWeights,
  quantizeNf4,
  readNf4,
} from '../../../../src/formats/quantized/index.ts';
import {
  openSafetensors,
  type SafetensorsFile,
  type TensorData,
} from '../../../../src/formats/safetensors/index.ts';
import { parseSafetensors, serializeSafetensors } from '../../../support/safetensors.ts';
import { absmaxOf, bitsOf, fixture } from './support.ts';

const WEIGHTS = [
  'model.layers.0.mlp.up_proj.weight',
  'model.layers.0.self_attn.k_proj.weight',
  'model.layers.1.self_attn.q_proj.weight',
];

let file: SafetensorsFile;
let sources: SafetensorsFile;
let dequantized: SafetensorsFile;
beforeAll(async () => {
  file = await openSafetensors(fixture('nf4.safetensors'));
  sources = await openSafetensors(fixture('source.safetensors'));
  dequantized = await openSafetensors(fixture('dequantized.safetensors'));
});
afterAll(() => Promise.all([file.close(), sources.close(), dequantized.close()]));

const values = async (from: SafetensorsFile, name: string): Promise<Float32Array> => {
  const array = await from.array(name);
  if (!(array instanceof Float32Array)) throw new Error(`${name} is not float`);
  return array;
};
const bytesOf = ({ data }: TensorData): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

it('finds the quantised weights, and not the plain ones', () => {
  expect(quantizedWeights(file.tensors)).toEqual(WEIGHTS);
  expect(file.tensors.has('model.layers.0.input_layernorm.weight')).toBe(true);
  expect(quantizedWeights(sources.tensors)).toEqual([]);
});

describe.each(WEIGHTS)('%s', (name) => {
  it('is dequantised to the last bit', async () => {
    const tensor = await readNf4(file, name);
    const expected = await values(dequantized, name);
    expect(tensor.shape).toEqual(dequantized.tensors.get(name)!.shape);
    expect(bitsOf(dequantizeNf4(tensor))).toEqual(bitsOf(expected));
  });

  it('is quantised to the last byte', async () => {
    const { shape } = sources.tensors.get(name)!;
    const tensor = quantizeNf4(await values(sources, name), shape, { doubleQuantization: true });
    const tensors = nf4TensorData(name, tensor);
    expect(tensors.length).toBe(6);
    for (const data of tensors) {
      expect(bytesOf(data), data.name).toEqual(await file.bytes(data.name));
      expect(data.shape, data.name).toEqual(file.tensors.get(data.name)!.shape);
    }
  });

  it('has the same codes without double quantisation, and its blocks’ own absmax', async () => {
    const source = await values(sources, name);
    const { shape } = sources.tensors.get(name)!;
    const tensor = quantizeNf4(source, shape);
    expect(tensor.packed).toEqual((await readNf4(file, name)).packed);
    expect(tensor.absmax).toEqual({
      kind: 'plain',
      values: Float32Array.from({ length: source.length / 64 }, (_, block) =>
        absmaxOf(source.subarray(64 * block, 64 * block + 64)),
      ),
    });
  });
});

it('reads and writes the file byte for byte', async () => {
  const whole = new Uint8Array(await readFile(fixture('nf4.safetensors')));
  const parsed = parseSafetensors(whole);
  const name = 'model.layers.0.input_layernorm.weight';
  const tensors: TensorData[] = [{ name, dtype: 'F32', shape: [128], data: parsed.bytes(name) }];
  for (const weight of WEIGHTS) tensors.push(...nf4TensorData(weight, await readNf4(parsed, weight)));
  expect(serializeSafetensors(tensors, parsed.metadata)).toEqual(whole);
});

it('has bitsandbytes’ code books', async () => {
  expect(nf4CodeBook()).toEqual(await file.array(`${WEIGHTS[0]}.quant_map`));
  expect(dynamicCodeBook()).toEqual(await file.array(`${WEIGHTS[0]}.nested_quant_map`));
});

it('writes and reads a weight without double quantisation, of an odd size', async () => {
  const weights = Float32Array.from({ length: 3 * 43 }, (_, i) => Math.fround(Math.sin(i)) / 7);
  const tensor = quantizeNf4(weights, [3, 43], { dtype: 'bfloat16', blocksize: 32 });
  expect(tensor.packed.length).toBe(65);
  // The unused half byte at the end is the code of 0.
  expect(tensor.packed.at(-1)! & 15).toBe(7);
  const written = parseSafetensors(serializeSafetensors(nf4TensorData('w', tensor)));
  expect([...written.tensors.values()].map(({ name, dtype, shape }) => [name, dtype, ...shape])).toEqual([
    ['w.absmax', 'F32', 5],
    ['w.quant_map', 'F32', 16],
    ['w', 'U8', 65, 1],
    ['w.quant_state.bitsandbytes__nf4', 'U8', 77],
  ]);
  expect(new TextDecoder().decode(written.bytes('w.quant_state.bitsandbytes__nf4'))).toBe(
    '{"quant_type": "nf4", "blocksize": 32, "dtype": "bfloat16", "shape": [3, 43]}',
  );
  expect(await readNf4(written, 'w')).toEqual(tensor);
  expect(nf4Absmax(tensor).length).toBe(5);
});
