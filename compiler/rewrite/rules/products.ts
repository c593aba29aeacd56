/**
 * Rules that flatten nested products into chains, whose parentheses are chosen later. Scalar factors are taken out of
 * the chains, and identities are dropped.
 */
import { MAX_CHAIN } from '../../associate/chains.ts';
import { dimConst } from '../../dims/dims.ts';
import { mulQ, ONE, type Rational } from '../../dims/rational.ts';
import { apply, sameShape } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { isOp, product, scaled, transposed } from '../../ops/nodes.ts';
import { hasTokens, isCheap, isKnownLowRank } from '../applying.ts';
import { defineRules, type RuleContext } from '../rule.ts';

/**
 * The largest number of factors in a product with tokens. A product with more than MAX_CHAIN factors is nested before
 * it is associated. The gradients of n factors have n² factors in all, so that a longer product is cut.
 */
export const MOST_FACTORS = 8 * MAX_CHAIN;

/** The factors of a factor that is a product, or the transpose of one; undefined for other factors. */
function opened(a: Node): { readonly product: OpNode; readonly factors: readonly Node[] } | undefined {
  if (isOp(a, 'matmul')) return { product: a, factors: a.args };
  const inner = isOp(a, 'transpose') ? a.args[0]! : a;
  return isOp(inner, 'matmul')
    ? { product: inner, factors: inner.args.map(transposed).reverse() }
    : undefined;
}

/**
 * The factors of a chain. Products among them are replaced by their own factors. A product that is used elsewhere too
 * is replaced only where it may be cheaper never to form it. It has no tokens then, and one of three things holds:
 * tokens flow through the chain and the product is no power of a dense matrix, it has low rank, or it sums over
 * tokens. The association that shares the product remains a candidate. A product that would make the chain too long
 * is kept, or cuts it. Products that nothing else uses are replaced first, then products nearest to the tokens. Undefined
 * if no product is replaced.
 */
function flatten(chain: OpNode, ctx: RuleContext): readonly Node[] | undefined {
  const carriers = chain.args.flatMap((a, i) => (hasTokens(a) ? [i] : []));
  const isPower = (m: OpNode) => m.args.every((f) => f === m.args[0]) && !isCheap(m.args[0]!, ctx.sizes);
  const isOwn = (m: OpNode) => ctx.uses(m) === 1;
  const isWorth = (m: OpNode) =>
    !hasTokens(m) &&
    ((carriers.length > 0 && !isPower(m)) || isKnownLowRank(m, ctx.sizes) || m.args.some(hasTokens));
  const distance = (i: number) => Math.min(chain.args.length, ...carriers.map((c) => Math.abs(c - i)));
  const parts: (readonly Node[])[] = chain.args.map((a) => [a]);
  const found = chain.args.flatMap((a, i) => {
    const inner = opened(a);
    return inner && (isOwn(inner.product) || isWorth(inner.product)) ? [{ ...inner, i }] : [];
  });
  const order = (f: (typeof found)[number]) => [Number(!isOwn(f.product)), distance(f.i)] as const;
  found.sort((a, b) => order(a)[0] - order(b)[0] || order(a)[1] - order(b)[1]);
  const meetsTokens = carriers.length > 0 || found.some((f) => f.factors.some(hasTokens));
  let length = chain.args.length;
  let kept = found;
  for (const f of found) {
    const most = meetsTokens && isOwn(f.product) ? MOST_FACTORS : MAX_CHAIN;
    if (length + f.factors.length - 1 > most) continue;
    length += f.factors.length - 1;
    parts[f.i] = f.factors;
    kept = kept.filter((k) => k !== f);
  }
  const cut = cutAt(
    kept.filter((f) => isOwn(f.product)),
    parts,
    carriers,
  );
  return cut ?? (kept.length < found.length ? parts.flat() : undefined);
}

/**
 * The factors of a chain that is too long with a product at its end: the tokens at its beginning are multiplied by the
 * factors before that product first, and their result by the product's factors. If the product stayed one factor, it would
 * be formed without tokens. The same holds where the tokens are at the end. Undefined for other chains.
 */
function cutAt(
  kept: readonly { readonly i: number; readonly factors: readonly Node[] }[],
  parts: readonly (readonly Node[])[],
  carriers: readonly number[],
): readonly Node[] | undefined {
  const last = parts.length - 1;
  if (carriers.length !== 1) return undefined;
  const [carrier] = carriers;
  const far = kept.find((f) => f.i === (carrier === 0 ? last : carrier === last ? 0 : -1));
  if (!far) return undefined;
  const first = (carrier === 0 ? parts.slice(0, last) : parts.slice(1)).flat();
  if (first.length === 1) return undefined;
  const met = apply('matmul', first);
  return carrier === 0 ? [met, ...far.factors] : [...far.factors, met];
}

export const productRules = defineRules(
  {
    name: 'matmul-flatten',
    law: 'A·(B·C) = A·B·C = (A·B)·C',
    numerics: 'reassociates',
    pattern: { op: 'matmul', some: { op: 'matmul', through: ['transpose'] } },
    build: (node, ctx) => {
      const flat = flatten(node, ctx);
      return flat && apply('matmul', flat);
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
      const result = kept.length > 0 ? product(kept) : apply('identity', [], { shape: node.type.shape });
      // A batched identity may be all that gives the product its batch axes, which it must keep.
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
      const factors = node.args.map((a) => (isOp(a, 'scale') ? a.args[0]! : a));
      return scaled(by, apply('matmul', factors));
    },
    instance: (d) => {
      const [m, k, n] = [d.int(1, 4), d.int(1, 4), d.int(1, 4)];
      const by = { num: BigInt(d.int(-9, -2)), den: 2n };
      return apply('matmul', [apply('scale', [d.tensor(m, k)], { by }), d.tensor(k, n)]);
    },
  },
);
