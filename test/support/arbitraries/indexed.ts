/** Random expressions that read elements or rows elsewhere: reshapes, slices, permutations, picks and attention. */
import fc, { type Arbitrary } from 'fast-check';
import { parseDim } from '../../../compiler/dims/dims.ts';
import { apply } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { functions as f } from '../../../compiler/ops/surface.ts';
import { dims, keyOf, type Of, permutation, type Shape } from './shapes.ts';

export const indexed = (shape: Shape, of: Of): Arbitrary<Node>[] => [
  ...sameShape(shape, of),
  ...ofRows(shape, of),
  ...attended(shape, of),
];

/** Expressions that have the same shape as `a` and read elements of `a` elsewhere, such as permutations. */
function sameShape(shape: Shape, of: Of): Arbitrary<Node>[] {
  const a = of(shape);
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

/** Expressions that make one element of each row of another expression. */
function ofRows(shape: Shape, of: Of): Arbitrary<Node>[] {
  const picked = (rows: string) =>
    of([rows, rows]).map((x) =>
      apply('reshape', [apply('pick', [x, permutation(rows)])], { shape: dims(shape) }),
    );
  if (keyOf(shape) === '(n)') return [picked('n')];
  if (shape.at(-1) !== '1') return [];
  const sums = of(shape.with(-1, 'n')).map((x) => apply('logSumExp', [x]));
  return shape.length === 2 ? [sums, sums, picked(shape[0]!)] : [sums, sums];
}

/** Attention with r heads of width b, which share one key head. */
function attended(shape: Shape, of: Of): Arbitrary<Node>[] {
  if (keyOf(shape) !== '(tokens, b*r)') return [];
  const heads = (h: string) =>
    of(['tokens', `b*${h}`]).map((x) => apply('reshape', [x], { shape: dims(['tokens', h, 'b']) }));
  const options = fc.constantFrom({}, { softCap: 1.5 });
  const attended = fc.tuple(heads('r'), heads('1'), heads('1'), options).map(([q, k, v, options]) => {
    const attended = f.attention(q, k, v, permutation('tokens'), options);
    return apply('reshape', [attended], { shape: dims(shape) });
  });
  return [attended, attended, attended];
}
