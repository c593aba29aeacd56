import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SafetensorsError } from '../../../src/formats/safetensors/index.ts';
import { parseSafetensors, serializeSafetensors } from '../../support/safetensors.ts';
import { fileOf } from './safetensors-helpers.ts';

const base = serializeSafetensors(
  [
    { name: 'a.weight', dtype: 'F32', shape: [2, 3], data: new Float32Array(6).fill(1) },
    { name: 'b\u00e9"', dtype: 'BF16', shape: [4], data: Uint16Array.of(1, 2, 3, 4) },
    { name: 'c', dtype: 'I64', shape: [], data: BigInt64Array.of(7n) },
    { name: 'packed', dtype: 'F4', shape: [2, 2], data: Uint8Array.of(1, 2) },
    { name: 'e', dtype: 'U8', shape: [0, 5], data: new Uint8Array(0) },
    { name: 'odd', dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) },
  ],
  { format: 'pt', note: 'x' },
);
const headerBytes = Number(new DataView(base.buffer).getBigUint64(0, true));
const json = new TextDecoder().decode(base.subarray(8, 8 + headerBytes));
/** The header's tokens: strings, numbers and punctuation. */
const tokens = json.match(/"(?:[^"\\]|\\.)*"|\d+|[{}[\],:]/g)!;
const kindOf = (token: string): string =>
  /^[\d-]/.test(token) ? 'number' : token[0] === '"' ? 'string' : 'other';
const nasty = [
  ...[
    '-1',
    '1.5',
    '1e2',
    '9007199254740993',
    '18446744073709551616',
    '4294967296',
    '0',
    '3',
    '[]',
    '{}',
    'null',
  ],
  ...['"__proto__"', '"__metadata__"', '"\\u0063"', '"\\ud800"', '"F4"', '"F7"', '', '[[1]]', ...tokens],
];

const at = fc.nat({ max: base.length - 1 });
type Mutation = (file: Uint8Array) => Uint8Array;
const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(at, fc.nat({ max: 7 })).map(
    ([i, bit]): Mutation =>
      (file) =>
        file.map((byte, k) => (k === i ? byte ^ (1 << bit) : byte)),
  ),
  at.map(
    (length): Mutation =>
      (file) =>
        file.slice(0, length),
  ),
  fc.nat({ max: 7 }).map(
    (length): Mutation =>
      (file) =>
        file.slice(0, length),
  ),
  fc.tuple(at, at, at).map(
    ([from, to, into]): Mutation =>
      (file) =>
        join(file.slice(0, into), file.slice(from, to), file.slice(into)),
  ),
  fc.tuple(at, at).map(
    ([from, to]): Mutation =>
      (file) =>
        join(file.slice(0, from), file.slice(to)),
  ),
  fc.uint8Array({ minLength: 1, maxLength: 8 }).map(
    (tail): Mutation =>
      (file) =>
        join(file, tail),
  ),
  fc
    .oneof(
      fc.bigInt(0n, 2n ** 64n - 1n),
      fc.integer({ min: -9, max: 9 }).map((by) => BigInt(headerBytes + by)),
    )
    .map(
      (length): Mutation =>
        (file) => {
          if (file.length < 8) return file;
          const edited = file.slice();
          new DataView(edited.buffer).setBigUint64(0, length, true);
          return edited;
        },
    ),
);

/** Replaces a token of the header, mostly by one of its own kind so that the header stays JSON. */
const edit = fc
  .tuple(fc.nat({ max: tokens.length - 1 }), fc.integer({ min: 0, max: 9 }))
  .chain(([index, dice]) => {
    const alike = nasty.filter((token) => kindOf(token) === kindOf(tokens[index]!));
    return fc.tuple(fc.constant(index), fc.constantFrom(...(dice === 0 ? nasty : alike)));
  });
const edited: fc.Arbitrary<Uint8Array> = fc.array(edit, { minLength: 1, maxLength: 3 }).map((edits) => {
  const changed = [...tokens];
  for (const [index, token] of edits) changed[index] = token;
  return join(fileOf(changed.join('')), base.slice(8 + headerBytes));
});

const mutated = fc.oneof(
  edited,
  fc
    .array(mutation, { minLength: 1, maxLength: 3 })
    .map((steps) => steps.reduce((file, step) => step(file), base)),
);

it('a mutated file parses or throws a SafetensorsError, and nothing else', () => {
  const outcomes = new Map<string, number>();
  const attempt = (run: () => unknown): string => {
    try {
      run();
      return 'parsed';
    } catch (error) {
      if (error instanceof SafetensorsError) return error.code;
      throw error;
    }
  };
  fc.assert(
    fc.property(mutated, (file) => {
      const outcome = attempt(() => {
        const parsed = parseSafetensors(file);
        let bytes = 0;
        for (const [name, { dtype }] of parsed.tensors) {
          bytes += parsed.bytes(name).byteLength;
          if (!/^F4|^F6|E8M0|C64/.test(dtype)) parsed.array(name);
        }
        const header = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
        expect(header + bytes).toBe(file.length);
      });
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }),
    { numRuns: 10_000, seed: 20_260 },
  );
  // The mutations reached every error code.
  expect([...outcomes.keys()].sort()).toEqual([
    'HeaderTooLarge',
    'HeaderTooSmall',
    'InvalidHeader',
    'InvalidHeaderDeserialization',
    'InvalidHeaderLength',
    'InvalidHeaderStart',
    'InvalidOffset',
    'MetadataIncompleteBuffer',
    'MisalignedSlice',
    'TensorInvalidInfo',
    'UnknownDtype',
    'ValidationOverflow',
    'parsed',
  ]);
});
