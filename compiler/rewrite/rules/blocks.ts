/** Rules for block-diagonal matrices: what moves into their blocks, and where they merge or split. */
import { type Binding, type Dim, dimConst, equalDim } from '../../dims/dims.ts';
import type { Rational } from '../../dims/rational.ts';
import { apply, sameShape } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { reshape } from '../../ops/indexing.ts';
import { isOp, product, scaled, total } from '../../ops/nodes.ts';
import { hasTokens, isLowRank, isScalar, splitProduct, termsOf } from '../applying.ts';
import { type Draw, defineRules, LINEAR } from '../rule.ts';

const square = (d: Draw) => {
  const [r, b] = [d.int(1, 3), d.int(1, 3)];
  return {
    r,
    b,
    matrix: () => d.tensor(r * b, r * b),
    attrs: { blocks: dimConst(r), rows: dimConst(b), cols: dimConst(b) },
  };
};

/** The blocks of a block-diagonal matrix or an identity, with its scale, where they have the shape of `like`. */
function blocksOf(term: Node, like: Node): Node | undefined {
  if (isOp(term, 'scale')) {
    const inner = blocksOf(term.args[0]!, like);
    return inner && scaled(term.attrs.by as Rational, inner);
  }
  if (isOp(term, 'identity')) return apply('identity', [], { shape: like.type.shape });
  if (!isOp(term, 'blockDiag')) return undefined;
  return sameShape(term.args[0]!.type.shape, like.type.shape) ? term.args[0] : undefined;
}

const blockDiagIn = (term: Node): OpNode | undefined => {
  const inner = isOp(term, 'scale') ? term.args[0]! : term;
  return isOp(inner, 'blockDiag') ? inner : undefined;
};

/** The factors of blocks that are products of low rank; undefined where a factor is not given block by block. */
function lowRankBlocks(blocks: Node, sizes: Binding) {
  const split = splitProduct(blocks);
  return isLowRank(blocks, sizes) && split.factors.every((f) => f.type.shape.length === 3)
    ? split
    : undefined;
}

/** The blocks of diag(A)·diag(B), where A's and B's blocks are square and of one shape. */
export function joined(a: Node, b: Node | undefined): Node | undefined {
  if (!b || !isOp(a, 'blockDiag') || !isOp(b, 'blockDiag')) return undefined;
  const [left, right] = [a.args[0]!, b.args[0]!];
  const [, rows, cols] = left.type.shape as [Dim, Dim, Dim];
  const meet = equalDim(rows, cols) && sameShape(left.type.shape, right.type.shape);
  return meet ? apply('matmul', [left, right]) : undefined;
}

defineRules(
  {
    name: 'diagblocks-linear',
    law: 'blocks(c·A) = c·blocks(A), blocks(A + B) = blocks(A) + blocks(B); entries likewise',
    numerics: 'exact',
    pattern: { op: ['diagBlocks', 'entries'], args: [{ op: ['scale', 'add'] }] },
    build: (node) => {
      const [a, ...positions] = node.args as [OpNode, ...Node[]];
      const of = (x: Node) => apply(node.op, [x, ...positions], node.attrs);
      if (isOp(a, 'scale')) return scaled(a.attrs.by as Rational, of(a.args[0]!));
      // A term that broadcasts has no diagonal blocks of its own.
      const isMatrix = (x: Node) => sameShape(x.type.shape, a.type.shape);
      if (!a.args.every(isMatrix)) return undefined;
      return total(a.args.map(of));
    },
    instance: (d) => {
      const { matrix, attrs } = square(d);
      const inner = d.pick(
        () => apply('scale', [matrix()], { by: { num: 3n, den: 2n } }),
        () => apply('add', [matrix(), matrix()]),
      )();
      return apply('diagBlocks', [inner], attrs);
    },
  },
  {
    name: 'diagblocks-blockdiag',
    law: 'blocks(diag(T)) = T',
    numerics: 'exact',
    pattern: { op: 'diagBlocks', args: [{ op: 'blockDiag' }] },
    build: (node) => {
      const inner = (node.args[0] as OpNode).args[0]!;
      return sameShape(node.type.shape, inner.type.shape) ? inner : undefined;
    },
    instance: (d) => {
      const { r, b, attrs } = square(d);
      return apply('diagBlocks', [apply('blockDiag', [d.tensor(r, b, b)])], attrs);
    },
  },
  {
    name: 'blockdiag-identity',
    law: 'diag(I, …, I) = I',
    numerics: 'exact',
    pattern: { op: 'blockDiag', args: [{ op: 'identity' }] },
    build: (node) => apply('identity', [], { shape: node.type.shape }),
    instance: (d) => {
      const [r, b] = [d.int(1, 3), d.int(1, 3)];
      return apply('blockDiag', [apply('identity', [], { shape: [r, b, b].map(dimConst) })]);
    },
  },
  {
    name: 'blockdiag-scale',
    law: 'diag(c·T) = c·diag(T)',
    numerics: 'exact',
    pattern: { op: 'blockDiag', args: [{ op: 'scale' }] },
    build: (node) => {
      const [s] = node.args as [OpNode];
      return scaled(s.attrs.by as Rational, apply('blockDiag', s.args));
    },
    instance: (d) =>
      apply('blockDiag', [
        apply('scale', [d.tensor(d.int(1, 3), d.int(1, 3), d.int(1, 3))], { by: { num: -5n, den: 2n } }),
      ]),
  },
  {
    name: 'blockdiag-merge',
    law: 'diag(A) + diag(B) = diag(A + B) for blocks of one size, and I + diag(A) = diag(I + A)',
    numerics: 'exact',
    pattern: { op: 'add', some: { op: 'blockDiag', through: ['scale'] } },
    build: (node, { sizes }) => {
      for (const term of node.args) {
        const like = blockDiagIn(term)?.args[0];
        if (!like || !node.args.every((a) => sameShape(a.type.shape, node.type.shape))) continue;
        const own = (a: Node) => {
          const blocks = blocksOf(a, like);
          return blocks && !lowRankBlocks(blocks, sizes) ? blocks : undefined;
        };
        const merged = node.args.flatMap((a) => own(a) ?? []);
        if (merged.length < 2) continue;
        return total([apply('blockDiag', [total(merged)]), ...node.args.filter((a) => !own(a))]);
      }
      return undefined;
    },
    instance: (d) => {
      const [r, b] = [d.int(1, 3), d.int(1, 3)];
      const diag = () => apply('blockDiag', [d.tensor(r, b, b)]);
      const by = { num: -1n, den: 2n };
      const terms = d.pick(
        () => [diag(), diag()],
        () => [apply('identity', [], { shape: [r * b, r * b].map(dimConst) }), diag()],
        () => [apply('scale', [diag()], { by }), d.tensor(r * b, r * b), diag()],
      )();
      return apply('add', terms);
    },
  },
  {
    name: 'blockdiag-split',
    law: 'diag(A + U·V) = diag(A) + diag(U·V) when U·V has low rank',
    numerics: 'exact',
    phase: 'apply',
    pattern: { op: 'blockDiag', args: [{ op: 'add', through: LINEAR }] },
    build: (node, { sizes }) => {
      const terms = termsOf(node.args[0]!);
      if (!terms?.some((t) => lowRankBlocks(t, sizes))) return undefined;
      return total(terms.map((t) => apply('blockDiag', [t])));
    },
    instance: (d) => {
      const [r, b] = [d.int(1, 3), 4];
      const low = apply('matmul', [d.tensor(r, b, 1), d.tensor(r, 1, b)]);
      return apply('blockDiag', [apply('add', [d.tensor(r, b, b), low])]);
    },
  },
  {
    name: 'blockdiag-low-rank',
    law: 'diag(U·V) = diag(U)·diag(V) when U·V has low rank',
    numerics: 'exact',
    phase: 'apply',
    pattern: { op: 'blockDiag', args: [{ op: 'matmul', through: LINEAR }] },
    build: (node, { sizes }) => {
      const low = lowRankBlocks(node.args[0]!, sizes);
      if (!low) return undefined;
      return scaled(low.by, product(low.factors.map((f) => apply('blockDiag', [f]))));
    },
    instance: (d) => {
      const [r, b] = [d.int(1, 3), 4];
      const low = apply('matmul', [d.tensor(r, b, 1), d.tensor(r, 1, b)]);
      return apply('blockDiag', [scaled(d.pick(1, 3), low)]);
    },
  },
  {
    name: 'blockdiag-product',
    law: 'diag(A)·diag(B) = diag(A·B) where square blocks meet',
    numerics: 'reassociates',
    pattern: { op: 'matmul', args: [{ op: 'blockDiag' }, { op: 'blockDiag' }] },
    // In a product with other factors, the association decides whether the blocks multiply.
    build: (node) => {
      if (!node.args.every((b) => joined(node.args[0]!, b))) return undefined;
      const blocks = node.args.map((a) => (a as OpNode).args[0]!);
      return apply('blockDiag', [apply('matmul', blocks)]);
    },
    instance: (d) => {
      const [r, b] = [d.int(1, 3), d.int(1, 3)];
      const diag = () => apply('blockDiag', [d.tensor(r, b, b)]);
      return apply('matmul', d.pick([diag(), diag()], [diag(), diag(), diag()]));
    },
  },
  {
    name: 'blockdiag-diag',
    law: 'diag(v)·diag(T) = diag(v ⊙ T), diag(T)·diag(v) = diag(T ⊙ v): scales move into the blocks',
    numerics: 'reassociates',
    pattern: { op: 'matmul', some: { op: 'blockDiag' } },
    build: (node) => {
      if (node.args.length > 2 && !node.args.some(hasTokens)) return undefined;
      for (const [i, a] of node.args.entries()) {
        const next = node.args[i + 1];
        if (!next) return undefined;
        const [left, right] = [isOp(a, 'diag'), isOp(next, 'diag')];
        const blocks = left ? next : a;
        if (left === right || !isOp(blocks, 'blockDiag')) continue;
        const [r, rows, cols] = blocks.args[0]!.type.shape as [Dim, Dim, Dim];
        const v = ((left ? a : next) as OpNode).args[0]!;
        const by = reshape(v, left ? [r, rows, dimConst(1)] : [r, dimConst(1), cols]);
        const joined = apply('blockDiag', [apply('mul', [blocks.args[0]!, by])]);
        return product([...node.args.slice(0, i), joined, ...node.args.slice(i + 2)]);
      }
      return undefined;
    },
    instance: (d) => {
      const [r, b, c] = [d.int(1, 3), d.int(1, 3), d.int(1, 3)];
      const diag = (n: number) => apply('diag', [d.tensor(n)]);
      const blocks = apply('blockDiag', [d.tensor(r, b, c)]);
      return apply('matmul', d.pick([diag(r * b), blocks], [blocks, diag(r * c)]));
    },
  },
  {
    name: 'structured-scalar',
    law: 's ⊙ diag(T) = diag(s ⊙ T), s ⊙ I = diag(s, …, s) for a scalar s',
    numerics: 'exact',
    pattern: { op: 'mul', some: { op: ['blockDiag', 'identity'] } },
    build: (node) => {
      const [a, s] = isScalar(node.args[1]!) ? node.args : node.args.toReversed();
      if (!isScalar(s!) || !sameShape(a!.type.shape, node.type.shape)) return undefined;
      const scalar = reshape(s!, []);
      if (isOp(a!, 'blockDiag')) return apply('blockDiag', [apply('mul', [a.args[0]!, scalar])]);
      if (!isOp(a!, 'identity') || a.type.shape.length !== 2) return undefined;
      return apply('diag', [apply('expand', [scalar], { shape: [a.type.shape[0]!] })]);
    },
    instance: (d) => {
      const n = d.int(2, 3);
      const eye = apply('identity', [], { shape: [n, n].map(dimConst) });
      const a = d.pick(eye, apply('blockDiag', [d.tensor(2, n, n)]));
      const s = d.pick(d.tensor(), d.tensor(1), d.tensor(1, 1));
      return apply('mul', d.pick([a, s], [s, a]));
    },
  },
);
