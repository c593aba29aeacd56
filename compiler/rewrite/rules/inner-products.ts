/**
 * Inner products of rows, Σⱼ (A ⊙ B)ᵢⱼ, or of columns, without the matrices A and B formed. DoRA needs the row norms
 * of W + s·B·A: they are ‖Wᵢ‖² + 2s⟨(W·Aᵀ)ᵢ, Bᵢ⟩ + s²·Bᵢ·(A·Aᵀ)·Bᵢᵀ, and no dense sum is formed.
 */
import { apply, Identity, sameShape } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { factsOf } from '../../ir/operator.ts';
import { isOp, product, scaled, total, transposed } from '../../ops/nodes.ts';
import { cutOf, isKnownLowRank, splitProduct, termsOf } from '../applying.ts';
import { type Draw, defineRules, type Pattern } from '../rule.ts';

/** The vectors that are multiplied: for rows, the sum runs over the columns. */
type Of = 'rows' | 'columns';

const summed = (a: Node, ...axes: readonly number[]): Node => apply('sum', [a], { axes });
const innerProduct = (of: Of, a: Node, b: Node): Node => summed(apply('mul', [a, b]), of === 'rows' ? 1 : 0);

interface Inner {
  readonly of: Of;
  readonly a: Node;
  readonly b: Node;
  /**
   * Makes the node from its inner products. If it sums over both axes, the inner products of the rows are added up.
   */
  close(products: Node): Node;
}

/** The two matrices of one shape whose rows or columns a node multiplies. */
function inner(node: OpNode): Inner | undefined {
  const [m] = node.args as [OpNode];
  const [a, b] = m.args as [Node, Node];
  const axes = node.attrs.axes as readonly number[];
  const { shape } = m.type;
  if (shape.length !== 2 || axes.length === 0) return undefined;
  // A matrix that broadcasts has no rows, or no columns, of its own.
  if (![a, b].every((x) => sameShape(x.type.shape, shape))) return undefined;
  if (axes.length === 2) return { of: 'rows', a, b, close: (p) => summed(p, 0) };
  return { of: axes[0] === 1 ? 'rows' : 'columns', a, b, close: (p) => p };
}

/** Draws dense matrices and matrices of rank 1. */
const draws = (d: Draw) => {
  const [m, n] = [4, 4];
  const low = () => apply('matmul', [d.tensor(m, 1), d.tensor(1, n)]);
  const by = { num: 3n, den: 2n };
  return { dense: () => d.tensor(m, n), low, scaledLow: d.pick(low, () => apply('scale', [low()], { by })) };
};

const pattern: Pattern = { op: 'sum', args: [{ op: 'mul' }] };

defineRules(
  {
    name: 'inner-distribute',
    law: '⟨(A + U·V)ᵢ, Bᵢ⟩ = ⟨Aᵢ, Bᵢ⟩ + ⟨(U·V)ᵢ, Bᵢ⟩ for rows, when U·V has low rank; likewise for columns',
    numerics: 'reassociates',
    phase: 'apply',
    pattern,
    build: (node, { sizes }) => {
      const found = inner(node);
      if (!found) return undefined;
      const { of, a, b, close } = found;
      const split = (x: Node) => {
        const terms = termsOf(x);
        return terms?.some((t) => isKnownLowRank(t, sizes)) ? terms : undefined;
      };
      const ofA = split(a);
      if (ofA) return close(total(ofA.map((t) => innerProduct(of, t, b))));
      const ofB = split(b);
      return ofB && close(total(ofB.map((t) => innerProduct(of, a, t))));
    },
    instance: (d) => {
      const { dense, scaledLow } = draws(d);
      const sum = apply('add', [dense(), scaledLow()]);
      const other = d.pick(dense(), sum);
      const [a, b] = d.pick([sum, other] as const, [other, sum] as const);
      return innerProduct(d.pick('rows', 'columns'), a, b);
    },
  },
  {
    name: 'inner-low-rank',
    law: '⟨Aᵢ, (U·V)ᵢ⟩ = ⟨(A·Vᵀ)ᵢ, Uᵢ⟩ for rows, ⟨(Uᵀ·A)ⱼ, Vⱼ⟩ for columns, when U·V has low rank',
    numerics: 'reassociates',
    phase: 'apply',
    pattern,
    build: (node, { sizes }) => {
      const found = inner(node);
      if (!found) return undefined;
      const { of } = found;
      const low = [found.b, found.a].find((x) => isKnownLowRank(x, sizes));
      if (!low) return undefined;
      const other = low === found.b ? found.a : found.b;
      const { by, factors } = splitProduct(low);
      // U stays outside for rows, V for columns. Between them the rank is the length of the new sums: it is less than
      // that of the old ones, so the rule ends.
      const cut = cutOf(factors, sizes);
      const [u, v] = [factors.slice(0, cut), factors.slice(cut)];
      const rows = of === 'rows';
      const [own, others] = rows ? [product(u), v] : [product(v), u];
      const inside = others.map(transposed).reverse();
      const moved = product(rows ? [other, ...inside] : [...inside, other]);
      return found.close(scaled(by, innerProduct(of, moved, own)));
    },
    instance: (d) => {
      const { dense, scaledLow } = draws(d);
      const [low, other] = [scaledLow(), dense()];
      const [a, b] = d.pick([low, other] as const, [other, low] as const);
      return innerProduct(d.pick('rows', 'columns'), a, b);
    },
  },
  {
    name: 'inner-orthogonal',
    law: '⟨(A·R)ᵢ, (B·R)ᵢ⟩ = ⟨Aᵢ, Bᵢ⟩ for rows, ⟨(R·A)ⱼ, (R·B)ⱼ⟩ = ⟨Aⱼ, Bⱼ⟩ for columns, RᵀR = I exactly',
    numerics: 'reassociates',
    pattern,
    build: (node) => {
      const found = inner(node);
      if (!found || !isOp(found.a, 'matmul') || !isOp(found.b, 'matmul')) return undefined;
      const { of } = found;
      const at = of === 'rows' ? -1 : 0;
      const [a, b] = [found.a.args, found.b.args];
      const [r, s] = [a.at(at)!, b.at(at)!];
      const identity = new Identity();
      if (factsOf(r).orthogonal?.kind !== 'exact' || identity.of(r) !== identity.of(s)) return undefined;
      const without = (factors: readonly Node[]) =>
        product(of === 'rows' ? factors.slice(0, -1) : factors.slice(1));
      return found.close(innerProduct(of, without(a), without(b)));
    },
    instance: (d) => {
      const [m, b] = [d.int(1, 3), d.int(2, 4)];
      const r = apply('cayley', [apply('skew', [d.tensor((b * (b - 1)) / 2)])]);
      const rows = () => apply('matmul', [d.tensor(m, b), r]);
      const columns = () => apply('matmul', [r, d.tensor(b, m)]);
      return d.pick(
        () => innerProduct('rows', rows(), rows()),
        () => innerProduct('columns', columns(), columns()),
      )();
    },
  },
);
