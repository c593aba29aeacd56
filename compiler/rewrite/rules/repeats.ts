/** The rule for a matrix whose parts are repeated: the factor that repeats them acts on the rows that it multiplies. */
import { type Dim, dimConst, equalDim, productDim } from '../../dims/dims.ts';
import { ONE } from '../../dims/rational.ts';
import { apply } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { reshape } from '../../ops/indexing.ts';
import { expand, literal } from '../../ops/nodes.ts';
import { hasTokens, isCheap } from '../applying.ts';
import { defineRules } from '../rule.ts';

const one = dimConst(1);
const isOne = (d: Dim): boolean => equalDim(d, one);

/** An axis of a repeated tensor, and its extent before it was repeated. */
interface Axis {
  readonly to: Dim;
  readonly from: Dim;
}

/** The axes of one side of a matrix: a whole part is repeated `outer` times, and each of its elements `inner` times. */
interface Side {
  readonly outer: Dim;
  readonly own: Dim;
  readonly inner: Dim;
}

/** Axes as one side of a matrix; undefined where a repeated axis lies between others. */
function sideOf(axes: readonly Axis[]): Side | undefined {
  const known = axes.filter(({ to }) => !isOne(to));
  const isOwn = known.map(({ to, from }) => equalDim(to, from));
  const [first, last] = [isOwn.indexOf(true), isOwn.lastIndexOf(true)];
  if (first >= 0 && isOwn.slice(first, last + 1).includes(false)) return undefined;
  const extent = (part: readonly Axis[]) => productDim(part.map(({ to }) => to));
  return first < 0
    ? { outer: extent(known), own: one, inner: one }
    : {
        outer: extent(known.slice(0, first)),
        own: extent(known.slice(first, last + 1)),
        inner: extent(known.slice(last + 1)),
      };
}

/** The two sides of the matrix that the axes are merged to. */
function sidesOf(axes: readonly Axis[], [rows, columns]: readonly Dim[]): readonly [Side, Side] | undefined {
  for (let cut = 0; cut <= axes.length; cut++) {
    const parts = [axes.slice(0, cut), axes.slice(cut)];
    const [above, below] = parts.map((p) => productDim(p.map(({ to }) => to)));
    if (!equalDim(above!, rows!) || !equalDim(below!, columns!)) continue;
    const [row, column] = parts.map(sideOf);
    if (row && column) return [row, column];
  }
  return undefined;
}

/** 1 ⊗ A ⊗ 1, where `reshape(expand(…))` repeats A; undefined for what repeats no matrix as a whole or by elements. */
function repeated(node: OpNode): Node | undefined {
  const [spread] = node.args as [OpNode];
  const [source] = spread.args as [Node];
  const to = spread.type.shape;
  const lead = to.length - source.type.shape.length;
  const axes = to.map((d, i): Axis => ({ to: d, from: source.type.shape[i - lead] ?? one }));
  const sides = sidesOf(axes, node.type.shape);
  if (!sides || sides.every(({ own }) => isOne(own))) return undefined;
  const ones = (of: 'outer' | 'inner') => {
    const shape = sides.map((s) => s[of]);
    return shape.every(isOne) ? [] : [expand(literal(ONE), shape)];
  };
  const own = reshape(
    source,
    sides.map((s) => s.own),
  );
  const factors = [...ones('outer'), own, ...ones('inner')];
  return factors.length < 2 ? undefined : factors.reduce((a, b) => apply('kronecker', [a, b]));
}

/** The operators around a matrix that tokens may multiply. */
const AROUND = new Set(['matmul', 'add', 'transpose', 'scale']);

defineRules({
  name: 'repeat-kronecker',
  law: '[A … A] = 1 ⊗ A for a row 1 of ones, and likewise for a matrix repeated below, or element by element as A ⊗ 1, where that is cheap to multiply by',
  numerics: 'exact',
  phase: 'apply',
  pattern: { op: 'reshape', args: [{ op: 'expand' }] },
  build: (node, { sizes, userOf }) => {
    if (node.type.shape.length !== 2 || hasTokens(node) || !AROUND.has(userOf(node) ?? '')) return undefined;
    const product = repeated(node);
    return product && isCheap(product, sizes) ? product : undefined;
  },
  instance: (d) => {
    const [m, r, g] = [d.int(4, 5), d.int(4, 5), d.int(4, 5)];
    const { from, to, shape } = d.pick(
      { from: [m, 1, r], to: [m, g, r], shape: [m, g * r] },
      { from: [m, 1, r], to: [m, g, r], shape: [m * g, r] },
      { from: [m, r], to: [g, m, r], shape: [g * m, r] },
      { from: [m, r, 1], to: [m, r, g], shape: [m, r * g] },
      { from: [1, m, r, 1], to: [g, m, r, g], shape: [g * m, r * g] },
    );
    const spread = expand(reshape(d.tensor(m, r), from.map(dimConst)), to.map(dimConst));
    const whole = reshape(spread, shape.map(dimConst));
    const [rows, columns] = shape as [number, number];
    return apply('matmul', d.pick([d.tensor('tokens', rows), whole], [whole, d.tensor(columns, 'tokens')]));
  },
});
