/** Long sums become one: in how many steps, and which places of the source the sum then has. */
import { expect, it } from 'vitest';
import type { Span } from '../../../compiler/errors/span.ts';
import { withSpans } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { rewrite } from '../../../compiler/rewrite/engine.ts';
import { normalisation } from '../../../compiler/rewrite/rules/index.ts';
import { always, half, plus, tensor } from '../../golden/forms.ts';
import { programOf } from '../../support/evaluate.ts';

const at = (start: number): Span => ({ file: 'layer.ts', start, end: start + 1 });
const written = (start: number, make: () => Node): Node => withSpans([at(start)], make);
const flattened = (y: Node) => {
  const { program, fired } = rewrite(programOf({ y }), always(normalisation));
  const steps = fired.filter((f) => f.rule === 'add-flatten').length;
  return { steps, sum: program.outputs[0]!.node };
};
const terms = (count: number) => Array.from({ length: count }, (_, i) => tensor(`A${i}`, 2, 2));
/** ((A₀ + A₁) + A₂) + … */
const fromLeft = (count: number) => terms(count).reduce((sum, a, i) => written(i, () => plus(sum, a)));

it.each([
  [3, 1],
  [64, 62],
  [65, 63],
  [66, 63],
  [200, 63],
])('a sum of %i terms, one after the other, is one sum after %i steps', (count, expected) => {
  const { steps, sum } = flattened(fromLeft(count));
  expect(sum).toMatchObject({ op: 'add', args: { length: count } });
  expect(steps).toBe(expected);
});

it('a sum has the places of the sums in it and of its own terms, and not of declarations', () => {
  const [A, B, C, D] = [10, 11, 12, 13].map((start) => written(start, () => tensor(`A${start}`, 2, 2)));
  const inner = written(1, () =>
    plus(
      written(2, () => half(A!)),
      B!,
    ),
  );
  const { sum } = flattened(
    written(3, () =>
      plus(
        inner,
        written(4, () => half(C!)),
        D!,
      ),
    ),
  );
  expect(sum.spans.map((s) => s.start).sort()).toEqual([1, 3, 4]);
});

it('a long sum has the places of those that waited, the outermost first', () => {
  const spans = flattened(fromLeft(67)).sum.spans.map((s) => s.start);
  expect(spans).toHaveLength(64);
  expect(spans.slice(0, 3)).toEqual([66, 65, 64]);
});
