/** The inputs of a printed layer that are held quantised. */
import { expect, it } from 'vitest';
import { pythonTexts } from '../../../../src/cli/package.ts';
import { abs, frozen, input, layer, trainable } from '../../../../src/language/dsl/index.ts';
import { buildTorch } from '../../../../src/targets/torch/index.ts';
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

it('a matrix whose name a decoded weight’s reader takes is not deleted before', () => {
  const twice = layer(
    { x: input('tokens', 'n'), A: trainable('n', 'n'), v: trainable('n'), W: frozen('n', 'n') },
    ({ x, A, v, W }) => x.matmul(abs(A.matmul(A.T))).matmul(abs(W.mul(v))),
  ).trace();
  const { 'layer.py': text } = buildTorch(twice, {
    ...{ name: 'twice', quantized: { W: 'int8' }, sizes: { n: 64 } },
    ...{ from: { file: 'twice.ts', version: '0.0.0' }, python: pythonTexts() },
  });
  expect(text).toContain(`
    S = A @ A.t()
    S = torch.abs(S)
    h = x @ S.to(x.dtype)
    W = W_FORM.decode(A.dtype, *W_parts)
    S = W * v
    del W
    S = torch.abs(S)
`);
});
