/**
 * Rules for Kronecker products: their inverses, functions of products with an identity, and products with a diagonal.
 */
import { type Dim, dimConst, equalDim } from '../../dims/dims.ts';
import { apply } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { reshape } from '../../ops/indexing.ts';
import { expand, isOp, scaled } from '../../ops/nodes.ts';
import { identityLike } from '../../ops/polynomial.ts';
import { isCheap, splitProduct } from '../applying.ts';
import { defineRules, type Rule } from '../rule.ts';
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
    return apply(op, [scaled(d.pick(1, 0.5), kronecker(...d.pick(parts, parts.toReversed())))], coefs(op));
  },
});

defineRules(
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
