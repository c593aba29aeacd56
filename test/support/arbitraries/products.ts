/** Random products of matrices, in every association, and sums of products. */
import fc, { type Arbitrary } from 'fast-check';
import { parseDim } from '../../../compiler/dims/dims.ts';
import { apply } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { functions as f } from '../../../compiler/ops/surface.ts';
import { factor, type Of, type Shape, transpose as t, times } from './shapes.ts';

/** The inner dimensions that products may have. */
const INNER = ['n', 'b*r', 'b', 'tokens', '1'];

export function products(shape: Shape, of: Of): Arbitrary<Node>[] {
  const batch = shape.slice(0, -2);
  const [rows, cols] = shape.slice(-2) as [string, string];
  const mat = (p: string, q: string, batched = true) => of([...(batched ? batch : []), p, q]);
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
    ...(batch.length === 0 ? [mat(cols, rows).map((x) => apply('permuteAxes', [x], { order: [1, 0] }))] : []),
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
  return forms;
}
