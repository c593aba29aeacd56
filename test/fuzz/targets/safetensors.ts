/** Safetensors files: the header, its tiling of the data, and what is read by it. */
import {
  SAFETENSORS_DTYPES,
  type SafetensorsDtype,
  SafetensorsError,
} from '../../../src/formats/safetensors/index.ts';
import { parseSafetensors, serializeSafetensors } from '../../support/safetensors.ts';
import type { Draw } from '../engine/draw.ts';
import { type Case, holds, same, type Target } from '../target.ts';

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

/** A file of the header's text, with the data after it. `length` may be another than the header has. */
function fileOf(header: string, data: string, length = BigInt(Buffer.byteLength(header))): Case {
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt.asUintN(64, length));
  return { file: latin1(Buffer.concat([start, Buffer.from(header), Buffer.from(data, 'latin1')])) };
}

const BITS: Readonly<Partial<Record<SafetensorsDtype, number>>> = { F4: 4, F6_E2M3: 6, F6_E3M2: 6 };
const bitsOf = (dtype: SafetensorsDtype): number =>
  BITS[dtype] ?? (/64/.test(dtype) ? 64 : /32/.test(dtype) ? 32 : /^(B?F16|[IU]16)$/.test(dtype) ? 16 : 8);

const NAMES = [
  'a',
  'b',
  'model.layers.0.weight',
  '',
  '__metadata__',
  '__proto__',
  'a\u0000',
  'é',
  '\ud800',
  'constructor',
  '"',
];
const NUMBERS = [
  '0',
  '1',
  '2',
  '3',
  '8',
  '-1',
  '1.0',
  '1e1',
  '01',
  '4294967296',
  '9007199254740991',
  '9007199254740992',
  '18446744073709551615',
  '18446744073709551616',
  'null',
  '"1"',
];

/** A file whose tensors tile the data, apart from what is drawn to be wrong. */
function draw(draw: Draw): Case {
  const wrong = (one: string, other: readonly string[]): string => (draw.oneIn(12) ? draw.pick(other) : one);
  let at = 0;
  const entries: string[] = [];
  for (let n = draw.below(5); n > 0; n--) {
    if (draw.oneIn(25)) at = Math.max(0, at + draw.pick([-2, -1, 1, 4]));
    const dtype = draw.pick(SAFETENSORS_DTYPES);
    const shape = Array.from({ length: draw.below(4) }, () => draw.pick([0, 1, 2, 3, 4, 8]));
    const bits = shape.reduce((product, size) => product * size, bitsOf(dtype));
    const end = at + Math.floor(bits / 8);
    const fields = [
      `"dtype":${wrong(JSON.stringify(dtype), ['"F7"', '"f32"', '"__proto__"', '1', 'null', '""'])}`,
      `"shape":[${shape.map((size) => wrong(String(size), NUMBERS)).join()}]`,
      `"data_offsets":[${wrong(String(at), NUMBERS)},${wrong(String(end), NUMBERS)}${draw.oneIn(40) ? ',0' : ''}]`,
    ];
    if (draw.oneIn(15))
      fields.splice(draw.below(4), draw.below(2), draw.pick(['"extra":[{}]', '"dtype":"F32"', '"shape":[]']));
    entries.push(
      `${JSON.stringify(draw.oneIn(4) ? draw.pick(NAMES) : `t${entries.length}`)}:{${fields.join()}}`,
    );
    at = end;
  }
  if (draw.oneIn(3))
    entries.push(
      `"__metadata__":{${draw.pick(['', '"format":"pt"', '"a":"b","a":"c"', '"a":1', '"__proto__":"x"'])}}`,
    );
  // Order in the header is free.
  if (draw.oneIn(3)) entries.reverse();
  const header = `{${entries.join()}}${' '.repeat(draw.below(9))}`;
  const data = '\u0001'.repeat(Math.max(0, at + (draw.oneIn(15) ? draw.pick([-1, 1, 8]) : 0)));
  const lie = draw.oneIn(30)
    ? BigInt(header.length) + draw.pick([-1n, 1n, 8n, 2n ** 32n, 2n ** 63n])
    : undefined;
  return fileOf(header, data, lie);
}

/** Reads a whole file by its header, and checks that its tensors tile the data and survive being written. */
function run({ file }: Case): string {
  const bytes = Buffer.from(file!, 'latin1');
  const parsed = parseSafetensors(bytes);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const { __metadata__: _, ...plain } = JSON.parse(bytes.subarray(8, start).toString()) as Record<
    string,
    object
  >;
  same('names', [...parsed.tensors.keys()].sort(), Object.keys(plain).sort());
  let next = 0;
  const tensors = [...parsed.tensors.values()];
  for (const { name, dtype, shape, begin, end } of tensors) {
    holds(begin === next && end >= begin, `${name} does not start where the tensor before it ends`);
    holds(start + end <= bytes.length, `${name} ends outside the file`);
    holds(shape.every(Number.isSafeInteger), `${name} has the shape ${shape}`);
    const bits = shape.reduce((product, size) => product * size, bitsOf(dtype));
    holds(bits === 8 * (end - begin), `${name} of ${dtype} has ${end - begin} bytes for ${shape}`);
    next = end;
  }
  holds(start + next === bytes.length, 'bytes are left over');
  const data = tensors.map(({ name, dtype, shape }) => ({
    name,
    dtype,
    shape: [...shape],
    data: parsed.bytes(name),
  }));
  const again = parseSafetensors(
    serializeSafetensors(data, parsed.metadata && Object.fromEntries(parsed.metadata)),
  );
  same('written and read again', byName(parsed), byName(again));
  for (const { name, dtype } of tensors) if (!/^F4|^F6|E8M0|C64/.test(dtype)) parsed.array(name);
  return `read ${tensors.length === 0 ? 'none' : 'some'}`;
}

const byName = ({ tensors, metadata }: ReturnType<typeof parseSafetensors>) => [
  [...tensors.values()].map(({ name, dtype, shape, begin, end }) => [name, dtype, shape, end - begin]).sort(),
  [...(metadata ?? [])].sort(),
];

export const target: Target = {
  name: 'safetensors',
  parts: { file: 'bytes' },
  seeds: () => [
    fileOf('{}', ''),
    fileOf(
      '{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[],"data_offsets":[8,10]},"__metadata__":{"format":"pt"}}   ',
      '\u0000'.repeat(10),
    ),
    fileOf(
      '{"e":{"dtype":"F4","shape":[2],"data_offsets":[0,1]},"f":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[1,4]},"g":{"dtype":"I64","shape":[0,3],"data_offsets":[4,4]}}',
      'abcd',
    ),
  ],
  draw,
  run,
  isRefusal: (error) => error instanceof SafetensorsError,
  everyTest: 400,
  faults: [
    {
      what: 'the sum of all bytes is not held against the file',
      file: 'src/formats/safetensors/header.ts',
      from: 'if (start !== dataBytes) {',
      to: 'if (start < 0) {',
      within: 2000,
    },
    {
      what: 'a gap between two tensors is accepted',
      file: 'src/formats/safetensors/header.ts',
      from: 'if (begin !== start ||',
      to: 'if (begin < start ||',
      within: 5000,
    },
    {
      what: 'an overlap is accepted',
      file: 'src/formats/safetensors/header.ts',
      from: 'if (begin !== start ||',
      to: 'if (begin > start ||',
      within: 5000,
    },
    {
      what: 'the bytes of a shape are not held against the offsets',
      file: 'src/formats/safetensors/header.ts',
      from: 'if (bytes !== end - begin) {',
      to: 'if (bytes > end - begin) {',
      within: 5000,
    },
    {
      what: 'a number of more than 53 bits passes',
      file: 'src/formats/safetensors/header.ts',
      from: 'if (value <= Number.MAX_SAFE_INTEGER) return value;',
      to: 'return value;',
      within: 50_000,
    },
    {
      what: 'a name that comes twice replaces the first',
      file: 'src/formats/safetensors/json.ts',
      from: 'if (seen.has(key)) throw',
      to: 'if (seen.size < 0) throw',
      within: 20_000,
    },
    {
      what: 'a header that is not UTF-8 throws an error of the decoder',
      file: 'src/formats/safetensors/header.ts',
      from: "    throw new SafetensorsError(\n      'InvalidHeader',\n      { file, cause },",
      to: "    throw cause; new SafetensorsError(\n      'InvalidHeader',\n      { file, cause },",
      within: 5000,
    },
  ],
};
