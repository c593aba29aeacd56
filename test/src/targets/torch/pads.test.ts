/** Sums of padded tensors that become concatenations. */
import { expect, it } from 'vitest';
import { dimConst } from '../../../../compiler/dims/dims.ts';
import { apply, input } from '../../../../compiler/ir/build.ts';
import type { Node } from '../../../../compiler/ir/node.ts';
import { joinedPads } from '../../../../src/targets/torch/pads.ts';
import { programOf } from '../../../support/evaluate.ts';

const tensor = (name: string, ...shape: readonly number[]): Node =>
  input(name, 'trainable', { shape: shape.map(dimConst), dtype: 'f32' });

/** A tensor (`length`, 4), or one along axis 1, that is padded to (4, 4). */
const pad = (name: string, start: number, length: number, axis = 0): Node =>
  apply('pad', [axis === 0 ? tensor(name, length, 4) : tensor(name, 4, length)], {
    axis,
    start: dimConst(start),
    size: dimConst(4),
  });

const textOf = (n: Node): string =>
  n.kind === 'input' ? n.name : `${n.op}(${n.args.map(textOf).join(', ')})`;

const joined = (op: 'add' | 'mul', ...args: readonly Node[]): string =>
  textOf(joinedPads(programOf({ y: apply(op, args, {}) })).outputs[0]!.node);

const [a, b] = [pad('a', 0, 2), pad('b', 2, 2)];

it('tensors that fill an axis are put one after another, whatever their order is', () => {
  expect(joined('add', a, b)).toBe('concat(a, b)');
  expect(joined('add', b, a)).toBe('concat(a, b)');
  expect(joined('add', b, tensor('c', 4, 4), a)).toBe('add(concat(a, b), c)');
});

it('a longer tensor at the same start stands aside, before the others and between them', () => {
  const long = pad('long', 0, 3);
  expect(joined('add', a, long, b)).toBe('add(concat(a, b), pad(long))');
  expect(joined('add', long, a, b)).toBe('add(concat(a, b), pad(long))');
});

it('tensors with a gap stay a sum, and so do those of several axes', () => {
  expect(joined('add', a, pad('c', 3, 1))).toBe('add(pad(a), pad(c))');
  expect(joined('add', b, pad('c', 0, 2, 1))).toBe('add(pad(b), pad(c))');
});

it('a tensor without elements stands aside', () => {
  const none = pad('none', 0, 0);
  expect(joined('add', a, none, b)).toBe('add(concat(a, b), pad(none))');
  expect(joined('add', none, b)).toBe('add(pad(none), pad(b))');
});

it('tensors of a lower rank stay a sum', () => {
  const vector = apply('pad', [tensor('v', 2)], { axis: 0, start: dimConst(0), size: dimConst(4) });
  expect(joined('add', vector, b)).toBe('add(pad(v), pad(b))');
});

it('a product of padded tensors is no concatenation', () => {
  expect(joined('mul', a, b)).toBe('mul(pad(a), pad(b))');
});
