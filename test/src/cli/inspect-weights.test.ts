/**
 * `oftc inspect` finds weights that no command could read. It reads headers and the small tensors beside a weight.
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  nf4TensorData,
  packGptq,
  quantizeGrouped4,
  quantizeNf4,
} from '../../../src/formats/quantized/index.ts';
import type { TensorData } from '../../../src/formats/safetensors/index.ts';
import { CONFIG, modelFolder, weightsFor } from '../formats/models.ts';
import { oftc } from './harness.ts';

const NAME = 'model.layers.0.mlp.up_proj.weight';
const MODULE = NAME.replace(/\.weight$/, '');
const VALUES = Float32Array.from({ length: 32 * 16 }, (_, i) => Math.sin(i));
const plain = weightsFor(CONFIG);
const others = plain.filter((t) => t.name !== NAME);

const quantized = (method: object) => ({ ...CONFIG, quantization_config: method });
const NF4 = quantized({ quant_method: 'bitsandbytes', load_in_4bit: true, bnb_4bit_quant_type: 'nf4' });
const INT8 = quantized({ quant_method: 'bitsandbytes', load_in_8bit: true });
const GPTQ = quantized({ quant_method: 'gptq', bits: 4, group_size: 8 });

const nf4 = (double: boolean) =>
  nf4TensorData(NAME, quantizeNf4(VALUES, [32, 16], { blocksize: 64, doubleQuantization: double }));
const int8: TensorData[] = [
  { name: NAME, dtype: 'I8', shape: [32, 16], data: new Int8Array(512) },
  { name: `${MODULE}.SCB`, dtype: 'F32', shape: [32], data: new Float32Array(32).fill(1) },
];
const packed = packGptq(quantizeGrouped4(VALUES, [32, 16], 8), 8, 'gptq');
const gptq: TensorData[] = [
  { name: `${MODULE}.qweight`, dtype: 'I32', shape: [2, 32], data: packed.qweight },
  { name: `${MODULE}.qzeros`, dtype: 'I32', shape: [2, 4], data: packed.qzeros },
  { name: `${MODULE}.scales`, dtype: 'F32', shape: [2, 32], data: packed.scales },
];

/** A copy of tensors with one of them changed. */
const but = (
  tensors: readonly TensorData[],
  suffix: string,
  change: (of: TensorData) => Partial<TensorData>,
) => tensors.map((t) => (t.name.endsWith(suffix) ? { ...t, ...change(t) } : t));
const shorter = ({ data, shape }: TensorData): Partial<TensorData> => {
  const bytes = data.byteLength - data.byteLength / shape[0]!;
  return {
    shape: [shape[0]! - 1, ...shape.slice(1)],
    data: new Uint8Array(data.buffer, data.byteOffset, bytes),
  };
};
const broken = (data: TensorData['data']): TensorData['data'] =>
  Float32Array.from(data as Float32Array, (x, i) => (i === 3 ? Number.NaN : x));
const state = ({ data }: TensorData): Partial<TensorData> => ({
  data: new TextEncoder().encode(
    new TextDecoder().decode(data as Uint8Array).replace('[32, 16]', '[16, 32]'),
  ),
});

it.each<[string, object, readonly TensorData[]]>([
  ['nf4', NF4, nf4(false)],
  ['nf4, doubly quantised', NF4, nf4(true)],
  ['int8', INT8, int8],
  ['gptq', GPTQ, gptq],
])('finds nothing in a sound model in %s', async (_, config, tensors) => {
  const { exit, stderr } = await oftc('inspect', modelFolder({ ...config }, [...others, ...tensors]));
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
});

it.each<[string, object, readonly TensorData[], string, RegExp]>([
  [
    'a weight of whole numbers',
    CONFIG,
    [{ name: NAME, dtype: 'I32', shape: [32, 16], data: new Int32Array(512) }],
    'UnsupportedDtype',
    /up_proj.weight": its elements are I32/,
  ],
  [
    'a short absmax',
    NF4,
    but(nf4(false), '.absmax', shorter),
    'CompanionLength',
    /must have 8 elements .* has 7/,
  ],
  ['short codes of absmax', NF4, but(nf4(true), '.absmax', shorter), 'CompanionLength', /has 7/],
  ['a shape that the codes do not have', NF4, but(nf4(false), NAME, shorter), 'CompanionLength', /255/],
  [
    'a shape that the model does not have',
    NF4,
    but(nf4(false), '__nf4', state),
    'WeightMismatch',
    /\[16,32\]/,
  ],
  [
    'a code book with NaN',
    NF4,
    but(nf4(false), '.quant_map', (t) => ({ data: broken(t.data) })),
    'InvalidCodeBook',
    /element 3 \(NaN\) is not above/,
  ],
  [
    'a scale that is NaN',
    NF4,
    but(nf4(false), '.absmax', (t) => ({ data: broken(t.data) })),
    'InvalidScale',
    /element 3 is NaN/,
  ],
  ['short scales of int8', INT8, but(int8, '.SCB', shorter), 'CompanionLength', /has 31/],
  ['short scales of GPTQ', GPTQ, but(gptq, '.scales', shorter), 'CompanionLength', /has 32/],
  ['short zeros of GPTQ', GPTQ, but(gptq, '.qzeros', shorter), 'CompanionLength', /has 4/],
])('finds %s', async (_, config, tensors, code, text) => {
  const folder = modelFolder({ ...config }, [...others, ...tensors]);
  const { exit, stdout, stderr } = await oftc('inspect', folder);
  expect(exit).toBe(1);
  expect(stderr).toMatch(new RegExp(`^error ${code}: `));
  expect(stderr).toMatch(text);
  // The report is whole, and each problem is in it once.
  expect(stdout).toContain('model.norm.weight');
  const { problems } = JSON.parse((await oftc('inspect', folder, '--json')).stdout);
  const found = problems.filter((p: { readonly message: string }) => text.test(p.message));
  expect(found).toEqual([{ code, message: expect.any(String), at: expect.any(String) }]);
  // `inspect` of the weights file alone finds the same, except problems that only config.json reveals.
  if (config === CONFIG || config === GPTQ || code === 'WeightMismatch') return;
  expect((await oftc('inspect', join(folder, 'model.safetensors'))).stderr).toMatch(text);
});
