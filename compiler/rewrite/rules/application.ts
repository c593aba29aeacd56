/**
 * Factors that need no matrix act on the rest of their product, once products are flat: a permutation reorders it, a
 * diagonal scales it, a sum with a term of low rank distributes over it. They act on the side that carries the tokens.
 */
import { type Binding, dimConst } from '../../dims/dims.ts';
import { apply } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { actionOf } from '../../ir/operator.ts';
import { product, total, transposed } from '../../ops/nodes.ts';
import { identityLike } from '../../ops/polynomial.ts';
import {
  hasTokens,
  isCheap,
  isCheaper,
  isIdentity,
  isKnownLowRank,
  isLowRank,
  isVector,
  splitProduct,
  stacked,
  termsOf,
} from '../applying.ts';
import { type Draw, defineRules, LINEAR, type RuleContext } from '../rule.ts';

/** The side of factor i with the tokens; if neither side has them, the side with a vector. The left is preferred. */
function side(factors: readonly Node[], i: number): 'left' | 'right' {
  for (const carries of [hasTokens, isVector]) {
    if (factors.slice(0, i).some(carries)) return 'left';
    if (factors.slice(i + 1).some(carries)) return 'right';
  }
  return i > 0 ? 'left' : 'right';
}

/** Lets factor i of a chain act on the product of the factors on one side of it, which is the side with the tokens. */
export function applied(
  node: OpNode,
  i: number,
  onLeft: (x: Node) => Node,
  onRight: (y: Node) => Node,
): Node {
  const [before, after] = [node.args.slice(0, i), node.args.slice(i + 1)];
  return side(node.args, i) === 'left'
    ? product([onLeft(product(before)), ...after])
    : product([...before, onRight(product(after))]);
}

/** Whether a matrix is cheap to multiply by as it is built, at known or unknown sizes. */
type IsCheap = (a: Node, sizes: Binding) => boolean;

/**
 * The parts of a sum that multiply a product one by one: each cheap term, and the sum of the other terms, which is
 * one dense matrix. Undefined where identities are the only cheap terms beside a dense matrix, because nothing would
 * be saved.
 */
function separate(factor: Node, sizes: Binding, cheapIs: IsCheap): readonly Node[] | undefined {
  const terms = termsOf(factor);
  if (!terms) return undefined;
  const [cheap, dense] = [true, false].map((want) => terms.filter((t) => cheapIs(t, sizes) === want));
  if (dense!.length > 0 && cheap!.every(isIdentity)) return undefined;
  return dense!.length > 0 ? [total(dense!), ...cheap!] : cheap!;
}

/** A product with the first sum in it that has cheap terms distributed over the side with the tokens. */
function distributed(
  node: OpNode,
  sizes: Binding,
  carries: (a: Node) => boolean,
  cheapIs: IsCheap,
): Node | undefined {
  for (const [i, factor] of node.args.entries()) {
    const groups = carries(factor) ? undefined : separate(factor, sizes, cheapIs);
    if (!groups) continue;
    return applied(
      node,
      i,
      (x) => total(groups.map((t) => product([x, t]))),
      (y) => total(groups.map((t) => product([t, y]))),
    );
  }
  return undefined;
}

const vector = (d: Draw, n: number) => d.tensor(n);

/** Lets the first factor of a chain that can act do so on the factors beside it; undefined where none can. */
function acted(node: OpNode, { sizes }: Pick<RuleContext, 'sizes'>): Node | undefined {
  const i = node.args.findIndex((a) => actionOf(a));
  if (i < 0) return undefined;
  const acting = node.args[i] as OpNode;
  const action = actionOf(acting)!;
  return applied(
    node,
    i,
    (x) => action.right(acting, x, sizes),
    (y) => action.left(acting, y, sizes),
  );
}

/**
 * Whether a product has no tokens yet, and is cheap to multiply by them. It waits, because it may become a term of a
 * matrix that tokens are multiplied by.
 */
const mayBeApplied = (node: OpNode, sizes: Binding): boolean =>
  !node.args.some(hasTokens) && isCheap(node, sizes);

const actor = (d: Draw, n: number): Node =>
  d.pick(
    () => apply('diag', [vector(d, n)]),
    () => apply('shuffle', [], { digits: [n, 1].map(dimConst), order: [1, 0] }),
  )();

defineRules(
  {
    name: 'apply-action',
    law: 'x·S is what S does to x: a diagonal scales columns, a permutation reads them elsewhere',
    numerics: 'reassociates',
    phase: 'apply',
    pattern: { op: 'matmul' },
    build: (node, ctx) => (mayBeApplied(node, ctx.sizes) ? undefined : acted(node, ctx)),
    instance: (d) => {
      const [m, n] = [d.int(1, 3), d.int(2, 4)];
      const acting = actor(d, n);
      return apply('matmul', d.pick([d.tensor(m, n), acting], [acting, d.tensor(n, m)]));
    },
  },
  {
    name: 'form-action',
    law: 'S·A is what S does to A, and so is A·S, where nothing with tokens came to meet it',
    numerics: 'reassociates',
    phase: 'form',
    pattern: { op: 'matmul' },
    build: acted,
    instance: (d) => {
      const n = d.int(2, 4);
      const blocks = apply('blockDiag', [d.tensor(n, 2, 2)]);
      const acting = actor(d, 2 * n);
      return apply('matmul', d.pick([blocks, acting], [acting, blocks]));
    },
  },
  {
    name: 'distribute-sum',
    law: 'x·(A + B) = x·A + x·B when A costs less to apply as it is built than to form: low rank, structured',
    numerics: 'reassociates',
    phase: 'apply',
    pattern: { op: 'matmul', some: { op: 'add', through: LINEAR } },
    // Without tokens or a vector the sum is formed in any case.
    build: (node, { sizes }) => {
      const carries = [hasTokens, isVector].find((c) => node.args.some(c));
      return carries && distributed(node, sizes, carries, isCheap);
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
  {
    name: 'distribute-sum-on-rows',
    law: 'x·(A + B) = x·A + x·B when A takes fewer operations as it is built than as a matrix: nothing is formed for few rows',
    numerics: 'reassociates',
    phase: 'apply',
    tokens: 'few',
    pattern: { op: 'matmul', some: { op: 'add', through: LINEAR } },
    build: (node, { sizes }) =>
      node.args.some(hasTokens) ? distributed(node, sizes, hasTokens, isCheaper) : undefined,
    instance: (d) => {
      // The factors have 6·2·2 elements, and the matrix that they make has 36.
      const low = apply('matmul', [d.tensor(6, 2), d.tensor(2, 6)]);
      const sum = apply('add', [d.tensor(6, 6), d.pick(low, transposed(low))]);
      return apply('matmul', d.pick([d.tensor('tokens', 6), sum], [sum, d.tensor(6, 'tokens')]));
    },
  },
  {
    name: 'form-sum',
    law: '(A + U·V)·C = A·C + U·V·C when U·V has low rank, where nothing with tokens came to meet it',
    numerics: 'reassociates',
    phase: 'form',
    pattern: { op: 'matmul', some: { op: 'add' } },
    build: (node, { sizes }) => {
      if (node.args.some(hasTokens)) return undefined;
      for (const [i, factor] of node.args.entries()) {
        const terms = termsOf(factor) ?? [];
        const low = terms.filter((t) => isKnownLowRank(t, sizes));
        const rest = terms.filter((t) => !low.includes(t));
        if (low.length === 0) continue;
        const groups = rest.length > 0 ? [total(rest), ...low] : low;
        return total(groups.map((t) => apply('matmul', node.args.with(i, t))));
      }
      return undefined;
    },
    instance: (d) => {
      const n = 8;
      const sum = apply('add', [
        identityLike(d.tensor(n, n)),
        apply('matmul', [d.tensor(n, 1), d.tensor(1, n)]),
      ]);
      return apply('matmul', d.pick([sum, d.tensor(n, n)], [d.tensor(n, n), sum]));
    },
  },
  {
    name: 'stack-low-rank',
    law: 'U·V + S·T = [U S]·[V; T] for products of low rank: one pass over what they multiply',
    numerics: 'reassociates',
    phase: 'apply',
    pattern: { op: 'add', some: { op: 'matmul' } },
    build: (node, { sizes }) => {
      const terms = termsOf(node);
      if (!terms) return undefined;
      const rank = node.type.shape.length;
      const low = terms.filter(
        (t) => isLowRank(t, sizes) && splitProduct(t).factors.every((f) => f.type.shape.length === rank),
      );
      if (low.length < 2 || low.some((t) => splitProduct(t).factors.some(hasTokens))) return undefined;
      const { u, v } = stacked(low, sizes);
      const one = apply('matmul', [u, v]);
      if (!isLowRank(one, sizes)) return undefined;
      return total([...terms.filter((t) => !low.includes(t)), one]);
    },
    instance: (d) => {
      const n = 8;
      const by = { num: -3n, den: 2n };
      const lead = d.pick([], [2]);
      const low = () => apply('matmul', [d.tensor(...lead, n, 1), d.tensor(...lead, 1, n)]);
      const terms = [
        low(),
        d.pick(low, () => apply('scale', [low()], { by }))(),
        ...d.pick([], [d.tensor(...lead, n, n)]),
      ];
      return apply('add', terms);
    },
  },
);
