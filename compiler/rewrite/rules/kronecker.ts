/**
 * Rules for Kronecker products: their inverses, functions of products with an identity, and products with a diagonal.
 */
import { type Dim, dimConst, equalDim } from '../../dims/dims.ts';
import { apply } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { reshape } from '../../ops/indexing.ts';
import { expand, isOp, product, scaled, transposed } from '../../ops/nodes.ts';
import { identityLike } from '../../ops/polynomial.ts';
import { cutOf, hasTokens, isCheap, isKnownLowRank, splitProduct } from '../applying.ts';
import { defineRules, type Rule, type RuleContext } from '../rule.ts';
import { coefs, FUNCTIONS } from './similarity.ts';

const isSquare = (a: Node): boolean => equalDim(a.type.shape[0]!, a.type.shape[1]!);
const kronecker = (...factors: readonly Node[]) => apply('kronecker', factors) as OpNode;

const grouped = (op: string, f: string): Rule => ({
  name: `${op}-kronecker`,
  law: `${f}(A ⊗ I) = ${f}(A) ⊗ I, ${f}(I ⊗ A) = I ⊗ ${f}(A)`,
  numerics: 'reassociates',
  pattern: { op, args: [{ op: 'kronecker', through: ['scale'], some: { op: 'identity' } }] },
  build: (node) => {
    const { by, factors } = splitProduct(node.args[0]!);
    const [only] = factors as [OpNode];
    const at = only.args.findIndex((_, i) => isOp(only.args[1 - i]!, 'identity'));
    const a = only.args[at]!;
    if (!isSquare(a)) return undefined;
    return kronecker(...only.args.with(at, apply(op, [scaled(by, a)], node.attrs)));
  },
  instance: (d) => {
    const [m, n] = [d.int(1, 3), d.int(1, 3)];
    const parts = [d.tensor(m, m), identityLike(d.tensor(n, n))];
    return apply(op, [scaled(d.pick(1, 0.5), kronecker(...d.pick(parts, parts.toReversed())))], coefs(d, op));
  },
});

/** A Kronecker product, perhaps transposed, as two: each takes one part of every factor of low rank. */
function cutKronecker(a: Node, sizes: RuleContext['sizes']): readonly Node[] | undefined {
  const inner = isOp(a, 'transpose') ? a.args[0]! : a;
  if (!isOp(inner, 'kronecker')) return undefined;
  const own = inner === a ? inner.args : inner.args.map(transposed);
  const low = own.map((f) => isKnownLowRank(f, sizes));
  if (!low.includes(true)) return undefined;
  const halves = own.map((f, i): readonly [Node, Node] => {
    // The factor that is no product of low rank acts in the first part.
    if (!low[i]) return [f, apply('identity', [], { shape: [f.type.shape[1]!, f.type.shape[1]!] })];
    const { by, factors } = splitProduct(f);
    const cut = cutOf(factors, sizes);
    return [scaled(by, product(factors.slice(0, cut))), product(factors.slice(cut))];
  });
  return [kronecker(...halves.map(([u]) => u)), kronecker(...halves.map(([, v]) => v))];
}

defineRules(
  {
    name: 'matmul-kronecker-low-rank',
    law: 'x·(A ⊗ U·V) = x·(A ⊗ U)·(I ⊗ V), x·(U·V ⊗ B) = x·(U ⊗ B)·(V ⊗ I), when U·V has low rank',
    numerics: 'reassociates',
    phase: 'apply',
    pattern: { op: 'matmul', some: { op: 'kronecker', through: ['transpose'] } },
    build: (node, { sizes }) => {
      if (!node.args.some(hasTokens)) return undefined;
      const parts = node.args.map((a) => cutKronecker(a, sizes));
      if (parts.every((p) => p === undefined)) return undefined;
      return product(node.args.flatMap((a, i) => parts[i] ?? [a]));
    },
    instance: (d) => {
      const low = { rows: 4, columns: 4, of: apply('matmul', [d.tensor(4, 1), d.tensor(1, 4)]) };
      const dense = { rows: 2, columns: 3, of: d.tensor(2, 3) };
      const [a, b] = d.pick([low, dense] as const, [dense, low] as const, [low, low] as const);
      const k = kronecker(a.of, b.of);
      return d.pick(
        () => apply('matmul', [d.tensor('tokens', a.rows * b.rows), k]),
        () => apply('matmul', [d.tensor('tokens', a.columns * b.columns), transposed(k)]),
      )();
    },
  },
  {
    name: 'solve-kronecker',
    law: '(A ⊗ B)⁻¹·C = (A⁻¹ ⊗ B⁻¹)·C for square A and B',
    numerics: 'reassociates',
    pattern: { op: 'solve', args: [{ op: 'kronecker' }, 'any'] },
    build: (node) => {
      const [a, c] = node.args as [OpNode, Node];
      if (!a.args.every(isSquare)) return undefined;
      return apply('matmul', [kronecker(...a.args.map((f) => apply('solve', [f, identityLike(f)]))), c]);
    },
    instance: (d) => {
      const [m, n] = [d.int(1, 2), d.int(1, 3)];
      const a = kronecker(d.tensor(m, m), d.tensor(n, n));
      return apply('solve', [a, d.pick(identityLike(a), d.tensor(m * n, d.int(1, 2)))]);
    },
  },
  {
    name: 'kronecker-diag',
    law: 'diag(v) ⊗ B = diag(v₁·B, …, vₙ·B) for a dense B',
    numerics: 'exact',
    phase: 'define',
    pattern: { op: 'kronecker', args: [{ op: 'diag' }, 'any'] },
    build: (node, { sizes }) => {
      const [diagonal, b] = node.args as [OpNode, Node];
      if (isCheap(b, sizes)) return undefined;
      const [n] = diagonal.type.shape as [Dim];
      const by = reshape(diagonal.args[0]!, [n, dimConst(1), dimConst(1)]);
      return apply('blockDiag', [apply('mul', [expand(b, [n, ...b.type.shape]), by])]);
    },
    instance: (d) => kronecker(apply('diag', [d.tensor(d.int(1, 3))]), d.tensor(d.int(1, 3), d.int(1, 3))),
  },
  ...FUNCTIONS.map(([op, f]) => grouped(op, f)),
);
