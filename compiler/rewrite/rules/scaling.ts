/** Scaled rows and columns and outer products, written as matrix products: they then become factors of chains. */
import { type Dim, dimConst, equalDim } from '../../dims/dims.ts';
import { ONE } from '../../dims/rational.ts';
import { apply, sameShape } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { reshape } from '../../ops/indexing.ts';
import { isOp, literal, product, transposed } from '../../ops/nodes.ts';
import { hasTokens, type Scaling, scalingOf, splitProduct } from '../applying.ts';
import { defineRules } from '../rule.ts';

const one = dimConst(1);
const isOne = (d: Dim | undefined): boolean => d === undefined || equalDim(d, one);

/** The factors of a product that equals A ⊙ c or A / c. A scalar c is no factor but `by`. */
function scaledFactors(a: OpNode, { matrix, by, how }: Scaling): { factors: readonly Node[]; by?: Node } {
  const vector = isOp(a, 'mul') ? by : apply('div', [literal(ONE), by]);
  if (how === 'all') return { factors: [matrix], by: reshape(vector, []) };
  const diagonal = apply('diag', [reshape(vector, [a.type.shape[how === 'rows' ? 0 : 1]!])]);
  return { factors: how === 'rows' ? [diagonal, matrix] : [matrix, diagonal] };
}

/** The factors of a scaled matrix, perhaps transposed, that is itself a factor of a product. */
function factorScaled(factor: Node) {
  const flipped = isOp(factor, 'transpose');
  const inner = flipped ? factor.args[0]! : factor;
  const scaling = scalingOf(inner);
  // Where tokens flow inside the scaled product, the scale stays on the product's result.
  if (!scaling || splitProduct(scaling.matrix).factors.some(hasTokens)) return undefined;
  const found = scaledFactors(inner as OpNode, scaling);
  return flipped ? { ...found, factors: found.factors.map(transposed).reverse() } : found;
}

defineRules(
  {
    name: 'matmul-scaled',
    law: '(c ⊙ A)·B = diag(c)·A·B, (A ⊙ r)·B = A·diag(r)·B, (s ⊙ A)·B = s ⊙ (A·B)',
    numerics: 'reassociates',
    pattern: { op: 'matmul', some: { op: ['mul', 'div'], through: ['transpose'] } },
    // Without tokens there is no side to apply a diagonal on.
    build: (node) => {
      if (!node.args.some(hasTokens)) return undefined;
      for (const [i, factor] of node.args.entries()) {
        const found = factorScaled(factor);
        if (!found) continue;
        const chain = product([...node.args.slice(0, i), ...found.factors, ...node.args.slice(i + 1)]);
        return found.by ? apply('mul', [chain, found.by]) : chain;
      }
      return undefined;
    },
    instance: (d) => {
      const [m, k] = [d.int(2, 4), d.int(2, 4)];
      const a = d.tensor(m, k);
      const by = d.pick([m, 1], [k], [1, k], [], [1, 1]);
      const parts: [Node, Node] = [a, d.tensor(...by)];
      const scaled = d.pick(
        () => apply('mul', parts),
        () => apply('mul', [parts[1], parts[0]]),
        () => apply('div', parts),
      )();
      return d.pick(
        () => apply('matmul', [scaled, d.tensor(k, 'tokens')]),
        () => apply('matmul', [d.tensor('tokens', k), transposed(scaled)]),
      )();
    },
  },
  {
    name: 'outer-product',
    law: 'u ⊙ v = u·v for a column u and a row v',
    numerics: 'exact',
    pattern: { op: 'mul' },
    build: (node) => {
      if (hasTokens(node)) return undefined;
      const [rows, cols] = node.type.shape.slice(-2) as [Dim, Dim];
      if (isOne(rows) || isOne(cols)) return undefined;
      const isColumn = (a: Node) => isOne(a.type.shape.at(-1));
      const isRow = (a: Node) => isOne(a.type.shape.at(-2));
      const [column, row] = isColumn(node.args[0]!) ? node.args : node.args.toReversed();
      if (!isColumn(column!) || !isRow(row!)) return undefined;
      const batches = [column!, row!].map((a) => a.type.shape.slice(0, -2));
      if (!sameShape(batches[0]!, batches[1]!)) return undefined;
      return apply('matmul', [column!, reshape(row!, [...batches[1]!, one, cols])]);
    },
    instance: (d) => {
      const [k, m, n] = [d.int(1, 2), d.int(2, 4), d.int(2, 4)];
      const [u, v] = d.pick(
        [[m, 1], [n]],
        [
          [m, 1],
          [1, n],
        ],
        [
          [k, m, 1],
          [k, 1, n],
        ],
      ) as [number[], number[]];
      const parts = [d.tensor(...u), d.tensor(...v)];
      return apply('mul', d.pick(parts, parts.toReversed()));
    },
  },
);
