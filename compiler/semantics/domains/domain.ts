/**
 * The operations of a scalar domain that the interpreter uses. Control flow, indexing and loop nests are the
 * interpreter's, and the same in every domain; a domain only computes with scalars and with contiguous matrices.
 */
import type { Rational } from '../../dims/rational.ts';
import type { Span } from '../../errors/span.ts';
import type { ScalarFn } from '../../primitives/expr.ts';
import type { DType } from '../../primitives/prim.ts';

/** A value and how far a device's result may lie from it; see bound.ts. */
export interface Pair {
  readonly value: number;
  readonly bound: number;
  /**
   * The number of addends of an unfinished sum, with Σ|addend| ≤ magnitude. `bound` holds the errors of the addends.
   * When the sum is used, the bound grows by the roundings of the additions, in any order.
   */
  readonly terms: number;
  readonly magnitude: number;
}

/** Row-major elements as a struct of arrays. Integer tensors hold integers in `values` in every domain. */
export interface TensorValue<T> {
  readonly shape: readonly number[];
  readonly values: Float64Array;
  readonly bounds: T extends Pair ? Float64Array : undefined;
}

/** A comparison's outcome. Bit 0: it holds. Bit 1: it is within rounding error; a device may find otherwise. */
export type Truth = 0 | 1 | 2 | 3;

export type BinaryFn = 'add' | 'sub' | 'mul' | 'div' | 'max' | 'min';
export type UnaryFn = Exclude<ScalarFn, BinaryFn>;

export type Scalars<T> = { readonly [F in BinaryFn]: (a: T, b: T) => T } & {
  readonly [F in UnaryFn]: (a: T) => T;
};

export interface Domain<T> extends Scalars<T> {
  /** Makes a tensor of zeros. */
  create(shape: readonly number[]): TensorValue<T>;
  read(t: TensorValue<T>, at: number): T;
  /** Stores x as an element of the given type, rounded to that type where the domain knows rounding. */
  write(t: TensorValue<T>, at: number, x: T, dtype: DType): void;
  constant(q: Rational): T;
  fromInt(n: number): T;
  /** The maximum of no elements; absent in a domain where no element is below all others. */
  readonly least?: T;
  less(a: T, b: T): Truth;
  /** The value chosen by a comparison that a device may decide the other way. */
  either(chosen: T, other: T): T;
  /** Computes A Bᵀ for A (m, k) and B (n, k), which is zeros when k = 0. */
  matmul(a: TensorValue<T>, b: TensorValue<T>): TensorValue<T>;
  /** Computes log Σ exp xᵢ of at least one x. */
  logSumExp(all: readonly T[]): T;
  /**
   * Solves A X = B for X (n, m), with A (n, n) and B (n, m). A device pivots where `pivots`. Throws `Singular` when A has
   * no inverse.
   */
  solve(a: TensorValue<T>, b: TensorValue<T>, pivots: boolean): TensorValue<T>;
}

/** Computes log Σ exp xᵢ as m + log Σ exp(xᵢ − m), where m is the largest x. */
export function shiftedLogSumExp<T>(
  d: Pick<Domain<T>, 'max' | 'sub' | 'add' | 'exp' | 'log'>,
  all: readonly T[],
): T {
  const most = all.reduce((a, b) => d.max(a, b));
  return d.add(most, d.log(all.map((x) => d.exp(d.sub(x, most))).reduce((a, b) => d.add(a, b))));
}

/** The error for a matrix without an inverse. */
export class Singular extends Error {
  /** The places in the source that solve with the matrix. */
  spans: readonly Span[] = [];
}

export const count = (shape: readonly number[]): number => shape.reduce((p, n) => p * n, 1);

/** A tensor of a domain of plain numbers. Throws RangeError when the element count is not the shape's. */
export function tensor(shape: readonly number[], values: ArrayLike<number>): TensorValue<number> {
  if (values.length !== count(shape)) {
    throw new RangeError(
      `${values.length} values for shape (${shape.join(', ')}), which has ${count(shape)}`,
    );
  }
  return {
    shape,
    values: values instanceof Float64Array ? values : Float64Array.from(values),
    bounds: undefined,
  };
}

/** Storage shared by the domains whose scalars are plain numbers. */
export const numberStorage = {
  create: (shape: readonly number[]): TensorValue<number> => tensor(shape, new Float64Array(count(shape))),
  read: (t: TensorValue<number>, at: number): number => t.values[at]!,
  write: (t: TensorValue<number>, at: number, x: number): void => {
    t.values[at] = x;
  },
  either: (chosen: number): number => chosen,
};
