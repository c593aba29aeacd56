/** NF4 files with one fault: the error's code, the tensor that it names, and its message. */
import { describe, expect, it } from 'vitest';
import { refusal as cliRefusal } from '../../../../src/cli/errors.ts';
import {
  dequantizeNf4,
  type Nf4Tensor,
  nf4TensorData,
  type QuantizationErrorCode,
  quantizedWeights,
  quantizeNf4,
  readNf4,
} from '../../../../src/formats/quantized/index.ts';
import { encodeNf4State, parseNf4State } from '../../../../src/formats/quantized/nf4-state.ts';
import type { TensorData } from '../../../../src/formats/safetensors/index.ts';
import { parseSafetensors, serializeSafetensors } from '../../../support/safetensors.ts';
import { refusal } from './support.ts';

const weights = Float32Array.from({ length: 10 * 64 }, (_, i) => Math.sin(i) / (1 + (i % 7)));
const nested = quantizeNf4(weights, [10, 64], { doubleQuantization: true });
const plain = quantizeNf4(weights, [10, 64]);

const STATE = 'w.quant_state.bitsandbytes__nf4';
const GOOD = {
  quant_type: 'nf4',
  blocksize: 64,
  dtype: 'float32',
  shape: [10, 64],
  nested_blocksize: 256,
  nested_dtype: 'float32',
  nested_offset: nested.absmax.kind === 'nested' ? nested.absmax.offset : 0,
};

/** A file of a quantised weight with one tensor changed, or left out where `change` returns undefined. */
function fileWith(
  tensor: Nf4Tensor,
  name: string,
  change: (data: TensorData) => TensorData | undefined,
): ReturnType<typeof parseSafetensors> {
  const tensors = nf4TensorData('w', tensor).flatMap((data) =>
    data.name === name ? (change(data) ?? []) : [data],
  );
  return parseSafetensors(serializeSafetensors(tensors), 'm.safetensors');
}

const f32 = (...values: number[]) => ({
  dtype: 'F32' as const,
  shape: [values.length],
  data: Float32Array.from(values),
});
const u8 = (data: Uint8Array) => ({ dtype: 'U8' as const, shape: [data.length], data });
const replaced = (values: ReturnType<typeof f32 | typeof u8>) => (data: TensorData) => ({
  ...data,
  ...values,
});
/** Replaces the float value at `index`. */
const edited = (index: number, value: number) => (data: TensorData) => {
  const copy = Float32Array.from(data.data as Float32Array);
  copy[index] = value;
  return { ...data, data: copy };
};
const state = (text: string) => replaced(u8(new TextEncoder().encode(text)));
const field = (change: Record<string, unknown>) => state(JSON.stringify({ ...GOOD, ...change }));

it('reads the same file with nothing changed', async () => {
  for (const tensor of [nested, plain])
    expect(
      await readNf4(
        fileWith(tensor, STATE, (data) => data),
        'w',
      ),
    ).toEqual(tensor);
  expect(await readNf4(fileWith(nested, STATE, field({ more: [1] })), 'w')).toEqual(nested);
});

type Change = (data: TensorData) => TensorData | undefined;
type Case = [QuantizationErrorCode, string, Change, RegExp];
const gone: Change = () => undefined;

const inNested: Case[] = [
  ['MissingCompanion', 'w', gone, /no weight of this name/],
  ['MissingCompanion', 'w.absmax', gone, /"w.absmax": the weight w cannot be dequantised without it/],
  ['MissingCompanion', 'w.quant_map', gone, /with all its companions/],
  ['MissingCompanion', 'w.nested_absmax', gone, /without it/],
  ['MissingCompanion', 'w.nested_quant_map', gone, /without it/],
  ['MissingCompanion', STATE, gone, /without it/],
  [
    'CompanionDtype',
    'w',
    (d) => ({ ...d, dtype: 'I8', data: new Int8Array(320) }),
    /must be U8 and is I8.*bnb_4bit_quant_storage/,
  ],
  [
    'CompanionDtype',
    'w.absmax',
    replaced(f32(...Array(10).fill(1))),
    /must be U8 and is F32.*double quantisation or without/,
  ],
  [
    'CompanionDtype',
    'w.nested_absmax',
    (d) => ({ ...d, dtype: 'I32', data: Int32Array.of(1) }),
    /must be F32 and is I32/,
  ],
  [
    'CompanionLength',
    'w',
    replaced(u8(new Uint8Array(319))),
    /must have 320 elements \(two codes a byte for shape \[10,64\]\) and has 319/,
  ],
  [
    'CompanionLength',
    'w.absmax',
    replaced(u8(new Uint8Array(11))),
    /must have 10 elements \(one for each 64 of 640 weights\) and has 11/,
  ],
  [
    'CompanionLength',
    'w.nested_absmax',
    replaced(f32(1, 1)),
    /must have 1 elements \(one for each 256 of 10 absmax values\) and has 2/,
  ],
  ['InvalidCodeBook', 'w.quant_map', replaced(f32(-1, 0, 1)), /of 16 values is expected and has 3/],
  [
    'InvalidCodeBook',
    'w.quant_map',
    edited(3, -0.6),
    /element 3 \(-0.6\d*\) is not above the one before \(-0.5/,
  ],
  ['InvalidCodeBook', 'w.quant_map', edited(4, Number.NaN), /element 4 \(NaN\) is not above/],
  ['InvalidCodeBook', 'w.quant_map', edited(15, 1.5), /lies in \[-1, 1\] and this one in \[-1, 1.5\]/],
  ['InvalidCodeBook', 'w.quant_map', edited(0, -Infinity), /lies in \[-1, 1\]/],
  [
    'InvalidCodeBook',
    'w.nested_quant_map',
    replaced(f32(...nested.codeBook)),
    /of 256 values is expected and has 16/,
  ],
  ['InvalidCodeBook', 'w.nested_quant_map', edited(255, 0), /element 255 \(0\)/],
  [
    'InvalidScale',
    'w.nested_absmax',
    edited(0, Number.NaN),
    /element 0 is NaN, and a scale is finite and not negative/,
  ],
  ['InvalidScale', 'w.nested_absmax', edited(0, -0.25), /element 0 is -0.25/],
  ['InvalidQuantState', STATE, state('{"quant_type": "nf4"'), /it is not JSON in UTF-8 \(.*JSON/],
  ['InvalidQuantState', STATE, replaced(u8(Uint8Array.of(0x22, 0xff, 0x22))), /not JSON in UTF-8/],
  ['InvalidQuantState', STATE, state('[]'), /must be a JSON object and is "\[\]"/],
  ['InvalidQuantState', STATE, state('null'), /must be a JSON object/],
  ...Object.keys(GOOD).map(
    (name): Case => [
      'InvalidQuantState',
      STATE,
      field({ [name]: undefined }),
      RegExp(`it has no ${name}\\.`),
    ],
  ),
  ['InvalidQuantState', STATE, field({ quant_type: 4 }), /quant_type must be a string and is "4"/],
  ['InvalidQuantState', STATE, field({ blocksize: '64' }), /blocksize must be a whole number above 0 and is/],
  [
    'InvalidQuantState',
    STATE,
    field({ blocksize: 0 }),
    /blocksize must be a whole number above 0 and is "0"/,
  ],
  ['InvalidQuantState', STATE, field({ dtype: 'int8' }), /dtype must be float32 or float16 or bfloat16/],
  ['InvalidQuantState', STATE, field({ shape: [10, 64.5] }), /shape must be a list/],
  ['InvalidQuantState', STATE, field({ shape: [] }), /shape must be a list of whole numbers above 0 and is/],
  [
    'InvalidQuantState',
    STATE,
    field({ nested_offset: null }),
    /nested_offset must be a number and is "null"/,
  ],
  ['InvalidQuantState', STATE, field({ nested_dtype: 'float16' }), /nested_dtype must be "float32"/],
  ['InvalidQuantState', STATE, field({ nested_blocksize: 1.5 }), /nested_blocksize must be/],
  ['UnknownQuantType', STATE, field({ quant_type: 'fp4' }), /quant_type "fp4" is not read, only "nf4"/],
];

describe('with double quantisation', () => {
  it.each(inNested)('%s of %s', async (code, name, change, message) => {
    const error = await refusal(() => readNf4(fileWith(nested, name, change), 'w'));
    expect([error.code, error.tensor]).toEqual([code, name]);
    expect(error.message).toMatch(message);
  });

  it.each<[QuantizationErrorCode, Record<string, unknown>, RegExp]>([
    ['InvalidBlockSize', { blocksize: 48 }, /"w": blocksize 48 is not a power of two from 32 to 4096/],
    ['InvalidBlockSize', { nested_blocksize: 100 }, /nested_blocksize 100 is not/],
    ['InvalidScale', { nested_offset: 1e300 }, /nested_offset 1e\+300 is not a finite float32/],
  ])('%s of a state with %j', async (code, change, message) => {
    const error = await refusal(() => readNf4(fileWith(nested, STATE, field(change)), 'w'));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('another block size than the absmax values are for', async () => {
    const error = await refusal(() => readNf4(fileWith(nested, STATE, field({ blocksize: 128 })), 'w'));
    expect([error.code, error.tensor]).toEqual(['CompanionLength', 'w.absmax']);
    expect(error.message).toMatch(/must have 5 elements \(one for each 128 of 640 weights\) and has 10/);
  });

  it('an absmax that overflows when it is decoded', async () => {
    const huge = field({ nested_offset: 3.4e38 });
    const tensor = await readNf4(fileWith(nested, STATE, huge), 'w');
    if (tensor.absmax.kind !== 'nested') throw new Error('not nested');
    const absmax = { ...tensor.absmax, absmax: Float32Array.of(3e38), codes: new Uint8Array(10).fill(255) };
    const error = await refusal(() => dequantizeNf4({ ...tensor, absmax }, { tensor: 'w' }));
    expect([error.code, error.tensor]).toEqual(['InvalidScale', 'w.absmax']);
  });
});

describe('without double quantisation', () => {
  it.each<Case>([
    ['CompanionDtype', 'w.absmax', replaced(u8(new Uint8Array(10))), /must be F32 and is U8/],
    ['CompanionLength', 'w.absmax', replaced(f32(1)), /must have 10 elements .* and has 1\./],
    ['InvalidScale', 'w.absmax', edited(7, -1), /element 7 is -1/],
    ['InvalidScale', 'w.absmax', edited(9, Number.NaN), /element 9 is NaN/],
    ['InvalidScale', 'w.absmax', edited(0, Infinity), /element 0 is Infinity/],
  ])('%s of %s', async (code, name, change, message) => {
    const error = await refusal(() => readNf4(fileWith(plain, name, change), 'w'));
    expect([error.code, error.tensor, error.file]).toEqual([code, name, undefined]);
    expect(error.message).toMatch(message);
  });
});

it('finds weights whose state is missing or of another type, and refuses them', async () => {
  const fp4 = fileWith(nested, STATE, (data) => ({ ...data, name: STATE.replace('nf4', 'fp4') }));
  expect(quantizedWeights(fp4.tensors)).toEqual(['w']);
  const error = await refusal(() => readNf4({ ...fp4, path: 'm.safetensors' }, 'w'));
  expect(error.code).toBe('UnknownQuantType');
  expect(error.message).toMatch(/^m.safetensors: tensor "w.quant_state.bitsandbytes__fp4": quant_type "fp4"/);
  expect(error.file).toBe('m.safetensors');
  expect(quantizedWeights(fileWith(nested, STATE, gone).tensors)).toEqual(['w']);
});

it('writes no structure that it would not read', async () => {
  const error = await refusal(() => nf4TensorData('w', { ...plain, packed: new Uint8Array(3) }));
  expect([error.code, error.tensor]).toEqual(['CompanionLength', 'w']);
});

it.each([
  [0.15827365219593048, '0.15827365219593048'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [1.25e-7, '1.25e-07'],
  [1e-300, '1e-300'],
  [1, '1.0'],
  [0, '0.0'],
  [-0, '-0.0'],
  [1e15, '1000000000000000.0'],
  [1e16, '1e+16'],
])('writes the offset %s as Python does', (offset, text) => {
  const whole = { blocksize: 64, dtype: 'float32', shape: [2], nested: { blocksize: 256, offset } } as const;
  const bytes = encodeNf4State(whole);
  expect(new TextDecoder().decode(bytes)).toMatch(
    new RegExp(`"nested_offset": ${text.replace('+', '\\+')}}$`),
  );
  expect(parseNf4State(bytes, {})).toEqual(whole);
});

it('an error is a refusal of the command line, with its code and file', async () => {
  const file = { ...fileWith(nested, 'w.absmax', gone), path: 'm.safetensors' };
  const error = await refusal(() => readNf4(file, 'w'));
  expect(cliRefusal(error, false)).toEqual({
    code: 'MissingCompanion',
    message: error.message,
    at: 'm.safetensors',
    exit: 1,
    text: `error MissingCompanion: ${error.message}`,
  });
});
