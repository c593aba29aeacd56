/** Computes the leading singular vectors of a matrix, without decomposing all of it. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { dense, type LinearMap, transposed, type Vector } from './dense-products.ts';
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

/**
 * The first `count` singular vectors, at most min(rows, columns). `values` are finite and row-major. `accuracy` is the
 * largest ‖W·Wᵀuᵢ − σᵢ²·uᵢ‖ relative to σ₁².
 */
export const singularVectors = (
  values: ArrayLike<number>,
  shape: readonly [number, number],
  count: number,
  accuracy = TOLERANCE,
): SingularVectors =>
  upright(values, shape, (A) => {
    const basis = new KrylovBasis(A, Math.min(A.rows, count + BESIDE));
    for (let looked = 0; ; ) {
      basis.grow();
      if (!basis.complete && basis.size < GROWTH * looked) continue;
      looked = basis.size;
      const found = ritz(basis.projected, count);
      const largest = found[0]?.square ?? 0;
      const isAccurate = found.every(({ y }) => basis.off(y) <= accuracy * largest);
      if (basis.complete || isAccurate) return vectorsOf(basis, found);
    }
  });

/** The number of squares that are summed at a time. */
const PART = 4096;
/** The rounding of such a sum, relative to it. */
const SUMMED = 1e-13;
/** The number of vectors by which the basis grows where the rank is not known. */
const STEP = 16;

/** A basis that leaves so many times the squares that may be left is not worth to be grown. */
const HOPELESS = 100;

/**
 * The fewest singular vectors, at most `most`, such that Σᵢ σᵢ·uᵢ·vᵢᵀ differs from W by at most `left` in the Frobenius
 * norm; undefined where that takes more. `accuracy` is that of `singularVectors`.
 */
export const singularVectorsWithin = (
  values: ArrayLike<number>,
  shape: readonly [number, number],
  { left, most, accuracy }: { readonly left: number; readonly most: number; readonly accuracy: number },
): SingularVectors | undefined =>
  upright(values, shape, (A) => {
    const square = left ** 2;
    let rest = squareOf(values);
    // What is left is a difference of two numbers of the size of ‖W‖², so it is known up to their rounding only.
    const floor = rest * SUMMED;
    const basis = new KrylovBasis(A, Math.min(A.rows, STEP));
    for (let looked = 0; ; ) {
      for (const h of basis.grow()) rest -= squareOf(h);
      const isLarge = basis.complete || basis.size >= most + STEP;
      if (!isLarge && (rest > square + floor || basis.size < GROWTH * looked)) continue;
      if (isLarge && rest > HOPELESS * square + floor) return undefined;
      looked = basis.size;
      const found = ritz(basis.projected, basis.size);
      const count = fewest(found, Math.max(rest - floor, 0), square);
      const largest = found[0]?.square ?? 0;
      const leading = found.slice(0, Math.min(count ?? most, most));
      if (!basis.complete && leading.some(({ y }) => basis.off(y) > accuracy * largest)) continue;
      return count !== undefined && count <= most ? vectorsOf(basis, found.slice(0, count)) : undefined;
    }
  });

/** The fewest values whose remaining squares, with what is left beside, are at most `square`; undefined if none are. */
function fewest(found: ReturnType<typeof ritz>, beside: number, square: number): number | undefined {
  let tail = beside;
  if (tail > square) return undefined;
  let count = found.length;
  while (count > 0 && tail + Math.max(found[count - 1]!.square, 0) <= square)
    tail += Math.max(found[--count]!.square, 0);
  return count;
}

/** The sum of the squares, of parts first, so that rounding grows with the length of a part. */
export function squareOf(values: ArrayLike<number>): number {
  let all = 0;
  for (let from = 0; from < values.length; from += PART) {
    let sum = 0;
    const end = Math.min(values.length, from + PART);
    for (let i = from; i < end; i++) sum += values[i]! ** 2;
    all += sum;
  }
  return all;
}

/** Does the work on W, or on Wᵀ where W has more rows than columns, and gives the vectors of W. */
function upright<T extends SingularVectors | undefined>(
  values: ArrayLike<number>,
  [rows, columns]: readonly [number, number],
  work: (A: LinearMap) => T,
): T | SingularVectors {
  const W = dense(values, [rows, columns]);
  if (rows <= columns) return work(W);
  const found = work(transposed(W));
  return found && signed({ left: found.right, values: found.values, right: found.left });
}

/**
 * A basis of block Lanczos with full orthogonalisation (Golub and Underwood 1977), from a random Ω that is the same at
 * every call: Q is an orthonormal basis of the span of AΩ, AAᵀ·AΩ, …, until it is square. A has no more rows than
 * columns.
 */
class KrylovBasis {
  readonly #A: LinearMap;
  readonly vectors: Vector[] = [];
  /** The rows of QᵀA. */
  readonly projected: Vector[] = [];
  readonly #drawn: (length: number) => Vector;
  /** The products that the next block is made of, and the first vector of the last block. */
  #next: Vector[];
  #first = 0;

  constructor(A: LinearMap, block: number) {
    const next = random(0);
    this.#A = A;
    this.#drawn = (length) => Float64Array.from({ length }, () => 2 * next() - 1);
    this.#next = A.times(Array.from({ length: block }, () => this.#drawn(A.columns)));
  }

  get size(): number {
    return this.vectors.length;
  }

  get complete(): boolean {
    return this.size === this.#A.rows;
  }

  /** Adds a block, and returns its rows of QᵀA. */
  grow(): readonly Vector[] {
    this.#first = this.size;
    const least = ROUNDING * Math.max(...this.#next.map(norm));
    for (const v of this.#next)
      if (!this.complete) this.vectors.push(direction(v, this.vectors, least, this.#drawn));
    const rows = this.#A.transposedTimes(this.vectors.slice(this.#first));
    this.projected.push(...rows);
    this.#next = this.complete ? [] : this.#A.times(rows);
    this.#beyond = undefined;
    return rows;
  }

  /** The parts of AAᵀ·q outside the basis, of the last block's q. */
  #beyond: readonly Vector[] | undefined;

  /** The length of the part of AAᵀ·Qy outside the basis. */
  off(y: Vector): number {
    this.#beyond ??= this.#next.map((v) => remainder(v.slice(), this.vectors));
    const beyond = this.#beyond;
    return beyond.length === 0 ? 0 : norm(combined(beyond, (j) => y[this.#first + j]!));
  }

  /** A random unit vector outside the span, for what the matrix does not determine. */
  unit(v: Vector, beside: readonly Vector[], least: number): Vector {
    return direction(v, beside, least, this.#drawn);
  }
}

function vectorsOf(basis: KrylovBasis, found: ReturnType<typeof ritz>): SingularVectors {
  const right: Vector[] = [];
  const largest = Math.sqrt(Math.max(found[0]?.square ?? 0, 0));
  const values = found.map(({ y }) => {
    const v = combined(basis.projected, (j) => y[j]!);
    const length = norm(v);
    right.push(basis.unit(v, right, ROUNDING * largest));
    return length > ROUNDING * largest ? length : 0;
  });
  return signed({ left: found.map(({ y }) => combined(basis.vectors, (j) => y[j]!)), values, right });
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

function signed({ left, values, right }: SingularVectors): SingularVectors {
  const signs = left.map((u) => Math.sign(u.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0)) || 1);
  const times = (of: readonly Vector[]) => of.map((v, i) => v.map((x) => x * signs[i]!));
  return { left: times(left), values, right: times(right) };
}
