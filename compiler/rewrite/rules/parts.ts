/**
 * Rules for parts of matrices in products. The rows and columns of a product are those of its outer factors, and a
 * concatenated matrix multiplies part by part.
 */
import { addDim, type Dim, dimConst } from '../../dims/dims.ts';
import { apply, input } from '../../ir/build.ts';
import type { Node } from '../../ir/node.ts';
import { take } from '../../ops/gather.ts';
import { isOp, product, scaled, total, transposed } from '../../ops/nodes.ts';
import { slice } from '../../ops/parts.ts';
import { hasTokens, isCheap, isNoLonger, splitProduct } from '../applying.ts';
import { type Draw, defineRules, LINEAR, type Rule } from '../rule.ts';
import { applied } from './application.ts';

/** A rule that slices the first or last factor, or takes from it, instead of the product. */
const partOf = (op: 'slice' | 'take', law: string, read: (a: Node, axis: number, d: Draw) => Node): Rule => ({
  name: `${op}-product`,
  law,
  numerics: 'exact',
  phase: 'define',
  pattern: { op, args: [{ op: 'matmul', through: LINEAR }] },
  build: (node, { uses, sizes }) => {
    const [a] = node.args as [Node];
    const axis = node.attrs.axis as number;
    const { by, factors } = splitProduct(a);
    const isMatrix = (m: Node) => m.type.shape.length === 2;
    if (![node, ...factors].every(isMatrix)) return undefined;
    if (op === 'take' && !isNoLonger(node.type.shape[axis]!, a.type.shape[axis]!, sizes)) return undefined;
    // A product whose work grows with tokens is not computed again in parts where it is needed elsewhere too. Another
    // product need not be formed at all if it has a cheap factor.
    const isWorth = factors.some(hasTokens) ? uses(a) === 1 : factors.some((f) => isCheap(f, sizes));
    const at = axis === 0 ? 0 : factors.length - 1;
    if (!isWorth || isCheap(factors[at]!, sizes)) return undefined;
    return scaled(by, product(factors.with(at, apply(op, node.args.with(0, factors[at]!), node.attrs))));
  },
  instance: (d) => {
    const [k, n] = [d.int(1, 3), d.int(2, 4)];
    const rows = apply('matmul', [d.tensor('tokens', k), d.tensor(k, n)]);
    return d.pick(
      () => read(scaled(2, rows), 1, d),
      () => read(transposed(rows), 0, d),
    )();
  },
});

/** Parts of a matrix, and the axis along which they stand. */
interface Parts {
  readonly parts: readonly Node[];
  readonly axis: number;
}

/** The parts of a concatenated matrix, which may be transposed. */
function partsOf(a: Node): Parts | undefined {
  if (isOp(a, 'transpose')) {
    const inner = partsOf(a.args[0]!);
    return inner && { parts: inner.parts.map(transposed), axis: 1 - inner.axis };
  }
  if (!isOp(a, 'concat') || a.type.shape.length !== 2) return undefined;
  return { parts: a.args, axis: a.attrs.axis as number };
}

/**
 * The product of `other` and a matrix of parts. The product sums over the axis `inner` of the matrix. Parts that
 * stand along this axis multiply a slice of `other` each.
 */
function partByPart(
  { parts, axis }: Parts,
  other: Node,
  inner: 0 | 1,
  times: (other: Node, part: Node) => Node,
): Node {
  const along = other.type.shape.length - 1 - inner;
  if (axis !== inner)
    return apply(
      'concat',
      parts.map((p) => times(other, p)),
      { axis: along },
    );
  let start: Dim = dimConst(0);
  return total(
    parts.map((part) => {
      const [from, length] = [start, part.type.shape[axis]!];
      start = addDim(start, length);
      return times(slice(other, along, from, length), part);
    }),
  );
}

defineRules(
  partOf('slice', '(A·B)[:, i:j] = A·B[:, i:j], (A·B)[i:j] = A[i:j]·B', (a, axis, d) =>
    slice(a, axis, dimConst(d.int(0, 1)), dimConst(1)),
  ),
  partOf(
    'take',
    '(A·B)[:, p] = A·B[:, p], (A·B)[p] = A[p]·B when p has no more indices than there are',
    (a, axis, d) => {
      const index = input('p', 'frozen', { shape: [dimConst(d.int(1, 2))], dtype: 'i32' });
      return take(a, index, axis);
    },
  ),
  {
    name: 'concat-product',
    law: 'x·[A; B] = x₁·A + x₂·B, x·[A B] = [x·A x·B] when A or B has a factor that costs less to apply than to form',
    numerics: 'reassociates',
    phase: 'apply',
    pattern: { op: 'matmul', some: { op: 'concat', through: ['transpose'] } },
    build: (node, { sizes }) => {
      if (!node.args.some(hasTokens)) return undefined;
      for (const [i, factor] of node.args.entries()) {
        const found = hasTokens(factor) ? undefined : partsOf(factor);
        if (!found?.parts.some((p) => splitProduct(p).factors.some((f) => isCheap(f, sizes)))) continue;
        return applied(
          node,
          i,
          (x) => partByPart(found, x, 0, (piece, p) => product([piece, p])),
          (y) => partByPart(found, y, 1, (piece, p) => product([p, piece])),
        );
      }
      return undefined;
    },
    instance: (d) => {
      const [r, b] = [2, d.int(1, 3)];
      const n = r * b;
      const rotated = apply('matmul', [apply('blockDiag', [d.tensor(r, b, b)]), d.tensor(n, n)]);
      const axis = d.int(0, 1);
      const m = apply('concat', d.pick([rotated, d.tensor(n, n)], [d.tensor(n, n), rotated]), { axis });
      const rows = axis === 0 ? 2 * n : n;
      return d.pick(
        () => apply('matmul', [d.tensor('tokens', rows), m]),
        () => apply('matmul', [transposed(m), d.tensor(...d.pick([], [2]), rows, 'tokens')]),
      )();
    },
  },
);
