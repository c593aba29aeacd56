/** Random square matrices: polynomials, identities, and factors that multiply without being formed. */
import fc, { type Arbitrary } from 'fast-check';
import { apply } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { functions as f } from '../../../compiler/ops/surface.ts';
import { dims, type Of, permutation, type Shape, transpose as t, times } from './shapes.ts';

const coefficients = fc.oneof(
  fc.constantFrom([1, 2, 1], [1, 2, 2, 1], [1, 2, 2, 2, 1], [1, 2, 2, 2], [3], [0, 1]),
  fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 1, maxLength: 6 }),
);

export function square(shape: Shape, of: Of): Arbitrary<Node>[] {
  const batch = shape.slice(0, -2);
  const [rows, cols] = shape.slice(-2) as [string, string];
  if (rows !== cols) return [];
  const mat = (p: string, q: string) => of([...batch, p, q]);
  const q = mat(rows, rows);
  const forms: Arbitrary<Node>[] = [
    fc.tuple(q, coefficients).map(([x, coefs]) => apply('polynomial', [x], { coefs })),
    fc.constant(apply('identity', [], { shape: dims(shape) })),
    q.map((x) => times(x, apply('identity', [], { shape: dims([rows, rows]) }))),
  ];
  if (batch.length === 0 && rows !== 'tokens') {
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
  return forms;
}
