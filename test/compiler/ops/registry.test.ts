/** Operators are registered by name; composites are differentiated through their definitions. */
import { expect, it } from 'vitest';
import { apply, input } from '../../../compiler/ir/build.ts';
import type { Node, OpNode } from '../../../compiler/ir/node.ts';
import { operator, register, unregister } from '../../../compiler/ir/operator.ts';
import { printNode } from '../../../compiler/ir/print.ts';
import { defined, registerComposite } from '../../../compiler/ops/composite.ts';
import { isOp } from '../../../compiler/ops/nodes.ts';
import { dims, skew, tensor } from './operands.ts';

it('operators are registered once and known by name', () => {
  expect(() => register(operator('skew'))).toThrow(expect.objectContaining({ code: 'OFT9001' }));
  register({ ...operator('skew'), name: 'skew of a moment' });
  unregister('skew of a moment');
  expect(() => operator('skew of a moment')).toThrow(expect.objectContaining({ code: 'OFT9002' }));
  expect(() => operator('skews')).toThrow(expect.objectContaining({ code: 'OFT9002' }));
  expect(isOp(skew(2), 'skew')).toBe(true);
  expect(isOp({ ...tensor(2), op: 'skew' } as Node, 'skew')).toBe(false);
});

it('a composite is differentiated through its definition, in the arguments that it uses', () => {
  const define = ({ args: [a, b] }: OpNode) => apply('mul', [a!, apply('mul', [a!, b!])]);
  registerComposite({ name: 'squareTimes', law: 'a² ⊙ b', type: ([a]) => a!, define });
  const [a, b, c, g] = ['a', 'b', 'c', 'g'].map((name) =>
    input(name, 'frozen', { shape: dims(2), dtype: 'f32' }),
  ) as [Node, Node, Node, Node];
  const node = apply('squareTimes', [a, b, c]);
  expect(printNode(defined(node)!)).toBe('a ⊙ (a ⊙ b)');
  expect([a, apply('mul', [a, b])].map(defined)).toEqual([undefined, undefined]);
  const [byA, byB, byC] = operator('squareTimes').vjp(node, g);
  expect([byA, byB].map((n) => printNode(n!))).toEqual(['g ⊙ (a ⊙ b) + (g ⊙ a) ⊙ b', '(g ⊙ a) ⊙ a']);
  expect(byC).toBeUndefined();
  unregister('squareTimes');
});
