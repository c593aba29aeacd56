/**
 * Converts narrow floats to and from bit patterns. Decoding is exact: every value is a float32. Encoding rounds to
 * nearest, ties to even, in one step from the float64 argument (no double rounding through float32). Beyond the
 * largest finite value it gives an infinity, and every NaN becomes the positive quiet NaN.
 */

interface Float {
  readonly exponentBits: number;
  readonly mantissaBits: number;
}

const F16: Float = { exponentBits: 5, mantissaBits: 10 };
const BF16: Float = { exponentBits: 8, mantissaBits: 7 };
const F8_E5M2: Float = { exponentBits: 5, mantissaBits: 2 };
/** OCP E4M3FN: no infinities; the topmost exponent holds numbers but for its last pattern, NaN. */
const F8_E4M3: Float = { exponentBits: 4, mantissaBits: 3 };

/** The value of IEEE 754 bits: sign, exponent, mantissa. Source: IEEE 754-2019, 3.4; OCP OFP8 1.0 for the F8s. */
function decode(bits: number, { exponentBits, mantissaBits }: Float): number {
  const topExponent = 2 ** exponentBits - 1;
  const bias = 2 ** (exponentBits - 1) - 1;
  const sign = bits >>> (exponentBits + mantissaBits) ? -1 : 1;
  const exponent = (bits >>> mantissaBits) & topExponent;
  const mantissa = bits & (2 ** mantissaBits - 1);
  if (exponent === 0) return sign * mantissa * 2 ** (1 - bias - mantissaBits);
  return sign * (2 ** mantissaBits + mantissa) * 2 ** (exponent - bias - mantissaBits);
}

function decodeIeee(bits: number, format: Float): number {
  const top = 2 ** format.exponentBits - 1;
  if (((bits >>> format.mantissaBits) & top) !== top) return decode(bits, format);
  if (bits & (2 ** format.mantissaBits - 1)) return Number.NaN;
  return bits >>> (format.exponentBits + format.mantissaBits) ? -Infinity : Infinity;
}

/** A table of all values of a format by bit pattern, made at first use. */
function table(patterns: number, value: (bits: number) => number): () => Float32Array {
  let values: Float32Array | undefined;
  return () => {
    values ??= Float32Array.from({ length: patterns }, (_, bits) => value(bits));
    return values;
  };
}

const f16Table = table(65536, (bits) => decodeIeee(bits, F16));
const e5m2Table = table(256, (bits) => decodeIeee(bits, F8_E5M2));
const e4m3Table = table(256, (bits) => ((bits & 0x7f) === 0x7f ? Number.NaN : decode(bits, F8_E4M3)));

function lookUp(bits: Uint16Array | Uint8Array, values: Float32Array): Float32Array {
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = values[bits[i]!]!;
  return out;
}

export function decodeF16(bits: Uint16Array): Float32Array {
  return lookUp(bits, f16Table());
}

export function decodeF8E5M2(bits: Uint8Array): Float32Array {
  return lookUp(bits, e5m2Table());
}

export function decodeF8E4M3(bits: Uint8Array): Float32Array {
  return lookUp(bits, e4m3Table());
}

/** The values of bfloat16 bits, each the upper half of a float32. */
export function decodeBF16(bits: Uint16Array): Float32Array {
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = bits[i]! << 16;
  return new Float32Array(out.buffer);
}

export function encodeF16(values: ArrayLike<number>): Uint16Array {
  return encodeAll(values, F16);
}

export function encodeBF16(values: ArrayLike<number>): Uint16Array {
  return encodeAll(values, BF16);
}

function encodeAll(values: ArrayLike<number>, format: Float): Uint16Array {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = encode(values[i]!, format);
  return out;
}

const word = new DataView(new ArrayBuffer(8));

function encode(value: number, { exponentBits, mantissaBits }: Float): number {
  const infinity = (2 ** exponentBits - 1) << mantissaBits;
  if (Number.isNaN(value)) return infinity | (1 << (mantissaBits - 1));
  word.setFloat64(0, value);
  const high = word.getUint32(0);
  const sign = (high >>> 31) << (exponentBits + mantissaBits);
  const maxExponent = 2 ** (exponentBits - 1) - 1;
  const minExponent = 1 - maxExponent;
  const exponent = Math.max(((high >>> 20) & 0x7ff) - 1023, minExponent);
  if (exponent > maxExponent) return sign | infinity;
  // The value in units of the last place: an exact division by a power of two, below 2^(mantissaBits + 1).
  const scaled = Math.abs(value) / 2 ** (exponent - mantissaBits);
  // Adding 2^52 leaves no fraction bits, so float64's own rounding takes the nearest, ties to even.
  const mantissa = scaled + 2 ** 52 - 2 ** 52;
  // The leading one adds 1 to the exponent field; a carry goes on to the next exponent, or to infinity.
  return sign | (((exponent - minExponent) << mantissaBits) + mantissa);
}
