/** Errors for inputs without a gradient, and programs whose gradients are no longer taken. */
import { expect, it } from 'vitest';
import { checkDifferentiable } from '../../compiler/autodiff/differentiate.ts';
import { valuesOnly } from '../../compiler/autodiff/values-only.ts';
import { apply, input } from '../../compiler/ir/build.ts';
import type { InputNode, Node } from '../../compiler/ir/node.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { programOf } from '../support/evaluate.ts';
import { tensor } from './ops/operands.ts';

const named = (name: string, role: InputNode['role']): InputNode => input(name, role, tensor(2, 2).type);
const [A, B] = [named('A', 'trainable'), named('B', 'trainable')];
const x = named('x', 'input');
const detach = (a: Node) => apply('detach', [a]);
const times = (...args: readonly Node[]) => apply('matmul', args);

it.each<readonly [InputNode, Node, string]>([
  [A, B, 'no output depends on it differentiably; use it, declare it frozen or leave it out'],
  [x, B, 'no output depends on it differentiably; use it, or leave it out'],
  [
    A,
    apply('add', [B, detach(x)]),
    'no output depends on it differentiably; use it, declare it frozen or leave it out',
  ],
  [A, detach(apply('mul', [A, B])), "because detach stops it here: take detach away, or declare 'A' frozen"],
  [A, times(B, detach(A)), "because detach stops it here: take detach away, or declare 'A' frozen"],
  [x, times(B, detach(x)), 'because detach stops it here: take detach away'],
])('%# has no gradient, and why', (lost, y, why) => {
  const program = programOf({ y });
  const others = program.inputs.filter((i) => i !== lost);
  expect(() => checkDifferentiable({ ...program, inputs: [lost, ...others] })).toThrow(
    expect.objectContaining({
      code: 'OFT2020',
      message: expect.stringMatching(`^'${lost.name}' has no gradient`),
    }),
  );
  expect(() => checkDifferentiable({ ...program, inputs: [lost, ...others] })).toThrow(why);
});

it('without gradients, operators that change them alone are left out', () => {
  const y = times(detach(apply('add', [A, B])), B);
  expect(printNode(valuesOnly(programOf({ y })).outputs[0]!.node)).toBe('(A + B)·B');
});
