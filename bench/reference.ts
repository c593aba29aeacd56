/** Computes float64 references of sampled rows by hand, so that a fault of the compiler shows. */

type Matrix = ArrayLike<number>;

/** Some rows of the product a·b, for a (·, k) and b (k, n). */
export function productRows(
  a: Matrix,
  b: Matrix,
  { k, n }: { readonly k: number; readonly n: number },
  rows: readonly number[],
): Float64Array {
  const out = new Float64Array(rows.length * n);
  rows.forEach((row, i) => {
    for (let p = 0; p < k; p++) {
      const s = a[row * k + p]!;
      for (let j = 0; j < n; j++) out[i * n + j]! += s * b[p * n + j]!;
    }
  });
  return out;
}

/** The transpose aᵀ of a (rows, columns). */
export function transposed(a: Matrix, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = a[i * columns + j]!;
  return out;
}

export const product = (a: Matrix, b: Matrix, m: number, k: number, n: number): Float64Array =>
  productRows(a, b, { k, n }, [...Array(m).keys()]);

/** The skew-symmetric Q = −Qᵀ from its packed strict upper triangle, row-major. */
export function skew(packed: Matrix, b: number): Float64Array {
  const Q = new Float64Array(b * b);
  let p = 0;
  for (let i = 0; i < b; i++)
    for (let j = i + 1; j < b; j++, p++) {
      Q[i * b + j] = packed[p]!;
      Q[j * b + i] = -packed[p]!;
    }
  return Q;
}

/** The coefficients of PEFT's Cayley–Neumann series of five terms, I + 2Q + 2Q² + 2Q³ + Q⁴. */
export const COEFFICIENTS = [1, 2, 2, 2, 1] as const;

/**
 * Computes R = Σ cₖQᵏ, and the function from the gradient Ḡ of R to the packed gradient v̄:
 * Q̄ = Σₖ cₖ Σᵢ (Qᵀ)ⁱ·Ḡ·(Qᵀ)ᵏ⁻¹⁻ⁱ, v̄ᵢⱼ = Q̄ᵢⱼ − Q̄ⱼᵢ.
 */
export function rotationBlock(packed: Matrix, b: number) {
  const Q = skew(packed, b);
  const identity = Float64Array.from({ length: b * b }, (_, i) => (i % (b + 1) === 0 ? 1 : 0));
  const powers: Float64Array[] = [identity];
  while (powers.length < COEFFICIENTS.length) powers.push(product(powers.at(-1)!, Q, b, b, b));
  const R = identity.map((_, i) => COEFFICIENTS.reduce((s, c, k) => s + c * powers[k]![i]!, 0));
  const gradient = (G: Matrix): Float64Array => {
    const sum = new Float64Array(b * b);
    const transposes = powers.map((p) => transposed(p, b, b));
    COEFFICIENTS.forEach((c, k) => {
      for (let i = 0; i < k; i++) {
        const term = product(product(transposes[i]!, G, b, b, b), transposes[k - 1 - i]!, b, b, b);
        for (let e = 0; e < term.length; e++) sum[e]! += c * term[e]!;
      }
    });
    const out = new Float64Array((b * (b - 1)) / 2);
    let p = 0;
    for (let i = 0; i < b; i++) for (let j = i + 1; j < b; j++) out[p++] = sum[i * b + j]! - sum[j * b + i]!;
    return out;
  };
  return { R, gradient };
}
