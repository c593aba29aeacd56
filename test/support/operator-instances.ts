/** Random instances of every operator, and how its value depends on each argument. */
import { constantOf, dimConst } from '../../compiler/dims/dims.ts';
import { rational } from '../../compiler/dims/rational.ts';
import { apply, input } from '../../compiler/ir/build.ts';
import type { Node, OpNode } from '../../compiler/ir/node.ts';
import { operator } from '../../compiler/ir/operator.ts';
import { unfold, type Window } from '../../compiler/ops/convolution.ts';
import type { Draw } from '../../compiler/rewrite/rule.ts';
import '../../compiler/ops/index.ts';

/** The dependence of a value on an argument, with the others fixed. A `constant` argument gets no gradient. */
export type Claim = 'linear' | 'smooth' | 'constant';

export interface Instances {
  /** One claim for each argument; the last one repeats. */
  readonly claims: readonly Claim[];
  draw(d: Draw): OpNode;
  /** Set for operators of gradients that have no gradient themselves: asking for one is an error. */
  readonly once?: true;
  /** A bound below all elements of the arguments, which keeps them away from a pole. */
  readonly above?: number;
}

/** Operators of experts: integers, and what has a value only together. test/compiler/ops/experts.test.ts is about them. */
export const OF_EXPERTS = ['dispatch', 'ofExpert', 'collect', 'sumByExpert', 'topK'];

const dims = (shape: readonly number[]) => shape.map(dimConst);
const size = (d: Draw) => d.int(1, 4);
const shapeOf = (d: Draw, rank: number) => Array.from({ length: rank }, () => size(d));
const anyShape = (d: Draw) => shapeOf(d, d.int(0, 3));
/** A shape that broadcasts to `shape`. */
const narrow = (d: Draw, shape: readonly number[]) =>
  shape.slice(d.int(0, shape.length)).map((n) => (d.int(0, 2) === 0 ? 1 : n));
const batch = (d: Draw) => shapeOf(d, d.int(0, 1));
const square = (d: Draw) => {
  const n = size(d);
  return [...batch(d), n, n];
};

/** Columns away from 0, because a zero column defines no reflection. */
const vectors = (d: Draw, r: number): Node =>
  apply('add', [apply('literal', [], { value: rational(9n) }), d.tensor(d.int(2, 4), r)]);

/** An integer input, which evaluation fills with a permutation. */
const index = (n: number): Node => input(`p${n}`, 'frozen', { shape: dims([n]), dtype: 'i32' });
/** An integer input that evaluation fills with positions of a matrix, sorted or with the order that sorts them. */
function positionsIn(d: Draw, rows: number, cols: number): Node {
  const [form, k] = [d.int(2, 3), d.int(1, rows * cols)];
  return input(`at${rows}x${cols}_${form}_${k}`, 'frozen', { shape: dims([form, k]), dtype: 'i32' });
}
const window = (d: Draw): Window => ({ kernel: d.int(1, 3), stride: d.int(1, 2), padding: d.int(0, 1) });

/** Arguments of attention. Ranges are filled with a permutation, so some are empty or go beyond the last key. */
function attended(d: Draw) {
  const [tokens, width, keyHeads] = [size(d), d.int(1, 3), d.int(1, 2)];
  const ranged = d.int(0, 1) === 1;
  const keys = ranged ? size(d) : tokens;
  return {
    q: d.tensor(tokens, keyHeads * d.int(1, 2), width),
    k: () => d.tensor(keys, keyHeads, width),
    start: ranged ? input(`r${tokens}`, 'frozen', { shape: dims([tokens, 2]), dtype: 'i32' }) : index(tokens),
  };
}

function gradientOf(d: Draw): Node[] {
  const { q, k, start } = attended(d);
  const [tokens, heads, width] = q.type.shape.map((n) => constantOf(n)!) as [number, number, number];
  const perHead = () => d.tensor(tokens, heads);
  return [q, k(), start, k(), perHead(), d.tensor(tokens, heads, width), perHead()];
}

const pointwise = (claims: readonly Claim[], op: string, above?: number): Instances => ({
  claims,
  ...(above === undefined ? {} : { above }),
  draw: (d) => {
    const shape = anyShape(d);
    const [a, b] = d.pick(
      () => [shape, shape],
      () => [shape, narrow(d, shape)],
      () => [narrow(d, shape), shape],
    )();
    return apply(
      op,
      claims.length === 1 && op !== 'add' ? [d.tensor(...shape)] : [d.tensor(...a!), d.tensor(...b!)],
    );
  },
});

/** Instances as the operator itself draws them. */
const sampled = (name: string) => operator(name).sample!;

export const INSTANCES: Readonly<Record<string, Instances>> = {
  add: {
    claims: ['linear'],
    draw: (d) => {
      const shape = anyShape(d);
      return apply('add', [d.tensor(...narrow(d, shape)), d.tensor(...shape), d.tensor(...narrow(d, shape))]);
    },
  },
  mul: pointwise(['linear', 'linear'], 'mul'),
  div: pointwise(['linear', 'smooth'], 'div', 0.5),
  max: pointwise(['smooth', 'smooth'], 'max'),
  min: pointwise(['smooth', 'smooth'], 'min'),
  greater: pointwise(['constant', 'constant'], 'greater'),
  abs: pointwise(['smooth'], 'abs'),
  sqrt: pointwise(['smooth'], 'sqrt', 0.5),
  exp: pointwise(['smooth'], 'exp'),
  log: pointwise(['smooth'], 'log', 0.5),
  sin: pointwise(['smooth'], 'sin'),
  cos: pointwise(['smooth'], 'cos'),
  tanh: pointwise(['smooth'], 'tanh'),
  erf: pointwise(['smooth'], 'erf'),
  sigmoid: pointwise(['smooth'], 'sigmoid'),
  scale: {
    claims: ['linear'],
    draw: (d) => apply('scale', [d.tensor(...anyShape(d))], { by: rational(BigInt(d.int(-7, 7)), 4n) }),
  },
  literal: { claims: [], draw: (d) => apply('literal', [], { value: rational(BigInt(d.int(-7, 7)), 8n) }) },
  size: { claims: [], draw: (d) => apply('size', [], { dim: dimConst(d.int(0, 100)) }) },
  identity: { claims: [], draw: sampled('identity') },
  expand: {
    claims: ['linear'],
    draw: (d) => {
      const shape = anyShape(d);
      return apply('expand', [d.tensor(...narrow(d, shape))], { shape: dims(shape) });
    },
  },
  sumTo: {
    claims: ['linear'],
    draw: (d) => {
      const shape = anyShape(d);
      return apply('sumTo', [d.tensor(...shape)], { shape: dims(narrow(d, shape)) });
    },
  },
  sum: {
    claims: ['linear'],
    draw: (d) => {
      const shape = shapeOf(d, d.int(1, 3));
      return apply('sum', [d.tensor(...shape)], { axes: shape.flatMap((_, i) => (d.int(0, 1) ? [i] : [])) });
    },
  },
  transpose: { claims: ['linear'], draw: sampled('transpose') },
  matmul: {
    claims: ['linear'],
    draw: (d) => {
      const lead = batch(d);
      const sizes = shapeOf(d, d.int(3, 5));
      const batched = d.int(0, sizes.length - 2);
      const factors = sizes
        .slice(1)
        .map((n, i) => d.tensor(...(i === batched || d.int(0, 1) ? lead : []), sizes[i]!, n));
      return apply('matmul', factors);
    },
  },
  skew: { claims: ['linear'], draw: sampled('skew') },
  packSkew: { claims: ['linear'], draw: (d) => apply('packSkew', [d.tensor(...square(d))]) },
  blockDiag: { claims: ['linear'], draw: sampled('blockDiag') },
  diagBlocks: {
    claims: ['linear'],
    draw: (d) => {
      const [r, b, c, k] = [size(d), size(d), size(d), size(d)];
      const a = d.pick(
        () => d.tensor(r * b, r * c),
        () => apply('matmul', [d.tensor(r * b, k), d.tensor(k, r * c)]),
      )();
      return apply('diagBlocks', [a], { blocks: dimConst(r), rows: dimConst(b), cols: dimConst(c) });
    },
  },
  polynomial: {
    claims: ['smooth'],
    draw: (d) =>
      apply('polynomial', [d.tensor(...square(d))], {
        coefs: Array.from({ length: d.int(1, 6) }, () => d.int(-2, 2)),
      }),
  },
  cayley: {
    claims: ['smooth'],
    draw: (d) => {
      const b = d.int(1, 4);
      return apply('cayley', [apply('skew', [d.tensor(...batch(d), (b * (b - 1)) / 2)])]);
    },
  },
  // I − A/8 is diagonally dominant for entries of A up to 1 and four rows.
  solve: {
    claims: ['smooth', 'linear'],
    draw: (d) => {
      const n = size(d);
      const a = apply('add', [
        apply('identity', [], { shape: dims([n, n]) }),
        apply('scale', [d.tensor(n, n)], { by: rational(-1n, 8n) }),
      ]);
      return apply('solve', [a, d.tensor(n, size(d))]);
    },
  },
  reshape: {
    claims: ['linear'],
    draw: (d) => {
      const [a, b, c] = [size(d), size(d), size(d)];
      const shapes = [[a * b, c], [a, b, c], [a, b * c], [a * b * c], [1, a, b, 1, c]];
      return apply('reshape', [d.tensor(...d.pick(...shapes))], { shape: dims(d.pick(...shapes)) });
    },
  },
  permuteAxes: {
    claims: ['linear'],
    draw: (d) => {
      const order = d.pick([0], [1, 0], [2, 0, 1], [1, 0, 2], [0, 3, 1, 2]);
      return apply('permuteAxes', [d.tensor(...shapeOf(d, order.length))], { order });
    },
  },
  slice: {
    claims: ['linear'],
    draw: (d) => {
      const shape = shapeOf(d, d.int(1, 3));
      const axis = d.int(0, shape.length - 1);
      const start = d.int(0, shape[axis]! - 1);
      const length = d.int(1, shape[axis]! - start);
      return apply('slice', [d.tensor(...shape)], { axis, start: dimConst(start), length: dimConst(length) });
    },
  },
  pad: {
    claims: ['linear'],
    draw: (d) => {
      const shape = shapeOf(d, d.int(1, 3));
      const axis = d.int(0, shape.length - 1);
      const start = d.int(0, 2);
      const total = dimConst(start + shape[axis]! + d.int(0, 2));
      return apply('pad', [d.tensor(...shape)], { axis, start: dimConst(start), size: total });
    },
  },
  concat: {
    claims: ['smooth'],
    draw: (d) => {
      const shape = shapeOf(d, d.int(1, 3));
      const axis = d.int(0, shape.length - 1);
      const parts = Array.from({ length: d.int(1, 3) }, () => d.tensor(...shape.with(axis, size(d))));
      return apply('concat', parts, { axis });
    },
  },
  take: {
    claims: ['linear', 'constant'],
    draw: (d) => {
      const shape = shapeOf(d, d.int(1, 3));
      const axis = d.int(0, shape.length - 1);
      return apply('take', [d.tensor(...shape), index(d.int(1, shape[axis]!))], { axis });
    },
  },
  put: {
    claims: ['linear', 'constant'],
    draw: (d) => {
      const shape = shapeOf(d, d.int(1, 3));
      const axis = d.int(0, shape.length - 1);
      const into = dimConst(shape[axis]! + d.int(0, 2));
      return apply('put', [d.tensor(...shape), index(shape[axis]!)], { axis, size: into });
    },
  },
  permutation: { claims: ['constant'], draw: sampled('permutation') },
  diag: { claims: ['linear'], draw: sampled('diag') },
  diagonal: {
    claims: ['linear'],
    draw: (d) => {
      const n = size(d);
      return apply('diagonal', [d.tensor(n, n)]);
    },
  },
  shuffle: { claims: [], draw: sampled('shuffle') },
  kronecker: { claims: ['linear', 'linear'], draw: sampled('kronecker') },
  hadamard: { claims: [], draw: sampled('hadamard') },
  phases: { claims: [], draw: sampled('phases') },
  sparse: {
    claims: ['linear', 'constant'],
    draw: (d) => {
      const [rows, cols] = [size(d), d.int(1, 9)];
      const positions = positionsIn(d, rows, cols);
      const attrs = { rows: dimConst(rows), cols: dimConst(cols) };
      return apply('sparse', [d.tensor(constantOf(positions.type.shape[1]!)!), positions], attrs);
    },
  },
  entries: {
    claims: ['linear', 'constant'],
    draw: (d) => {
      const [rows, cols, inner] = [size(d), d.int(1, 9), size(d)];
      const a = d.pick(
        () => d.tensor(rows, cols),
        () => apply('matmul', [d.tensor(rows, inner), d.tensor(inner, cols)]),
      )();
      return apply('entries', [a, positionsIn(d, rows, cols)]);
    },
  },
  householder: {
    claims: ['smooth'],
    draw: (d) => apply('householder', [vectors(d, d.int(1, 2))]),
  },
  reflectSpan: { claims: ['smooth'], draw: (d) => apply('reflectSpan', [vectors(d, 1)]) },
  expm: {
    claims: ['smooth'],
    draw: (d) => {
      const b = d.int(1, 3);
      return apply('expm', [d.tensor(...batch(d), b, b)], d.pick({}, { maxNorm: rational(5n, 2n) }));
    },
  },
  halfUpper: { claims: ['linear'], draw: (d) => apply('halfUpper', [d.tensor(...square(d))]) },
  unfold: {
    claims: ['linear'],
    draw: (d) => {
      const w = window(d);
      return apply('unfold', [d.tensor(d.int(1, 2), d.int(1, 2), d.int(3, 5), d.int(3, 5))], { ...w });
    },
  },
  fold: {
    claims: ['linear'],
    draw: (d) => {
      const w = window(d);
      const shape = [d.int(1, 2), d.int(1, 2), d.int(3, 5), d.int(3, 5)] as const;
      const [, patches, width] = unfold(d.tensor(...shape), w).type.shape.map((n) => constantOf(n)!);
      return apply('fold', [d.tensor(shape[0], patches!, width!)], { ...w, shape: dims(shape) });
    },
  },
  logSumExp: {
    claims: ['smooth'],
    draw: (d) => apply('logSumExp', [d.tensor(...shapeOf(d, d.int(1, 3)))]),
  },
  pick: {
    claims: ['linear', 'constant'],
    draw: (d) => {
      const n = size(d);
      return apply('pick', [d.tensor(n, n + d.int(0, 2)), index(n)]);
    },
  },
  place: {
    claims: ['linear', 'constant'],
    draw: (d) => {
      const n = size(d);
      return apply('place', [d.tensor(n, 1), index(n)], { size: dimConst(n + d.int(0, 2)) });
    },
  },
  attention: {
    claims: ['smooth', 'smooth', 'constant', 'linear'],
    draw: (d) => {
      const { q, k, start } = attended(d);
      return apply(
        'attention',
        [q, k(), start, k()],
        d.pick({}, { scale: rational(3n, 4n) }, { softCap: rational(3n, 2n) }),
      );
    },
  },
  attentionLse: {
    claims: ['smooth', 'smooth', 'constant'],
    draw: (d) => {
      const { q, k, start } = attended(d);
      return apply('attentionLse', [q, k(), start], d.pick({}, { softCap: rational(3n, 2n) }));
    },
  },
  attentionQuery: { claims: [], once: true, draw: (d) => apply('attentionQuery', gradientOf(d)) },
  attentionKeyValue: { claims: [], once: true, draw: (d) => apply('attentionKeyValue', gradientOf(d)) },
  detach: { claims: ['constant'], draw: (d) => apply('detach', [d.tensor(...anyShape(d))]) },
  straightThrough: {
    claims: ['constant', 'constant'],
    draw: (d) => {
      const v: Node = d.tensor(...anyShape(d));
      return apply('straightThrough', [apply('tanh', [v]), v]);
    },
  },
  project: {
    claims: ['constant', 'constant'],
    draw: (d) => {
      const v: Node = d.tensor(...anyShape(d));
      return apply('project', [v, apply('tanh', [v])]);
    },
  },
};
