/** Layers that are cut at their frozen linear layer, and layers without one. */
import { expect, it } from 'vitest';
import { printShape } from '../../../../compiler/ir/build.ts';
import type { Program } from '../../../../compiler/ir/node.ts';
import { frozen, input, layer, max, type Tensor, trainable } from '../../../../src/language/dsl/index.ts';
import { Namer } from '../../../../src/language/formulas/naming.ts';
import { cutAtBase } from '../../../../src/targets/torch/cut.ts';

interface Tensors {
  readonly x: Tensor;
  readonly W: Tensor;
  readonly A: Tensor;
  readonly s: Tensor;
}
const cut = (result: (t: Tensors) => Tensor | Record<string, Tensor>, weight = 'W') =>
  cutAtBase(
    layer(
      { x: input('tokens', 'n'), W: frozen('n', 'n'), A: trainable('n', 'n'), s: trainable('n') },
      result,
    ).trace(),
    weight,
  );
const formulas = (program: Program | undefined) =>
  program?.outputs.map((o) => `${o.name} = ${new Namer({ source: program }).written(o.node)}`);
/** The formulas before the frozen layer and after it; undefined where a layer is not cut. */
const parts = (...given: Parameters<typeof cut>) => {
  const found = cut(...given);
  return found && [formulas(found.before), formulas(found.after)];
};

it('a product with the frozen weight has parts before it and after it', () => {
  expect(parts(({ x, W, s }) => x.mul(s).matmul(W.T).mul(s))).toEqual([['z = x ⊙ s'], ['y = base ⊙ s']]);
  expect(parts(({ x, W }) => x.matmul(W.T))).toEqual([undefined, undefined]);
});

it('the frozen layer’s result has the shape of its own product', () => {
  const rows = layer(
    { x: input('tokens', 'in'), W: frozen('out', 'in'), B: trainable('out', 'r') },
    ({ x, W, B }) => x.matmul(W.T).matmul(B),
  ).trace();
  const { after } = cutAtBase(rows, 'W')!;
  expect(printShape(after!.inputs[0]!.type.shape)).toBe('(tokens, out)');
  expect(formulas(after)).toEqual(['y = base·B']);
});

it('a second factor of the same weight comes after the cut', () => {
  expect(parts(({ x, W }) => x.matmul(W.T).matmul(W.T))).toEqual([undefined, ['y = base·Wᵀ']]);
});

it('one of several results may be that of the frozen layer', () => {
  const found = parts(({ x, W, s }) => ({ y: x.matmul(W.T), z: max(x.matmul(W.T), s) }));
  expect(found).toEqual([undefined, ['y = base', 'z = max(base, s)']]);
});

it('products of the weight with parameters are none of the frozen layer', () => {
  expect(parts(({ x, W, A, s }) => x.matmul(W.T).add(x.matmul(max(A.matmul(W.T), s))))?.[0]).toBeUndefined();
  expect(cut(({ x, W, A, s }) => x.matmul(W.T).add(x.matmul(max(A.matmul(W.T), s))))).toBeDefined();
  expect(cut(({ x, W, A, s }) => x.matmul(W.T).add(x.matmul(max(W.T.matmul(A), s))))).toBeDefined();
});

it.each([
  ['two products', cut(({ x, W, s }) => ({ y: x.matmul(W.T), z: x.mul(s).matmul(W.T) }))],
  ['no product', cut(({ x, s }) => x.mul(s))],
  ['no transpose', cut(({ x, W }) => x.matmul(W))],
  ['another weight', cut(({ x, W }) => x.matmul(W.T), 'V')],
])('a layer with %s is not cut', (_, found) => {
  expect(found).toBeUndefined();
});
