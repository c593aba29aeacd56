/** Random matrices that rules know more about: of low rank, with structured inverses, or exactly orthogonal. */
import fc, { type Arbitrary } from 'fast-check';
import { rational } from '../../../compiler/dims/rational.ts';
import { apply } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { reshape } from '../../../compiler/ops/indexing.ts';
import { functions as f } from '../../../compiler/ops/surface.ts';
import { dims, type Of, parameter, type Shape, transpose as t, times } from './shapes.ts';

export function structured(shape: Shape, of: Of): Arbitrary<Node>[] {
  const [rows, cols] = shape.slice(-2) as [string, string];
  const eye = (s: Shape) => apply('identity', [], { shape: dims(s) });
  if (shape.length !== 2 || cols === 'tokens') return [];
  const low = (p: string, q: string) => fc.tuple(of([p, '1']), of(['1', q])).map(([u, v]) => times(u, v));
  const kronecker = fc.oneof(
    fc.tuple(low('r', 'r'), of(['b', 'b'])).map(([u, a]) => f.kronecker(u, a)),
    fc.tuple(of(['r', 'r']), low('b', 'b')).map(([a, u]) => f.kronecker(a, u)),
  );
  if (rows === 'tokens') {
    const weight = fc.tuple(of(['b*r', cols]), low('b*r', cols)).map((terms) => apply('add', terms));
    const always = [
      fc.tuple(of(['tokens', 'b*r']), weight).map((factors) => times(...factors)),
      fc.tuple(of(shape), of([cols]), of([cols])).map(([x, ...by]) =>
        apply(
          'add',
          by.map((d) => apply('mul', [x, d])),
        ),
      ),
    ];
    const repeated = of(['b*r', 'r']).map((a) => {
      const spread = apply('expand', [reshape(a, dims(['b*r', '1', 'r']))], {
        shape: dims(['b*r', 'b', 'r']),
      });
      return reshape(spread, dims(['b*r', 'b*r']));
    });
    const acting = fc.tuple(of(shape), fc.oneof(kronecker, repeated)).map((factors) => times(...factors));
    return [fc.oneof(...(cols === 'b*r' ? [acting] : []), ...always)];
  }
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
  const permuted = fc.tuple(blocks, fc.constant(f.shuffle(['r', 'b'], [1, 0]))).map(([a, p]) => times(a, p));
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
  // A matrix of order 32 acts as the Kronecker product of two smaller ones.
  const hadamard = fc.tuple(
    fc.constantFrom(1, 4, 32),
    fc.constantFrom<(h: Node, x: Node) => Node>(
      (h, x) => times(h, x),
      (h, x) => times(t(h), x),
      (h, x) => times(h, h, x),
      (h, x) => times(apply('phases', [], { size: h.type.shape[0]! }), x),
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
    kronecker,
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
