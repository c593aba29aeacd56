/**
 * Random well-typed programs of operators. A shape is chosen first, and expressions of that shape are built from it,
 * so that no draw is rejected. Dimensions are names that are bound afterwards, so that sizes shrink on their own.
 */
import fc, { type Arbitrary } from 'fast-check';
import { type Binding, parseDim } from '../../compiler/dims/dims.ts';
import { rational } from '../../compiler/dims/rational.ts';
import { bindProgram } from '../../compiler/ir/bind.ts';
import { apply, input } from '../../compiler/ir/build.ts';
import type { Node, Program } from '../../compiler/ir/node.ts';
import { printProgram } from '../../compiler/ir/print.ts';
import { functions as f } from '../../compiler/ops/surface.ts';
import '../../compiler/ops/index.ts';
import { assemble } from './assemble.ts';

/** A shape, as the texts of its dimensions. */
type Shape = readonly string[];

const dims = (shape: Shape) => shape.map(parseDim);
const keyOf = (shape: Shape) => `(${shape.join(', ')})`;
/** The inner dimensions that products may have. */
const INNER = ['n', 'b*r', 'b', 'tokens', '1'];
/** The shapes of outputs. `SHARED` below: the shapes of expressions that outputs may share. */
const TOP: readonly Shape[] = [
  ['tokens', 'b*r'],
  ['tokens', 'n'],
  ['m', 'tokens', 'n'],
  ['r', 'b', 'b'],
  ['b*r', 'b*r'],
  ['b*r', 'm*r'],
  ['n', 'b*r'],
  ['n'],
];
const SHARED: readonly Shape[] = [
  ['b*r', 'b*r'],
  ['tokens', 'b*r'],
  ['r', 'b', 'b'],
  ['n', 'b*r'],
];

const parameter = (shape: Shape, which: string): Node =>
  input(`${which}${keyOf(shape)}`, 'trainable', { shape: dims(shape), dtype: 'f32' });
/** The name of the input that stands for the shared expression of a shape until the program is assembled. */
export const sharedName = (shape: Shape) => `shared${keyOf(shape)}`;

/** An integer input over one dimension, which evaluation fills with a permutation. */
const permutation = (d: string): Node => input(`p(${d})`, 'frozen', { shape: dims([d]), dtype: 'i32' });

const factor = fc.constantFrom(
  rational(-1n),
  rational(1n, 2n),
  rational(3n),
  rational(-5n, 4n),
  rational(0n),
);
const coefficients = fc.oneof(
  fc.constantFrom([1, 2, 1], [1, 2, 2, 1], [1, 2, 2, 2, 1], [1, 2, 2, 2], [3], [0, 1]),
  fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 1, maxLength: 6 }),
);

/** The shapes, other than `shape`, that broadcast to `shape`. */
const narrower = (shape: Shape): Shape[] => [
  ...(shape.length > 0 ? [shape.slice(1)] : []),
  ...shape.flatMap((d, i) => (d === '1' ? [] : [shape.with(i, '1')])),
];
/** The shapes that a sum over one axis turns into `shape`. */
const wider = (shape: Shape): Shape[] => [
  ...(shape.length < 3
    ? [
        ['m', ...shape],
        ['tokens', ...shape],
      ]
    : []),
  ...shape.flatMap((d, i) => (d === '1' ? [shape.with(i, 'n')] : [])),
];

/** Draws expressions of a shape and depth. `kinks` allows functions that are not differentiable everywhere. */
class Expressions {
  readonly #known = new Map<string, Arbitrary<Node>>();
  readonly kinks: boolean;
  readonly share: boolean;
  constructor(kinks: boolean, share: boolean) {
    this.kinks = kinks;
    this.share = share;
  }

  of(shape: Shape, depth: number): Arbitrary<Node> {
    const key = `${depth} ${keyOf(shape)}`;
    let arbitrary = this.#known.get(key);
    if (!arbitrary) {
      const leaves = this.#leaves(shape);
      arbitrary =
        depth === 0
          ? leaves
          : fc.oneof(
              { withCrossShrink: true },
              { arbitrary: leaves, weight: 1 },
              { arbitrary: this.#pointwise(shape, depth - 1), weight: 2 },
              ...(shape.length >= 2 ? [{ arbitrary: this.#matrix(shape, depth - 1), weight: 6 }] : []),
            );
      this.#known.set(key, arbitrary);
    }
    return arbitrary;
  }

  #leaves(shape: Shape): Arbitrary<Node> {
    const names = ['u', 'v', 'w'].map((w) => parameter(shape, w));
    if (this.share && SHARED.some((s) => keyOf(s) === keyOf(shape)))
      names.push(input(sharedName(shape), 'trainable', { shape: dims(shape), dtype: 'f32' }));
    if (shape.length === 0) {
      return fc.constantFrom(
        f.size('b*r'),
        f.size('tokens'),
        apply('literal', [], { value: rational(3n, 2n) }),
      );
    }
    return fc.constantFrom(...names);
  }

  #pointwise(shape: Shape, depth: number): Arbitrary<Node> {
    const a = this.of(shape, depth);
    const both = (b: Arbitrary<Node>, build: (x: Node, y: Node) => Node) =>
      fc.tuple(a, b).map(([x, y]) => build(x, y));
    const binary = (op: string) => (x: Node, y: Node) => apply(op, [x, y]);
    const unary = (op: string) => a.map((x) => apply(op, [x]));
    const one = () => apply('literal', [], { value: rational(1n) });
    /** An expression of at least 1: 1 + x². */
    const positive = (x: Node) => apply('add', [one(), apply('mul', [x, x])]);
    const narrow = narrower(shape).map((s) => this.of(s, depth));
    const wide = wider(shape).map((s) => this.of(s, depth));
    const kinks = this.kinks
      ? [
          both(a, binary('max')),
          both(a, binary('min')),
          unary('abs'),
          ...narrow.map((n) => both(n, binary('max'))),
        ]
      : [];
    const sums = shape.flatMap((d, i) =>
      d === '1'
        ? ['n', 'tokens'].map((by) =>
            this.of(shape.with(i, by), depth).map((x) => apply('sum', [x], { axes: [i] })),
          )
        : [],
    );
    return fc.oneof(
      both(a, binary('add')),
      both(a, (x, y) => apply('add', [apply('add', [x, y]), x])),
      both(a, binary('mul')),
      both(a, (x, y) => apply('div', [x, positive(y)])),
      fc.tuple(factor, a).map(([by, x]) => apply('scale', [x], { by })),
      ...['sin', 'cos', 'tanh', 'sigmoid', 'detach'].map(unary),
      a.map((x) => apply('sqrt', [positive(x)])),
      // ln(1 + x²) would lose digits of a small x.
      a.map((x) => apply('log', [apply('add', [one(), positive(x)])])),
      a.map((x) => apply('exp', [apply('tanh', [x])])),
      a.map((x) => apply('project', [parameter(shape, 'u'), x])),
      ...narrow.flatMap((n) => [
        both(n, binary('add')),
        both(n, binary('mul')),
        n.map((x) => apply('expand', [x], { shape: dims(shape) })),
      ]),
      ...wide.map((w) => w.map((x) => apply('sumTo', [x], { shape: dims(shape) }))),
      ...kinks,
      ...sums,
      ...this.#indexed(shape, depth),
      ...this.#ofRows(shape, depth),
      ...this.#attended(shape, depth),
    );
  }

  /** Expressions that are made from a row each, and whose last axis has size 1. */
  #ofRows(shape: Shape, depth: number): Arbitrary<Node>[] {
    const picked = (rows: string) =>
      this.of([rows, rows], depth).map((x) =>
        apply('reshape', [apply('pick', [x, permutation(rows)])], { shape: dims(shape) }),
      );
    if (keyOf(shape) === '(n)') return [picked('n')];
    if (shape.at(-1) !== '1') return [];
    const sums = this.of(shape.with(-1, 'n'), depth).map((x) => apply('logSumExp', [x]));
    return shape.length === 2 ? [sums, picked(shape[0]!)] : [sums];
  }

  /** Attention with r heads of width b, which share one key head. */
  #attended(shape: Shape, depth: number): Arbitrary<Node>[] {
    if (keyOf(shape) !== '(tokens, b*r)') return [];
    const heads = (h: string) =>
      this.of(['tokens', `b*${h}`], depth).map((x) =>
        apply('reshape', [x], { shape: dims(['tokens', h, 'b']) }),
      );
    const attended = fc.tuple(heads('r'), heads('1'), heads('1')).map(([q, k, v]) => {
      const attended = f.attention(q, k, v, permutation('tokens'));
      return apply('reshape', [attended], { shape: dims(shape) });
    });
    return [attended, attended, attended];
  }

  /** Expressions that have the same shape as `a` and read elements of `a` elsewhere, such as permutations. */
  #indexed(shape: Shape, depth: number): Arbitrary<Node>[] {
    const a = this.of(shape, depth);
    const reshaped = a.map((x) =>
      apply('reshape', [apply('reshape', [x], { shape: dims(['1', ...shape]) })], { shape: dims(shape) }),
    );
    return [
      reshaped,
      ...shape.flatMap((d, axis) => {
        const half = fc.tuple(a, a, fc.constantFrom('0', d)).map(([x, y, start]) =>
          apply('slice', [apply('concat', [x, y], { axis })], {
            axis,
            start: parseDim(start),
            length: parseDim(d),
          }),
        );
        return [half, a.map((x) => apply('take', [x, permutation(d)], { axis }))];
      }),
    ];
  }

  #matrix(shape: Shape, depth: number): Arbitrary<Node> {
    const batch = shape.slice(0, -2);
    const [rows, cols] = shape.slice(-2) as [string, string];
    const of = (s: Shape) => this.of(s, depth);
    const mat = (p: string, q: string, batched = true) => of([...(batched ? batch : []), p, q]);
    const times = (...args: Node[]) => apply('matmul', args);
    const t = (x: Node) => apply('transpose', [x]);
    const pairs = INNER.map((k) =>
      fc.tuple(mat(rows, k), mat(k, cols, batch.length === 0)).map(([a, b]) => times(a, b)),
    );
    const chains = INNER.flatMap((k) =>
      INNER.map((l) =>
        fc
          .tuple(
            mat(rows, k, batch.length === 0),
            mat(k, l),
            mat(cols, l, batch.length === 0),
            fc.nat({ max: 2 }),
          )
          .map(([a, b, c, form]) =>
            form === 0 ? times(a, times(b, t(c))) : form === 1 ? times(times(a, b), t(c)) : times(a, b, t(c)),
          ),
      ),
    );
    const forms: Arbitrary<Node>[] = [
      fc.oneof(...pairs),
      fc.oneof(...chains),
      mat(cols, rows).map(t),
      ...(batch.length === 0
        ? [mat(cols, rows).map((x) => apply('permuteAxes', [x], { order: [1, 0] }))]
        : []),
      fc.tuple(factor, mat(rows, cols)).map(([by, a]) => apply('scale', [a], { by })),
    ];
    if (batch.length === 0) {
      const wider = fc.tuple(mat(rows, 'b'), mat('b', `${cols} + 1`)).map(([a, b]) => times(a, b));
      const [start, length] = [parseDim('1'), parseDim(cols)];
      forms.push(wider.map((x) => apply('slice', [x], { axis: 1, start, length })));
    }
    if (rows === 'b*r' && cols === rows) {
      const one = fc.tuple(mat(rows, '1'), mat('1', cols)).map((factors) => times(...factors));
      forms.push(fc.tuple(one, one).map((terms) => apply('add', terms)));
    }
    if (rows === 'tokens' && batch.length === 0) {
      const upper = fc
        .tuple(of(['r', 'b', 'b']), mat('b*r', cols))
        .map(([blocks, a]) => times(f.blockDiag(blocks), a));
      forms.push(
        fc
          .tuple(mat('tokens', '2*b*r'), upper, mat('b*r', cols))
          .map(([x, a, b]) => times(x, apply('concat', [a, b], { axis: 0 }))),
      );
      if (cols === 'b*r') {
        const square = of(['r', 'b', 'b']).map((x) => f.blockDiag(x));
        forms.push(fc.tuple(mat('tokens', cols), square, square).map((chain) => times(...chain)));
      }
    }
    if (rows === cols) {
      const q = mat(rows, rows);
      forms.push(
        fc.tuple(q, coefficients).map(([x, coefs]) => apply('polynomial', [x], { coefs })),
        fc.constant(apply('identity', [], { shape: dims(shape) })),
        q.map((x) => times(x, apply('identity', [], { shape: dims([rows, rows]) }))),
      );
    }
    if (rows === cols && batch.length === 0 && rows !== 'tokens') {
      const acting = fc.oneof(
        of([rows]).map((v) => f.diag(v)),
        fc.boolean().map((inverse) => apply('permutation', [permutation(rows)], inverse ? { inverse } : {})),
        ...(rows === 'b*r'
          ? [
              fc.constant(f.shuffle(['r', 'b'], [1, 0])),
              fc.tuple(of(['r', 'r']), of(['b', 'b'])).map(([p, q]) => f.kronecker(p, q)),
            ]
          : []),
      );
      forms.push(
        acting,
        fc.tuple(mat(rows, rows), acting).map(([x, s]) => times(x, s)),
        fc.tuple(acting, mat(rows, rows)).map(([s, x]) => times(t(s), x)),
        fc
          .tuple(mat(rows, 'n'), mat('n', rows), fc.constantFrom(0, 1))
          .map(([x, y, axis]) => apply('take', [times(x, y), permutation(rows)], { axis })),
      );
    }
    if (rows === cols && rows === 'b') {
      const q = of([...batch, 'tri(b)']).map((v) => f.skew(v));
      const terms = fc.integer({ min: 1, max: 8 });
      const series = fc.constantFrom('peft-0.18', 'peft-0.17');
      const cayley = q.map((x) => f.cayley(x));
      forms.push(
        q,
        q.map(t),
        cayley,
        fc.tuple(q, terms, series).map(([x, n, s]) => f.cayleyNeumann(x, { terms: n, series: s })),
        fc
          .tuple(mat('b', 'b'), cayley, fc.boolean())
          .map(([a, r, left]) => (left ? times(a, r, t(r)) : times(a, t(r), r))),
      );
      if (keyOf(batch) === '(r)') {
        const shared = of(['1', 'tri(b)']);
        const spread = (x: Node, s: Shape) => apply('expand', [x], { shape: dims(s) });
        forms.push(
          shared.map((v) => f.skew(spread(v, ['r', 'tri(b)']))),
          shared.map((v) => f.cayley(spread(f.skew(v), shape))),
          shared.map((v) => f.polynomial(spread(f.skew(v), shape), [1, 2, 1])),
        );
        const square = of(['b*r', 'b*r']).map((a) =>
          apply('diagBlocks', [a], { blocks: parseDim('r'), rows: parseDim('b'), cols: parseDim('b') }),
        );
        forms.push(square);
      }
    }
    if (batch.length === 0) {
      forms.push(of(['1', rows, cols]).map((x) => f.blockDiag(x)));
      if (rows === 'b*r' && cols.endsWith('*r')) {
        const blocks = of(['r', 'b', cols.slice(0, -2)]).map((x) => f.blockDiag(x));
        forms.push(blocks, blocks, blocks);
      }
    }
    return fc.oneof(...forms, ...this.#structured(shape, depth));
  }

  /** Matrices that rules know more about: of low rank, with structured inverses, or exactly orthogonal. */
  #structured(shape: Shape, depth: number): Arbitrary<Node>[] {
    const [rows, cols] = shape.slice(-2) as [string, string];
    const of = (s: Shape) => this.of(s, depth);
    const times = (...args: Node[]) => apply('matmul', args);
    const t = (x: Node) => apply('transpose', [x]);
    const eye = (s: Shape) => apply('identity', [], { shape: dims(s) });
    if (shape.length !== 2 || rows === 'tokens' || cols === 'tokens') return [];
    const low = (p: string, q: string) => fc.tuple(of([p, '1']), of(['1', q])).map(([u, v]) => times(u, v));
    const forms: Arbitrary<Node>[] = [
      fc.tuple(of([rows, '1']), of(['1', cols])).map(([u, v]) => apply('mul', [u, v])),
      fc.tuple(of(shape), low(rows, cols)).map((terms) => apply('add', terms)),
    ];
    if (cols === '1') {
      const inner = fc.oneof(
        fc.tuple(of([rows, 'b*r']), low(rows, 'b*r')).map((terms) => apply('add', terms)),
        fc.tuple(of([rows, 'b']), of(['tri(b)'])).map(([a, v]) => times(a, f.cayley(f.skew(v)))),
      );
      forms.push(inner.map((a) => apply('sum', [apply('mul', [a, a])], { axes: [1] })));
    }
    if (rows !== 'b*r') return forms;
    const skew = of(['r', 'tri(b)']).map((v) => f.skew(v));
    const awayFromZero = (u: Node) => apply('add', [f.scalar(1), apply('mul', [u, u])]);
    /** A block-diagonal I + Q, whose singular values are at least 1. */
    const blocks = skew.map((q) => f.blockDiag(apply('add', [eye(['r', 'b', 'b']), q])));
    const positive = of(['b*r']).map((v) => f.diag(awayFromZero(v)));
    const permuted = fc
      .tuple(blocks, fc.constant(f.shuffle(['r', 'b'], [1, 0])))
      .map(([a, p]) => times(a, p));
    const rotation = skew.map((q) => f.blockDiag(f.cayley(q)));
    const halved = rotation.map((r) => apply('scale', [r], { by: rational(-1n, 2n) }));
    const small = (d: string) => of([`tri(${d})`]).map((v) => f.skew(v));
    const both = fc
      .tuple(of(['r']), small('b'))
      .map(([v, q]) => f.kronecker(f.diag(awayFromZero(v)), apply('add', [eye(['b', 'b']), q])));
    forms.push(
      fc
        .tuple(fc.oneof(blocks, positive, permuted, rotation, halved, both), of(shape))
        .map(([a, b]) => apply('solve', [a, b])),
    );
    if (cols !== rows) return forms;
    const skewLow = low(rows, rows).map((a) =>
      apply('add', [a, apply('scale', [t(a)], { by: rational(-1n) })]),
    );
    const withLow = fc
      .tuple(of(['r', 'b', 'b']), of(['r', 'b', '1']), of(['r', '1', 'b']))
      .map(([a, u, v]) => f.blockDiag(apply('add', [a, times(u, v)])));
    const scaled = fc.tuple(of([rows]), blocks).map(([v, a]) => times(f.diag(v), a));
    const spread = f.shuffle(['r', 'b'], [1, 0]);
    const inside = fc.oneof(
      skew.map((q) => times(spread, f.blockDiag(q), t(spread))),
      small('b').map((q) => f.kronecker(eye(['r', 'r']), q)),
      small('r').map((q) => f.kronecker(q, eye(['b', 'b']))),
    );
    // Order 32 acts by two smaller ones.
    const hadamard = fc.tuple(
      fc.constantFrom(1, 4, 32),
      fc.constantFrom<(h: Node, x: Node) => Node>(
        (h, x) => times(h, x),
        (h, x) => times(t(h), x),
        (h, x) => times(h, h, x),
        (h, x) => apply('solve', [h, x]),
      ),
    );
    forms.push(
      hadamard.map(([n, build]) =>
        times(parameter([rows, `${n}`], 'w'), build(f.hadamard(n), parameter([`${n}`, cols], 'v'))),
      ),
      withLow,
      scaled,
      fc.tuple(of(['r']), of(['b', 'b'])).map(([v, a]) => f.kronecker(f.diag(v), a)),
      inside.map((q) => f.cayley(q)),
      inside.map((q) => f.expm(q)),
      inside.map((q) => f.polynomial(q, [2, 3, 1])),
      fc.constant(f.blockDiag(eye(['r', 'b', 'b']))),
      scaled.map(t),
      rotation.map((r) => apply('detach', [r])),
      skewLow.map((q) => f.cayley(q)),
      skewLow.map((q) => f.expm(q)),
      skewLow.map((q) => f.polynomial(q, [1, 2, 1])),
      fc.tuple(skewLow, of(shape)).map(([q, b]) => apply('solve', [apply('add', [eye(shape), q]), b])),
      of([rows, 'm']).map((u) => f.householder(awayFromZero(u))),
      of([rows, '1']).map((u) => f.reflectSpan(awayFromZero(u))),
      skew.map((q) => t(f.cayley(f.blockDiag(q)))),
      skew.map((q) => f.polynomial(f.blockDiag(q), [1, 2, 1])),
      skew.map((q) => f.expm(f.blockDiag(q))),
    );
    return forms;
  }
}

/** Random sizes, mostly edge cases: 1, primes, and neighbours of the block size. */
export const sizes = fc.record({
  n: fc.constantFrom(2, 1, 3, 5),
  m: fc.constantFrom(2, 1, 3),
  r: fc.constantFrom(2, 1, 3),
  b: fc.constantFrom(2, 1, 3, 4),
});

export interface RandomProgram {
  /** The program with symbolic dimensions. */
  readonly symbolic: Program;
  readonly sizes: Binding;
  /** The program with sizes bound, and only `tokens` symbolic. */
  readonly bound: Program;
}

/** Random programs of all operators, with shared parameters and expressions and one to three outputs. */
export function programs(
  options: { readonly kinks?: boolean; readonly shapes?: readonly Shape[] } = {},
): Arbitrary<RandomProgram> {
  const { kinks = true, shapes = TOP } = options;
  const inner = new Expressions(kinks, false);
  const outer = new Expressions(kinks, true);
  const output = (depth: number) => fc.oneof(...shapes.map((s) => outer.of(s, depth)));
  return fc
    .record({
      outputs: fc.oneof(
        { withCrossShrink: true },
        { weight: 4, arbitrary: fc.array(output(2), { minLength: 1, maxLength: 3 }) },
        { weight: 1, arbitrary: fc.array(output(3), { minLength: 1, maxLength: 1 }) },
      ),
      shared: fc.tuple(...SHARED.map((s) => inner.of(s, 1))),
      frozen: fc.subarray(['v', 'w']),
      sizes,
    })
    .map(({ outputs, shared, frozen, sizes }) => {
      const by = new Map(SHARED.map((s, i) => [sharedName(s), shared[i]!]));
      const symbolic = assemble(outputs, by, frozen);
      const bound = bindProgram(symbolic, sizes);
      return {
        symbolic,
        sizes,
        bound,
        [fc.toStringMethod]: () => `${JSON.stringify(sizes)}\n${printProgram(symbolic)}`,
      };
    });
}
