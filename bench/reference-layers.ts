/** Computes float64 references of the layers' training steps, at sampled rows. */
import { drawn } from './layer-values.ts';
import type { Rows } from './peers/protocol.ts';
import { product, productRows, rotationBlock, transposed } from './reference.ts';
import { rowsOf } from './values.ts';

export interface LayerSize {
  readonly tokens: number;
  readonly in: number;
  readonly out: number;
}

type Expected = Readonly<Record<string, Float64Array>>;

const inputs = (s: LayerSize) => ({
  x: drawn('x', s.tokens * s.in),
  W: drawn('W', s.out * s.in),
  g: drawn('grad.y', s.tokens * s.out),
});

const all = (n: number): number[] => [...Array(n).keys()];

/** The step of the frozen layer: y = x·Wᵀ, x̄ = ȳ·W. */
export function frozenStep(s: LayerSize, rows: Rows): Expected {
  const { x, W, g } = inputs(s);
  return {
    y: productRows(x, transposed(W, s.out, s.in), { k: s.in, n: s.out }, rows.y!),
    'grad.x': productRows(g, W, { k: s.out, n: s.in }, rows['grad.x']!),
  };
}

/** The step of OFT: y = x·R·Wᵀ, x̄ = ȳ·W·Rᵀ, R̄ₖ = xₖᵀ·(ȳ·W)ₖ. */
export function oftStep(s: LayerSize, b: number, rows: Rows): Expected {
  const { x, W, g } = inputs(s);
  const tri = (b * (b - 1)) / 2;
  const blocks = all(s.in / b);
  const v = drawn('v', blocks.length * tri);
  const rotations = blocks.map((k) => rotationBlock(v.subarray(k * tri, (k + 1) * tri), b));
  const Rs = rotations.map((r) => r.R);
  const columns = (a: ArrayLike<number>, width: number, k: number, count: number) =>
    Float64Array.from({ length: count * b }, (_, i) => a[Math.floor(i / b) * width + k * b + (i % b)]!);
  const sampled = rows.y!;
  const xR = rotated(rowsOf(x, s.in, sampled), Rs, b, s.in);
  const gW = productRows(g, W, { k: s.out, n: s.in }, rows['grad.x']!);
  const blockGradient = (k: number) => {
    const gWk = product(g, columns(W, s.in, k, s.out), s.tokens, s.out, b);
    const xk = transposed(columns(x, s.in, k, s.tokens), s.tokens, b);
    return rotations[k]!.gradient(product(xk, gWk, b, s.tokens, b));
  };
  return {
    y: product(xR, transposed(W, s.out, s.in), sampled.length, s.in, s.out),
    'grad.x': rotated(
      gW,
      Rs.map((R) => transposed(R, b, b)),
      b,
      s.in,
    ),
    'grad.v': Float64Array.from(rows['grad.v']!.flatMap((k) => [...blockGradient(k)])),
  };
}

/** The rows times diag(R₁, …, Rᵣ). */
function rotated(
  rows: ArrayLike<number>,
  Rs: readonly Float64Array[],
  b: number,
  width: number,
): Float64Array {
  return Float64Array.from({ length: rows.length }, (_, i) => {
    const [start, j] = [Math.floor(i / b) * b, i % b];
    const R = Rs[(start % width) / b]!;
    let sum = 0;
    for (let p = 0; p < b; p++) sum += rows[start + p]! * R[p * b + j]!;
    return sum;
  });
}

/** The step of LoRA: y = x·(W + B·A)ᵀ, x̄ = ȳ·W + (ȳ·B)·A, Ā = (ȳ·B)ᵀ·x, B̄ = ȳᵀ·(x·Aᵀ). */
export function loraStep(s: LayerSize, r: number, rows: Rows): Expected {
  const { x, g } = inputs(s);
  const A = drawn('A', r * s.in);
  const B = drawn('B', s.out * r);
  const xA = product(x, transposed(A, r, s.in), s.tokens, s.in, r);
  const gB = product(g, B, s.tokens, s.out, r);
  const base = frozenStep(s, rows);
  const y = productRows(xA, transposed(B, s.out, r), { k: r, n: s.out }, rows.y!);
  const dx = productRows(gB, A, { k: r, n: s.in }, rows['grad.x']!);
  return {
    y: base.y!.map((e, i) => e + y[i]!),
    'grad.x': base['grad.x']!.map((e, i) => e + dx[i]!),
    'grad.A': productRows(transposed(gB, s.tokens, r), x, { k: s.tokens, n: s.in }, rows['grad.A']!),
    'grad.B': productRows(transposed(g, s.tokens, s.out), xA, { k: s.tokens, n: r }, rows['grad.B']!),
  };
}
