/** Random blocks with their skew and rotation matrices, and block-diagonal matrices. */
import fc, { type Arbitrary } from 'fast-check';
import { parseDim } from '../../../compiler/dims/dims.ts';
import { apply } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { functions as f } from '../../../compiler/ops/surface.ts';
import { dims, keyOf, type Of, type Shape, transpose as t, times } from './shapes.ts';

export function blocks(shape: Shape, of: Of): Arbitrary<Node>[] {
  const batch = shape.slice(0, -2);
  const [rows, cols] = shape.slice(-2) as [string, string];
  const forms: Arbitrary<Node>[] = [];
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
        .tuple(of(shape), cayley, fc.boolean())
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
  return forms;
}
