/** Sums and scales flatten. */
import { apply, sameShape } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import type { Rational } from '../../ir/rational.ts';
import { isOp, product, scaled, total } from '../../ops/nodes.ts';
import { hasTokens, isScalar, splitProduct } from '../applying.ts';
import { defineRules } from '../rule.ts';

export const sumRules = defineRules(
  {
    name: 'add-flatten',
    law: '(a + b) + c = a + b + c',
    numerics: 'reassociates',
    pattern: { op: 'add', some: { op: 'add' } },
    build: (node, ctx) => {
      const flat = node.args.flatMap((a) => (isOp(a, 'add') && ctx.uses(a) === 1 ? a.args : [a]));
      return flat.length === node.args.length ? undefined : total(flat);
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
    build: (node) => scaled(node.attrs.by as Rational, node.args[0]!),
    instance: (d) => {
      const by = () => ({ num: BigInt(d.int(2, 9)), den: 7n });
      return apply('scale', [apply('scale', [d.tensor(d.int(1, 4))], { by: by() })], { by: by() });
    },
  },
  {
    name: 'common-factor',
    law: 'A·C + B·C = (A + B)·C and C·A + C·B = C·(A + B) for a matrix C that no token flows through',
    numerics: 'reassociates',
    pattern: { op: 'add' },
    build: (node) => {
      if (node.args.some((a) => !sameShape(a.type.shape, node.type.shape))) return undefined;
      return commonFactor(node, -1) ?? commonFactor(node, 0);
    },
    instance: (d) => {
      const [m, k, n] = [d.int(1, 3), d.int(1, 3), d.int(1, 3)];
      const [c, by] = [d.tensor(k, n), { num: 3n, den: 2n }];
      const times = (...args: Node[]) => apply('matmul', args);
      return d.pick(
        () => apply('add', [times(d.tensor(m, k), c), times(d.tensor(m, k), c), d.tensor(m, n)]),
        () => apply('add', [c, times(d.tensor(k, k), c)]),
        () => apply('add', [times(c, d.tensor(n, m)), scaled(by, times(c, d.tensor(n, m)))]),
      )();
    },
  },
);

/** A product, and the scalar tensor that multiplies all of it. */
function scaledProduct(term: Node) {
  const [a, scalar] = isOp(term, 'mul') ? term.args : [];
  const scales = a && scalar && isScalar(scalar) && sameShape(a.type.shape, term.type.shape);
  return scales ? { ...splitProduct(a), scalar } : { ...splitProduct(term), scalar: undefined };
}

/** The terms that have the same matrix as their last or first factor, as one product with it. */
function commonFactor(sum: OpNode, at: -1 | 0): Node | undefined {
  const terms = sum.args.map((term) => ({ term, ...scaledProduct(term) }));
  for (const { factors } of terms) {
    const common = factors.at(at)!;
    // A product may have tokens inside: its factors are compared once it is opened.
    if (common.type.shape.length !== 2 || hasTokens(common)) continue;
    if (isOp(common, 'identity') || isOp(common, 'matmul')) continue;
    const sharing = terms.filter((t) => t.factors.at(at) === common);
    if (sharing.length < 2 || sharing.every((t) => t.factors.length === 1)) continue;
    const side = common.type.shape[at === 0 ? 1 : 0]!;
    const rest = sharing.map(({ by, scalar, factors: own }) => {
      const others = at === 0 ? own.slice(1) : own.slice(0, -1);
      const inner = others.length > 0 ? product(others) : apply('identity', [], { shape: [side, side] });
      // A sum over tokens is better left open: its chain may never form it.
      if (others.some(hasTokens) && !hasTokens(inner)) return undefined;
      return scaled(by, scalar ? apply('mul', [inner, scalar]) : inner);
    });
    if (!rest.every((r) => r !== undefined)) continue;
    const joined = apply('matmul', at === 0 ? [common, total(rest)] : [total(rest), common]);
    return total([joined, ...terms.filter((t) => !sharing.includes(t)).map((t) => t.term)]);
  }
  return undefined;
}
