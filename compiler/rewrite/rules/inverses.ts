/** Rules for inverses that need no elimination, or a smaller one. */
import { dimConst } from '../../dims/dims.ts';
import { divQ, isZeroQ, ONE, type Rational } from '../../dims/rational.ts';
import { apply, sameShape } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { factsOf, operator } from '../../ir/operator.ts';
import { reshape } from '../../ops/indexing.ts';
import { product, scaled, transposed } from '../../ops/nodes.ts';
import { identityLike } from '../../ops/polynomial.ts';
import { areTransposes } from '../chains.ts';
import { type Draw, defineRules } from '../rule.ts';

/** Draws an exactly orthogonal matrix. */
function rotation(d: Draw): Node {
  const b = d.int(2, 4);
  return apply('cayley', [apply('skew', [d.tensor((b * (b - 1)) / 2)])]);
}

const solve = (a: Node, b: Node): Node => apply('solve', [a, b]);

/** Whether the inverse of a matrix needs no elimination of the matrix's full size. */
const isInvertedCheaply = (a: Node): boolean =>
  (a.kind === 'op' && operator(a.op).invertsByParts) || factsOf(a).orthogonal?.kind === 'exact';

defineRules(
  {
    name: 'orthogonal-cancel',
    law: 'R·Rᵀ = I when RᵀR = I exactly',
    numerics: 'reassociates',
    pattern: { op: 'matmul' },
    build: (node) => {
      for (const [at, a] of node.args.entries()) {
        const next = node.args[at + 1];
        if (!next || factsOf(a).orthogonal?.kind !== 'exact' || !areTransposes(a, next)) continue;
        const rest = [...node.args.slice(0, at), ...node.args.slice(at + 2)];
        const result = rest.length > 0 ? product(rest) : apply('identity', [], { shape: node.type.shape });
        // The pair may be all that gives the product its batch axes, which it must keep.
        if (sameShape(result.type.shape, node.type.shape)) return result;
      }
      return undefined;
    },
    instance: (d) => {
      const r = rotation(d);
      const b = r.type.shape.at(-1)!;
      const x = d.tensor(d.int(1, 3), Number(b.terms[0]!.coef.num));
      return apply('matmul', [x, ...d.pick([r, transposed(r)], [transposed(r), r])]);
    },
  },
  {
    name: 'solve-orthogonal',
    law: 'R⁻¹·B = Rᵀ·B when RᵀR = I exactly',
    numerics: 'reassociates',
    pattern: { op: 'solve' },
    build: (node) => {
      const [a, b] = node.args as [Node, Node];
      return factsOf(a).orthogonal?.kind === 'exact' ? apply('matmul', [transposed(a), b]) : undefined;
    },
    instance: (d) => {
      const r = rotation(d);
      return solve(r, d.pick(identityLike(r), d.tensor(Number(r.type.shape[0]!.terms[0]!.coef.num), 2)));
    },
  },
  {
    name: 'solve-blockdiag',
    law: 'diag(T)⁻¹·B = diag(T⁻¹)·B',
    numerics: 'reassociates',
    pattern: { op: 'solve', args: [{ op: 'blockDiag' }, 'any'] },
    build: (node) => {
      const [a, b] = node.args as [OpNode, Node];
      const [blocks] = a.args as [Node];
      const inverse = apply('blockDiag', [solve(blocks, identityLike(blocks))]);
      return apply('matmul', [inverse, b]);
    },
    instance: (d) => {
      const [r, n] = [d.int(1, 3), d.int(1, 3)];
      const a = apply('blockDiag', [d.tensor(r, n, n)]);
      return solve(a, d.pick(identityLike(a), d.tensor(r * n, d.int(1, 3))));
    },
  },
  {
    name: 'solve-diag',
    law: 'diag(v)⁻¹·B = B / v, row by row',
    numerics: 'reassociates',
    pattern: { op: 'solve', args: [{ op: 'diag' }, 'any'] },
    build: (node) => {
      const [a, b] = node.args as [OpNode, Node];
      return apply('div', [b, reshape(a.args[0]!, [a.type.shape[0]!, dimConst(1)])]);
    },
    instance: (d) => {
      const n = d.int(1, 4);
      return solve(apply('diag', [d.tensor(n)]), d.tensor(n, d.int(1, 3)));
    },
  },
  {
    name: 'solve-scale',
    law: '(c·A)⁻¹·B = A⁻¹·B/c for a number c',
    numerics: 'reassociates',
    pattern: { op: 'solve', args: [{ op: 'scale' }, 'any'] },
    build: (node) => {
      const [a, b] = node.args as [OpNode, Node];
      const by = a.attrs.by as Rational;
      return isZeroQ(by) ? undefined : scaled(divQ(ONE, by), solve(a.args[0]!, b));
    },
    instance: (d) => {
      const n = d.int(1, 3);
      return solve(scaled(d.pick(-2, 0.5), d.tensor(n, n)), d.tensor(n, d.int(1, 3)));
    },
  },
  {
    name: 'solve-product',
    law: '(A·B)⁻¹·C = B⁻¹·(A⁻¹·C) for square A and B',
    numerics: 'reassociates',
    pattern: { op: 'solve', args: [{ op: 'matmul' }, 'any'] },
    build: (node) => {
      const [a, c] = node.args as [OpNode, Node];
      const structured = a.args.some((f) => isInvertedCheaply(f));
      if (!structured || !a.args.every((f) => sameShape(f.type.shape, a.type.shape))) return undefined;
      return a.args.reduce((x, f) => solve(f, x), c);
    },
    instance: (d) => {
      const r = rotation(d);
      const b = Number(r.type.shape[0]!.terms[0]!.coef.num);
      const [a, c] = [d.tensor(b, b), d.tensor(b, d.int(1, 2))];
      return solve(apply('matmul', d.pick([r, a], [a, r])), c);
    },
  },
);
