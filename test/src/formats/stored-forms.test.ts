/** Quantised weights in checkpoints with one tensor missing or changed: reading and verifying are golden. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prefixed } from '../../../src/formats/checkpoint/prefixed.ts';
import { requantize, requantizedTensors } from '../../../src/formats/checkpoint/requantize.ts';
import { openTensors, type TensorStore } from '../../../src/formats/checkpoint/store.ts';
import { verifyWeight } from '../../../src/formats/checkpoint/verify.ts';
import { readQuantized, storedShape, storedWeights } from '../../../src/formats/checkpoint/weights.ts';
import type { Quantization } from '../../../src/formats/config/quantization.ts';
import {
  nf4TensorData,
  packAwq,
  packGptq,
  QuantizationError,
  quantizeGrouped4,
  quantizeInt8Rows,
  quantizeNf4,
} from '../../../src/formats/quantized/index.ts';
import {
  decodeF16,
  encodeBF16,
  encodeF16,
  type SafetensorsDtype,
  SafetensorsError,
  type TensorData,
} from '../../../src/formats/safetensors/index.ts';
import { digest } from '../../support/digest.ts';
import { serializeSafetensors } from '../../support/safetensors.ts';
import { newFolder, thrown, writeFiles } from './files.ts';
import { openFilesOf } from './open-files.ts';

const VALUES = Float32Array.from({ length: 128 }, (_, i) => Math.sin(i + 1));
const tensor = (name: string, dtype: SafetensorsDtype, shape: readonly number[], data: ArrayBufferView) => ({
  ...{ name, dtype, shape, data },
});
/** A quantised weight of 8 outputs and 16 inputs; groups of 6, two whole and one short. */
const grouped = (rounded: (s: Float32Array) => Float32Array, group?: Int32Array) =>
  quantizeGrouped4(VALUES, [8, 16], 6, {}, { smallestZero: 1, rounded, ...(group ? { group } : {}) });
const f16 = (s: Float32Array) => decodeF16(encodeF16(s));
const GROUP = Int32Array.from({ length: 16 }, (_, i) => i % 3);

function gptq(format: 'gptq' | 'gptq_v2', group?: Int32Array): TensorData[] {
  const { qweight, qzeros, scales, gIdx } = packGptq(grouped(f16, group), 6, format);
  return [
    tensor('m.qweight', 'I32', [2, 8], qweight),
    tensor('m.qzeros', 'I32', [3, 1], qzeros),
    tensor('m.scales', 'F16', [3, 8], encodeF16(scales)),
    ...(group ? [tensor('m.g_idx', 'I32', [16], gIdx!)] : []),
  ];
}
function awq(): TensorData[] {
  const { qweight, qzeros, scales } = packAwq(
    grouped((s) => s),
    6,
  );
  return [
    tensor('m.qweight', 'I32', [16, 1], qweight),
    tensor('m.qzeros', 'I32', [3, 1], qzeros),
    tensor('m.scales', 'F32', [3, 8], scales),
  ];
}
const rows = quantizeInt8Rows(VALUES, [8, 16]);
const int8 = (): TensorData[] => [
  tensor('m.weight', 'I8', [8, 16], rows.codes),
  tensor(
    'm.SCB',
    'F32',
    [8],
    rows.scales.map((s) => s * 127),
  ),
  tensor('m.weight_format', 'U8', [], Uint8Array.of(0)),
];
const nf4 = (doubleQuantization: boolean) =>
  nf4TensorData('m.weight', quantizeNf4(VALUES, [8, 16], { blocksize: 32, doubleQuantization }));

const FORMS: Readonly<Record<string, readonly [readonly TensorData[], Quantization | undefined]>> = {
  plain: [[tensor('m.weight', 'F16', [8, 16], encodeF16(VALUES))], undefined],
  nf4: [nf4(false), { method: 'nf4', doubleQuantization: false }],
  'nf4-double': [nf4(true), { method: 'nf4', doubleQuantization: true }],
  int8: [int8(), { method: 'int8' }],
  gptq: [gptq('gptq', GROUP), { method: 'gptq', groupSize: 6, format: 'gptq' }],
  'gptq-v2': [gptq('gptq_v2'), { method: 'gptq', groupSize: 6, format: 'gptq_v2' }],
  awq: [awq(), { method: 'awq', groupSize: 6 }],
};

/** A store of one file with these tensors. */
const storeOf = (tensors: readonly TensorData[]): Promise<TensorStore> =>
  openTensors(
    join(writeFiles(newFolder(), { 'm.safetensors': serializeSafetensors(tensors) }), 'm.safetensors'),
  );

/** Each change of one tensor: it is missing, or has another name, dtype, shape, length or first element. */
function changes(tensors: readonly TensorData[]): (readonly [string, readonly TensorData[]])[] {
  const isDtype = (dtype: SafetensorsDtype): dtype is 'I8' | 'U8' | 'I32' | 'F32' | 'F16' => dtype in ALIKE;
  return tensors.flatMap((t, n) => {
    const { name, dtype, shape, data } = t;
    const put = (what: string, ...changed: readonly TensorData[]) =>
      [`${name} ${what}`, tensors.toSpliced(n, 1, ...changed)] as const;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const size =
      bytes.length /
      Math.max(
        1,
        shape.reduce((p, d) => p * d, 1),
      );
    const filled = (byte: number) => ({ ...t, data: bytes.slice().fill(byte, 0, size) });
    const elements = bytes.length / size;
    return [
      put('is missing'),
      put('twice as wide', { ...t, shape: [elements * 2], data: Uint8Array.of(...bytes, ...bytes) }),
      put('one less', { ...t, shape: [elements - 1], data: bytes.slice(size) }),
      put('flat', { ...t, shape: [elements] }),
      put('of three axes', { ...t, shape: [1, ...shape] }),
      put('transposed', { ...t, shape: shape.toReversed() }),
      put('begins with zeros', filled(0)),
      put('begins with ones', filled(255)),
      ...(isDtype(dtype) ? [put(`as ${ALIKE[dtype]}`, { ...t, dtype: ALIKE[dtype], data: bytes })] : []),
    ];
  });
}
/** Another dtype of as many bits. */
const ALIKE = { I8: 'U8', U8: 'I8', I32: 'F32', F32: 'I32', F16: 'I16' } as const;

/** A result as text, with arrays as digests. */
const shortened = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    ArrayBuffer.isView(part) ? digest([...(part as Uint8Array)].join(' ')) : part,
  ) ?? 'nothing';

async function outcome(work: () => unknown): Promise<string> {
  try {
    return shortened(await work());
  } catch (error) {
    if (error instanceof QuantizationError || error instanceof SafetensorsError)
      return `${error.code}: ${error.message.replace(/\S*m\.safetensors/, 'F').replace(/\. .*/s, '')}`;
    throw error;
  }
}

async function report(tensors: readonly TensorData[], quantization: Quantization | undefined) {
  const store = await storeOf(tensors);
  const lines: string[] = [];
  for (const weight of storedWeights(store.tensors, quantization).values()) {
    const stored = weight.tensors.map((t) => t.name).join(' ');
    const read = await outcome(() => readQuantized(store, weight, quantization));
    const verified = await outcome(() => verifyWeight(store, weight, quantization));
    const shape = await outcome(() => storedShape(store, weight));
    lines.push(`  ${weight.name} ${weight.form} [${weight.shape}] of ${stored}`);
    lines.push(
      ...(read === verified ? [`    both: ${read}`] : [`    read: ${read}`, `    verified: ${verified}`]),
    );
    if (shape !== `[${weight.shape}]`) lines.push(`    shape: ${shape}`);
  }
  await store.close();
  return lines.map((line) => `${line}\n`).join('');
}

describe.each(Object.entries(FORMS))('%s', (name, [tensors, quantization]) => {
  it('with any tensor changed', async () => {
    const lines = [`as it is\n${await report(tensors, quantization)}`];
    for (const [what, changed] of changes(tensors))
      lines.push(`${what}\n${await report(changed, quantization)}`);
    if (quantization) lines.push(`without its configuration\n${await report(tensors, undefined)}`);
    await expect(lines.join('')).toMatchFileSnapshot(`stored-forms/${name}.txt`);
  });

  it('with other values is stored in tensors of the same names and shapes', async () => {
    const store = await storeOf(tensors);
    const weight = storedWeights(store.tensors, quantization).get('m.weight')!;
    const read = await readQuantized(store, weight, quantization);
    if (read) {
      const base = { stored: weight, weight: read, quantization };
      const to = VALUES.map((x, i) => (i % 16 < 5 ? -2 * x : Math.abs(x)));
      const made = requantize(to, base);
      const written = await requantizedTensors(made, to, base, store);
      expect(written.map((t) => [t.name, t.dtype, t.shape])).toEqual(
        tensors.map((t) => [t.name, t.dtype, t.name.includes('quant_state') ? expect.any(Array) : t.shape]),
      );
      const again = await storeOf(written);
      const back = storedWeights(again.tensors, quantization).get('m.weight')!;
      expect(await readQuantized(again, back, quantization)).toEqual(made);
      await again.close();
      const lines = written.map(
        (t) => `${t.name} ${t.dtype} ${digest([...(t.data as Uint8Array)].join(' '))}`,
      );
      await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`stored-forms/${name}-requantised.txt`);
    }
    await store.close();
  });
});

it('scales are stored in the dtype that they had', async () => {
  const encoded = { F16: encodeF16, BF16: encodeBF16, F32: (s: Float32Array) => s };
  for (const [dtype, encode] of Object.entries(encoded)) {
    const scales = encode(grouped((s) => s).scales);
    const tensors = gptq('gptq').map((t) =>
      t.name === 'm.scales' ? tensor('m.scales', dtype as SafetensorsDtype, [3, 8], scales) : t,
    );
    const quantization = { method: 'gptq', groupSize: 6, format: 'gptq' } as const;
    const store = await storeOf(tensors);
    const stored = storedWeights(store.tensors, quantization).get('m.weight')!;
    const weight = (await readQuantized(store, stored, quantization))!;
    const base = { stored, weight, quantization };
    const made = requantize(VALUES, base);
    const written = await requantizedTensors(made, VALUES, base, store);
    expect(written[2]).toMatchObject({ dtype, data: encode(grouped((s) => s).scales) });
    const unknown = { ...base, quantization: undefined };
    expect(() => requantize(VALUES, unknown)).toThrow('groups of 4 bits are read by the configuration');
    await store.close();
  }
});

it('verifying needs all codes and groups, and looks at no others', async () => {
  const outcomeOf = async (tensors: readonly TensorData[], quantization: Quantization) => {
    const store = await storeOf(tensors);
    const weight = storedWeights(store.tensors, quantization).get('m.weight')!;
    const verified = await outcome(() => verifyWeight(store, weight, quantization));
    const read = await outcome(async () => (await readQuantized(store, weight, quantization))?.shape);
    await store.close();
    return { verified, read };
  };
  const both = (shape: string) => ({ verified: shape, read: shape });
  const none = [
    tensor('m.weight', 'I8', [0, 16], new Int8Array(0)),
    tensor('m.SCB', 'F32', [0], new Float32Array(0)),
  ];
  expect((await outcomeOf(none, { method: 'int8' })).verified).toMatch(
    /^InvalidWeight: F: tensor "m.weight": shape \[0,16\]/,
  );
  // Sixteen outputs, so that a row of words has two.
  const wide = quantizeGrouped4(VALUES, [16, 8], 8);
  const packed = packAwq(wide, 8);
  const tensors = [
    tensor('m.qweight', 'I32', [8, 2], packed.qweight),
    tensor('m.qzeros', 'I32', [1, 2], packed.qzeros),
    tensor('m.scales', 'F32', [1, 16], packed.scales),
  ];
  expect(await outcomeOf(tensors, { method: 'awq', groupSize: 8 })).toEqual(both('[16,8]'));
  const stray = [...tensors, tensor('m.g_idx', 'F32', [1], Float32Array.of(7))];
  expect(await outcomeOf(stray, { method: 'awq', groupSize: 8 })).toEqual(both('[16,8]'));
  // The last of four groups has one input.
  const group = Int32Array.from({ length: 16 }, (_, i) => 3 - (i % 4));
  const { qweight, qzeros, scales } = packGptq(
    quantizeGrouped4(VALUES, [8, 16], 5, {}, { group, smallestZero: 1 }),
    5,
    'gptq',
  );
  const grouped4 = [
    tensor('m.qweight', 'I32', [2, 8], qweight),
    tensor('m.qzeros', 'I32', [4, 1], qzeros),
    tensor('m.scales', 'F32', [4, 8], scales),
    tensor('m.g_idx', 'I32', [16], group),
  ];
  expect(await outcomeOf(grouped4, { method: 'gptq', groupSize: 5, format: 'gptq' })).toEqual(both('[8,16]'));
});

it('the scales of small values are their largest', async () => {
  const store = await storeOf(int8());
  const stored = storedWeights(store.tensors, undefined).get('m.weight')!;
  const weight = (await readQuantized(store, stored, undefined))!;
  const to = VALUES.map((x) => -x / 1000);
  const base = { stored, weight, quantization: undefined };
  const [, scb] = await requantizedTensors(requantize(to, base), to, base, store);
  const rowOf = (row: number) => to.subarray(16 * row, 16 * row + 16).map(Math.abs);
  expect(scb!.data).toEqual(Float32Array.from({ length: 8 }, (_, row) => Math.max(...rowOf(row))));
  await store.close();
});

it('names that only resemble companions are weights of their own', () => {
  const names = [
    ...['a.weight', 'a.weight.absmax', 'a.weight.quant_map', 'a.weight.other', 'b.weight', 'b.weight.absmax'],
    ...[
      'c.qweight',
      'c.qzeros',
      'c.scales',
      'c.g_idx',
      'c.bias',
      'd.scales',
      'SCB',
      'x.SCBs',
      'e.SCB',
      'qweight',
    ],
    ...[
      'f.weight',
      'f.SCB',
      'f.weight_format',
      'k.weight.quant_state.bitsandbytes__a/b',
      'g.weight.quant_state.bitsandbytes__nf4',
      'g.weight.nested_absmax',
    ],
    ...[
      'h.weight',
      'h.weight.quant_state.bitsandbytes__fp4',
      'h.weight.quant_state.a/b',
      'i\n.SCB',
      'j.SCB.weight',
    ],
  ];
  const tensors = new Map(
    names.map((name) => [name, { name, dtype: 'U8', shape: [2, 3], begin: 0, end: 6, file: 'f' } as const]),
  );
  const scalar = new Map([['l.qweight', { ...tensors.get('qweight')!, shape: [] }]]);
  expect(storedWeights(scalar, undefined).get('l.weight')).toMatchObject({ form: 'gptq', shape: [0, 0] });
  const plain = (name: string) => `${name} plain [2,3]: ${name}`;
  const sorted = (quantization?: Quantization) =>
    [...storedWeights(tensors, quantization).values()].map(
      (w) => `${w.name} ${w.form} [${w.shape}]: ${w.tensors.map((t) => t.name).join(' ')}`,
    );
  expect(sorted()).toEqual([
    'a.weight nf4 [12]: a.weight a.weight.absmax a.weight.quant_map',
    'k.weight nf4 [0]: ',
    'g.weight nf4 [0]: g.weight.quant_state.bitsandbytes__nf4 g.weight.nested_absmax',
    'h.weight nf4 [12]: h.weight h.weight.quant_state.bitsandbytes__fp4',
    'c.weight gptq [3,16]: c.qweight c.qzeros c.scales c.g_idx',
    'e.weight int8 []: e.SCB',
    'f.weight int8 [2,3]: f.weight f.SCB f.weight_format',
    'i\n.weight int8 []: i\n.SCB',
    ...[
      'a.weight.other',
      'b.weight',
      'b.weight.absmax',
      'c.bias',
      'd.scales',
      'SCB',
      'x.SCBs',
      'qweight',
    ].map(plain),
    ...['k.weight.quant_state.bitsandbytes__a/b', 'h.weight.quant_state.a/b', 'j.SCB.weight'].map(plain),
  ]);
  const asAwq = sorted({ method: 'awq', groupSize: 8 }).filter((line) => !sorted().includes(line));
  expect(asAwq).toEqual(['c.weight awq [24,2]: c.qweight c.qzeros c.scales c.g_idx']);
});

it('a bare model’s tensors are read under the names of a class with a head', async () => {
  const f32 = (name: string) => tensor(name, 'F32', [2, 2], Float32Array.of(1, 2, 3, 4));
  const bare = await storeOf([f32('a'), f32('b.model.c')]);
  const full = await storeOf([f32('a'), f32('model.b')]);
  expect(prefixed(bare, undefined)).toBe(bare);
  expect(prefixed(full, 'model.')).toBe(full);
  const store = prefixed(bare, 'model.');
  expect([...store.tensors].map(([name, t]) => [name, t.name, t.stored])).toEqual([
    ['model.a', 'model.a', 'a'],
    ['model.b.model.c', 'model.b.model.c', 'b.model.c'],
  ]);
  for (const name of ['model.a', 'a', 'model.b.model.c']) {
    expect(await store.bytes(name, { from: 4, length: 4 })).toEqual(Uint8Array.of(0, 0, 0, 64));
    expect(await store.bytes(name)).toHaveLength(16);
    expect(await store.array(name)).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(await store.f32(name)).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(await store.rows(name, 1, 1)).toEqual(Float32Array.of(3, 4));
    expect(await store.rows(name, 0, 2)).toEqual(Float32Array.of(1, 2, 3, 4));
  }
  await store.close();
  await full.close();
  expect(await thrown(() => bare.bytes('a'))).toMatchObject({ code: 'IoError' });
  expect(openFilesOf(bare.path)).toEqual([]);
});
