/** Notes on expressions that an author probably does not mean. */
import { expect, it } from 'vitest';
import { dimConst, parseDim } from '../../../compiler/dims/dims.ts';
import { input } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { programNotes } from '../../../compiler/ir/notes.ts';
import { functions } from '../../../compiler/ops/surface.ts';
import { programOf } from '../../support/evaluate.ts';

const tensor = (name: string, ...shape: readonly string[]): Node =>
  input(name, 'trainable', {
    shape: shape.map((d) => (/^\d+$/.test(d) ? dimConst(Number(d)) : parseDim(d))),
    dtype: 'f32',
  });
const notes = (equation: string, ...operands: readonly Node[]) =>
  programNotes(programOf({ y: functions.einsum(equation, ...operands) }));

const [x, W, R] = [tensor('x', 'tokens', 'r*b'), tensor('W', 'o', 'r*b'), tensor('R', 'r', 'b', 'c')];

it.each([
  [
    'ti,rbc->trc',
    [x, R],
    "einsum 'ti,rbc->trc' sums 'i' of 'x' and 'b' of 'R' each by itself: to sum over both together, write einsum('trb,rbc->trc', x.reshape('tokens', 'r', 'b'), R)",
  ],
  [
    'ti,oj->to',
    [x, W],
    "einsum 'ti,oj->to' sums 'i' of 'x' and 'j' of 'W' each by itself: to sum over both together, write einsum('ti,oi->to', x, W)",
  ],
  [
    'ti,abc->ta',
    [x, tensor('A', 'd', 'e', 'f')],
    "einsum 'ti,abc->ta' sums 'i' of 'x' and 'b', 'c' of 'A' each by itself: to sum over one axis, give it one letter in both",
  ],
])('an einsum that sums axes of two operands alone: %s', (equation, operands, note) => {
  expect(notes(equation, ...operands)).toEqual([note]);
});

it.each([
  ['ti,oi->to', [x, W]],
  ['ti,oj->to', [x, tensor('W', 'o', '1')]],
  ['ti,ti->t', [x, x]],
  ['rbc->r', [R]],
])(
  'an einsum that sums over what both have, or of one operand alone, has no note: %s',
  (equation, operands) => {
    expect(notes(equation, ...operands).filter((n) => !n.startsWith('the body'))).toEqual([]);
  },
);
