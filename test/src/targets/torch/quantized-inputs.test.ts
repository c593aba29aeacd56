/** The inputs of a printed layer that are held quantised. */
import { expect, it } from 'vitest';
import { frozen, input, layer } from '../../../../src/language/dsl/index.ts';
import { quantizedInputs } from '../../../../src/targets/torch/quantized.ts';

const named = layer({ x: input('tokens', 'in'), W: frozen('out', 'in'), constructor: frozen('out') }, (t) =>
  t.x.matmul(t.W.T).add(t.constructor),
).trace();

it.each([
  [{ format: 'nf4', block: 64 }, 2],
  [{ format: 'nf4', block: 64, nested: 256 }, 5],
  [{ format: 'int8' }, 1],
  [{ format: 'int4', group: 8 }, 2],
  [{ format: 'int4', group: 8, indexed: true }, 3],
] as const)('%o has tensors beside its codes', (storage, beside) => {
  expect(quantizedInputs(named, { W: storage }).map((q) => [q.input.name, q.beside])).toEqual([
    ['W', beside],
  ]);
});
