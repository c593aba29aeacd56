import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dtypeBits,
  SAFETENSORS_DTYPES,
  type SafetensorsErrorCode,
  type TensorData,
} from '../../../src/formats/safetensors/index.ts';
import { parseSafetensors, serializeSafetensors } from '../../support/safetensors.ts';
import { codeOf, errorOf, fileOf, tensorsArb } from './safetensors-helpers.ts';

const f32 = (name: string, shape: number[], values: number[]): TensorData => ({
  name,
  dtype: 'F32',
  shape,
  data: Float32Array.from(values),
});
const entry = (dtype: string, shape: string, begin: number | string, end: number | string): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

describe('parsing', () => {
  const rejected: [SafetensorsErrorCode, string, Uint8Array][] = [
    ['HeaderTooSmall', 'an empty file', new Uint8Array(0)],
    ['HeaderTooSmall', 'seven bytes', new Uint8Array(7)],
    ['HeaderTooLarge', 'a length over 2^53', fileOf('{}', 0, 2n ** 53n + 1n)],
    ['HeaderTooLarge', 'a length of 2^64 - 1', fileOf('', 0, 2n ** 64n - 1n)],
    ['HeaderTooLarge', 'a length just over 100 MB', fileOf('{}', 0, 100_000_001n)],
    ['InvalidHeaderLength', 'a length of 100 MB in a short file', fileOf('{}', 0, 100_000_000n)],
    ['InvalidHeaderLength', 'a length one past the end', fileOf('{}', 0, 3n)],
    ['InvalidHeader', 'invalid UTF-8', fileOf(Uint8Array.of(0x7b, 0xff, 0x7d))],
    ['InvalidHeader', 'a UTF-8 surrogate', fileOf(Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d))],
    ['InvalidHeaderStart', 'an empty header', fileOf('')],
    ['InvalidHeaderStart', 'leading white space', fileOf(' {}')],
    ['InvalidHeaderStart', 'a byte order mark', fileOf('\ufeff{}')],
    ['InvalidHeaderStart', 'an array', fileOf('[]')],
    ['InvalidHeaderDeserialization', 'an unclosed object', fileOf('{')],
    ['InvalidHeaderDeserialization', 'a trailing comma', fileOf('{"a":{},}')],
    ['InvalidHeaderDeserialization', 'text after the object', fileOf('{} {}')],
    ['InvalidHeaderDeserialization', 'NUL padding', fileOf('{}\0\0')],
    ['InvalidHeaderDeserialization', 'a tensor that is no object', fileOf('{"a":1}')],
    ['InvalidHeaderDeserialization', 'no dtype', fileOf('{"a":{"shape":[],"data_offsets":[0,4]}}', 4)],
    ['InvalidHeaderDeserialization', 'no shape', fileOf('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4)],
    ['InvalidHeaderDeserialization', 'no offsets', fileOf('{"a":{"dtype":"F32","shape":[]}}')],
    ['InvalidHeaderDeserialization', 'dtype not a string', fileOf('{"a":{"dtype":5}}')],
    ['InvalidHeaderDeserialization', 'three offsets', fileOf(`{"a":${entry('U8', '[1]', 0, '1,1')}}`, 1)],
    ['InvalidHeaderDeserialization', 'a negative dimension', fileOf(`{"a":${entry('U8', '[-1]', 0, 1)}}`, 1)],
    [
      'InvalidHeaderDeserialization',
      'a fractional dimension',
      fileOf(`{"a":${entry('U8', '[1.0]', 0, 1)}}`, 1),
    ],
    ['InvalidHeaderDeserialization', 'an exponent', fileOf(`{"a":${entry('U8', '[1e0]', 0, 1)}}`, 1)],
    ['InvalidHeaderDeserialization', 'a leading zero', fileOf(`{"a":${entry('U8', '[01]', 0, 1)}}`, 1)],
    [
      'InvalidHeaderDeserialization',
      'a string for a number',
      fileOf(`{"a":${entry('U8', '["1"]', 0, 1)}}`, 1),
    ],
    ['InvalidHeaderDeserialization', 'metadata not of strings', fileOf('{"__metadata__":{"a":1}}')],
    ['InvalidHeaderDeserialization', 'metadata null', fileOf('{"__metadata__":null}')],
    ['InvalidHeaderDeserialization', 'a bare control character', fileOf('{"a\n":1}')],
    ['InvalidHeaderDeserialization', 'a bad escape', fileOf('{"\\x":1}')],
    ['InvalidHeaderDeserialization', 'a lone surrogate escape', fileOf('{"\\ud800":1}')],
    ['UnknownDtype', 'dtype F7', fileOf(`{"a":${entry('F7', '[]', 0, 1)}}`, 1)],
    [
      'UnknownDtype',
      'a dtype of the object prototype',
      fileOf(`{"a":${entry('constructor', '[]', 0, 1)}}`, 1),
    ],
    ['InvalidOffset', 'a first tensor not at 0', fileOf(`{"a":${entry('U8', '[1]', 1, 2)}}`, 2)],
    [
      'InvalidOffset',
      'reversed offsets',
      fileOf(`{"a":${entry('U8', '[1]', 0, 1)},"b":${entry('U8', '[1]', 1, 0)}}`, 1),
    ],
    [
      'InvalidOffset',
      'overlap',
      fileOf(`{"a":${entry('U8', '[2]', 0, 2)},"b":${entry('U8', '[2]', 1, 3)}}`, 3),
    ],
    [
      'InvalidOffset',
      'shared bytes',
      fileOf(`{"a":${entry('U8', '[2]', 0, 2)},"b":${entry('U8', '[2]', 0, 2)}}`, 2),
    ],
    [
      'InvalidOffset',
      'a gap',
      fileOf(`{"a":${entry('U8', '[1]', 0, 1)},"b":${entry('U8', '[1]', 2, 3)}}`, 3),
    ],
    [
      'InvalidOffset',
      'an offset of 2^64',
      fileOf(`{"a":${entry('U8', '[1]', 0, '18446744073709551616')}}`, 1),
    ],
    [
      'ValidationOverflow',
      'a product past 2^64',
      fileOf(`{"a":${entry('F32', '[2,18446744073709551614]', 0, 16)}}`, 16),
    ],
    [
      'ValidationOverflow',
      'bytes past 2^64',
      fileOf(`{"a":${entry('F32', '[2,9223372036854775807]', 0, 16)}}`, 16),
    ],
    [
      'ValidationOverflow',
      'a product of small sizes',
      fileOf(`{"a":${entry('F32', `[${Array(64).fill(2)}]`, 0, 0)}}`),
    ],
    ['MisalignedSlice', 'half a byte', fileOf(`{"a":${entry('F4', '[1,3]', 0, 1)}}`, 1)],
    ['TensorInvalidInfo', 'too few bytes', fileOf(`{"a":${entry('F32', '[2,2]', 0, 12)}}`, 12)],
    ['TensorInvalidInfo', 'a misaligned end', fileOf(`{"a":${entry('F32', '[1]', 0, 5)}}`, 5)],
    ['MetadataIncompleteBuffer', 'trailing bytes', fileOf(`{"a":${entry('U8', '[1]', 0, 1)}}`, 2)],
    ['MetadataIncompleteBuffer', 'truncated data', fileOf(`{"a":${entry('U8', '[4]', 0, 4)}}`, 3)],
    ['MetadataIncompleteBuffer', 'data and no tensors', fileOf('{}', 1)],
  ];
  it.each(rejected)('%s: %s', (code, _, file) => expect(codeOf(file)).toBe(code));

  it.each([
    ['tensor names', `{"a":${entry('U8', '[0]', 0, 0)},"a":${entry('U8', '[0]', 0, 0)}}`],
    ['escaped-equal names', `{"ab":${entry('U8', '[0]', 0, 0)},"\\u0061b":${entry('U8', '[0]', 0, 0)}}`],
    ['__proto__', `{"__proto__":${entry('U8', '[0]', 0, 0)},"__proto__":${entry('U8', '[0]', 0, 0)}}`],
    ['fields', '{"a":{"dtype":"U8","shape":[0],"shape":[0],"data_offsets":[0,0]}}'],
    ['metadata keys', '{"__metadata__":{"k":"1","k":"2"}}'],
    ['__metadata__', '{"__metadata__":{},"__metadata__":{}}'],
  ])('duplicate %s are refused', (_, header) => {
    const error = errorOf(() => parseSafetensors(fileOf(header)));
    expect(error.code).toBe('InvalidHeaderDeserialization');
    expect(error.message).toContain('occurs twice');
  });

  it('says which file and tensor, what was expected and found, and what to do', () => {
    const error = errorOf(() =>
      parseSafetensors(fileOf(`{"w":${entry('F32', '[2,3]', 0, 12)}}`, 12), 'm.safetensors'),
    );
    expect(error).toMatchObject({ code: 'TensorInvalidInfo', file: 'm.safetensors', tensor: 'w' });
    expect(error.message).toBe(
      'm.safetensors: tensor "w": shape [2,3] of F32 needs 24 bytes, and data_offsets [0,12] hold 12. ' +
        'The file is damaged or not safetensors: download or write it again.',
    );
    const long = errorOf(() => parseSafetensors(fileOf(`{"${'n'.repeat(1e6)}":1}`)));
    expect(long.message.length).toBeLessThan(500);
  });

  it.each([
    ['arrays', `{"a":{"x":${'['.repeat(2e6)}`],
    ['objects', `{"a":{"x":${'{"k":'.repeat(4e5)}`],
    ['digits', `{"a":{"shape":[${'9'.repeat(2e6)}]}}`],
  ])('neither overflows the stack nor hangs on 2 MB of %s', (_, header) => {
    expect(codeOf(fileOf(header))).toBe('InvalidHeaderDeserialization');
  });

  it('takes __proto__ and the like as ordinary names', () => {
    const file = parseSafetensors(
      fileOf(
        `{"__metadata__":{"__proto__":"m"},"__proto__":${entry('U8', '[2]', 0, 2)},"toString":${entry('U8', '[]', 2, 3)}}`,
        3,
      ),
    );
    expect([...file.tensors.keys()]).toEqual(['__proto__', 'toString']);
    expect(file.metadata?.get('__proto__')).toBe('m');
    expect(errorOf(() => file.bytes('constructor')).code).toBe('TensorNotFound');
  });

  it('takes white space, unknown fields, zero-size tensors and any order of names, as the reference does', () => {
    const file = parseSafetensors(
      fileOf(
        `{ "b" : ${entry('F32', '[0,9007199254740991]', 1, 1)},\n"a":{"x":[{"y":[null,true,false,-1.5e+3,"s"]}],` +
          `"dtype":"U8","shape":[ ],"data_offsets":[0 ,1]} } \t\r\n`,
        1,
      ),
    );
    expect([...file.tensors.values()]).toEqual([
      { name: 'a', dtype: 'U8', shape: [], begin: 0, end: 1 },
      { name: 'b', dtype: 'F32', shape: [0, 9007199254740991], begin: 1, end: 1 },
    ]);
    expect(file.array('b')).toEqual(new Float32Array(0));
  });

  it('takes an empty tensor whose place is the beginning of another that the header names first', () => {
    const header = `{"a":${entry('U8', '[4]', 0, 4)},"b":${entry('U8', '[0]', 0, 0)}}`;
    expect([...parseSafetensors(fileOf(header, 4)).tensors.keys()]).toEqual(['b', 'a']);
  });

  it.each(['[]', '[0]', '[0,1,1]'])('refuses data_offsets of %s, with their number', (offsets) => {
    const header = `{"a":{"dtype":"U8","shape":[1],"data_offsets":${offsets}}}`;
    const error = errorOf(() => parseSafetensors(fileOf(header, 1)));
    expect(error).toMatchObject({ code: 'InvalidHeaderDeserialization', tensor: 'a' });
    expect(error.message).toContain(`must hold 2 numbers and holds ${JSON.parse(offsets).length}`);
  });

  it('knows the bits of every dtype of the format', () => {
    expect(Object.fromEntries(SAFETENSORS_DTYPES.map((d) => [d, dtypeBits(d)]))).toEqual({
      ...{ BOOL: 8, F4: 4, F6_E2M3: 6, F6_E3M2: 6, U8: 8, I8: 8, F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8 },
      ...{
        I16: 16,
        U16: 16,
        F16: 16,
        BF16: 16,
        I32: 32,
        U32: 32,
        F32: 32,
        C64: 64,
        F64: 64,
        I64: 64,
        U64: 64,
      },
    });
  });

  it('reads a tensor at a misaligned offset, from a view at an odd offset', () => {
    const whole = new Uint8Array(400);
    const header = `{"a":${entry('U8', '[1]', 0, 1)},"b":${entry('F32', '[1]', 1, 5)}}`;
    const file = fileOf(header, 5);
    file.set(new Uint8Array(Float32Array.of(1.5).buffer), file.length - 4);
    whole.set(file, 3);
    const view = parseSafetensors(whole.subarray(3, 3 + file.length));
    expect(view.array('b')).toEqual(Float32Array.of(1.5));
    expect(view.bytes('b').buffer).toBe(whole.buffer);
  });

  it.each<[TensorData['dtype'], ArrayBufferView, unknown]>([
    ['BOOL', Uint8Array.of(0, 1), Uint8Array.of(0, 1)],
    ['U8', Uint8Array.of(255), Uint8Array.of(255)],
    ['I8', Int8Array.of(-1), Int8Array.of(-1)],
    ['F8_E5M2', Uint8Array.of(0x3c, 0xfc, 0x01), Float32Array.of(1, -Infinity, 2 ** -16)],
    ['F8_E4M3', Uint8Array.of(0x38, 0xfe, 0x7f, 0x01), Float32Array.of(1, -448, Number.NaN, 2 ** -9)],
    ['I16', Int16Array.of(-2), Int16Array.of(-2)],
    ['U16', Uint16Array.of(65535), Uint16Array.of(65535)],
    ['F16', Uint16Array.of(0x3c00, 0x8001), Float32Array.of(1, -(2 ** -24))],
    ['BF16', Uint16Array.of(0x3f80, 0xff80), Float32Array.of(1, -Infinity)],
    ['I32', Int32Array.of(-3), Int32Array.of(-3)],
    ['U32', Uint32Array.of(4294967295), Uint32Array.of(4294967295)],
    ['F32', Float32Array.of(0.1), Float32Array.of(0.1)],
    ['F64', Float64Array.of(0.1), Float64Array.of(0.1)],
    ['I64', BigInt64Array.of(-(2n ** 63n)), BigInt64Array.of(-(2n ** 63n))],
    ['U64', BigUint64Array.of(2n ** 64n - 1n), BigUint64Array.of(2n ** 64n - 1n)],
  ])('%s has its natural typed array', (dtype, data, expected) => {
    const length = (expected as Uint8Array).length;
    const file = parseSafetensors(serializeSafetensors([{ name: 't', dtype, shape: [length], data }]));
    expect(file.array('t')).toEqual(expected);
  });

  it('gives the bytes, and no array, of dtypes without one', () => {
    const tensor = { name: 't', dtype: 'F4', shape: [2], data: Uint8Array.of(0x21) } as const;
    const file = parseSafetensors(serializeSafetensors([tensor]));
    expect(file.bytes('t')).toEqual(tensor.data);
    expect(errorOf(() => file.array('t')).code).toBe('UnsupportedDtype');
  });
});

describe('serializing', () => {
  const text = (file: Uint8Array): string => new TextDecoder().decode(file.subarray(8));

  // The expected bytes come from the unit tests of the reference implementation.
  it('gives the bytes of the reference', () => {
    expect(text(serializeSafetensors([]))).toBe('{}      ');
    expect(text(serializeSafetensors([], { framework: 'pt' }))).toBe(
      '{"__metadata__":{"framework":"pt"}}     ',
    );
    const aligned = serializeSafetensors([f32('attn.0', [1, 2, 3], [0, 1, 2, 3, 4, 5])]);
    expect(aligned.slice(0, 8)).toEqual(Uint8Array.of(64, 0, 0, 0, 0, 0, 0, 0));
    expect(text(aligned.slice(0, 72))).toBe(
      '{"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}}',
    );
    expect(aligned.slice(72)).toEqual(new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5).buffer));
    const padded = serializeSafetensors([f32('attn0', [1, 1, 2, 3], [0, 1, 2, 3, 4, 5])]);
    expect(text(padded.slice(0, 80))).toBe(
      '{"attn0":{"dtype":"F32","shape":[1,1,2,3],"data_offsets":[0,24]}}       ',
    );
  });

  it('orders by descending alignment, then by code point; keeps the order of metadata', () => {
    const byte = (name: string): TensorData => ({ name, dtype: 'U8', shape: [1], data: new Uint8Array(1) });
    const file = serializeSafetensors(
      [
        byte('\u{10000}'),
        byte('\uffff'),
        byte('ab'),
        byte('a'),
        f32('z', [1], [1]),
        { name: 'i', dtype: 'I64', shape: [1], data: BigInt64Array.of(1n) },
        { name: 'd', dtype: 'F64', shape: [1], data: Float64Array.of(1) },
        { name: 'h', dtype: 'BF16', shape: [1], data: Uint16Array.of(1) },
      ],
      new Map([
        ['z', '1'],
        ['a', '2'],
      ]),
    );
    const parsed = parseSafetensors(file);
    expect([...parsed.tensors.keys()]).toEqual(['i', 'd', 'z', 'h', 'a', 'ab', '\uffff', '\u{10000}']);
    expect([...parsed.metadata!]).toEqual([
      ['z', '1'],
      ['a', '2'],
    ]);
  });

  it.each<[SafetensorsErrorCode, string, TensorData[]]>([
    ['InvalidTensorName', 'a reserved name', [f32('__metadata__', [], [1])]],
    ['InvalidTensorName', 'two of one name', [f32('a', [], [1]), f32('a', [], [2])]],
    ['InvalidTensorName', 'a lone surrogate', [f32('\ud800', [], [1])]],
    ['UnknownDtype', 'an unknown dtype', [{ ...f32('a', [], [1]), dtype: 'F31' as 'F32' }]],
    ['InvalidTensorView', 'a shape of other bytes', [f32('a', [2], [1])]],
    ['InvalidTensorView', 'a negative dimension', [f32('a', [-1], [])]],
    ['InvalidTensorView', 'a fractional dimension', [f32('a', [0.5], [])]],
    ['InvalidTensorView', 'elements of another type', [{ ...f32('a', [1], [1]), dtype: 'I32' }]],
    ['InvalidTensorView', 'floats for F16', [{ ...f32('a', [2], [1, 2]), dtype: 'F16' }]],
    ['ValidationOverflow', 'an overflowing shape', [f32('a', [2 ** 40, 2 ** 40], [])]],
    ['MisalignedSlice', 'half a byte', [{ name: 'a', dtype: 'F4', shape: [3], data: new Uint8Array(1) }]],
  ])('%s: %s', (code, _, tensors) => {
    expect(errorOf(() => serializeSafetensors(tensors)).code).toBe(code);
  });

  it('refuses metadata that is not of strings, and a header over the limit', () => {
    const numbers = { a: 1 } as unknown as Record<string, string>;
    expect(errorOf(() => serializeSafetensors([], numbers)).code).toBe('InvalidMetadata');
    expect(errorOf(() => serializeSafetensors([], { a: '\udc00' })).code).toBe('InvalidMetadata');
    expect(errorOf(() => serializeSafetensors([], { a: 'x'.repeat(100_000_000) })).code).toBe(
      'HeaderTooLarge',
    );
  });

  it('round-trips, byte for byte, whatever the order given', () => {
    const metadata = fc.option(
      fc.array(fc.tuple(fc.string(), fc.string())).map((pairs) => new Map(pairs)),
      {
        nil: undefined,
      },
    );
    fc.assert(
      fc.property(tensorsArb, metadata, (tensors, meta) => {
        const file = serializeSafetensors(tensors, meta);
        const parsed = parseSafetensors(file);
        expect(parsed.metadata && [...parsed.metadata]).toEqual(meta && [...meta]);
        expect(parsed.tensors.size).toBe(tensors.length);
        for (const { name, dtype, shape, data } of tensors) {
          expect(parsed.tensors.get(name)).toMatchObject({ name, dtype, shape });
          expect(parsed.bytes(name)).toEqual(data);
        }
        const again = [...parsed.tensors.values()]
          .reverse()
          .map((info) => ({ ...info, data: parsed.bytes(info.name) }));
        expect(serializeSafetensors(again, parsed.metadata)).toEqual(file);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
