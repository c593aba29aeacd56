/** What it takes to multiply by a matrix as it is built, rather than to form it first. */

import { type Binding, type Dim, dimConst, dimNames, equalDim, evalReal, ofTokens } from '../dims/dims.ts';
import { mulQ, ONE, type Rational } from '../dims/rational.ts';
import { apply, sameShape } from '../ir/build.ts';
import type { Node, OpNode } from '../ir/node.ts';
import { actionOf, structureOf } from '../ir/operator.ts';
import { fold } from '../ir/walk.ts';
import { isOp, product, scaled, transposed } from '../ops/nodes.ts';
import { entryOf } from '../records.ts';

export const hasTokens = (n: Node): boolean => n.type.shape.some(ofTokens);

/** A single row or column: it meets a matrix as tokens do. */
export const isVector = (n: Node): boolean => n.type.shape.slice(-2).some((d) => equalDim(d, dimConst(1)));

/** Terms of a sum of matrices of one shape, the scales and transposes around it pushed into them. */
export function termsOf(a: Node): readonly Node[] | undefined {
  if (isOp(a, 'scale')) return termsOf(a.args[0]!)?.map((t) => scaled(a.attrs.by as Rational, t));
  if (isOp(a, 'transpose')) return termsOf(a.args[0]!)?.map(transposed);
  if (!isOp(a, 'add')) return undefined;
  return a.args.every((t) => sameShape(t.type.shape, a.type.shape)) ? a.args : undefined;
}

export const isScalar = (a: Node): boolean => a.type.shape.every((d) => equalDim(d, dimConst(1)));

/** A matrix as by·F₁·…·Fₙ, transposes pushed into the factors; what is no product is one factor. */
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

/** What scales a matrix, and whether its rows, its columns or all of it alike. */
interface Scaling {
  readonly matrix: Node;
  readonly by: Node;
  readonly how: 'rows' | 'columns' | 'all';
}

/** M ⊙ c, c ⊙ M or M / c for a matrix M. */
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

/** Whether one extent is at most another; false while they are unknown. */
export function isNoLonger(d: Dim, than: Dim, sizes: Binding): boolean {
  const [own, other] = [sizeAt(d, sizes), sizeAt(than, sizes)];
  return own !== undefined && other !== undefined && own <= other;
}

/** Operations per row of x for x·A, A dense; undefined while its sizes are unknown. */
function denseOps(a: Node, sizes: Binding): number | undefined {
  const extents = a.type.shape.map((d) => sizeAt(d, sizes));
  return extents.reduce<number | undefined>(
    (n, e) => (n === undefined || e === undefined ? undefined : n * e),
    2,
  );
}

/** A function of nodes and sizes that is defined by what it gives for arguments at the same sizes, kept for both. */
function atSizes<T>(
  step: (a: Node, sizes: Binding, of: (arg: Node) => T) => T,
): (a: Node, sizes: Binding) => T {
  const known = new WeakMap<Binding, (a: Node) => T>();
  return (a, sizes) => {
    const of = known.get(sizes) ?? fold<T>((n, of) => step(n, sizes, of), new WeakMap<Node, T>());
    known.set(sizes, of);
    return of(a);
  };
}

/** Operations per row of x for x·A by whatever A is built of; undefined where a size is unknown. */
const applyOps = atSizes<number | undefined>((a, sizes, of) => {
  if (isOp(a, 'identity')) return 0;
  // x·Aᵀ takes what y·A takes.
  if (isOp(a, 'scale') || isOp(a, 'detach') || isOp(a, 'transpose')) return of(a.args[0]!);
  // A scalar, a row or a column comes out of the product.
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
  if (action) return action.ops ? sizeAt(action.ops(a as OpNode), sizes) : 0;
  return denseOps(a, sizes);
});

/** Whether a product passes through a dimension that is neither of its own: low rank, sizes unknown. */
function passesElsewhere(a: Node): boolean {
  const [rows, cols] = a.type.shape.slice(-2) as [Dim, Dim];
  return factorsOf(a)
    .slice(1)
    .some((f) => {
      const inner = f.type.shape.at(-2)!;
      return !sameShape([inner], [rows]) && !sameShape([inner], [cols]);
    });
}

/** Without the scales and transposes around it. */
function bare(a: Node): Node {
  let inner = a;
  while (isOp(inner, 'scale') || isOp(inner, 'transpose')) inner = inner.args[0]!;
  return inner;
}

/**
 * Whether a matrix should rather be applied as it is built than formed: that takes at most half the operations
 * that the formed one takes, per row. Without sizes, structured matrices and those that pass through another
 * dimension count.
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

/** Where a product is narrowest: how many of its factors stand before the smallest of its inner dimensions. */
function cutOf(factors: readonly Node[], sizes: Binding): number {
  const inner = factors.slice(1).map((f) => sizeAt(f.type.shape.at(-2)!, sizes) ?? Number.POSITIVE_INFINITY);
  return 1 + Math.max(0, inner.indexOf(Math.min(...inner)));
}

/** Whether a product passes through a dimension smaller than both of its own. */
function isNarrow(a: Node, sizes: Binding): boolean {
  const factors = factorsOf(a);
  if (factors.length < 2) return false;
  const inner = factors[cutOf(factors, sizes)]!.type.shape.at(-2)!;
  const [least, ...own] = [inner, ...a.type.shape.slice(-2)].map((d) => sizeAt(d, sizes));
  const known = least !== undefined && own.every((n) => n !== undefined);
  return known ? own.every((n) => least < n) : passesElsewhere(a);
}

/** A product whose factors are cheaper to apply than it is, for an inner dimension is smaller than its own. */
export const isLowRank = (a: Node, sizes: Binding): boolean => isNarrow(a, sizes) && isCheap(a, sizes);

/** The same where sizes say so, and not only names. */
export const isKnownLowRank = (a: Node, sizes: Binding): boolean =>
  applyOps(a, sizes) !== undefined && isLowRank(a, sizes);

export const isIdentity = (a: Node): boolean => isOp(bare(a), 'identity');

/** U·V equal to a sum of products, each cut where it is narrowest: the left parts beside, the right ones below each other. */
export function stacked(terms: readonly Node[], sizes: Binding): { readonly u: Node; readonly v: Node } {
  const parts = terms.map((t) => {
    const { by, factors } = splitProduct(t);
    const cut = cutOf(factors, sizes);
    return { u: product(factors.slice(0, cut)), v: scaled(by, product(factors.slice(cut))) };
  });
  const joined = (nodes: readonly Node[], fromEnd: number): Node => {
    const [first] = nodes as [Node];
    return nodes.length === 1 ? first : apply('concat', nodes, { axis: first.type.shape.length - fromEnd });
  };
  return {
    u: joined(
      parts.map((p) => p.u),
      1,
    ),
    v: joined(
      parts.map((p) => p.v),
      2,
    ),
  };
}
