/** Sums of padded tensors, which become concatenations where they fill an axis. */
import { expect, it } from 'vitest';
import { apply } from '../../../../compiler/ir/build.ts';
import type { Node } from '../../../../compiler/ir/node.ts';
import { joinedPads } from '../../../../src/targets/torch/pads.ts';
import { programOf } from '../../../support/evaluate.ts';
import { add, dim, float, mul } from './functions.ts';

const pad = (of: Node, start: number, size: number, axis = 0): Node =>
  apply('pad', [of], { axis, start: dim(start), size: dim(size) });

/** The operators of a node, as in add(concat(a, b), c). */
const shown = (n: Node): string => (n.kind === 'input' ? n.name : `${n.op}(${n.args.map(shown).join(', ')})`);
const joined = (y: Node): string => shown(joinedPads(programOf({ y })).outputs[0]!.node);

const [a, b, c] = [float('a', 2), float('b', 3), float('c', 2)];

it('pads that fill an axis are joined, in whichever order', () => {
  expect(joined(add(pad(a, 0, 5), pad(b, 2, 5)))).toBe('concat(a, b)');
  expect(joined(add(pad(b, 2, 5), pad(a, 0, 5)))).toBe('concat(a, b)');
  expect(joined(add(pad(a, 0, 5), float('x', 5), pad(b, 2, 5)))).toBe('add(concat(a, b), x)');
  expect(joined(add(pad(a, 0, 5), pad(c, 0, 5), pad(b, 2, 5)))).toBe('add(concat(a, b), pad(c))');
  expect(joined(add(pad(a, 0, 5), pad(c, 0, 5), pad(b, 2, 5), pad(float('d', 3), 2, 5)))).toBe(
    'add(concat(c, d), concat(a, b))',
  );
});

it.each([
  ['leave a gap', add(pad(a, 0, 6), pad(b, 3, 6)), 'add(pad(a), pad(b))'],
  ['begin late', add(pad(a, 1, 6), pad(b, 3, 6)), 'add(pad(a), pad(b))'],
  ['are multiplied', mul(pad(a, 0, 5), pad(b, 2, 5)), 'mul(pad(a), pad(b))'],
  [
    'lie along different axes',
    add(pad(float('a', 2, 4), 0, 4), pad(float('b', 4, 2), 2, 4, 1)),
    'add(pad(a), pad(b))',
  ],
  ['have different ranks', add(pad(a, 0, 4), pad(float('b', 2, 4), 2, 4)), 'add(pad(a), pad(b))'],
  ['have no elements', add(pad(float('e', 0), 0, 2), pad(a, 0, 2)), 'add(pad(e), pad(a))'],
])('pads that %s stay', (_, y, text) => {
  expect(joined(y)).toBe(text);
});
