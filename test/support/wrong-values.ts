/** Wrong values that a caller without types may give in place of any argument. */

export const WRONG_VALUES: readonly unknown[] = [
  undefined,
  null,
  true,
  0.5,
  -1,
  Number.NaN,
  Infinity,
  2 ** 60,
  '',
  '__proto__',
  'constructor',
  Symbol('s'),
  10n,
  [],
  [null],
  {},
  Object.create(null),
  Object.freeze({ data: null, shape: null }),
  { data: [1, 2], shape: 'wrong' },
  { packed: 1 },
  { codes: 1, scales: 1 },
  () => 1,
  new Date(0),
  new Map(),
  new Proxy({}, {}),
  new Proxy(new Float32Array(3), {}),
  new Error('not thrown'),
];

/** Arrays of n elements that must not be taken for a Float32Array of n elements. */
export const WRONG_ARRAYS: Readonly<Record<string, (n: number) => unknown>> = {
  'an array in shared memory': (n) => new Float32Array(new SharedArrayBuffer(4 * n)),
  'an array whose memory was transferred': (n) => {
    const array = new Float32Array(n);
    structuredClone(array.buffer, { transfer: [array.buffer] });
    return array;
  },
  'an array that its memory became too small for': (n) => {
    const memory = resizable(4 * n + 4, 4 * n + 4);
    const array = new Float32Array(memory, 4, n);
    memory.resize(4);
    return array;
  },
  'a DataView': (n) => new DataView(new ArrayBuffer(4 * n)),
  'an ArrayBuffer': (n) => new ArrayBuffer(4 * n),
  'an array of bytes': (n) => new Uint8Array(4 * n),
  'an array of BigInts': (n) => new BigInt64Array(n),
  'an array of integers': (n) => new Int32Array(n),
  'a proxy of an array': (n) => new Proxy(new Float32Array(n), {}),
  'a list of numbers': (n) => Array.from({ length: n }, () => 0),
  'an array that is called something else': (n) =>
    Object.defineProperty(new Int32Array(n), Symbol.toStringTag, { value: 'Float32Array' }),
};

export interface Resizable extends ArrayBuffer {
  resize(bytes: number): void;
}

/** Resizable memory, which TypeScript's library for this target does not declare. */
export function resizable(bytes: number, most: number): Resizable {
  const Memory = ArrayBuffer as unknown as new (
    bytes: number,
    options: { maxByteLength: number },
  ) => Resizable;
  return new Memory(bytes, { maxByteLength: most });
}
