/** Values of every kind in every quantised form: codes, scales, decoded values, deviation and words are pinned. */
import { expect, it } from 'vitest';
import { layoutOf, type Storage, storageName } from '../../../../compiler/primitives/storage.ts';
import {
  dequantize,
  deviation,
  QuantizationError,
  type QuantizedTensor,
  quantize,
  storageOf,
  wordsOf,
} from '../../../../src/formats/quantized/index.ts';
import { isInt4, isNf4 } from '../../../../src/formats/quantized/stored.ts';
import { digest } from '../../../support/digest.ts';

/** Values by their number. */
const VALUES: Readonly<Record<string, (i: number) => number>> = {
  mixed: (i) => Math.sin(i * i) * 2 ** ((i % 7) - 3),
  negative: (i) => -1 - ((i * 5) % 11),
  positive: (i) => 2 + ((i * 5) % 11),
  zeros: (i) => (i % 2 === 0 ? 0 : -0),
  'mostly zeros': (i) => (i % 37 === 5 ? 3 : 0),
  subnormal: (i) => Math.cos(i) * 2 ** -140,
  'near 2^-127': (i) => Math.cos(i) * 2 ** -127,
  huge: (i) => Math.cos(i) * 3e38,
  ties: (i) => (i % 16 === 0 ? 15 : i % 16) - 0.5,
};

const STORAGES: readonly Storage[] = [
  { format: 'nf4', block: 32 },
  { format: 'nf4', block: 64 },
  { format: 'nf4', block: 32, nested: 32 },
  { format: 'nf4', block: 64, nested: 256 },
  { format: 'int8' },
  { format: 'int4', group: 1 },
  { format: 'int4', group: 3 },
  { format: 'int4', group: 8 },
  { format: 'int4', group: 64 },
];

const SHAPES = [
  [1, 8],
  [3, 43],
  [8, 16],
] as const;
/** A shape with more than 256 blocks of 32. */
const LARGE = [72, 128] as const;

/** The parts of a quantised tensor as text: in full where they are few. */
function partsOf(value: unknown): string {
  if (ArrayBuffer.isView(value)) {
    const text = [...(value as Float32Array)].join(' ');
    return text.length <= 70 ? `[${text}]` : digest(text);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  return Object.entries(value)
    .map(([key, part]) => `${key} ${key === 'codeBook' ? digest(partsOf(part)) : partsOf(part)}`)
    .join(', ');
}

/** The numbers in the words of a tensor, read without the code that packs them. */
function unpacked(words: Uint32Array, storage: Storage, tensor: QuantizedTensor): unknown {
  const layout = layoutOf(storage, tensor.shape);
  const bits = (from: number, count: number, width: number) =>
    Array.from({ length: count }, (_, i) => {
      const per = 32 / width;
      return Math.floor(words[from + Math.floor(i / per)]! / 2 ** (width * (i % per))) % 2 ** width;
    });
  const floats = (from: number, count: number) => Array.from(new Float32Array(words.buffer, 4 * from, count));
  const elements = tensor.shape.reduce((p, n) => p * n, 1);
  expect(words.length).toBe(layout.words);
  if (isNf4(tensor)) {
    const codes = bits(0, elements, 4);
    const { absmax } = tensor;
    const packed = tensor.packed.length * 2 === elements ? [...codes] : [...codes, 7];
    const bytes = Array.from(tensor.packed, (_, i) => packed[2 * i]! * 16 + packed[2 * i + 1]!);
    if (absmax.kind === 'plain')
      return [bytes, floats(layout.scales, absmax.values.length), [...tensor.packed], [...absmax.values]];
    return [
      ...[bytes, bits(layout.scales, absmax.codes.length, 8), floats(layout.nested, absmax.absmax.length)],
      ...[floats(layout.book, 256), floats(layout.offset, 1)],
      ...[[...tensor.packed], [...absmax.codes], [...absmax.absmax], [...absmax.codeBook]],
      [Math.fround(absmax.offset)],
    ];
  }
  const scales = [floats(layout.scales, tensor.scales.length), [...tensor.scales]] as const;
  if (!isInt4(tensor)) {
    const codes = bits(0, elements, 8).map((code) => (code > 127 ? code - 256 : code));
    return [codes, scales[0], [...tensor.codes], scales[1]];
  }
  const zeros = bits(layout.zeros, tensor.zeros.length, 8);
  const isIndexed = storage.format === 'int4' && storage.indexed;
  const table = isIndexed ? [...words.subarray(layout.groups, layout.groups + tensor.shape[1])] : [];
  return [
    ...[bits(0, elements, 4), scales[0], zeros, table],
    ...[[...tensor.codes], scales[1], [...tensor.zeros], isIndexed ? [...tensor.group] : []],
  ];
}

/** Expects the words of a tensor to hold its parts: the list of what they hold repeats itself. */
function holdsParts(tensor: QuantizedTensor, storage: Storage): void {
  const held = unpacked(wordsOf(tensor, storage), storage, tensor) as unknown[];
  expect(held.slice(0, held.length / 2)).toEqual(held.slice(held.length / 2));
}

function line(kind: string, shape: readonly [number, number], storage: Storage): string {
  const values = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => VALUES[kind]!(i));
  try {
    const tensor = quantize(values, shape, storage, { tensor: 'w' });
    expect(tensor.shape).toEqual(shape);
    holdsParts(tensor, storageOf(tensor));
    const decoded = dequantize(tensor);
    const { squares, largest, step } = deviation(tensor, values);
    const sizes = [squares, largest, step].map((n) => n.toPrecision(6)).join(' ');
    return `${partsOf(tensor)}; decoded ${partsOf(decoded)}; deviation ${sizes}`;
  } catch (error) {
    if (!(error instanceof QuantizationError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

it.each(STORAGES.map((storage) => [storageName(storage), storage] as const))(
  '%s holds values of every kind',
  async (name, storage) => {
    const lines = Object.keys(VALUES).flatMap((kind) =>
      [...SHAPES, LARGE].map((shape) => `${kind} [${shape}]: ${line(kind, shape, storage)}`),
    );
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
      `every-form/${name.replaceAll(/[: ]/g, '-')}.txt`,
    );
  },
);

it('groups that are out of order have a table of groups in their words', () => {
  const values = Float32Array.from({ length: 128 }, (_, i) => VALUES.mixed!(i));
  const tensor = quantize(values, [8, 16], { format: 'int4', group: 6 });
  if (!isInt4(tensor)) throw new Error('it has no groups');
  expect(storageOf(tensor)).toEqual({ format: 'int4', group: 6 });
  const moved = { ...tensor, group: tensor.group.toReversed() };
  const storage = { format: 'int4', group: 6, indexed: true } as const;
  expect(storageOf(moved)).toEqual(storage);
  holdsParts(moved, storage);
  holdsParts(tensor, storage);
  expect(() => wordsOf(moved, { format: 'int4', group: 6 })).toThrow(
    'it is int4:6 indexed and the layer is compiled for int4:6. Compile for int4:6 indexed, or give its values as float32.',
  );
  // Three groups of 6, 7 or 8 of 16 inputs each.
  for (const group of [6, 7]) {
    const few = quantize(values, [8, 16], { format: 'int4', group });
    if (!isInt4(few)) throw new Error('it has no groups');
    for (const other of [5, 6, 7, 8]) {
      const run = () => wordsOf(few, { format: 'int4', group: other });
      if (other === group) expect(run().length).toBeGreaterThan(0);
      else
        expect(run).toThrow(
          `it is int4:6${group === 6 ? '' : ' indexed'} and the layer is compiled for int4:${other}`,
        );
    }
  }
});
