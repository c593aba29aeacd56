/**
 * Shapes in types. A plain dimension name against a different plain name is a TypeScript error; compound
 * names (`r*b`, `tri(b)`, `in/2`), numbers and names not known to TypeScript step aside: the compiler decides
 * those by normal form.
 */

/** A dimension as authors write it: a name, an expression such as `r*b` or `tri(b)`, or a size. */
export type Dim = string | number;
export type Shape = readonly string[];

/** The shape that `input('tokens', 4)` declares: numbers are kept as text. */
export type ShapeOf<D extends readonly Dim[]> = { -readonly [K in keyof D]: `${D[K] & Dim}` };

type Compound = `${string}${'*' | '+' | '-' | '/' | '('}${string}` | `${number}`;

/** unknown when the compiler has to decide or the names agree; otherwise the message tsc prints. */
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

/** Whether the rank is known to TypeScript. */
type Ranked<S extends Shape> = number extends S['length'] ? false : true;

/** (…, n, k)·(…, k, m) with batch axes on either side or equal on both. */
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

/** The last two axes exchanged. */
export type Transposed<S extends Shape> = S extends readonly [
  ...infer P extends Shape,
  infer N extends string,
  infer M extends string,
]
  ? [...P, M, N]
  : Shape;

/** NumPy broadcasting, aligned at the last axis: unknown, or the message of the first mismatch. */
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

/** The last axes of a square matrix agree. */
export type Square<S extends Shape> = S extends readonly [
  ...string[],
  infer N extends string,
  infer M extends string,
]
  ? MatchDim<N, M>
  : unknown;

/** (…, tri(b)) unpacked to (…, b, b). */
export type Unpacked<S extends Shape> = S extends readonly [...infer P extends Shape, `tri(${infer B})`]
  ? [...P, B, B]
  : S extends readonly [...infer P extends Shape, string]
    ? [...P, string, string]
    : Shape;

/** (r, b, c) blocks on the diagonal of an (r*b, r*c) matrix. */
export type BlockDiagonal<S extends Shape> = S extends readonly [
  infer R extends string,
  infer B extends string,
  infer C extends string,
]
  ? [`${R}*${B}`, `${R}*${C}`]
  : [string, string];

/** `identity('n')` is n×n. */
export type IdentityShape<D extends readonly Dim[]> = D extends readonly [infer N extends Dim]
  ? [`${N}`, `${N}`]
  : ShapeOf<D>;

/** The same rank, with dimensions left to the compiler. */
export type SameRank<S extends Shape> = { -readonly [K in keyof S]: string };

/** A summed axis keeps size 1. */
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
