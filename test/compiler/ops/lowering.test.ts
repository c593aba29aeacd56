/** Operators as primitives: what becomes one kernel, and what none. */
import { expect, it } from 'vitest';
import { type Dim, dimConst, dimVar } from '../../../compiler/dims/dims.ts';
import { apply, input } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { lowered } from '../../support/evaluate.ts';
import { axis, dims, scale, t, tensor, to } from './operands.ts';

it('a reshape splits and joins axes beside one that tokens decide, and of tensors without elements', () => {
  const shape = (...all: readonly (number | 'tokens')[]) =>
    all.map((n) => (n === 'tokens' ? dimVar(n) : dimConst(n)));
  const reshaped = (from: Dim[], to: Dim[]) =>
    lowered({ y: apply('reshape', [input('x', 'input', { shape: from, dtype: 'f32' })], { shape: to }) });
  expect(() => reshaped(shape(6, 'tokens', 5), shape(2, 3, 'tokens', 5))).not.toThrow();
  expect(() => reshaped(shape('tokens', 6), shape('tokens', 2, 3))).not.toThrow();
  expect(() => reshaped(shape(1, 'tokens'), shape('tokens', 1))).not.toThrow();
  expect(() => reshaped(shape(0), shape(0, 3))).not.toThrow();
  expect(() => reshaped(shape(0, 3), shape(0))).not.toThrow();
  expect(JSON.stringify(reshaped(shape(2, 0, 3), shape(0, 5)).outputs[0]!.prim, text)).not.toContain(
    '"by":0',
  );
  expect(() => reshaped(shape(2, 'tokens'), shape('tokens', 2))).toThrow(
    expect.objectContaining({ code: 'OFT2011' }),
  );
});

const text = (_: string, v: unknown) => (typeof v === 'bigint' ? `${v}` : v);

it('as written, views run no kernel of their own, and nothing else is free', () => {
  const x = tensor(2, 2);
  const views: readonly Node[] = [
    apply('transpose', [x]),
    apply('reshape', [x], { shape: dims(4) }),
    apply('permuteAxes', [x], { order: [1, 0] }),
    apply('slice', [x], axis(0, { start: dimConst(0), length: dimConst(1) })),
    to(x, 3, 2, 2),
    apply('detach', [t(x)]),
    apply('project', [x, t(x)]),
  ];
  const stored = (y: Node) => lowered({ y }, false).outputs[0]!.prim.stored === true;
  for (const v of views) expect(stored(v)).toBe(false);
  for (const y of [scale(x), apply('skew', [tensor(1)]), apply('matmul', [x, x])])
    expect(stored(y)).toBe(true);
});

it('a sum of as many tensors as a kernel reads is one kernel', () => {
  const reads = (n: number) =>
    lowered({
      y: apply(
        'add',
        Array.from({ length: n }, () => tensor(2)),
      ),
    });
  expect(reads(7).outputs[0]!.prim.args).toHaveLength(7);
  expect(reads(8).outputs[0]!.prim.args).toHaveLength(2);
});

it('a range of joined tensors that lies in one of them reads that one alone', () => {
  const joined = apply('concat', [tensor(2, 3), scale(tensor(2, 4))], axis(1));
  const reads = (start: number, length: number, along = 1) => {
    const range = apply('slice', [joined], axis(along, { start: dimConst(start), length: dimConst(length) }));
    return lowered({ y: range }, false).outputs[0]!.prim.args.map((p) => p.args.length);
  };
  expect([reads(0, 3), reads(1, 2)]).toEqual([[0], [0]]);
  expect([reads(3, 4), reads(4, 1)]).toEqual([[1], [1]]);
  expect([reads(2, 2), reads(0, 7), reads(0, 1, 0)]).toEqual([[2], [2], [2]]);
});
