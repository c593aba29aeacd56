/** The shape of a sum of a tensor of shape S and these terms. It is unknown where the number of terms is. */
type BroadcastAll<S extends Shape, M extends readonly (number | Tensor)[]> = M extends readonly []
  ? S
  : M extends readonly [infer First, ...infer Rest extends readonly (number | Tensor)[]]
    ? BroadcastAll<First extends Tensor<infer R> ? Broadcast<S, R> : S, Rest>
    : Shape;

/** A tensor in a layer's body: a symbolic expression, with its named dimensions in its type. */
import type { Node } from '../../../compiler/ir/node.ts';
import '../../../compiler/ops/index.ts';
import type { SurfaceArg } from '../../../compiler/ops/arguments.ts';
import { functions, methods, properties } from '../../../compiler/ops/surface.ts';
import type {
  Broadcast,
  Dim,
  MatchBroadcast,
  MatchMatmul,
  Matmul,
  SameRank,
  Shape,
  ShapeOf,
  Transposed,
} from './shape.ts';

export interface Tensor<out S extends Shape = Shape> {
  /** The tensor with its last two axes transposed. */
  readonly T: Tensor<Transposed<S>>;
  /** The matrix product (…, n, k)·(…, k, m) → (…, n, m); batch axes on one side, or equal on both. */
  matmul<R extends Shape>(other: Tensor<R> & MatchMatmul<S, R>): Tensor<Matmul<S, R>>;
  /** Adds one or more terms element by element, with NumPy broadcasting. `sub`, `mul` and `div` take one. */
  add<R extends Shape = [], const M extends readonly (number | Tensor)[] = []>(
    other: number | (Tensor<R> & MatchBroadcast<S, R>),
    ...more: M
  ): Tensor<BroadcastAll<Broadcast<S, R>, M>>;
  sub<R extends Shape = []>(other: number | (Tensor<R> & MatchBroadcast<S, R>)): Tensor<Broadcast<S, R>>;
  mul<R extends Shape = []>(other: number | (Tensor<R> & MatchBroadcast<S, R>)): Tensor<Broadcast<S, R>>;
  div<R extends Shape = []>(other: number | (Tensor<R> & MatchBroadcast<S, R>)): Tensor<Broadcast<S, R>>;
  neg(): Tensor<S>;
  /** The same elements in row-major order. If axes split or join, only the first axis may depend on tokens. */
  reshape<const D extends readonly Dim[]>(...dims: D): Tensor<ShapeOf<D>>;
  /** The tensor with its axes in another order, which names every axis once. */
  permute(...order: readonly number[]): Tensor<SameRank<S>>;
  /** The `length` elements of an axis from `start` on. */
  slice(axis: number, start: Dim, length: Dim): Tensor<SameRank<S>>;
}

/** The object that authors see as a `Tensor` when a layer runs as plain TypeScript. */
export class TracedTensor {
  readonly node: Node;
  constructor(node: Node) {
    this.node = node;
  }
}

for (const [name, build] of Object.entries(properties)) {
  Object.defineProperty(TracedTensor.prototype, name, {
    get(this: TracedTensor) {
      return new TracedTensor(build(this.node));
    },
  });
}
for (const [name, build] of Object.entries(methods) as [string, (a: Node, ...args: SurfaceArg[]) => Node][]) {
  Object.defineProperty(TracedTensor.prototype, name, {
    value(this: TracedTensor, ...args: unknown[]) {
      return new TracedTensor(build(this.node, ...args.map(unwrap)));
    },
  });
}

export const wrap = <S extends Shape>(node: Node): Tensor<S> =>
  new TracedTensor(node) as unknown as Tensor<S>;

export function unwrap(value: unknown): SurfaceArg {
  if (value instanceof TracedTensor) return value.node;
  if (Array.isArray(value)) return value.map(unwrap) as unknown as SurfaceArg;
  return value as SurfaceArg;
}

/** Applies a function of the surface table to traced tensors. */
export function call<S extends Shape>(name: keyof typeof functions, ...args: readonly unknown[]): Tensor<S> {
  const build: (...args: SurfaceArg[]) => Node = functions[name];
  return wrap(build(...args.map(unwrap)));
}
