/** The dtypes that a printed layer computes in. */
import { expect, it } from 'vitest';
import { input as node } from '../../../../compiler/ir/build.ts';
import type { InputNode } from '../../../../compiler/ir/node.ts';
import { frozen, input, layer, trainable } from '../../../../src/language/dsl/index.ts';
import { printPart } from '../../../../src/targets/torch/part.ts';
import { wideInput } from '../../../../src/targets/torch/variant.ts';
import { asDim } from '../../../kernels-gen/build.ts';

it('activations have the dtype of the first input of floats, and of a table only where it is not quantised', () => {
  const shape = [asDim('n')];
  const integers = (name: string) => node(name, 'input', { shape, dtype: 'i32' });
  const floats = (name: string, role: InputNode['role']) => node(name, role, { shape, dtype: 'f32' });
  const of = (...inputs: readonly InputNode[]) => ({ name: 'test', inputs, outputs: [], where: {} });
  const all = [integers('at'), floats('E', 'frozen'), floats('v', 'trainable')];
  expect(wideInput(of(...all, floats('x', 'input'))).name).toBe('x');
  expect(wideInput(of(...all)).name).toBe('E');
  expect(wideInput(of(...all), { E: { format: 'int8' } }).name).toBe('v');
  expect(wideInput(of(integers('at'), integers('to'))).name).toBe('at');
  expect(wideInput(of(floats('x', 'input'), floats('y', 'input'))).name).toBe('x');
});

it('gradients have the dtype of the first of several parameters', () => {
  const declared = {
    x: input('tokens', 'n'),
    W: frozen('n', 'n'),
    a: trainable('n', { init: 'zeros' }),
    b: trainable('n', { init: 'zeros' }),
  };
  const scaled = layer(declared, ({ x, W, a, b }) => x.matmul(W.mul(a).mul(b))).trace();
  expect(
    printPart('before', scaled, { n: 4 })
      .lines.join('\n')
      .match(/\w+ = .*\.to\([ab]\.dtype\)/g),
  ).toEqual(['grad_b = (grad_y * h2).sum(0).to(a.dtype)', 'grad_a = (g * h).sum(0).to(a.dtype)']);
});

it('a layer without parameters converts no result', () => {
  const square = layer({ x: input('tokens', 'n') }, ({ x }) => x.T.matmul(x)).trace();
  expect(printPart('before', square, { n: 4 }).lines).toContain('    y = x.t() @ x');
});
