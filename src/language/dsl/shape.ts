/**
 * Checks shapes in TypeScript's types. Two different plain dimension names are a TypeScript error. Compound names
 * (`r*b`, `tri(b)`, `in/2`), numbers, and names that TypeScript does not know are accepted: the compiler compares
 * them by normal form.
 */

/** A dimension as authors write it: a name, an expression such as `r*b` or `tri(b)`, or a size. */
export type Dim = string | number;
export type Shape = readonly string[];

/** The type of the shape that `input('tokens', 4)` declares: numbers are kept as text. */
export type ShapeOf<D extends readonly Dim[]> = { -readonly [K in keyof D]: `${D[K] & Dim}` };

type Compound = `${string}${'*' | '+' | '-' | '/' | '('}${string}` | `${number}`;

/** Compares two dimensions: `unknown` if they agree or the compiler decides, else the message that tsc prints. */
export type MatchDim<A extends string, B extends string> = string extends A
  ? unknown
  : string extends B
    ? unknown
    : A extends Compound
      ? unknown
      : B extends Compound
        ? unknown
        : A extends B
          ? unknown
          : `dimension '${A}' does not match '${B}'`;

/** Whether TypeScript knows the rank. */
type Ranked<S extends Shape> = number extends S['length'] ? false : true;

/** Checks (…, n, k)·(…, k, m), with batch axes on one side, or equal on both. */
export type MatchMatmul<A extends Shape, B extends Shape> =
  Ranked<A> extends false
    ? unknown
    : Ranked<B> extends false
      ? unknown
      : A extends readonly [...string[], string, infer K extends string]
        ? B extends readonly [...string[], infer L extends string, string]
          ? MatchDim<K, L>
          : 'matmul needs a matrix: the argument has fewer than two axes'
        : 'matmul needs a matrix: the receiver has fewer than two axes';

export type Matmul<A extends Shape, B extends Shape> = A extends readonly [
  ...infer P extends Shape,
  infer N extends string,
  string,
]
  ? B extends readonly [...infer Q extends Shape, string, infer M extends string]
    ? [...(P extends readonly [] ? Q : P), N, M]
    : Shape
  : Shape;

/** The shape with its last two axes exchanged. */
export type Transposed<S extends Shape> = S extends readonly [
  ...infer P extends Shape,
  infer N extends string,
  infer M extends string,
]
  ? [...P, M, N]
  : Shape;

/** Checks NumPy broadcasting from the last axis on: `unknown` if it fits, else the message of the first mismatch. */
export type MatchBroadcast<A extends Shape, B extends Shape> = A extends readonly [
  ...infer P extends Shape,
  infer M extends string,
]
  ? B extends readonly [...infer Q extends Shape, infer N extends string]
    ? unknown extends MatchDim<M, N>
      ? MatchBroadcast<P, Q>
      : MatchDim<M, N>
    : unknown
  : unknown;

export type Broadcast<A extends Shape, B extends Shape> =
  Ranked<A> extends false
    ? Shape
    : Ranked<B> extends false
      ? Shape
      : A extends readonly [...infer P extends Shape, infer M extends string]
        ? B extends readonly [...infer Q extends Shape, infer N extends string]
          ? [...Broadcast<P, Q>, M extends '1' ? N : M]
          : A
        : B;

/** Checks that a matrix is square: its last two axes agree. */
export type Square<S extends Shape> = S extends readonly [
  ...string[],
  infer N extends string,
  infer M extends string,
]
  ? MatchDim<N, M>
  : unknown;

/** The shape (…, b, b) that (…, tri(b)) is unpacked to. */
export type Unpacked<S extends Shape> = S extends readonly [...infer P extends Shape, `tri(${infer B})`]
  ? [...P, B, B]
  : S extends readonly [...infer P extends Shape, string]
    ? [...P, string, string]
    : Shape;

/** The shape (r*b, r*c) of the matrix with blocks (r, b, c) on its diagonal. */
export type BlockDiagonal<S extends Shape> = S extends readonly [
  infer R extends string,
  infer B extends string,
  infer C extends string,
]
  ? [`${R}*${B}`, `${R}*${C}`]
  : [string, string];

/** The shape of `identity('n')` is n×n; that of `identity('k', 'n', 'n')` is as written. */
export type IdentityShape<D extends readonly Dim[]> = D extends readonly [infer N extends Dim]
  ? [`${N}`, `${N}`]
  : ShapeOf<D>;

/** A shape of the same rank, whose dimensions the compiler determines. */
export type SameRank<S extends Shape> = { -readonly [K in keyof S]: string };

/** The shape of a sum, in which a summed axis keeps size 1. */
export type Summed<S extends Shape, A> =
  Ranked<S> extends false
    ? Shape
    : A extends -1
      ? S extends readonly [...infer P extends Shape, string]
        ? [...P, '1']
        : Shape
      : A extends number
        ? `${A}` extends keyof S
          ? { -readonly [K in keyof S]: K extends `${A}` ? '1' : S[K] }
          : SameRank<S>
        : SameRank<S>;
