/** The domain of plain float64, which defines what programs mean and is the CPU device. */
import { toNumber } from '../../dims/rational.ts';
import { type Domain, numberStorage, Singular, shiftedLogSumExp, type TensorValue } from './domain.ts';
import { type Elimination, eliminate } from './eliminate.ts';

/** Computes A Bᵀ by 2×4 tiles held in registers; both operands stream along their rows. */
function matmul(a: TensorValue<number>, b: TensorValue<number>): TensorValue<number> {
  const [m, k] = [a.shape[0]!, a.shape[1]!];
  const n = b.shape[0]!;
  const out = numberStorage.create([m, n]);
  const [A, B, C] = [a.values, b.values, out.values];
  const dot = (i: number, j: number) => {
    let s = 0;
    for (let t = 0, p = i * k, q = j * k; t < k; t++) s += A[p + t]! * B[q + t]!;
    C[i * n + j] = s;
  };
  const tile = (i: number, j: number) => {
    const [a0, a1] = [i * k, i * k + k];
    const [b0, b1, b2, b3] = [j * k, j * k + k, j * k + 2 * k, j * k + 3 * k];
    let s00 = 0;
    let s01 = 0;
    let s02 = 0;
    let s03 = 0;
    let s10 = 0;
    let s11 = 0;
    let s12 = 0;
    let s13 = 0;
    for (let t = 0; t < k; t++) {
      const x = A[a0 + t]!;
      const y = A[a1 + t]!;
      const p = B[b0 + t]!;
      const q = B[b1 + t]!;
      const r = B[b2 + t]!;
      const s = B[b3 + t]!;
      s00 += x * p;
      s01 += x * q;
      s02 += x * r;
      s03 += x * s;
      s10 += y * p;
      s11 += y * q;
      s12 += y * r;
      s13 += y * s;
    }
    const at = i * n + j;
    C[at] = s00;
    C[at + 1] = s01;
    C[at + 2] = s02;
    C[at + 3] = s03;
    C[at + n] = s10;
    C[at + n + 1] = s11;
    C[at + n + 2] = s12;
    C[at + n + 3] = s13;
  };
  const [evenM, fullN] = [m - (m % 2), n - (n % 4)];
  for (let i = 0; i < evenM; i += 2) {
    for (let j = 0; j < fullN; j += 4) tile(i, j);
    for (let j = fullN; j < n; j++) {
      dot(i, j);
      dot(i + 1, j);
    }
  }
  for (let i = evenM; i < m; i++) for (let j = 0; j < n; j++) dot(i, j);
  return out;
}

const sub = (a: number, b: number) => a - b;
const mul = (a: number, b: number) => a * b;

/** Partial pivoting, so that any matrix with an inverse is solved, whatever a device can do. */
const elimination: Elimination = {
  sub,
  mul,
  div: (x, pivot) => {
    if (pivot === 0) throw new Singular('a matrix to be solved is singular');
    return x / pivot;
  },
  better: (candidate, pivot) => Math.abs(candidate) > Math.abs(pivot),
};

/**
 * The error function. Below 3 it is 2/√π·e^(−x²)·(x + 2x³/3 + 4x⁵/15 + …), whose terms are all positive; from there on
 * 1 − erfc x, by erfc's continued fraction from its end.
 */
export function erf(x: number): number {
  const z = x * x;
  if (z >= 36) return Math.sign(x);
  if (z >= 9) {
    let fraction = 1;
    for (let n = 60; n > 0; n--) fraction = 1 + n / (2 * z) / fraction;
    return Math.sign(x) - Math.exp(-z) / (x * Math.sqrt(Math.PI) * fraction);
  }
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > Number.EPSILON * Math.abs(sum) * 0.01; n++) {
    term *= (2 * z) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-z) * sum;
}

export const float64: Domain<number> = {
  ...numberStorage,
  constant: toNumber,
  fromInt: (n) => n,
  least: -Infinity,
  less: (a, b) => (a < b ? 1 : 0),
  add: (a, b) => a + b,
  sub,
  mul,
  div: (a, b) => a / b,
  max: Math.max,
  min: Math.min,
  neg: (a) => -a,
  abs: Math.abs,
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  erf,
  matmul,
  logSumExp: (all) => shiftedLogSumExp(float64, all),
  solve: (a, b) => eliminate(elimination, a, b),
};
