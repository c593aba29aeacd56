/** Decides whether to multiply by a matrix part by part (by its factors, terms or structure) or to form it first. */
import { type Binding, type Dim, dimConst, dimNames, equalDim, evalReal, ofTokens } from '../dims/dims.ts';
import { mulQ, ONE, type Rational } from '../dims/rational.ts';
import { apply, sameShape } from '../ir/build.ts';
import type { Node, OpNode } from '../ir/node.ts';
import { actionOf, structureOf } from '../ir/operator.ts';
import { fold } from '../ir/walk.ts';
import { getOrMake } from '../keyed.ts';
import { isOp, product, scaled, transposed } from '../ops/nodes.ts';
import { entryOf } from '../records.ts';

export const hasTokens = (n: Node): boolean => n.type.shape.some(ofTokens);

/** Whether a matrix has a single row or a single column. Rules then apply the other factors to it, as to tokens. */
export const isVector = (n: Node): boolean => n.type.shape.slice(-2).some((d) => equalDim(d, dimConst(1)));

/** The terms of a sum of matrices of one shape. Scales and transposes around the sum move into its terms. */
export function termsOf(a: Node): readonly Node[] | undefined {
  if (isOp(a, 'scale')) return termsOf(a.args[0]!)?.map((t) => scaled(a.attrs.by as Rational, t));
  if (isOp(a, 'transpose')) return termsOf(a.args[0]!)?.map(transposed);
  if (!isOp(a, 'add')) return undefined;
  return a.args.every((t) => sameShape(t.type.shape, a.type.shape)) ? a.args : undefined;
}

export const isScalar = (a: Node): boolean => a.type.shape.every((d) => equalDim(d, dimConst(1)));

/** A matrix as by·F₁·…·Fₙ, with transposes moved into the factors. A matrix that is no product is one factor. */
export function splitProduct(a: Node): { readonly by: Rational; readonly factors: readonly Node[] } {
  const flipped = isOp(a, 'transpose');
  const inner = flipped ? a.args[0]! : a;
  if (isOp(inner, 'scale')) {
    const { by, factors } = splitProduct(flipped ? transposed(inner.args[0]!) : inner.args[0]!);
    return { by: mulQ(inner.attrs.by as Rational, by), factors };
  }
  if (!isOp(inner, 'matmul')) return { by: ONE, factors: [a] };
  return { by: ONE, factors: flipped ? inner.args.map(transposed).reverse() : inner.args };
}

/** A matrix and its scale: a number for each row, one for each column, or one for all of it. */
export interface Scaling {
  readonly matrix: Node;
  readonly by: Node;
  readonly how: 'rows' | 'columns' | 'all';
}

/** The matrix M and its scale c in M ⊙ c, c ⊙ M or M / c. */
export function scalingOf(a: Node): Scaling | undefined {
  if (!(isOp(a, 'mul') || isOp(a, 'div')) || a.type.shape.length !== 2) return undefined;
  const [first, second] = a.args as [Node, Node];
  const pairs = [[first, second] as const, ...(isOp(a, 'mul') ? [[second, first] as const] : [])];
  for (const [matrix, by] of pairs) {
    if (!sameShape(matrix.type.shape, a.type.shape)) continue;
    const [rows, columns] = [by.type.shape.at(-2), by.type.shape.at(-1)].map(
      (d) => d === undefined || equalDim(d, dimConst(1)),
    );
    if (rows || columns) return { matrix, by, how: rows && columns ? 'all' : rows ? 'columns' : 'rows' };
  }
  return undefined;
}

const factorsOf = (a: Node): readonly Node[] => splitProduct(a).factors;

const sizeAt = (d: Dim, sizes: Binding): number | undefined =>
  dimNames(d).every((n) => entryOf(sizes, n) !== undefined) ? evalReal(d, sizes) : undefined;

/** Whether one extent is at most another; false while either is unknown. */
export function isNoLonger(d: Dim, than: Dim, sizes: Binding): boolean {
  const [own, other] = [sizeAt(d, sizes), sizeAt(than, sizes)];
  return own !== undefined && other !== undefined && own <= other;
}

/** The operations for each row of x in x·A with a dense A; undefined while a size of A is unknown. */
function denseOps(a: Node, sizes: Binding): number | undefined {
  const extents = a.type.shape.map((d) => sizeAt(d, sizes));
  return extents.reduce<number | undefined>(
    (n, e) => (n === undefined || e === undefined ? undefined : n * e),
    2,
  );
}

/** A function of nodes and sizes, given by `step` in terms of its results for arguments. Results are cached. */
function atSizes<T>(
  step: (a: Node, sizes: Binding, of: (arg: Node) => T) => T,
): (a: Node, sizes: Binding) => T {
  const known = new WeakMap<Binding, (a: Node) => T>();
  return (a, sizes) => {
    const of = getOrMake(known, sizes, () => fold<T>((n, of) => step(n, sizes, of), new WeakMap<Node, T>()));
    return of(a);
  };
}

/** The operations for each row of x in x·A, multiplied by A part by part; undefined while a size is unknown. */
const applyOps = atSizes<number | undefined>((a, sizes, of) => {
  if (isOp(a, 'identity')) return 0;
  // x·Aᵀ costs as much as y·A.
  if (isOp(a, 'scale') || isOp(a, 'detach') || isOp(a, 'transpose')) return of(a.args[0]!);
  // The scale applies to x or to the result, at a cost that does not count.
  const scaling = scalingOf(a);
  if (scaling) return of(scaling.matrix);
  const parts = termsOf(a) ?? factorsOf(a);
  if (parts.length > 1) {
    const ops = parts.map(of);
    const dense = denseOps(a, sizes);
    const all = ops.every((o) => o !== undefined) ? ops.reduce((s, o) => s + o, 0) : undefined;
    return all === undefined || dense === undefined ? undefined : Math.min(all, dense);
  }
  const structure = structureOf(a);
  if (structure) return sizeAt(structure.ops(a as OpNode, dimConst(1)), sizes);
  const action = actionOf(a);
  if (action) return action.ops ? sizeAt(action.ops(a as OpNode, sizes), sizes) : 0;
  return denseOps(a, sizes);
});

/**
 * Whether a product has an inner dimension unlike its rows and its columns. It has low rank then, as far as one can
 * say while sizes are unknown.
 */
function passesElsewhere(a: Node): boolean {
  const [rows, cols] = a.type.shape.slice(-2) as [Dim, Dim];
  return factorsOf(a)
    .slice(1)
    .some((f) => {
      const inner = f.type.shape.at(-2)!;
      return !sameShape([inner], [rows]) && !sameShape([inner], [cols]);
    });
}

/** The node inside the scales and transposes around it. */
function bare(a: Node): Node {
  let inner = a;
  while (isOp(inner, 'scale') || isOp(inner, 'transpose')) inner = inner.args[0]!;
  return inner;
}

/**
 * Whether multiplying by a matrix part by part takes at most half the operations that multiplying by the formed
 * matrix takes. While sizes are unknown, structured matrices count as cheap, and so do products with an inner
 * dimension unlike their rows and columns.
 */
export const isCheap = atSizes<boolean>((a, sizes, of) => {
  const [own, dense] = [applyOps(a, sizes), denseOps(a, sizes)];
  if (own !== undefined && dense !== undefined) return 2 * own <= dense;
  const inner = bare(a);
  const scaling = scalingOf(inner);
  if (scaling) return of(scaling.matrix);
  const parts = termsOf(inner);
  if (parts) return parts.every(of);
  if (isOp(inner, 'identity') || structureOf(inner) || actionOf(inner)) return true;
  return factorsOf(inner).every((f) => structureOf(f) || actionOf(f)) || passesElsewhere(inner);
});

/** Whether multiplying by a matrix part by part takes fewer operations than multiplying by the formed matrix. */
export function isCheaper(a: Node, sizes: Binding): boolean {
  const [own, dense] = [applyOps(a, sizes), denseOps(a, sizes)];
  return own !== undefined && dense !== undefined && own < dense;
}

/** The number of factors before the smallest inner dimension of a product. */
export function cutOf(factors: readonly Node[], sizes: Binding): number {
  const inner = factors.slice(1).map((f) => sizeAt(f.type.shape.at(-2)!, sizes) ?? Number.POSITIVE_INFINITY);
  return 1 + Math.max(0, inner.indexOf(Math.min(...inner)));
}

/** Whether an inner dimension of a product is smaller than its rows and its columns. */
function isNarrow(a: Node, sizes: Binding): boolean {
  const factors = factorsOf(a);
  if (factors.length < 2) return false;
  const inner = factors[cutOf(factors, sizes)]!.type.shape.at(-2)!;
  const [least, ...own] = [inner, ...a.type.shape.slice(-2)].map((d) => sizeAt(d, sizes));
  const known = least !== undefined && own.every((n) => n !== undefined);
  return known ? own.every((n) => least < n) : passesElsewhere(a);
}

/** Whether a matrix is a product with a small inner dimension, and cheaper to multiply by factor by factor. */
export const isLowRank = (a: Node, sizes: Binding): boolean => isNarrow(a, sizes) && isCheap(a, sizes);

/** Whether a matrix has low rank by its sizes, not only by the names of its dimensions. */
export const isKnownLowRank = (a: Node, sizes: Binding): boolean =>
  applyOps(a, sizes) !== undefined && isLowRank(a, sizes);

export const isIdentity = (a: Node): boolean => isOp(bare(a), 'identity');

/**
 * Matrices u and v whose product is a sum of products. Each term is cut in two at its smallest inner dimension: the
 * left parts stand beside each other in u, the right parts below each other in v.
 */
export function stacked(terms: readonly Node[], sizes: Binding): { readonly u: Node; readonly v: Node } {
  const parts = terms.map((t) => {
    const { by, factors } = splitProduct(t);
    const cut = cutOf(factors, sizes);
    return { u: product(factors.slice(0, cut)), v: scaled(by, product(factors.slice(cut))) };
  });
  const joined = (side: 'u' | 'v', fromEnd: number): Node => {
    const nodes = parts.map((p) => p[side]);
    const [first] = nodes as [Node];
    return nodes.length === 1 ? first : apply('concat', nodes, { axis: first.type.shape.length - fromEnd });
  };
  return { u: joined('u', 1), v: joined('v', 2) };
}
