/** Sums of products of tensors with labelled axes, built of matmul, blockDiag, mul, sum and views. */
import { type Dim, dimConst, ofTokens, productDim } from '../dims/dims.ts';
import { apply } from '../ir/build.ts';
import type { Node } from '../ir/node.ts';
import { canReshape, permuteAxes, reshape } from './indexing.ts';
import { product, transposed } from './nodes.ts';

export type Labels = readonly string[];

/** A tensor with a label for each axis, every label once. */
export interface Labelled {
  readonly node: Node;
  readonly labels: Labels;
}

/** A function from a label to the size of its axis. */
type Sizes = (label: string) => Dim;

const sizesOf =
  ({ node, labels }: Labelled): Sizes =>
  (l) =>
    node.type.shape[labels.indexOf(l)]!;

const without = (labels: Labels, others: Labels): Labels => labels.filter((l) => !others.includes(l));

/** The tensor with its axes in this order: a transpose where only the last two change places. */
export function ordered({ node, labels }: Labelled, order: Labels): Node {
  const axes = order.map((l) => labels.indexOf(l));
  const last = axes.length - 1;
  const flips = last > 0 && axes.every((a, n) => a === (n < last - 1 ? n : 2 * last - 1 - n));
  return flips ? transposed(node) : permuteAxes(node, axes);
}

/** The sum over the labels `over`, which must stand in the order of their axes. */
export function summed(t: Labelled, over: Labels): Labelled {
  if (over.length === 0) return t;
  const labels = without(t.labels, over);
  const axes = over.map((l) => t.labels.indexOf(l));
  return { node: reshape(apply('sum', [t.node], { axes }), labels.map(sizesOf(t))), labels };
}

/**
 * The tensor with its axes in this order, for broadcasting. A label that it lacks becomes an axis of size 1, or none
 * in front.
 */
function aligned(t: Labelled, order: Labels): Node {
  const own = order.filter((l) => t.labels.includes(l));
  const shape = order.map((l) => (own.includes(l) ? sizesOf(t)(l) : dimConst(1)));
  return reshape(ordered(t, own), own.length === 0 ? [] : shape.slice(order.indexOf(own[0]!)));
}

/** A reshape; undefined where an axis of tokens prevents it. */
const reshaped = (node: Node, shape: readonly Dim[]): Node | undefined =>
  canReshape(node.type.shape, shape) ? reshape(node, shape) : undefined;

const tokensFirst = (labels: Labels, size: Sizes): Labels => [
  ...labels.filter((l) => ofTokens(size(l))),
  ...labels.filter((l) => !ofTokens(size(l))),
];

/** Matrices with the `rows` joined to one axis and the `cols` to another; undefined where these cannot join. */
function matrix(t: Labelled, batch: Labels, rows: Labels, cols: Labels): Node | undefined {
  const size = sizesOf(t);
  const joined = (...groups: readonly Labels[]) =>
    reshaped(ordered(t, [...batch, ...groups.flat()]), [
      ...batch.map(size),
      ...groups.map((g) => productDim(g.map(size))),
    ]);
  const straight = () => joined(rows, cols);
  const turned = () => {
    const node = joined(cols, rows);
    return node && transposed(node);
  };
  // The order in which the axes lie in memory is tried first, because it moves nothing.
  const rowsLast = cols.length > 0 && rows.includes(t.labels.at(-1)!);
  return rowsLast ? (turned() ?? straight()) : (straight() ?? turned());
}

/** Two tensors to be multiplied, and the parts of their labels. */
interface Pair {
  readonly a: Labelled;
  readonly b: Labelled;
  readonly size: Sizes;
  /** The labels that both tensors have: those that are kept, and those that are summed. */
  readonly batch: Labels;
  readonly over: Labels;
}

/**
 * The product x·diag(T₁, …), where x has its rows first and each batch is a block of its columns. A chain of products
 * goes on through blockDiag, but not through a batch.
 */
function byBlocks(
  x: Labelled,
  t: Labelled,
  { batch, over, size }: Pair,
  output: Labels,
): Labelled | undefined {
  const shared = [...batch, ...over];
  const [rows, cols] = [without(x.labels, shared), without(t.labels, shared)];
  if (batch.length === 0 || rows.length === 0 || t.labels.some((l) => ofTokens(size(l)))) return undefined;
  if (batch.includes(x.labels[0]!) || batch.includes(output[0]!)) return undefined;
  const left = reshape(ordered(x, [...rows, ...shared]), [...rows.map(size), productDim(shared.map(size))]);
  const groups = [batch, over, cols].map((g) => productDim(g.map(size)));
  const blocks = apply('blockDiag', [reshape(matrix(t, batch, over, cols)!, groups)]);
  const labels = [...rows, ...batch, ...cols];
  return { node: reshape(product([left, blocks]), labels.map(size)), labels };
}

/** The product as a matrix product; undefined where axes that have to become one axis cannot. */
function byMatrices({ a, b, batch, over, size }: Pair): Labelled | undefined {
  const [rows, cols] = [a, b].map((t) => without(t.labels, [...batch, ...over])) as [Labels, Labels];
  // The left factor's rows need not become one axis where the right factor has no batch.
  const [lead, m] = batch.length > 0 ? [batch, tokensFirst(rows, size)] : [rows.slice(0, -1), rows.slice(-1)];
  const [k, n] = [tokensFirst(over, size), tokensFirst(cols, size)];
  const [left, right] = [matrix(a, lead, m, k), matrix(b, batch, k, n)];
  const labels = [...lead, ...m, ...n];
  const node = left && right && reshaped(product([left, right]), labels.map(size));
  return node && { node, labels };
}

/**
 * Whether p comes before q in their product: p has the first output axis that only one of the two has. Without such
 * an axis, p has at least as many axes of its own.
 */
function rowsFirst(p: Labelled, q: Labelled, output: Labels): boolean {
  const [own, other] = [without(p.labels, q.labels), without(q.labels, p.labels)];
  const first = output.find((l) => own.includes(l) || other.includes(l));
  return first === undefined ? own.length >= other.length : own.includes(first);
}

/** The product a ⊙ b, summed over the labels that both have and that are not kept. */
export function multiply(p: Labelled, q: Labelled, kept: (l: string) => boolean, output: Labels): Labelled {
  const [a, b] = rowsFirst(p, q, output) ? [p, q] : [q, p];
  const shared = a.labels.filter((l) => b.labels.includes(l));
  const over = shared.filter((l) => !kept(l));
  const size = (l: string) => sizesOf(a.labels.includes(l) ? a : b)(l);
  const pair: Pair = { a, b, size, batch: without(shared, over), over };
  if (over.length > 0 && a.labels.length > shared.length) {
    const found = byBlocks(a, b, pair, output) ?? byBlocks(b, a, pair, output) ?? byMatrices(pair);
    if (found) return found;
  }
  const labels = [...a.labels, ...without(b.labels, shared)];
  return summed({ node: apply('mul', [aligned(a, labels), aligned(b, labels)]), labels }, over);
}
