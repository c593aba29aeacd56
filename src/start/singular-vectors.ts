/** Computes the leading singular vectors of a matrix, without decomposing all of it. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { random } from './random.ts';

/** The vectors of W ≈ Σᵢ σᵢ·uᵢ·vᵢᵀ, the largest σ first. The largest element of each uᵢ is positive. */
export interface SingularVectors {
  readonly left: readonly Float64Array[];
  readonly values: readonly number[];
  readonly right: readonly Float64Array[];
}

/** The largest ‖W·Wᵀuᵢ − σᵢ²·uᵢ‖ relative to σ₁²: float32 keeps no more of a vector. */
const TOLERANCE = 1e-7;
/** The size, relative to the largest vector, below which a remainder counts as rounding. */
const ROUNDING = 1e-13;
/**
 * The number of vectors that a block has beyond those asked for. A block with k vectors finds at most k singular values
 * that are equal.
 */
const BESIDE = 8;
/** The growth of the basis between its eigendecompositions, whose cost grows with the cube of its size. */
const GROWTH = 1.3;

type Vector = Float64Array;

const dot = (a: Vector, b: Vector): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};
const norm = (a: Vector): number => Math.sqrt(dot(a, a));

/** Adds a multiple of a vector in place: a ← a + by·b. */
function add(a: Vector, by: number, b: Vector): void {
  for (let i = 0; i < a.length; i++) a[i]! += by * b[i]!;
}

const combined = (of: readonly Vector[], by: (j: number) => number): Vector => {
  const sum = new Float64Array(of[0]!.length);
  for (const [j, v] of of.entries()) add(sum, by(j), v);
  return sum;
};

/** The first `count` singular vectors, at most min(rows, columns). `values` are finite and row-major. */
export function singularVectors(
  values: ArrayLike<number>,
  [rows, columns]: readonly [number, number],
  count: number,
): SingularVectors {
  if (rows <= columns) return leading(Float64Array.from(values), [rows, columns], count);
  const transposed = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) transposed[j * rows + i] = values[i * columns + j]!;
  const { left, values: sigma, right } = leading(transposed, [columns, rows], count);
  return signed({ left: right, values: sigma, right: left });
}

/**
 * Block Lanczos with full orthogonalisation (Golub and Underwood 1977), from a random Ω that is the same at every call.
 * Q is an orthonormal basis of the span of WΩ, WWᵀ·WΩ, …. It grows until the singular vectors of QᵀW are accurate, at
 * the latest when Q is square.
 */
function leading(W: Vector, [m, n]: readonly [number, number], count: number): SingularVectors {
  const next = random(0);
  const drawn = (length: number) => Float64Array.from({ length }, () => 2 * next() - 1);
  const basis: Vector[] = [];
  /** The rows of QᵀW. */
  const projected: Vector[] = [];
  let block = Array.from({ length: Math.min(m, count + BESIDE) }, () => product(W, drawn(n), m));
  let looked = 0;
  for (;;) {
    const first = basis.length;
    const least = ROUNDING * Math.max(...block.map(norm));
    for (const v of block) if (basis.length < m) basis.push(direction(v, basis, least, drawn));
    for (const q of basis.slice(first)) projected.push(transposedProduct(W, q, n));
    const complete = basis.length === m;
    block = complete ? [] : projected.slice(first).map((h) => product(W, h, m));
    if (!complete && basis.length < GROWTH * looked) continue;
    looked = basis.length;
    const found = ritz(projected, count);
    const beyond = block.map((v) => remainder(v.slice(), basis));
    const off = (y: Vector) => norm(combined(beyond, (j) => y[first + j]!));
    if (!complete && found.some(({ y }) => off(y) > TOLERANCE * found[0]!.square)) continue;
    const right: Vector[] = [];
    const largest = Math.sqrt(Math.max(found[0]?.square ?? 0, 0));
    const sigma = found.map(({ y }) => {
      const v = combined(projected, (j) => y[j]!);
      const length = norm(v);
      right.push(direction(v, right, ROUNDING * largest, drawn));
      return length > ROUNDING * largest ? length : 0;
    });
    return signed({ left: found.map(({ y }) => combined(basis, (j) => y[j]!)), values: sigma, right });
  }
}

/** The largest eigenvalues of H·Hᵀ and their eigenvectors. */
function ritz(H: readonly Vector[], count: number): { readonly square: number; readonly y: Vector }[] {
  const gram = Matrix.zeros(H.length, H.length);
  for (const [i, a] of H.entries())
    for (let j = 0; j <= i; j++) {
      const value = dot(a, H[j]!);
      gram.set(i, j, value);
      gram.set(j, i, value);
    }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
  return realEigenvalues
    .map((square, column) => ({ square, column }))
    .sort((a, b) => b.square - a.square)
    .slice(0, count)
    .map(({ square, column }) => ({ square, y: Float64Array.from(eigenvectorMatrix.getColumn(column)) }));
}

/** Removes from v its part in the span of the basis, in place; twice, because rounding leaves some at first. */
function remainder(v: Vector, basis: readonly Vector[]): Vector {
  for (let pass = 0; pass < 2; pass++) for (const q of basis) add(v, -dot(q, v), q);
  return v;
}

/** The unit vector along v's part outside the basis; a random one outside it if the part is at most `least` long. */
function direction(
  v: Vector,
  basis: readonly Vector[],
  least: number,
  drawn: (length: number) => Vector,
): Vector {
  const rest = remainder(v, basis);
  const unit = norm(rest) > least ? rest : remainder(drawn(v.length), basis);
  const by = 1 / norm(unit);
  return unit.map((x) => x * by);
}

function product(W: Vector, v: Vector, m: number): Vector {
  const n = v.length;
  const y = new Float64Array(m);
  for (let i = 0, at = 0; i < m; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++, at++) sum += W[at]! * v[j]!;
    y[i] = sum;
  }
  return y;
}

function transposedProduct(W: Vector, u: Vector, n: number): Vector {
  const y = new Float64Array(n);
  for (let i = 0, at = 0; i < u.length; i++) {
    const by = u[i]!;
    for (let j = 0; j < n; j++, at++) y[j]! += by * W[at]!;
  }
  return y;
}

function signed({ left, values, right }: SingularVectors): SingularVectors {
  const signs = left.map((u) => Math.sign(u.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0)) || 1);
  const times = (of: readonly Vector[]) => of.map((v, i) => v.map((x) => x * signs[i]!));
  return { left: times(left), values, right: times(right) };
}
