/** Regression tests of bugs in rules that readers' programs found, each as the smallest program. */
import { describe, expect, it } from 'vitest';
import { dimConst, parseDim } from '../../compiler/dims/dims.ts';
import { rational } from '../../compiler/dims/rational.ts';
import { apply, input } from '../../compiler/ir/build.ts';
import type { Node } from '../../compiler/ir/node.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import { elements, inField, programOf } from '../support/evaluate.ts';

const parseSize = (d: number | string) => parseDim(String(d));
const tensor = (name: string, ...shape: readonly (number | string)[]) =>
  input(name, 'trainable', { shape: shape.map(parseSize), dtype: 'f32' });
const times = (...factors: readonly Node[]) => apply('matmul', factors);

/** Expects equal outputs and gradients over the prime field: as written, and derived for few and for many tokens. */
function expectSame(y: Node): void {
  const program = programOf({ y });
  const [written, ...derived] = inField(
    [
      ...compileProgram(program, { gradients: true, asWritten: true }).variants,
      ...compileProgram(program, { gradients: true }).variants,
    ].map((v) => v.primitives),
    3,
    1,
  );
  for (const outputs of derived)
    for (const [name, value] of Object.entries(written!)) {
      expect(outputs[name]!.shape, name).toEqual(value.shape);
      expect(elements(outputs[name]!), name).toEqual(elements(value));
    }
}

describe('a concatenation beside a batch of columns', () => {
  const V = tensor('V', 8, 8);
  const turned = times(apply('blockDiag', [tensor('R', 2, 4, 4)]), V);
  it.each([0, 1])('is put together along axis %i, not along the batch', (axis) => {
    const both = apply('concat', [turned, V], { axis });
    expectSame(times(both, tensor('x', 2, axis === 0 ? 8 : 16, 'tokens')));
  });
});

describe('a batch of rows that is folded, times columns that split around tokens', () => {
  it('is reshaped twice, for no reshape does both', () => {
    const W = apply('reshape', [tensor('W', 2, 'tokens', 2)], { shape: [2, '2*tokens'].map(parseSize) });
    const y = times(tensor('x', 3, 2, 2), W);
    expectSame(apply('reshape', [y], { shape: [3, 2, 'tokens', 2].map(parseSize) }));
  });
});

describe('a scaled product', () => {
  const [x, y, W] = [tensor('x', 'tokens', 3), tensor('y', 'tokens', 3), tensor('W', 3, 4)];
  it.each([
    ['a number', apply('literal', [], { value: rational(3n, 1n) })],
    ['a size', apply('size', [], { dim: dimConst(5) })],
    ['a parameter', tensor('s', 1)],
  ])('by %s, which comes first, has a factor in common with another', (_, s) => {
    expectSame(apply('add', [apply('mul', [s, times(x, W)]), times(y, W)]));
  });
  const reads = (n: Node): Node => apply('transpose', [n]);
  const [xT, yT] = [tensor('xT', 3, 'tokens'), tensor('yT', 3, 'tokens')];
  const WT = tensor('WT', 4, 3);
  it.each([
    ['', times(x, W), (n: Node) => n, times(y, W)],
    [' under a transpose', times(WT, xT), reads, reads(times(WT, yT))],
  ])('is not computed once more where it is needed elsewhere%s', (_, shared, view, other) => {
    const sum = apply('add', [apply('mul', [tensor('s', 1), view(shared)]), other]);
    const { derived } = compileProgram(programOf({ sum, shared }), { gradients: false });
    const [a, b] = derived.outputs.map((o) => o.node);
    const reached = (n: Node): Node[] => [n, ...(n.kind === 'op' ? n.args.flatMap(reached) : [])];
    expect(reached(a!)).toContain(b);
  });
});

it('an inner product of low rank is rewritten once, where its columns are a product too', () => {
  const turned = times(apply('blockDiag', [tensor('R', 4, 4, 4)]), tensor('c', 16, 1), tensor('r', 1, 16));
  expectSame(apply('sum', [apply('mul', [turned, turned])], { axes: [1] }));
});
