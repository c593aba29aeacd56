/** Rules for sums: nested sums and scales become one, and terms with a common factor join. */
import { dimConst, equalDim } from '../../dims/dims.ts';
import { addQ, isZeroQ, mulQ, ONE, type Rational } from '../../dims/rational.ts';
import { type Span, uniteSpans } from '../../errors/span.ts';
import { apply, sameShape, withSpans } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { isOp, product, scaled, total } from '../../ops/nodes.ts';
import { hasTokens, isKnownLowRank, isScalar, isVector, splitProduct } from '../applying.ts';
import { defineRules, LINEAR, type RuleContext } from '../rule.ts';

/**
 * The smallest number of terms with which a sum waits for the outermost sum around it, which takes all terms at once.
 */
const MANY_TERMS = 64;

/** The terms of a sum and of the sums that are part of it, in order, and the spans of all. */
function flattened(
  sum: OpNode,
  isPart: (a: Node) => a is OpNode,
): { readonly terms: readonly Node[]; readonly spans: readonly Span[] } {
  const terms: Node[] = [];
  const written = [sum.spans];
  const open = sum.args.toReversed();
  for (let a = open.pop(); a; a = open.pop()) {
    if (a.kind === 'op' && (isPart(a) || sum.args.includes(a))) written.push(a.spans);
    if (isPart(a)) for (const t of a.args.toReversed()) open.push(t);
    else terms.push(a);
  }
  // The spans are cut, because every kernel of a long sum would list all of them.
  return { terms, spans: uniteSpans(...written).slice(0, MANY_TERMS) };
}

export const sumRules = defineRules(
  {
    name: 'add-flatten',
    law: '(a + b) + c = a + b + c',
    numerics: 'reassociates',
    pattern: { op: 'add', some: { op: 'add' } },
    build: (node, ctx) => {
      const isPart = (a: Node): a is OpNode => isOp(a, 'add') && ctx.uses(a) === 1;
      const waits = (a: Node) => isPart(a) && (a.args.length >= MANY_TERMS || a.args.some(isPart));
      // One step for each term would copy a long sum as often as it has terms, so the outermost sum takes all at once.
      if (ctx.userOf(node) === 'add' && node.args.some(waits)) return undefined;
      const { terms, spans } = flattened(node, isPart);
      return terms.length === node.args.length ? undefined : withSpans(spans, () => total(terms));
    },
    instance: (d) => {
      const [m, n] = [d.int(1, 4), d.int(1, 4)];
      const [a, b, c] = [d.tensor(m, n), d.tensor(m, n), d.tensor(n)];
      return d.pick(
        () => apply('add', [apply('add', [a, c]), b]),
        () => apply('add', [a, apply('add', [b, c])]),
      )();
    },
  },
  {
    name: 'scale-scale',
    law: 'c·(d·A) = (c·d)·A',
    numerics: 'reassociates',
    pattern: { op: 'scale', args: [{ op: 'scale' }] },
    build: (node) => {
      const joined = scaled(node.attrs.by as Rational, node.args[0]!);
      // `scaled` does not multiply numbers with very many digits.
      return isOp(joined, 'scale') && joined.args[0] === node.args[0] ? undefined : joined;
    },
    instance: (d) => {
      const by = () => ({ num: BigInt(d.int(2, 9)), den: 7n });
      return apply('scale', [apply('scale', [d.tensor(d.int(1, 4))], { by: by() })], { by: by() });
    },
  },
  {
    name: 'like-terms',
    law: 'A + c·A = (1 + c)·A, c·A + d·A = (c + d)·A',
    numerics: 'reassociates',
    // A + A stays: the gradient of x ⊙ x has it, and fuses into fewer kernels than 2·A does.
    pattern: { op: 'add', some: { op: 'scale' } },
    build: (node) => {
      const factors = new Map<Node, Rational>();
      for (const term of node.args) {
        const [inner, by] = isOp(term, 'scale') ? [term.args[0]!, term.attrs.by as Rational] : [term, ONE];
        const before = factors.get(inner);
        factors.set(inner, before ? addQ(before, by) : by);
      }
      if (factors.size === node.args.length) return undefined;
      const terms = [...factors].filter(([, by]) => !isZeroQ(by)).map(([a, by]) => scaled(by, a));
      // Terms that cancel are left out unless they give the sum its shape.
      const has = (some: readonly Node[]) => some.some((t) => sameShape(t.type.shape, node.type.shape));
      return total(has(terms) ? terms : [...factors].map(([a, by]) => scaled(by, a)));
    },
    instance: (d) => {
      const [m, n] = [d.int(1, 4), d.int(1, 4)];
      const a = d.tensor(m, n);
      const by = () => ({ num: BigInt(d.int(-3, 3)), den: 2n });
      const like = [a, apply('scale', [a], { by: by() }), scaled(by(), a)].slice(0, d.int(2, 3));
      return apply('add', [...like, ...d.pick([], [d.tensor(n)])]);
    },
  },
  {
    name: 'common-factor',
    law: 'A·C + B·C = (A + B)·C, (a ⊙ A·C) + (b ⊙ B·C) = (a ⊙ A + b ⊙ B)·C for columns a and b, and likewise on the left, for a matrix C, no vector, that no token flows through',
    numerics: 'reassociates',
    pattern: { op: 'add', some: { op: ['matmul', 'mul', 'div'], through: LINEAR } },
    build: (node, ctx) => {
      if (node.args.some((a) => !sameShape(a.type.shape, node.type.shape))) return undefined;
      return commonFactor(node, -1, ctx) ?? commonFactor(node, 0, ctx);
    },
    instance: (d) => {
      const [m, k, n] = [d.int(1, 3), d.int(2, 3), d.int(2, 3)];
      const [c, by] = [d.tensor(k, n), { num: 3n, den: 2n }];
      const times = (...args: Node[]) => apply('matmul', args);
      return d.pick(
        () => apply('add', [times(d.tensor(m, k), c), times(d.tensor(m, k), c), d.tensor(m, n)]),
        () => apply('add', [c, times(d.tensor(k, k), c)]),
        () => apply('add', [times(c, d.tensor(n, m)), scaled(by, times(c, d.tensor(n, m)))]),
        () => {
          const rows = () => times(d.tensor('tokens', k), c);
          const [a, b] = [d.tensor('tokens', 1), d.tensor('tokens', 1)];
          return apply('add', [apply('mul', [rows(), a]), scaled(by, apply('div', [rows(), b]))]);
        },
      )();
    },
  },
  {
    name: 'common-rows',
    law: 'H ⊙ a + H ⊙ b = H ⊙ (a + b) where H has tokens, and a and b have none',
    numerics: 'reassociates',
    phase: 'apply',
    pattern: { op: 'add', some: { op: 'mul', through: ['scale'] } },
    build: commonRows,
    instance: (d) => {
      const [m, n] = [d.int(1, 4), d.int(1, 4)];
      const [rows, a, b] = [d.tensor(m, 'tokens', n), d.tensor(n), d.tensor(m, 1, n)];
      const by = { num: 3n, den: 2n };
      const terms = [apply('mul', [rows, a]), apply('scale', [apply('mul', [b, rows])], { by })];
      return apply('add', [...terms, ...d.pick([], [rows], [d.tensor(m, 'tokens', n)])]);
    },
  },
);

/** A term as by·(rows ⊙ other), where rows have tokens and the shape of the term, and the other tensor has no tokens. */
function scaledRows(term: Node): { readonly rows: Node; readonly other: Node } | undefined {
  const { by, factors } = splitProduct(term);
  const inner = product(factors);
  if (!isOp(inner, 'mul') || !hasTokens(inner)) return undefined;
  const [a, b] = inner.args as [Node, Node];
  const [rows, other] = hasTokens(a) ? [a, b] : [b, a];
  const fits = !hasTokens(other) && sameShape(rows.type.shape, term.type.shape);
  return fits ? { rows, other: scaled(by, other) } : undefined;
}

/** The sum where the terms that scale the same rows scale them once. */
function commonRows(sum: OpNode, { uses }: RuleContext): Node | undefined {
  const terms = sum.args.map((term) => {
    // A term that is needed elsewhere, too, is computed in any case.
    const own = uses(term) === 1 && sameShape(term.type.shape, sum.type.shape) ? scaledRows(term) : undefined;
    return { term, rows: own?.rows, other: own?.other };
  });
  for (const { rows } of terms) {
    const sharing = terms.filter((t) => rows && t.rows === rows);
    if (sharing.length < 2) continue;
    const joined = apply('mul', [rows!, total(sharing.map((t) => t.other!))]);
    return total([joined, ...terms.filter((t) => !sharing.includes(t)).map((t) => t.term)]);
  }
  return undefined;
}

/** A tensor that scales a product or its rows element by element, and that can scale one of the factors instead. */
interface Scaling {
  readonly op: 'mul' | 'div';
  readonly by: Node;
}

/** A term, then each node inside its scales and transposes, down to the first other node. */
const through = (a: Node): readonly Node[] =>
  isOp(a, 'scale') || isOp(a, 'transpose') ? [a, ...through(a.args[0]!)] : [a];

/**
 * A term as by·(product ⊙ scaling). The scaling also fits the product without its factor at `at`, so that factor may
 * leave the term. `parts` are the nodes from the term down to the product.
 */
function scaledTerm(term: Node, at: -1 | 0) {
  const { by, factors } = splitProduct(term);
  const [only] = factors as [Node];
  const op =
    factors.length > 1 ? undefined : isOp(only, 'mul') ? 'mul' : isOp(only, 'div') ? 'div' : undefined;
  const args = op ? (only as OpNode).args : [];
  for (const [a, s] of op === 'mul' ? [args, args.toReversed()] : [args]) {
    if (!a || !s || !sameShape(a.type.shape, only.type.shape)) continue;
    const inner = splitProduct(a);
    const whole = isScalar(s) && op === 'mul';
    const rows = s.type.shape.length === 2 && equalDim(s.type.shape.at(at)!, dimConst(1)) && hasTokens(only);
    if (!whole && !rows) continue;
    const scaling: Scaling = { op: op!, by: s };
    return {
      by: mulQ(by, inner.by),
      factors: inner.factors,
      scaling,
      parts: [...through(term), ...through(a)],
    };
  }
  return { by, factors, scaling: undefined, parts: through(term) };
}

/** The sum where the terms that share their last factor (`at` −1), or their first (0), are one product with it. */
function commonFactor(sum: OpNode, at: -1 | 0, { uses, sizes }: RuleContext): Node | undefined {
  const terms = sum.args.map((term) => ({ term, ...scaledTerm(term, at) }));
  for (const { factors } of terms) {
    const common = factors.at(at)!;
    // A product may have tokens inside: its factors are compared once it is opened.
    if (common.type.shape.length !== 2 || hasTokens(common)) continue;
    if (isOp(common, 'matmul') || isVector(common)) continue;
    // A product with tokens that is needed elsewhere, too, would be computed once more.
    const sharing = terms.filter(
      (t) => t.factors.at(at) === common && (!hasTokens(sum) || t.parts.every((p) => uses(p) === 1)),
    );
    if (sharing.length < 2 || sharing.every((t) => t.factors.length === 1)) continue;
    const side = common.type.shape[at === 0 ? 1 : 0]!;
    const rest = sharing.map(({ by, scaling, factors: own }) => {
      const others = at === 0 ? own.slice(1) : own.slice(0, -1);
      const inner = others.length > 0 ? product(others) : apply('identity', [], { shape: [side, side] });
      // A product that sums over tokens stays in its chain, which may never form it.
      if (others.some(hasTokens) && !hasTokens(inner)) return undefined;
      return scaled(by, scaling ? apply(scaling.op, [inner, scaling.by]) : inner);
    });
    if (!rest.every((r) => r !== undefined)) continue;
    // A matrix that no token flows through would be formed here, though low rank may make its factors cheaper.
    if (rest.some((r) => isKnownLowRank(r, sizes))) continue;
    const joined = apply('matmul', at === 0 ? [common, total(rest)] : [total(rest), common]);
    return total([joined, ...terms.filter((t) => !sharing.includes(t)).map((t) => t.term)]);
  }
  return undefined;
}
