/** Products flatten into chains, which have no association; scalars and identities leave them. */

import { RUNTIME_DIM } from '../../ir/bind.ts';
import { apply, Identity, sameShape } from '../../ir/build.ts';
import { dimConst, dimNames } from '../../ir/dims.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { mulQ, ONE, type Rational } from '../../ir/rational.ts';
import { isOp, product, scaled, transposed } from '../../ops/nodes.ts';
import { factsOf } from '../../ops/operator.ts';
import { defineRules, type RuleContext } from '../rule.ts';

const hasTokens = (n: Node): boolean => n.type.shape.some((d) => dimNames(d).includes(RUNTIME_DIM));

/**
 * The factors an argument contributes to an outer chain, or itself. A product used elsewhere too is only
 * opened where tokens flow through the chain: there it may be cheaper never to form it, and the
 * association that keeps it shared is still among the candidates.
 */
function factors(a: Node, chain: OpNode, ctx: RuleContext): readonly Node[] {
  const worth = (m: Node) => ctx.uses(m) === 1 || chain.args.some(hasTokens);
  if (isOp(a, 'matmul') && worth(a)) return a.args;
  if (isOp(a, 'transpose')) {
    const [m] = a.args as [Node];
    if (isOp(m, 'matmul') && worth(m)) return m.args.map(transposed).reverse();
  }
  return [a];
}

export const productRules = defineRules(
  {
    name: 'matmul-flatten',
    law: 'A·(B·C) = A·B·C = (A·B)·C',
    numerics: 'reassociates',
    pattern: { op: 'matmul' },
    build: (node, ctx) => {
      const flat = node.args.flatMap((a) => factors(a, node, ctx));
      return flat.length === node.args.length ? undefined : apply('matmul', flat);
    },
    instance: (d) => {
      const [m, k, l, n] = [d.int(1, 4), d.int(1, 4), d.int(1, 4), d.int(1, 4)];
      const [a, b, c] = [d.tensor(m, k), d.tensor(k, l), d.tensor(l, n)];
      return d.pick(
        () => apply('matmul', [a, apply('matmul', [b, c])]),
        () => apply('matmul', [apply('matmul', [a, b]), c]),
      )();
    },
  },
  {
    name: 'matmul-identity',
    law: 'A·I = A = I·A',
    numerics: 'exact',
    pattern: { op: 'matmul', some: { op: 'identity' } },
    build: (node) => {
      const kept = node.args.filter((a) => !isOp(a, 'identity'));
      const result = product(kept.length === 0 ? [node.args[0]!] : kept);
      // A batched identity may be what gives the product its batch axes.
      return sameShape(result.type.shape, node.type.shape) ? result : undefined;
    },
    instance: (d) => {
      const [m, n] = [d.int(1, 4), d.int(1, 4)];
      const eye = (k: number) => apply('identity', [], { shape: [dimConst(k), dimConst(k)] });
      const a = d.tensor(m, n);
      return apply('matmul', d.pick([eye(m), a], [a, eye(n)], [eye(m), a, eye(n)]));
    },
  },
  {
    name: 'matmul-scale',
    law: '(c·A)·B = c·(A·B) = A·(c·B)',
    numerics: 'reassociates',
    pattern: { op: 'matmul', some: { op: 'scale' } },
    build: (node) => {
      const by = node.args.reduce<Rational>(
        (c, a) => (isOp(a, 'scale') ? mulQ(c, a.attrs.by as Rational) : c),
        ONE,
      );
      return scaled(
        by,
        apply(
          'matmul',
          node.args.map((a) => (isOp(a, 'scale') ? a.args[0]! : a)),
        ),
      );
    },
    instance: (d) => {
      const [m, k, n] = [d.int(1, 4), d.int(1, 4), d.int(1, 4)];
      const by = { num: BigInt(d.int(-9, -2)), den: 2n };
      return apply('matmul', [apply('scale', [d.tensor(m, k)], { by }), d.tensor(k, n)]);
    },
  },
  {
    name: 'orthogonal-cancel',
    law: 'R·Rᵀ = I when RᵀR = I exactly',
    numerics: 'reassociates',
    pattern: { op: 'matmul' },
    build: (node) => {
      const identity = new Identity();
      const at = node.args.findIndex((a, i) => {
        const next = node.args[i + 1];
        if (!next || factsOf(a).orthogonal?.kind !== 'exact') return false;
        return (
          identity.of(transposed(a)) === identity.of(next) || identity.of(a) === identity.of(transposed(next))
        );
      });
      if (at < 0) return undefined;
      const rest = [...node.args.slice(0, at), ...node.args.slice(at + 2)];
      const result = rest.length > 0 ? product(rest) : apply('identity', [], { shape: node.type.shape });
      return sameShape(result.type.shape, node.type.shape) ? result : undefined;
    },
    instance: (d) => {
      const b = d.int(2, 4);
      const r = apply('cayley', [apply('skew', [d.tensor((b * (b - 1)) / 2)])]);
      const pair = d.pick([r, transposed(r)], [transposed(r), r]);
      return apply('matmul', [d.tensor(d.int(1, 3), b), ...pair]);
    },
  },
);
