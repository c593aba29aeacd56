/**
 * Rules for functions of a matrix: block by block for a block-diagonal matrix, and through the small side for a
 * matrix of low rank. Composite operators are replaced by their definitions once rules have used their facts.
 */
import { addDim, type Binding, dimConst } from '../../dims/dims.ts';
import { addQ, divQ, fromNumber, isZeroQ, mulQ, ONE, type Rational, rational } from '../../dims/rational.ts';
import { apply } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { composites, defined } from '../../ops/composite.ts';
import '../../ops/index.ts';
import { scaled, total } from '../../ops/nodes.ts';
import { slice } from '../../ops/parts.ts';
import { identityLike } from '../../ops/polynomial.ts';
import {
  isCheap,
  isIdentity,
  isKnownLowRank,
  isLowRank,
  splitProduct,
  stacked,
  termsOf,
} from '../applying.ts';
import { type Draw, defineRules, LINEAR, type Pattern, type Rule } from '../rule.ts';

const ZERO = rational(0n);

/** A matrix that may have low rank: a product, or a sum of products. */
const LOW_RANK: Pattern = { op: ['matmul', 'add'], through: LINEAR };

/** The factors u and v of a matrix of low rank without batch axes, where its sizes make the small side pay. */
function throughSmall(a: Node, sizes: Binding): { u: Node; v: Node } | undefined {
  if (a.type.shape.length !== 2) return undefined;
  const terms = termsOf(a) ?? [a];
  if (!terms.every((t) => isKnownLowRank(t, sizes))) return undefined;
  const low = stacked(terms, sizes);
  // Later rules stack the terms of a sum, too: where u·v then has low rank, a series in A would cost more.
  return isCheap(a, sizes) || isLowRank(apply('matmul', [low.u, low.v]), sizes) ? low : undefined;
}

/** The multiples of the identity in a sum, and the other terms. */
function ofIdentities(a: Node): readonly [readonly Node[], readonly Node[]] {
  const terms = termsOf(a) ?? [a];
  return [terms.filter(isIdentity), terms.filter((t) => !isIdentity(t))];
}

/** p(a), and the coefficients of q in p(x) = p(a) + (x − a)·q(x), by synthetic division. */
function divided(
  coefs: readonly number[],
  a: Rational,
): { readonly value: Rational; readonly quotient: readonly Rational[] } {
  const sums: Rational[] = [];
  for (const c of coefs.toReversed()) {
    const last = sums.at(-1);
    sums.push(last ? addQ(fromNumber(c), mulQ(a, last)) : fromNumber(c));
  }
  return { value: sums.at(-1)!, quotient: sums.slice(0, -1).toReversed() };
}

/** Draws a matrix of rank 1, or the sum of two. */
function lowRank(d: Draw): Node {
  const n = 8;
  const one = () => apply('matmul', [d.tensor(n, 1), d.tensor(1, n)]);
  return d.pick(one, () => apply('add', [one(), scaled(-1, one())]))();
}

const lowRankRule = (r: Pick<Rule, 'name' | 'law' | 'pattern' | 'build' | 'instance'>): Rule => ({
  ...r,
  numerics: 'reassociates',
  phase: 'define',
});

defineRules(
  {
    name: 'cayley-blockdiag',
    law: 'cayley(diag(T)) = diag(cayley(T))',
    numerics: 'reassociates',
    pattern: { op: 'cayley', args: [{ op: 'blockDiag', through: ['scale'] }] },
    build: (node) => {
      const { by, factors } = splitProduct(node.args[0]!);
      const [blocks] = (factors[0] as OpNode).args as [Node];
      return apply('blockDiag', [apply('cayley', [scaled(by, blocks)])]);
    },
    instance: (d) => {
      const [r, b] = [d.int(1, 3), d.int(1, 3)];
      const inner = apply('blockDiag', [d.tensor(r, b, b)]);
      return apply('cayley', [d.pick(inner, scaled({ num: 1n, den: 2n }, inner))]);
    },
  },
  lowRankRule({
    name: 'cayley-low-rank',
    law: '(I+UV)(I−UV)⁻¹ = I + 2U(I−VU)⁻¹V: the inverse of Sherman, Morrison and Woodbury, as small as V·U',
    pattern: { op: 'cayley', args: [LOW_RANK] },
    build: (node, { sizes }) => {
      const low = throughSmall(node.args[0]!, sizes);
      if (!low) return undefined;
      const small = apply('matmul', [low.v, low.u]);
      const inner = apply('solve', [total([identityLike(small), scaled(-1, small)]), low.v]);
      return total([identityLike(node), scaled(2, apply('matmul', [low.u, inner]))]);
    },
    instance: (d) => apply('cayley', [lowRank(d)]),
  }),
  lowRankRule({
    name: 'polynomial-low-rank',
    law: 'p(a·I + U·V) = p(a)·I + U·q(a·I + V·U)·V for a number a, where q(x) = (p(x) − p(a)) / (x − a)',
    pattern: { op: 'polynomial', args: [LOW_RANK] },
    build: (node, { sizes }) => {
      const [eyes, rest] = ofIdentities(node.args[0]!);
      if (eyes.length > 1) return undefined;
      const low = throughSmall(total(rest), sizes);
      if (!low) return undefined;
      const by = eyes[0] ? splitProduct(eyes[0]).by : ZERO;
      const { value, quotient } = divided(node.attrs.coefs as readonly number[], by);
      const small = apply('matmul', [low.v, low.u]);
      const eye = identityLike(small);
      const shifted = isZeroQ(by) ? small : total([scaled(by, eye), small]);
      const [top, ...lower] = quotient.toReversed();
      if (!top) return scaled(value, identityLike(node));
      const inner = lower.reduce(
        (sum, c) => total([scaled(c, eye), apply('matmul', [sum, shifted])]),
        scaled(top, eye),
      );
      return total([scaled(value, identityLike(node)), apply('matmul', [low.u, inner, low.v])]);
    },
    instance: (d) => {
      const low = lowRank(d);
      const shifted = apply('add', [scaled(d.pick(1, 4, -0.5), identityLike(low)), low]);
      const coefs = d.pick([2], [0, 1], [1, 2, 3], [0.5, 0, -2, 1, 3]);
      return apply('polynomial', [d.pick(low, shifted)], { coefs });
    },
  }),
  lowRankRule({
    name: 'solve-low-rank',
    law: '(c·I + UV)⁻¹·B = (B − U(c·I + VU)⁻¹V·B)/c for a number c (Sherman, Morrison and Woodbury)',
    pattern: { op: 'solve', args: [{ op: 'add' }, 'any'] },
    build: (node, { sizes }) => {
      const [a, b] = node.args as [OpNode, Node];
      const [eyes, rest] = ofIdentities(a);
      const [eye] = eyes;
      if (!eye || eyes.length > 1) return undefined;
      const low = throughSmall(total(rest), sizes);
      const { by } = splitProduct(eye);
      if (!low || by.num === 0n) return undefined;
      const small = apply('matmul', [low.v, low.u]);
      const shifted = total([scaled(by, identityLike(small)), small]);
      const inner = apply('solve', [shifted, apply('matmul', [low.v, b])]);
      return scaled(divQ(ONE, by), total([b, scaled(-1, apply('matmul', [low.u, inner]))]));
    },
    instance: (d) => {
      const low = lowRank(d);
      const by = d.pick(1, 4, -0.5);
      const a = apply('add', [scaled(by, identityLike(low)), low]);
      return apply('solve', [a, d.pick(identityLike(low), d.tensor(8, 2))]);
    },
  }),
  lowRankRule({
    name: 'expm-low-rank',
    law: 'exp(U·V) = I + U·φ(V·U)·V, φ(M) = Σ Mᵏ/(k+1)! the upper right block of exp([[M, I], [0, 0]])',
    pattern: { op: 'expm', args: [LOW_RANK] },
    build: (node, { sizes }) => {
      const low = throughSmall(node.args[0]!, sizes);
      if (!low) return undefined;
      const m = apply('matmul', [low.v, low.u]);
      const k = m.type.shape[0]!;
      const [zero, twice] = [dimConst(0), addDim(k, k)];
      const upper = apply('concat', [m, identityLike(m)], { axis: 1 });
      // The truncated series is a polynomial of U·V, so its accuracy depends on the norm of U·V, whatever that of V·U.
      const padded = apply('pad', [upper], { axis: 0, start: zero, size: twice });
      const whole = apply('expm', [padded], node.attrs);
      const phi = slice(slice(whole, 0, zero, k), 1, k, k);
      return total([identityLike(node), apply('matmul', [low.u, phi, low.v])]);
    },
    instance: (d) => apply('expm', [lowRank(d)], d.pick({}, { maxNorm: ONE })),
  }),
  ...composites().map(
    (c): Rule => ({
      name: `define-${c.name.toLowerCase()}`,
      law: c.law,
      numerics: 'exact',
      phase: 'define',
      pattern: { op: c.name },
      build: (node) => defined(node),
      instance: (d) =>
        apply(c.name, [c.name === 'expm' ? d.tensor(2, 2) : d.tensor(d.int(2, 4), d.int(1, 2))]),
    }),
  ),
);
