/** Sums of many tensors, and methods that take numbers. */
import { expect, it } from 'vitest';
import { parseDim } from '../../../compiler/dims/dims.ts';
import { apply, input } from '../../../compiler/ir/build.ts';
import type { Node, OpNode } from '../../../compiler/ir/node.ts';
import { printNode } from '../../../compiler/ir/print.ts';
import { functions, methods } from '../../../compiler/ops/surface.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { tensor as value } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { lowered } from '../../support/evaluate.ts';
import { half, index, tensor } from './operands.ts';

const a = tensor(2, 3);
const vector = (name: string): Node => input(name, 'trainable', tensor(1).type);

/** The numbers of addends of the primitives that a primitive is computed from, and its own. */
const addends = (p: Prim): readonly number[] =>
  p.kind === 'input' ? [] : [...p.args.flatMap(addends), p.args.length];

it.each([
  [7, [7]],
  [8, [7, 2]],
  [13, [7, 7]],
  [14, [7, 7, 2]],
  [19, [7, 7, 7]],
])('a sum of %i tensors is computed from sums of %j', (count, parts) => {
  const terms = Array.from({ length: count }, (_, n) => vector(`v${n}`));
  const program = lowered({ y: apply('add', terms) });
  expect(addends(program.outputs[0]!.prim)).toEqual(parts);
  const values = Object.fromEntries(terms.map((_, n) => [`v${n}`, value([1], [2 ** n])]));
  expect(interpret(program, float64, values, 1).y!.values).toEqual(Float64Array.of(2 ** count - 1));
});

it('gelu is x·Φ(x)', () => {
  expect(printNode(functions.gelu(a))).toBe('f32 2,3 ⊙ (1/2·(1 + erf(0.7071067811865476·f32 2,3)))');
});

it('a sum needs another addend', () => {
  expect(() => methods.add(a)).toThrow(
    expect.objectContaining({ code: 'OFT1020', message: 'add needs a tensor, got nothing' }),
  );
});

it.each([
  [methods.sub(a, 3), 'f32 2,3 + -3'],
  [methods.div(a, 4), '1/4·f32 2,3'],
  [methods.div(a, 1), 'f32 2,3'],
  [methods.div(a, 0), 'f32 2,3 / 0'],
])('a number as an operand: %#', (node, text) => {
  expect(printNode(node)).toBe(text);
});

it('a table of integers is refused as one, whatever its indices are', () => {
  const take = (index: Node) => () => functions.take(tensor(4), index, 0) as OpNode;
  expect(take(index(2))().op).toBe('take');
  expect(() => functions.take(index(4), index(2), 0)).toThrow('take needs float tensors');
  expect(() => functions.take(index(4), a, 0)).toThrow('the table comes first');
});

it('straightThrough names its tensors in their order', () => {
  expect(() => functions.straightThrough(a, half(2, 3))).toThrow(/the first, which is f32, .* which is f16$/);
  expect(() => functions.straightThrough(a, tensor(2, 4))).toThrow(
    /the first, which is \(2, 3\), .* which is \(2, 4\)$/,
  );
});

it('an axis of tokens is not split after another', () => {
  const x = input('x', 'input', { shape: ['tokens', '4'].map(parseDim), dtype: 'f32' });
  expect(() => lowered({ y: methods.reshape(x, 4, 'tokens') })).toThrow(
    expect.objectContaining({ code: 'OFT2011', message: expect.stringMatching(/splits or joins an axis/) }),
  );
});
