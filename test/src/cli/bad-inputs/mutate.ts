/** Ways to spoil a file. Each takes the file's bytes and returns other bytes; `pick` makes its random choices. */
import type { Pick } from './draw.ts';

const FRACTIONS = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99];

/** Values that a JSON field may be replaced with. */
export const JUNK: readonly unknown[] = [
  ...[null, true, false, '', 'x', '\u0000', '../..', '/etc/passwd', '\u001b[2J\u001b[31mred', '\u202egnirts'],
  ...[0, -1, 1.5, 3, 1e7, 1e9, 2 ** 31, 2 ** 53, 1e308, -0],
  ...[[], {}, [[]], [null], { a: 1 }, ['q_proj'], 'a'.repeat(5000), '9'.repeat(400)],
  ...['(a+)+$', '(a|a)*b', '(?=(a+)+b)a', '[', '(?<x', '\\', '.*', '__proto__', 'constructor', 'toString'],
];

export const KEYS = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  'a b',
  '\u001b[1mkey',
  '../x',
];

type Path = readonly (string | number)[];

function paths(value: unknown, path: Path = [], into: Path[] = []): Path[] {
  into.push(path);
  if (typeof value === 'object' && value !== null)
    for (const [k, v] of Object.entries(value))
      paths(v, [...path, Array.isArray(value) ? Number(k) : k], into);
  return into;
}

/** Spoils JSON: replaces, removes, renames, nests or multiplies a value, states the version twice, or cuts the text. */
export function spoilJson(text: string, pick: Pick): string {
  const value: unknown = JSON.parse(text);
  const path = pick(paths(value).slice(0, 4000));
  const how = pick([
    'replace',
    'replace',
    'replace',
    'remove',
    'rename',
    'repeat',
    'nest',
    'cut',
    'many',
  ] as const);
  if (how === 'cut') return text.slice(0, Math.floor(text.length * pick([0, 0.2, 0.5, 0.9])));
  const junk = pick(JUNK);
  const change = (v: unknown, [key, ...rest]: Path): unknown => {
    if (key === undefined) {
      if (how === 'nest') return Array.from({ length: 20_000 }).reduce<unknown>((deep) => [deep], v);
      if (how === 'many') return Array.from({ length: 100_000 }, () => v);
      return junk;
    }
    if (Array.isArray(v)) {
      if (rest.length === 0 && how === 'remove') return v.filter((_, i) => i !== key);
      return v.map((e, i) => (i === key ? change(e, rest) : e));
    }
    return Object.fromEntries(
      Object.entries(v as object).flatMap(([k, e]): [string, unknown][] => {
        if (k !== key) return [[k, e]];
        if (rest.length > 0) return [[k, change(e, rest)]];
        if (how === 'remove') return [];
        if (how === 'rename') return [[pick(KEYS), e]];
        return [[k, change(e, rest)]];
      }),
    );
  };
  const spoilt = how === 'nest' ? nested(text, pick) : stringify(change(value, path));
  return how === 'repeat' ? spoilt.replace(/^\{/, '{"version":1,"version":2,') : spoilt;
}

/** Spoils JSON text: nests a value thousands of levels deep. It edits text, because JSON.stringify recurses. */
const nested = (text: string, pick: Pick): string => {
  const at = text.indexOf(':', Math.floor(text.length * pick([0, 0.1, 0.3]))) + 1;
  return `${text.slice(0, at)}${'['.repeat(20_000)}1${']'.repeat(20_000)}${text.slice(at).replace(/^[^,}\n]*/, '')}`;
};

const stringify = (value: unknown): string => JSON.stringify(value) ?? '';

/** Spoils bytes: flips a bit, cuts, extends, zeroes or empties them, or takes another kind of file. */
export function spoilBytes(bytes: Buffer, pick: Pick): Buffer {
  const how = pick(['flip', 'flip', 'cut', 'extend', 'empty', 'other', 'zeros'] as const);
  const copy = Buffer.from(bytes);
  const at = Math.floor(copy.length * pick(FRACTIONS));
  switch (how) {
    case 'flip':
      if (copy.length > 0) copy[Math.min(at, copy.length - 1)]! ^= 1 << pick([0, 3, 6, 7]);
      return copy;
    case 'cut':
      return copy.subarray(0, at);
    case 'extend':
      return Buffer.concat([copy, Buffer.from('more')]);
    case 'empty':
      return Buffer.alloc(0);
    case 'zeros':
      return Buffer.alloc(copy.length);
    case 'other':
      return pick([
        Buffer.from('PK\u0003\u0004not a zip'),
        Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1'),
        Buffer.from('{}'),
        Buffer.from('\ufeffhello', 'utf16le'),
        Buffer.from([0xff, 0xfe, 0xc0, 0x80]),
      ]);
    default:
      return how satisfies never;
  }
}

/** Spoils a safetensors file: its header as JSON, or the stated length of the header. */
export function spoilHeader(bytes: Buffer, pick: Pick): Buffer {
  const length = Number(bytes.readBigUInt64LE(0));
  const header = bytes.subarray(8, 8 + length).toString('utf8');
  const text = Buffer.from(spoilJson(header, pick));
  const start = Buffer.alloc(8);
  const lie = pick([false, false, false, true]);
  start.writeBigUInt64LE(
    lie ? pick([0n, 1n, 2n ** 40n, 2n ** 63n, BigInt(text.length + 5)]) : BigInt(text.length),
  );
  return Buffer.concat([start, text, bytes.subarray(8 + length)]);
}
