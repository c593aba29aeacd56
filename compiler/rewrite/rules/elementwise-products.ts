/** The rule for products, element by element, of two matrices of low rank, as LoHa has. */
import { type Dim, dimConst, mulDim } from '../../dims/dims.ts';
import { mulQ } from '../../dims/rational.ts';
import { apply, sameShape } from '../../ir/build.ts';
import type { Node } from '../../ir/node.ts';
import { reshape } from '../../ops/indexing.ts';
import { product, scaled } from '../../ops/nodes.ts';
import { cutOf, hasTokens, isKnownLowRank, splitProduct } from '../applying.ts';
import { defineRules } from '../rule.ts';

const one = dimConst(1);

/** All products of a column of one matrix and a column of the other, element by element, beside each other. */
function columnProducts(a: Node, b: Node): Node {
  const [rows, r] = a.type.shape as [Dim, Dim];
  const s = b.type.shape[1]!;
  const all = apply('mul', [reshape(a, [rows, r, one]), reshape(b, [rows, one, s])]);
  return reshape(all, [rows, mulDim(r, s)]);
}

/** All products of a row of one matrix and a row of the other, below each other. */
function rowProducts(a: Node, b: Node): Node {
  const [r, columns] = a.type.shape as [Dim, Dim];
  const s = b.type.shape[0]!;
  const all = apply('mul', [reshape(a, [r, one, columns]), reshape(b, [one, s, columns])]);
  return reshape(all, [mulDim(r, s), columns]);
}

defineRules({
  name: 'multiply-low-rank',
  law: '(U₁·V₁) ⊙ (U₂·V₂) = U·V, where U has the products of each column of U₁ and each of U₂, and V those of the rows of V₁ and V₂, when U·V has low rank',
  numerics: 'reassociates',
  phase: 'apply',
  pattern: { op: 'mul', some: { op: 'matmul', through: ['scale', 'transpose'] } },
  build: (node, { sizes, userOf }) => {
    // A sum of such a product is an inner product, which forms less.
    if (userOf(node) === 'sum') return undefined;
    const [a, b] = node.args as [Node, Node];
    if (hasTokens(node) || a.type.shape.length !== 2 || !sameShape(a.type.shape, b.type.shape))
      return undefined;
    const halves = [a, b].map((matrix) => {
      const { by, factors } = splitProduct(matrix);
      const cut = cutOf(factors, sizes);
      return factors.length < 2
        ? undefined
        : { by, u: product(factors.slice(0, cut)), v: product(factors.slice(cut)) };
    });
    const [first, second] = halves;
    if (!first || !second) return undefined;
    const whole = apply('matmul', [columnProducts(first.u, second.u), rowProducts(first.v, second.v)]);
    return isKnownLowRank(whole, sizes) ? scaled(mulQ(first.by, second.by), whole) : undefined;
  },
  instance: (d) => {
    const [m, n] = [d.int(5, 6), d.int(5, 6)];
    const low = () => apply('matmul', [d.tensor(m, 1), d.tensor(1, n)]);
    const flipped = () => apply('transpose', [apply('matmul', [d.tensor(n, 1), d.tensor(1, m)])]);
    const by = { num: 3n, den: 2n };
    const part = () => d.pick(low, flipped, () => apply('scale', [low()], { by }))();
    return apply('mul', [part(), part()]);
  },
});
