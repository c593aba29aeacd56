/**
 * Once products are flat, what multiplies without a matrix acts: permutations read elsewhere, diagonals scale,
 * sums with a product of small inner dimension distribute, all on the side that carries the tokens.
 */

import { apply } from '../../ir/build.ts';
import { type Binding, dimConst } from '../../ir/dims.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { isOp, product, total } from '../../ops/nodes.ts';
import { actionOf } from '../../ops/operator.ts';
import { identityLike } from '../../ops/polynomial.ts';
import { hasTokens, isCheap, isIdentity, termsOf } from '../applying.ts';
import { type Draw, defineRules, type RuleContext } from '../rule.ts';

/** On which side of factor i the tokens come in; the left when neither carries any. */
function side(factors: readonly Node[], i: number): 'left' | 'right' | undefined {
  if (factors.slice(0, i).some(hasTokens)) return 'left';
  if (factors.slice(i + 1).some(hasTokens)) return 'right';
  return i > 0 ? 'left' : i + 1 < factors.length ? 'right' : undefined;
}

/** The chain with factor i replaced by what `act` makes of the product beside it. */
function applied(
  node: OpNode,
  i: number,
  onLeft: (x: Node) => Node,
  onRight: (y: Node) => Node,
): Node | undefined {
  const [before, after] = [node.args.slice(0, i), node.args.slice(i + 1)];
  switch (side(node.args, i)) {
    case 'left':
      return product([onLeft(product(before)), ...after]);
    case 'right':
      return product([...before, onRight(product(after))]);
    case undefined:
      return undefined;
  }
}

/**
 * The terms of a sum of matrices that are applied each for itself, those that cost as much as a dense matrix together as one.
 * An identity beside dense terms stays with them.
 */
function separate(factor: Node, sizes: Binding): readonly Node[] | undefined {
  const terms = hasTokens(factor) ? undefined : termsOf(factor);
  if (!terms) return undefined;
  const [cheap, dense] = [true, false].map((want) => terms.filter((t) => isCheap(t, sizes) === want));
  if (cheap!.length === 0 || (dense!.length > 0 && cheap!.every(isIdentity))) return undefined;
  return dense!.length > 0 ? [total(dense!), ...cheap!] : cheap!;
}

const vector = (d: Draw, n: number) => d.tensor(n);

defineRules(
  {
    name: 'apply-action',
    law: 'x·S is what S does to x: a diagonal scales columns, a permutation reads them elsewhere',
    numerics: 'reassociates',
    phase: 'apply',
    pattern: { op: 'matmul' },
    build: (node) => {
      const i = node.args.findIndex((a) => actionOf(a));
      if (i < 0) return undefined;
      const acting = node.args[i] as OpNode;
      const action = actionOf(acting)!;
      return applied(
        node,
        i,
        (x) => action.right(acting, x),
        (y) => action.left(acting, y),
      );
    },
    instance: (d) => {
      const [m, n] = [d.int(1, 3), d.int(2, 4)];
      const acting = d.pick(
        () => apply('diag', [vector(d, n)]),
        () => apply('shuffle', [], { digits: [n, 1].map(dimConst), order: [1, 0] }),
      )();
      return apply('matmul', d.pick([d.tensor(m, n), acting], [acting, d.tensor(n, m)]));
    },
  },
  {
    name: 'distribute-sum',
    law: 'x·(A + B) = x·A + x·B when A costs less to apply as it is built than to form: low rank, structured',
    numerics: 'reassociates',
    phase: 'apply',
    pattern: { op: 'matmul' },
    // Without tokens there is nothing to keep the sum from being formed.
    build: (node, ctx: RuleContext) => {
      if (!node.args.some(hasTokens)) return undefined;
      for (const [i, factor] of node.args.entries()) {
        const groups = separate(factor, ctx.sizes);
        if (!groups) continue;
        const spread = (join: (t: Node) => Node) => total(groups.map(join));
        const times = (left: Node, right: Node) => product([left, right].filter((f) => !isOp(f, 'identity')));
        return applied(
          node,
          i,
          (x) => spread((t) => times(x, t)),
          (y) => spread((t) => times(t, y)),
        );
      }
      return undefined;
    },
    instance: (d) => {
      const n = 4;
      const low = d.pick(
        () => apply('matmul', [d.tensor(n, 1), d.tensor(1, n)]),
        () => apply('scale', [apply('blockDiag', [d.tensor(2, 2, 2)])], { by: { num: 3n, den: 2n } }),
        () => apply('diag', [vector(d, n)]),
      )();
      const other = d.pick(
        () => identityLike(low),
        () => d.tensor(n, n),
      )();
      const sum = apply('add', [other, low]);
      return apply('matmul', d.pick([d.tensor('tokens', n), sum], [sum, d.tensor(n, 'tokens')]));
    },
  },
);
