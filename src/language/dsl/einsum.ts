/** Declares einsum, and reads the type of its result from the equation. */
import type { Shape } from './shape.ts';
import { call, type Tensor } from './tensor.ts';

/** The dimensions of one operand, by the letters of its term. */
type Lettered<T extends string, S extends Shape> = T extends `${infer L}${infer Q}`
  ? L extends ' '
    ? Lettered<Q, S>
    : S extends readonly [infer D extends string, ...infer R extends Shape]
      ? { readonly [K in L]: D } & Lettered<Q, R>
      : unknown
  : unknown;

/** The dimensions of all operands by letter; never if one letter has two dimensions. */
type Dims<T extends string, S extends readonly Tensor[]> = S extends readonly [
  Tensor<infer A>,
  ...infer R extends readonly Tensor[],
]
  ? T extends `${infer L},${infer Q}`
    ? Lettered<L, A> & Dims<Q, R>
    : Lettered<T, A>
  : unknown;

type DimOf<L extends string, D> = L extends keyof D
  ? [D[L]] extends [never]
    ? string
    : D[L] & string
  : string;

type Picked<O extends string, D> = O extends `${infer L}${infer Q}`
  ? L extends ' '
    ? Picked<Q, D>
    : [DimOf<L, D>, ...Picked<Q, D>]
  : [];

/** The result's shape if the equation states the output in letters; else the compiler determines it. */
type Einsum<E extends string, S extends readonly Tensor[]> = E extends `${string}...${string}`
  ? Shape
  : E extends `${infer T}->${infer O}`
    ? Picked<O, Dims<T, S>>
    : Shape;

/**
 * Sums of products over named axes, as torch.einsum: `einsum('ti,oi->to', x, W)` is `x.matmul(W.T)`, (tokens, in) and
 * (out, in) → (tokens, out). Each letter names an axis. Axes whose letter is not in the output are summed. A letter
 * that stands twice in one operand takes its diagonal. `...` stands for all axes without a letter. Axes of size 1
 * repeat to fit the other operands. Without `->` the output has the letters that stand once, in alphabetical order.
 * Throws OFT2014 for what is no equation, OFT2015 for operands that do not fit it.
 */
export function einsum<const E extends string, const T extends readonly Tensor[]>(
  equation: E,
  ...operands: T
): Tensor<Einsum<E, T>> {
  return call('einsum', equation, ...operands);
}
