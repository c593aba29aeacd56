/** Safetensors as they are written: what each dtype takes, the order of tensors, padding, and files on a disk. */
import { statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  dtypeBits,
  openSafetensors,
  SAFETENSORS_DTYPES,
  type SafetensorsDtype,
  SafetensorsError,
  type TensorData,
  writeSafetensors,
} from '../../../src/formats/safetensors/index.ts';
import { io } from '../../../src/formats/safetensors/io.ts';
import { closeAll } from '../../../src/formats/safetensors/read.ts';
import { parseSafetensors, serializeSafetensors } from '../../support/safetensors.ts';
import { ENDINGS, endBy } from './at-end.ts';
import { flushes, operations, treeOf, withMethod } from './effects.ts';
import { newFolder, thrown } from './files.ts';
import { openFilesOf } from './open-files.ts';
import { errorOf, fileOf } from './safetensors-helpers.ts';

const bytes = (name: string, length = 1): TensorData => ({
  ...{ name, dtype: 'U8', shape: [length] },
  data: new Uint8Array(length).fill(7),
});
const messageOf = (run: () => unknown) => {
  const { code, message } = errorOf(run);
  return `${code}: ${message}`;
};

describe('a tensor', () => {
  it('is taken from its dtype’s own typed array or from bytes, and from no other', async () => {
    const Arrays = [Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array];
    const More = [Float64Array, BigInt64Array, BigUint64Array, Uint8ClampedArray];
    const taken = SAFETENSORS_DTYPES.map((dtype) => {
      const views = [...Arrays, ...More].map((A) => new A(new ArrayBuffer(48)));
      const names = [...views, new DataView(new ArrayBuffer(48))].flatMap((data) => {
        const bits = { 4: 96, 6: 64, 8: 48, 16: 24, 32: 12, 64: 6 };
        const run = () =>
          Object.values(bits).map((n) => {
            try {
              return serializeSafetensors([{ name: 't', dtype, shape: [n], data }]);
            } catch (error) {
              if (error instanceof SafetensorsError && / is stored as /.test(error.message)) throw error;
              return undefined;
            }
          });
        try {
          return run().some((file) => file !== undefined) ? [data.constructor.name] : [];
        } catch {
          return [];
        }
      });
      return `${dtype}: ${names.join(' ')}`;
    });
    await expect(`${taken.join('\n')}\n`).toMatchFileSnapshot('safetensors-faults/arrays.txt');
  });

  it('whose bytes do not fit is refused with what it needs', async () => {
    const of = (change: Partial<TensorData>) =>
      messageOf(() => serializeSafetensors([{ ...bytes('t', 6), ...change }]));
    const lines = [
      of({ shape: [5] }),
      of({ shape: [7] }),
      of({ shape: [-1] }),
      of({ shape: [0.5] }),
      of({ shape: [6, Number.NaN] }),
      of({ dtype: 'I8', data: new Float32Array(6) }),
      of({ dtype: 'F16' }),
      of({ dtype: 'F31' as SafetensorsDtype }),
      of({ name: '__metadata__' }),
      of({ name: 'a\ud800' }),
      of({ name: '\udc00' }),
      messageOf(() => serializeSafetensors([bytes('t'), bytes('u'), bytes('t')])),
      messageOf(() => serializeSafetensors([], { k: 1 } as unknown as Record<string, string>)),
      messageOf(() => serializeSafetensors([], { k: '\ud800' })),
      messageOf(() => serializeSafetensors([], new Map([['\udfff', 'v']]))),
    ];
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('safetensors-faults/tensors.txt');
  });

  it('is written from a part of a buffer', () => {
    const buffer = Uint8Array.of(9, 9, 9, 9, 1, 0, 0, 0, 9, 9, 9, 9).buffer;
    for (const data of [
      new Int32Array(buffer, 4, 1),
      new DataView(buffer, 4, 4),
      new Uint8Array(buffer, 4, 4),
    ])
      expect(
        parseSafetensors(serializeSafetensors([{ name: 't', dtype: 'I32', shape: [1], data }])).array('t'),
      ).toEqual(Int32Array.of(1));
  });

  it('of many elements is read into its own typed array', () => {
    for (const dtype of SAFETENSORS_DTYPES) {
      const data = new Uint8Array(192);
      const shape = [(192 * 8) / dtypeBits(dtype)];
      const file = parseSafetensors(serializeSafetensors([{ name: 't', dtype, shape, data }]));
      if (/^(F4|F6_.*|F8_E8M0|C64)$/.test(dtype))
        expect(messageOf(() => file.array('t'))).toMatch('UnsupportedDtype');
      else expect(file.array('t')).toHaveLength(shape[0]!);
    }
  });

  it('is read at any shape with a dimension of 0', () => {
    const empty = { name: 't', dtype: 'F32', shape: [0, 3], data: new Float32Array(0) } as const;
    expect(parseSafetensors(serializeSafetensors([empty])).array('t')).toEqual(new Float32Array(0));
  });
});

describe('a file', () => {
  it('has its tensors by the rank of their dtypes, then by the code points of their names', () => {
    const dtypes = SAFETENSORS_DTYPES.map((dtype): TensorData => ({ ...bytes(dtype, 0), dtype, shape: [0] }));
    expect([...parseSafetensors(serializeSafetensors(dtypes)).tensors.keys()]).toEqual([
      ...['U64', 'I64', 'F64', 'C64', 'F32', 'U32', 'I32', 'BF16', 'F16', 'U16', 'I16', 'F8_E8M0', 'F8_E4M3'],
      ...['F8_E5M2', 'I8', 'U8', 'F6_E3M2', 'F6_E2M3', 'F4', 'BOOL'],
    ]);
    const names = [
      ...[
        '',
        'a',
        'ab',
        'a\ud7ff',
        'a\ue000',
        'a\uffff',
        'a\u{10000}',
        'a\u{10001}',
        'a\u{103ff}',
        'a\u{10400}',
      ],
      ...['a\u{10fffe}', 'a\u{10ffff}', 'a\u{10ffff}b', 'b', '\ud7ff', '\ue000', '\u{10000}', '\u{10ffff}'],
    ];
    const given = names.toSorted((a, b) => (a.length === b.length ? (a < b ? 1 : -1) : b.length - a.length));
    const file = parseSafetensors(serializeSafetensors(given.map((name) => bytes(name))));
    expect([...file.tensors.keys()]).toEqual(names);
    // A code point's place is that of its UTF-8 bytes.
    expect(names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))).toEqual(names);
  });

  it('has a header that spaces fill up to a multiple of 8, and no further', () => {
    for (let n = 0; n < 17; n++) {
      const file = serializeSafetensors([bytes('n'.repeat(n))], { k: 'v' });
      const length = Number(new DataView(file.buffer).getBigUint64(0, true));
      const text = new TextDecoder().decode(file.subarray(8, 8 + length));
      expect([length % 8, text.length - text.trimEnd().length < 8]).toEqual([0, true]);
      expect(JSON.parse(text)).toEqual({
        __metadata__: { k: 'v' },
        ['n'.repeat(n)]: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
      });
      expect([...file.subarray(8 + length)]).toEqual([7]);
    }
  });
});

describe('on a disk', () => {
  // Other tests of this process may have left something to undo.
  beforeEach(() => {
    for (const event of ENDINGS) endBy(event);
  });

  it('a file is written beside its place, flushed, closed and renamed; what fails leaves the old one', async () => {
    const folder = newFolder();
    const path = join(folder, 'm');
    const write = (shownAs?: string) => writeSafetensors(path, [bytes('t', 2)], { k: 'v' }, shownAs);
    const { seen } = await operations(folder, write);
    expect(seen).toEqual([
      'open .m-new-N.tmp',
      'handle.writeFile .m-new-N.tmp',
      'handle.writeFile .m-new-N.tmp',
      'handle.sync .m-new-N.tmp',
      'rename m',
    ]);
    const before = treeOf(folder);
    expect(await flushes(write)).toBe(1);
    for (const failing of new Set(seen))
      for (const [shownAs, named] of [
        [undefined, path],
        ['elsewhere', 'elsewhere'],
      ] as const) {
        const { error } = await operations(folder, () => write(shownAs), failing);
        expect(error).toBe(
          `SafetensorsError: ${named}: cannot write it: the disk failed. Check the path, its permissions, and the free memory and disk space.`,
        );
        expect(treeOf(folder)).toEqual(before);
        expect(openFilesOf(folder)).toEqual([]);
      }
    expect(endBy('SIGTERM').waits).toEqual([]);
  });

  it('parts of a tensor are read, and none beyond it', async () => {
    const path = join(newFolder(), 'm');
    const data = Uint8Array.from({ length: 9 }, (_, i) => i);
    await writeSafetensors(path, [
      { name: 'first', dtype: 'I32', shape: [1], data: new Int32Array(1) },
      { name: 't', dtype: 'U8', shape: [9], data },
      bytes('z'),
    ]);
    const file = await openSafetensors(path);
    for (let from = -1; from <= 10; from++)
      for (let length = -1; length <= 10; length++) {
        const part = file.bytes('t', { from, length });
        if (from >= 0 && length >= 0 && from + length <= 9)
          expect(await part).toEqual(data.subarray(from, from + length));
        else
          await expect(part).rejects.toThrow(
            new RangeError(`'t' has 9 bytes, and not ${length} from ${from} on`),
          );
      }
    await closeAll([file]);
    expect(openFilesOf(path)).toEqual([]);
    expect(await thrown(() => file.bytes('t'))).toMatchObject({
      code: 'IoError',
      message: expect.stringMatching(/^.*: cannot read it: /),
    });
  });

  it('a file is read whole where the system reads a few bytes at a time', async () => {
    const path = join(newFolder(), 'm');
    const data = Uint8Array.from({ length: 9 }, (_, i) => i);
    await writeSafetensors(path, [bytes('a'), { name: 't', dtype: 'U8', shape: [9], data }]);
    const few = (read: (...args: readonly unknown[]) => Promise<unknown>) =>
      function (this: unknown, ...[into, at, length, from]: readonly unknown[]) {
        return read.call(this, into, at, Math.min(Number(length), 4), from);
      };
    await withMethod('read', few, async () => {
      const file = await openSafetensors(path);
      expect(await file.bytes('t')).toEqual(data);
      await file.close();
    });
  });

  it('a file is read 1 GiB at a time', async () => {
    const path = join(newFolder(), 'm');
    const length = 2 ** 30 + 2;
    writeFileSync(path, fileOf(`{"t":{"dtype":"U8","shape":[${length}],"data_offsets":[0,${length}]}}`));
    truncateSync(path, statSync(path).size + length);
    const file = await openSafetensors(path);
    const asked: unknown[] = [];
    // Memory that is never written takes no room.
    const claimed =
      () =>
      async (...[, at, bytesRead]: readonly unknown[]) => {
        asked.push([at, bytesRead]);
        return { bytesRead };
      };
    await withMethod('read', claimed, () => file.bytes('t'));
    await file.close();
    expect(asked).toEqual([
      [0, 2 ** 30],
      [2 ** 30, 2],
    ]);
  });

  it('an error says what the system says, whatever it threw', async () => {
    for (const [reason, text] of [
      [new Error('so'), 'so'],
      ['text', 'text'],
    ] as const)
      expect(await thrown(() => io('f', 'cannot', Promise.reject(reason)))).toMatchObject({
        message: `f: cannot: ${text}. Check the path, its permissions, and the free memory and disk space.`,
        cause: reason,
      });
  });

  it('a file that cannot be read is closed', async () => {
    const folder = newFolder();
    const path = join(folder, 'm');
    writeFileSync(path, fileOf('{', 1));
    expect(await thrown(() => openSafetensors(path))).toMatchObject({ code: 'InvalidHeaderDeserialization' });
    writeFileSync(path, fileOf('{"t":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}', 1));
    expect(await thrown(() => openSafetensors(path))).toMatchObject({ code: 'MetadataIncompleteBuffer' });
    expect(await thrown(() => openSafetensors(folder))).toMatchObject({
      code: 'IoError',
      message: `${folder}: it is not a regular file. Name a file.`,
    });
    expect(openFilesOf(folder)).toEqual([]);
  });

  it('a dtype without a typed array is read by its bytes', async () => {
    const path = join(newFolder(), 'm');
    await writeSafetensors(path, [{ name: 't', dtype: 'F8_E8M0', shape: [2], data: Uint8Array.of(1, 2) }]);
    const file = await openSafetensors(path);
    expect(await thrown(() => file.array('t'))).toMatchObject({
      code: 'UnsupportedDtype',
      message: `${path}: tensor "t": no typed array holds F8_E8M0 elements. Read them with bytes().`,
    });
    expect(await file.bytes('t')).toEqual(Uint8Array.of(1, 2));
    await file.close();
  });
});
