/** The tensors of a forward pass that are saved for the backward pass, and those that it computes again. */
import { expect, it } from 'vitest';
import { apply, input } from '../../../../compiler/ir/build.ts';
import { lowerProgram } from '../../../../compiler/ir/lower.ts';
import type { Node, Role } from '../../../../compiler/ir/node.ts';
import { jointOf } from '../../../../src/targets/torch/joint.ts';
import { programOf } from '../../../support/evaluate.ts';
import { add, dim, exp, matmul, mul, number, transpose } from './functions.ts';

const tensor = (role: Role, name: string, ...sizes: readonly (number | string)[]): Node =>
  input(name, role, { shape: sizes.map(dim), dtype: 'f32' });
const [x, z] = [tensor('input', 'x', 'tokens', 3), tensor('input', 'z', 'tokens', 3)];
const g = tensor('cotangent', 'grad.y', 'tokens', 3);

/** The labels of the tensors that are saved, of a layer with these results and gradients. */
const savedOf = (outputs: Readonly<Record<string, Node>>): string[] => {
  const program = programOf(outputs);
  const primitives = lowerProgram(program, { structured: true });
  return jointOf(program, primitives, () => false).saved.map((p) => p.label);
};

const neg = (a: Node): Node => apply('scale', [a], { by: { num: -1n, den: 1n } });
const beside = (...parts: readonly Node[]): Node => apply('concat', parts, { axis: 1 });

/** Whether h is saved in y = h·W, whose backward pass reads h, x and z. */
const isSaved = (h: Node): boolean =>
  savedOf({
    y: matmul(h, tensor('trainable', 'W', 6, 3)),
    'grad.W': matmul(transpose(h), g),
    'grad.x': mul(x, g),
    'grad.z': mul(z, g),
  }).length > 0;

it.each([
  ['inputs beside each other', beside(x, z)],
  ['a negated input', neg(beside(x, x))],
  ['a multiple', mul(number(2n), beside(x, z))],
])('the backward pass rearranges its inputs again, as it does for %s', (_, h) => {
  expect(isSaved(h)).toBe(false);
});

it.each([
  ['a function of an input', exp(beside(x, z))],
  ['a negated function', neg(exp(beside(x, z)))],
  ['a multiple of a function', mul(number(2n), exp(beside(x, z)))],
  ['a sum with a number', add(number(2n), beside(x, z))],
  ['a product', mul(beside(x, z), beside(z, x))],
  ['a function beside an input', beside(exp(x), z)],
  ['an input beside a function', beside(x, exp(z))],
])('the forward pass saves %s', (_, h) => {
  expect(isSaved(h)).toBe(true);
});

it('a tensor that an input decides is saved, however large it is', () => {
  const square = tensor('input', 'x', 3, 3);
  const h = exp(square);
  const W = tensor('frozen', 'W', 3, 3);
  const cotangent = tensor('cotangent', 'grad.y', 3, 3);
  expect(savedOf({ y: matmul(h, W), 'grad.x': mul(h, matmul(cotangent, W)) })).toEqual(['exp']);
  const own = exp(tensor('trainable', 'A', 3, 3));
  const both = { y: matmul(x, matmul(own, W)), 'grad.A': mul(own, matmul(transpose(x), matmul(g, W))) };
  expect(savedOf(both)).toEqual([]);
});

it('what rearranges a parameter is saved', () => {
  const [A, B] = [tensor('trainable', 'A', 3, 3), tensor('trainable', 'B', 3, 3)];
  const [both, r] = [beside(A, B), tensor('cotangent', 'grad.r', 3, 3)];
  const wide = tensor('cotangent', 'grad.y', 'tokens', 6);
  expect(
    savedOf({
      ...{ y: matmul(x, both), r: mul(A, B), 'grad.x': matmul(wide, transpose(both)) },
      ...{ 'grad.A': mul(B, r), 'grad.B': mul(A, r) },
    }),
  ).toEqual(['concat']);
});

it('what rearranges a tensor that the backward pass does not have is saved', () => {
  const W = tensor('trainable', 'W', 6, 3);
  const of = (h: Node) => ({ y: matmul(h, W), 'grad.W': matmul(transpose(h), g) });
  expect(savedOf(of(beside(x, z)))).toEqual(['concat']);
  const e = exp(z);
  const read = { 'grad.x': mul(x, g), 'grad.z': mul(e, g) };
  expect(savedOf({ ...of(beside(x, e)), ...read })).toEqual(['exp', 'concat']);
});
