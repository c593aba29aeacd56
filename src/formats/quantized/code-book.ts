/** Makes the code books of bitsandbytes and rounds to them as it does. All arithmetic is float32. */
import { NF4_VALUES } from '../../../compiler/primitives/storage.ts';

const { fround } = Math;

/** The 16 values of NF4. */
export const nf4CodeBook = (): Float32Array => Float32Array.from(NF4_VALUES);

/**
 * The 256 values of bitsandbytes' `create_dynamic_map(signed=True)`, rising: 0, 1, and for i = 0 … 6 the midpoints of
 * 2^i equal parts of [0.1, 1] times 10^(i − 6), with either sign. Source: Dettmers, 8-bit Approximations for
 * Parallelism in Deep Learning (arXiv 1511.04561). It equals, to the last bit, the map that PyTorch makes on a CPU,
 * whose `linspace` counts from both ends with fused multiply-adds.
 */
export function dynamicCodeBook(): Float32Array {
  const values = [0, 1];
  for (let i = 0; i < 7; i++) {
    const parts = 2 ** i;
    const power = fround(10 ** (i - 6));
    for (let part = 0; part < parts; part++) {
      const middle = fround(fround(boundary(part, parts) + boundary(part + 1, parts)) / 2);
      values.push(power * middle, -power * middle);
    }
  }
  return Float32Array.from(values).sort();
}

/** The boundary `index` of `parts` equal parts of [0.1, 1]. Source: PyTorch, `linspace_kernel`. */
function boundary(index: number, parts: number): number {
  const start = fround(0.1);
  const step = fround(fround(1 - start) / parts);
  return index < (parts + 1) >> 1 ? fround(start + step * index) : fround(1 - step * (parts - index));
}

/** The midpoints of neighbouring values of a code book, rounded to float32: one fewer than the values. */
export function midpoints(book: Float32Array): Float32Array {
  return Float32Array.from({ length: book.length - 1 }, (_, i) => (book[i]! + book[i + 1]!) / 2);
}

/**
 * The index of the code book's value nearest to x: the number of midpoints below x. A tie therefore goes to the lower
 * value, as in bitsandbytes' decision tree, whose comparisons are all `x > midpoint`.
 */
export function nearestCode(x: number, middles: Float32Array): number {
  let low = 0;
  let high = middles.length;
  while (low < high) {
    const at = (low + high) >> 1;
    if (x > middles[at]!) low = at + 1;
    else high = at;
  }
  return low;
}

export interface CodedBlocks {
  /** An index into the code book for each value, in order. */
  readonly codes: Uint8Array;
  /** The largest absolute value of each block, the last block perhaps short. */
  readonly absmax: Float32Array;
}

/**
 * Quantises blocks: x = value · (1 / absmax) in float32, both operations rounded, and the code nearest to x. Source:
 * bitsandbytes, kQuantizeBlockwise; its clamp to [−1, 1] changes no code and is left out. It departs from bitsandbytes
 * in two cases, where that computes 0 · ∞. A block of zeros gets the code of the value 0, and not code 0, which is the
 * value −1. If 1 / absmax overflows, x = value / absmax.
 */
export function codeBlocks(values: Float32Array, blocksize: number, book: Float32Array): CodedBlocks {
  const middles = midpoints(book);
  const codes = new Uint8Array(values.length);
  const absmax = new Float32Array(Math.ceil(values.length / blocksize));
  for (let block = 0; block < absmax.length; block++) {
    const begin = block * blocksize;
    const end = Math.min(begin + blocksize, values.length);
    let largest = 0;
    for (let i = begin; i < end; i++) largest = Math.max(largest, Math.abs(values[i]!));
    absmax[block] = largest;
    const reciprocal = fround(1 / largest);
    for (let i = begin; i < end; i++) {
      const value = values[i]!;
      const x = largest === 0 ? 0 : reciprocal === Infinity ? value / largest : fround(value * reciprocal);
      codes[i] = nearestCode(x, middles);
    }
  }
  return { codes, absmax };
}
