/**
 * Once products are flat, what multiplies without a matrix acts: permutations read elsewhere, diagonals scale,
 * sums with a product of small inner dimension distribute, all on the side that carries the tokens.
 */

import { RUNTIME_DIM } from '../../ir/bind.ts';
import { apply, sameShape } from '../../ir/build.ts';
import { type Binding, type Dim, DimError, dimConst, dimNames, evalReal } from '../../ir/dims.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { isOp, product, total, transposed } from '../../ops/nodes.ts';
import { actionOf } from '../../ops/operator.ts';
import { identityLike } from '../../ops/polynomial.ts';
import { type Draw, defineRules, type RuleContext } from '../rule.ts';

const hasTokens = (n: Node): boolean => n.type.shape.some((d) => dimNames(d).includes(RUNTIME_DIM));

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

const sameShapes = (sum: OpNode): boolean => sum.args.every((a) => sameShape(a.type.shape, sum.type.shape));

/** Terms of a factor that is a sum, transposes pushed into them. */
function termsOf(factor: Node): readonly Node[] | undefined {
  if (isOp(factor, 'add')) return sameShapes(factor) ? factor.args : undefined;
  if (isOp(factor, 'transpose') && isOp(factor.args[0]!, 'add')) {
    const sum = factor.args[0] as OpNode;
    return sum.args.every((a) => sameShape(a.type.shape, sum.type.shape))
      ? sum.args.map(transposed)
      : undefined;
  }
  return undefined;
}

/** Factors of a term, and the scale before them. */
function factorsOf(term: Node): readonly Node[] {
  if (isOp(term, 'scale')) return factorsOf(term.args[0]!);
  if (isOp(term, 'transpose') && isOp(term.args[0]!, 'scale'))
    return factorsOf(transposed(term.args[0].args[0]!));
  if (isOp(term, 'transpose') && isOp(term.args[0]!, 'matmul'))
    return term.args[0].args.map(transposed).reverse();
  return isOp(term, 'matmul') ? term.args : [term];
}

function sizeAt(d: Dim, sizes: Binding): number | undefined {
  try {
    return evalReal(d, sizes);
  } catch (e) {
    if (e instanceof DimError) return undefined;
    throw e;
  }
}

/**
 * A product through an inner dimension at most half of either outer one: cheaper to apply than to form for any
 * token count that matters. Without sizes, any inner dimension that is not an outer one counts.
 */
function isLowRank(term: Node, sizes: Binding): boolean {
  const factors = factorsOf(term);
  if (factors.length < 2) return false;
  const [rows, cols] = term.type.shape.slice(-2) as [Dim, Dim];
  return factors.slice(1).some((f) => {
    const inner = f.type.shape.at(-2)!;
    const [r, m, n] = [inner, rows, cols].map((d) => sizeAt(d, sizes));
    if (r !== undefined && m !== undefined && n !== undefined) return 2 * r <= Math.min(m, n);
    return !sameShape([inner], [rows]) && !sameShape([inner], [cols]);
  });
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
    name: 'distribute-low-rank',
    law: 'x·(A + U·V) = x·A + (x·U)·V when U·V has a small inner dimension',
    numerics: 'reassociates',
    phase: 'apply',
    pattern: { op: 'matmul' },
    build: (node, ctx: RuleContext) => {
      const i = node.args.findIndex((a) => termsOf(a)?.some((t) => isLowRank(t, ctx.sizes)));
      if (i < 0) return undefined;
      const terms = termsOf(node.args[i]!)!;
      const spread = (join: (t: Node) => Node) => total(terms.map(join));
      const times = (left: Node, right: Node) => product([left, right].filter((f) => !isOp(f, 'identity')));
      return applied(
        node,
        i,
        (x) => spread((t) => times(x, t)),
        (y) => spread((t) => times(t, y)),
      );
    },
    instance: (d) => {
      const [m, n] = [d.int(1, 3), d.int(3, 4)];
      const low = apply('matmul', [d.tensor(n, 1), d.tensor(1, n)]);
      const other = d.pick(
        () => identityLike(low),
        () => d.tensor(n, n),
      )();
      return apply('matmul', [d.tensor(m, n), apply('add', [other, low])]);
    },
  },
);
