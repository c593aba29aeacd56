/** Constants take the float type of what they meet. */
import { expect, it } from 'vitest';
import { apply } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { isConstant } from '../../../compiler/ir/operator.ts';
import { dims, hadamard, half, identity, scale, tensor } from '../ops/operands.ts';

const sum = (...args: readonly [Node, Node]) => apply('add', args);

it('a node is constant if all of its arguments are', () => {
  const I = identity(4, 4);
  expect([I, hadamard(4), scale(I), sum(I, hadamard(4))].map(isConstant)).toEqual([true, true, true, true]);
  const A = tensor(4, 4);
  expect([A, scale(A), sum(I, A), sum(A, I)].map(isConstant)).toEqual([false, false, false, false]);
  // f16 does not hold the size of every dimension.
  expect(isConstant(apply('size', [], { dim: dims(4)[0]! }))).toBe(false);
});

it('beside f16 a constant is f16, and a tensor of f32 is refused', () => {
  const I = scale(identity(4, 4));
  expect(sum(half(4, 4), I).type.dtype).toBe('f16');
  expect(sum(I, half(4, 4)).type.dtype).toBe('f16');
  expect(() => sum(sum(I, tensor(4, 4)), half(4, 4))).toThrow(expect.objectContaining({ code: 'OFT2005' }));
});
