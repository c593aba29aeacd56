/** The inputs of a printed layer: those that are quantised, and the one in whose dtype it computes. */
import { expect, it } from 'vitest';
import { input } from '../../../../compiler/ir/build.ts';
import type { InputNode, Program, Role } from '../../../../compiler/ir/node.ts';
import { quantizedInputs } from '../../../../src/targets/torch/quantized.ts';
import { wideInput } from '../../../../src/targets/torch/variant.ts';
import { dim } from './functions.ts';

const tensor = (role: Role, name: string, dtype: 'f32' | 'i32' = 'f32'): InputNode =>
  input(name, role, { shape: [dim(4), dim(4)], dtype });
const program = (...inputs: readonly InputNode[]): Program => ({ name: 'f', inputs, outputs: [], where: {} });

it('decoding takes as many tensors beside the codes as the format has', () => {
  const W = program(tensor('frozen', 'W'));
  const beside = [
    { format: 'nf4', block: 64 },
    { format: 'nf4', block: 64, nested: 256 },
    { format: 'int8' },
    { format: 'int4', group: 4 },
    { format: 'int4', group: 4, indexed: true },
  ] as const;
  expect(beside.map((storage) => quantizedInputs(W, { W: storage })[0]!.beside)).toEqual([2, 5, 1, 2, 3]);
});

it('an input is quantised where its own name is stored', () => {
  expect(quantizedInputs(program(tensor('frozen', 'constructor')), {})).toEqual([]);
});

it('a layer computes in the dtype of an activation, or else of a tensor of floats that is not quantised', () => {
  const [W, v, x] = [tensor('frozen', 'W'), tensor('trainable', 'v'), tensor('input', 'x')];
  const at = tensor('input', 'at', 'i32');
  const stored = { W: { format: 'int8' } } as const;
  expect(wideInput(program(at, W, v, x), stored)).toBe(x);
  expect(wideInput(program(at, W, v), stored)).toBe(v);
  expect(wideInput(program(at, W, v))).toBe(W);
  expect(wideInput(program(at, W), stored)).toBe(at);
});
