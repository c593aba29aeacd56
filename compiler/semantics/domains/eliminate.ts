/** Gaussian elimination for the domains whose scalars are plain numbers. */
import { type TensorValue, tensor } from './domain.ts';

export interface Elimination {
  readonly sub: (a: number, b: number) => number;
  readonly mul: (a: number, b: number) => number;
  /** Divides an element by a pivot. */
  readonly div: (a: number, pivot: number) => number;
  /** Whether `candidate` is to replace `pivot`; without pivoting, never. */
  readonly better: (candidate: number, pivot: number) => boolean;
}

/** Solves A X = B for X (n, m): subtracts rows times the multipliers a(i,p)/a(p,p), then substitutes back. */
export function eliminate(
  { sub, mul, div, better }: Elimination,
  a: TensorValue<number>,
  b: TensorValue<number>,
): TensorValue<number> {
  const [n, m] = [b.shape[0]!, b.shape[1]!];
  const rows = Array.from({ length: n }, (_, i) =>
    Float64Array.of(...a.values.subarray(i * n, (i + 1) * n), ...b.values.subarray(i * m, (i + 1) * m)),
  );
  const subtract = (from: Float64Array, factor: number, row: Float64Array, start: number) => {
    for (let c = start; c < n + m; c++) from[c] = sub(from[c]!, mul(factor, row[c]!));
  };
  for (let p = 0; p < n; p++) {
    let best = p;
    for (let i = p + 1; i < n; i++) if (better(rows[i]![p]!, rows[best]![p]!)) best = i;
    [rows[p], rows[best]] = [rows[best]!, rows[p]!];
    const row = rows[p]!;
    for (let i = p + 1; i < n; i++) subtract(rows[i]!, div(rows[i]![p]!, row[p]!), row, p + 1);
  }
  for (let p = n - 1; p >= 0; p--) {
    const row = rows[p]!;
    for (let c = n; c < n + m; c++) row[c] = div(row[c]!, row[p]!);
    for (let i = 0; i < p; i++) subtract(rows[i]!, rows[i]![p]!, row, n);
  }
  return tensor(
    [n, m],
    Float64Array.from({ length: n * m }, (_, e) => rows[Math.floor(e / m)]![n + (e % m)]!),
  );
}
