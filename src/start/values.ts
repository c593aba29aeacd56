/** Computes the elements of a parameter's initial value, its start, from its declaration. */
import { OftcError } from '../../compiler/errors/error.ts';
import {
  type Decomposed,
  type Draw,
  decomposedOf,
  elementOf,
  type Init,
  type Product,
  type Singular,
  type SingularFactor,
  singularOf,
} from '../../compiler/ir/init.ts';
import type { InputNode } from '../../compiler/ir/node.ts';
import { decodeF16 } from '../formats/safetensors/half.ts';
import type { HostTensor } from '../session/tensors.ts';
import { coordinates, sharedBasis, type Weight } from './basis.ts';
import { type MatrixSize, positionsIn } from './positions.ts';
import { random } from './random.ts';
import { type SingularVectors, singularVectors } from './singular-vectors.ts';

/** A parameter that needs its initial value, with its start and its shape. */
export interface Starting {
  readonly input: InputNode;
  readonly init: Init;
  readonly shape: readonly number[];
  /** The size of the matrix whose positions it starts as. */
  readonly matrix?: MatrixSize;
  /** The number of singular vectors that come before those of the start. */
  readonly skip: number;
}

/** The axis that counts singular vectors. */
export const axisOf = (factor: SingularFactor): 0 | 1 => (factor === 'left' ? 1 : 0);

type Known = Readonly<Record<string, HostTensor>>;

const product = (shape: readonly number[]): number => shape.reduce((p, n) => p * n, 1);

/** The elements of a start, row-major, with random ones drawn from `next`. Throws as `initialise` does. */
export function startValues(
  starting: Starting,
  next: () => number,
  known: Known,
  decompositions: Decompositions,
): ArrayLike<number> {
  const { input: i, init, shape } = starting;
  const count = product(shape);
  if (init === 'zeros') return new Float64Array(count);
  if (init === 'ones') return new Float64Array(count).fill(1);
  if (init === 'identity') {
    const n = shape.at(-1)!;
    return Float64Array.from({ length: count }, (_, k) => (Math.floor(k / n) % n === k % n ? 1 : 0));
  }
  if (init === 'permutation') return permutations(shape, next);
  if ('positions' in init) return positionsIn(shape, starting.matrix!, init, next);
  if ('constant' in init) return new Float64Array(count).fill(elementOf(init, shape));
  if ('seed' in init) return drawSeeded(init, shape, i.name);
  if ('pairs' in init) return inPairs(init, shape, next);
  if ('same' in init) return valuesOf(i, init.same, known);
  if ('rowNorms' in init) {
    const of = valuesOf(i, init.rowNorms, known);
    const width = count === 0 ? 0 : of.length / count;
    return Float64Array.from({ length: count }, (_, row) =>
      Math.sqrt(
        Array.from({ length: width }, (_, j) => of[row * width + j]! ** 2).reduce((a, b) => a + b, 0),
      ),
    );
  }
  if ('product' in init) return multiplied(starting, init, known);
  if ('left' in init || 'right' in init || 'singularValues' in init)
    return singular(starting, init, decompositions.of(i, init, known));
  if ('basis' in init || 'directions' in init || 'lengths' in init) return factorOf(i, init, known);
  return draw(init, shape, next);
}

/** The elements of `times`·Pᵀ·W. */
function multiplied({ input: i, shape }: Starting, init: Product, known: Known): Float64Array {
  const [W, P] = [valuesOf(i, init.product, known), valuesOf(i, init.by, known)];
  const [rank, width] = shape as [number, number];
  const made = new Float64Array(rank * width);
  for (let o = 0; o * width < W.length; o++)
    for (let r = 0; r < rank; r++) {
      const p = P[o * rank + r]!;
      const by = (init.times ?? 1) * (init.positive ? Math.max(p, 0) : p);
      if (by !== 0) for (let j = 0; j < width; j++) made[r * width + j]! += by * W[o * width + j]!;
    }
  return made;
}

/**
 * Draws each row, along the last axis, from a seed of its own: the hash (FNV-1a) of the stated seed, the parameter's
 * name and the row's indices. So a smaller tensor is a part of a larger one, but for the bound that an axis determines.
 */
function drawSeeded(
  { seed, of }: { readonly seed: number; readonly of: Draw },
  shape: readonly number[],
  name: string,
): Float64Array {
  const width = shape.at(-1) ?? 1;
  const all = new Float64Array(product(shape));
  for (let row = 0; row * width < all.length; row++) {
    let hash = (0x811c9dc5 ^ seed) >>> 0;
    const mix = (n: number) => {
      hash = Math.imul(hash ^ n, 0x01000193) >>> 0;
    };
    for (const c of name) mix(c.codePointAt(0)!);
    let rest = row;
    for (const size of shape.slice(0, -1).reverse()) {
      mix(rest % size);
      rest = Math.floor(rest / size);
    }
    const element = drawer(of, shape, random(hash));
    for (let i = 0; i < width; i++) all[row * width + i] = element();
  }
  return all;
}

function draw(init: Draw, shape: readonly number[], next: () => number): Float64Array {
  const element = drawer(init, shape, next);
  return Float64Array.from({ length: product(shape) }, element);
}

function drawer(init: Draw, shape: readonly number[], next: () => number): () => number {
  if ('normal' in init)
    return () => init.normal * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const bound = 'uniform' in init ? init.uniform : (init.gain ?? 1) / Math.sqrt(shape[init.kaiming]!);
  return () => bound * (2 * next() - 1);
}

/** Draws half of the vectors along an axis of even size, and repeats each. */
function inPairs(
  init: { readonly pairs: number; readonly of: Draw },
  shape: readonly number[],
  next: () => number,
): Float64Array {
  const size = shape[init.pairs]!;
  const half = draw(init.of, shape.with(init.pairs, size / 2), next);
  const inner = product(shape.slice(init.pairs + 1));
  return Float64Array.from({ length: product(shape) }, (_, k) => {
    const [outer, along, rest] = [Math.floor(k / (inner * size)), Math.floor(k / inner) % size, k % inner];
    return half[(outer * (size / 2) + Math.floor(along / 2)) * inner + rest]!;
  });
}

/** Random permutations along the last axis, by Fisher and Yates. */
function permutations(shape: readonly number[], next: () => number): Int32Array {
  const n = shape.at(-1)!;
  const all = Int32Array.from({ length: product(shape) }, (_, k) => k % n);
  for (let row = 0; row < all.length; row += n)
    for (let i = n - 1; i > 0; i--) {
      const [a, b] = [row + i, row + Math.floor(next() * (i + 1))];
      [all[a], all[b]] = [all[b]!, all[a]!];
    }
  return all;
}

/** The singular vectors that starts refer to. Each matrix is decomposed once, to the most vectors needed. */
export class Decompositions {
  readonly #counts = new Map<string, number>();
  readonly #found = new Map<string, SingularVectors>();

  constructor(starting: readonly Starting[]) {
    for (const { init, shape, skip } of starting) {
      const { of, factor } = singularOf(init) ?? {};
      if (of === undefined || factor === undefined) continue;
      const count = skip + shape[axisOf(factor)]!;
      this.#counts.set(of, Math.max(count, this.#counts.get(of) ?? 0));
    }
  }

  /** The singular vectors that a start refers to. Throws OFT1036 for a matrix that is not finite. */
  of(i: InputNode, init: Singular, known: Known): SingularVectors {
    const { of: name } = singularOf(init)!;
    const found = this.#found.get(name);
    if (found) return found;
    const values = valuesOf(i, name, known);
    const wrong = Array.prototype.findIndex.call(values, (x) => !Number.isFinite(x));
    if (wrong >= 0)
      throw new OftcError(
        'OFT1036',
        `'${i.name}' starts from singular vectors of '${name}', whose element ${wrong} is ${values[wrong]}: take a weight that is finite`,
        i.spans,
      );
    const [rows, columns] = known[name]!.shape;
    const made = singularVectors(values, [rows!, columns!], this.#counts.get(name)!);
    this.#found.set(name, made);
    return made;
  }
}

/** The elements of a start from singular vectors. Throws OFT1036 for a σ of 0 to a negative power. */
function singular({ input: i, shape, skip }: Starting, init: Singular, of: SingularVectors): Float64Array {
  if ('singularValues' in init) return Float64Array.from(of.values.slice(skip, skip + shape[0]!));
  const { power = 0, times = 1 } = init;
  const width = shape[1]!;
  const factors = of.values
    .slice(skip, skip + shape['left' in init ? 1 : 0]!)
    .map((sigma) => times * sigma ** power);
  const wrong = factors.findIndex((f) => !Number.isFinite(f));
  if (wrong >= 0)
    throw new OftcError(
      'OFT1036',
      `'${i.name}' starts with singular value ${skip + wrong}, ${of.values[skip + wrong]}, to the power ${power}, which is ${factors[wrong]}: ask for fewer vectors, or a power of at least 0`,
      i.spans,
    );
  return Float64Array.from({ length: product(shape) }, (_, k) => {
    const [row, column] = [Math.floor(k / width), k % width];
    return 'left' in init
      ? of.left[skip + column]![row]! * factors[column]!
      : of.right[skip + row]![column]! * factors[row]!;
  });
}

/**
 * The elements of a factor of a decomposition. Throws OFT1036 for a weight that is not finite, or that a basis
 * does not span.
 */
function factorOf(i: InputNode, init: Decomposed, known: Known): ArrayLike<number> {
  const { of, factor, within } = decomposedOf(init)!;
  const weight: HostTensor = { ...known[of]!, data: Float64Array.from(valuesOf(i, of, known)) };
  if (factor === 'basis') return basisOf(i, of, [weight]);
  const found = coordinates(checkedWeight(i, of, weight), valuesOf(i, within!, known));
  if (found) return found[factor];
  throw undecomposed(i, of, `and '${within}' is no basis: its columns depend on each other`);
}

const undecomposed = (i: InputNode, of: string, what: string) =>
  new OftcError('OFT1036', `'${i.name}' starts from a decomposition of '${of}', ${what}`, i.spans);

function checkedWeight(i: InputNode, of: string, { data, shape }: HostTensor): Weight {
  const numbers = data instanceof Uint16Array ? decodeF16(data) : data;
  const wrong = Array.prototype.findIndex.call(numbers, (x) => !Number.isFinite(x));
  if (wrong < 0) return { data: numbers, shape };
  throw undecomposed(i, of, `whose element ${wrong} is ${numbers[wrong]}: take a weight that is finite`);
}

/** The basis that weights share. Throws OFT1036 for a weight that is not finite, or weights that do not span one. */
export function basisOf(i: InputNode, of: string, weights: readonly HostTensor[]): Float64Array {
  const basis = sharedBasis(weights.map((w) => checkedWeight(i, of, w)));
  if (basis) return basis;
  throw undecomposed(
    i,
    of,
    `whose ${weights[0]!.shape[1]} columns depend on each other: take weights of full rank`,
  );
}

/** The values of a parameter. Throws OFT4001 if it is not given, OFT4004 if its length is not its shape's. */
function valuesOf(i: InputNode, name: string, known: Known): ArrayLike<number> {
  const tensor = known[name];
  if (!tensor)
    throw new OftcError(
      'OFT4001',
      `'${i.name}' starts from the values of '${name}': give it, { frozen: { ${name} } }`,
      i.spans,
    );
  if (tensor.data.length !== product(tensor.shape))
    throw new OftcError(
      'OFT4004',
      `tensor '${name}' has shape [${tensor.shape.join(', ')}] but ${tensor.data.length} elements`,
      i.spans,
    );
  return tensor.data instanceof Uint16Array ? decodeF16(tensor.data) : tensor.data;
}
