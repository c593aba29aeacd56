/** Products flatten into chains, which have no association; scalars and identities leave them. */

import { apply, sameShape } from '../../ir/build.ts';
import { dimConst } from '../../ir/dims.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { mulQ, ONE, type Rational } from '../../ir/rational.ts';
import { isOp, product, scaled, transposed } from '../../ops/nodes.ts';
import { hasTokens } from '../applying.ts';
import { MAX_CHAIN } from '../chains.ts';
import { defineRules, type RuleContext } from '../rule.ts';

/**
 * The factors of a chain with its products opened. One used elsewhere too is opened only where tokens flow through
 * the chain and not through it: there it may be cheaper never to form it, and the association that keeps it shared
 * is still among the candidates. Powers stay, and so does what would make the chain too long to associate.
 */
function flatten(chain: OpNode, ctx: RuleContext): readonly Node[] {
  const tokens = chain.args.some(hasTokens);
  const isPower = (m: OpNode) => m.args.every((f) => f === m.args[0]);
  const open = (worth: (m: OpNode) => boolean) =>
    chain.args.flatMap((a): readonly Node[] => {
      if (isOp(a, 'matmul') && worth(a)) return a.args;
      const inner = isOp(a, 'transpose') ? a.args[0]! : a;
      return inner !== a && isOp(inner, 'matmul') && worth(inner)
        ? inner.args.map(transposed).reverse()
        : [a];
    });
  const own = (m: OpNode) => ctx.uses(m) === 1;
  const all = open((m) => own(m) || (tokens && !hasTokens(m) && !isPower(m)));
  return all.length <= MAX_CHAIN ? all : open(own);
}

export const productRules = defineRules(
  {
    name: 'matmul-flatten',
    law: 'A·(B·C) = A·B·C = (A·B)·C',
    numerics: 'reassociates',
    pattern: { op: 'matmul' },
    build: (node, ctx) => {
      const flat = flatten(node, ctx);
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
);
