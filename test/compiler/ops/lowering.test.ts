/** Operators as primitives: what becomes one kernel, and what none. */
import { expect, it } from 'vitest';
import { type Dim, dimConst, dimVar, parseDim, printDim } from '../../../compiler/dims/dims.ts';
import { apply, input } from '../../../compiler/ir/build.ts';
import type { Node } from '../../../compiler/ir/node.ts';
import { canReshape } from '../../../compiler/ops/indexing.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import type { MapPrim } from '../../../compiler/primitives/prim.ts';
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

const shown = (e: IntExpr): string => {
  if (e.k === 'axis') return e.name;
  if (e.k === 'int') return `${e.value}`;
  if (e.k === 'extent') return printDim(e.dim);
  if (e.k === 'iadd' || e.k === 'imul') return `${shown(e.a)}${e.k === 'iadd' ? ' + ' : '·'}${shown(e.b)}`;
  if (e.k === 'idiv') return `⌊(${shown(e.a)})/${e.by}⌋`;
  return e.k === 'imod' ? `${shown(e.a)} mod ${e.by}` : e.k;
};

it.each([
  ['tokens 2 3', 'tokens 6', 'i0 i1', 'i0, ⌊(0 + i1·1)/3⌋, ⌊(0 + i1·1)/1⌋ mod 3'],
  ['2*tokens', 'tokens 2', 'i0 i1', '⌊(0 + i0·2 + i1·1)/1⌋'],
  ['tokens r b', 'tokens b*r', 'i0 i1_0 i1_1', 'i0, i1_0, i1_1'],
  ['r b n', 'b*r n', 'i0_0 i0_1 i1', 'i0_0, i0_1, i1'],
])('a reshape of (%s) to (%s) loops over %s and reads [%s]', (from, to, axes, index) => {
  const [own, other] = [from, to].map((s) => s.split(' ').map(parseDim)) as [Dim[], Dim[]];
  const x = input('x', 'input', { shape: own, dtype: 'f32' });
  const prim = lowered({ y: apply('reshape', [x], { shape: other }) }).outputs[0]!.prim as MapPrim;
  const { body } = prim;
  expect(prim.axes.map((a) => a.name).join(' ')).toBe(axes);
  expect(body.k === 'load' && body.index.map(shown).join(', ')).toBe(index);
});

it('a reshape that joins and splits needs numbers', () => {
  const x = input('x', 'input', { shape: ['r', 'b'].map(dimVar), dtype: 'f32' });
  const turned = apply('reshape', [x], { shape: ['b', 'r'].map(dimVar) });
  expect(() => lowered({ y: turned })).toThrow('reshape: (r, b) to (b, r) divides sizes that are names');
});

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
    apply('straightThrough', [t(x), x]),
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
  const x = input('x', 'input', { shape: [dimVar('tokens')], dtype: 'f32' });
  const last = axis(0, { start: parseDim('tokens - 1'), length: dimConst(2) });
  const { prim } = lowered({ y: apply('slice', [apply('concat', [x, x], axis(0))], last) }, false)
    .outputs[0]!;
  expect(prim.args.map((p) => p.args.length)).toEqual([2]);
});

it('a reshape is not lowered where an axis after the first of those that split or join depends on tokens', () => {
  const can = (from: string, to: string) => {
    const [own, other] = [from, to].map((s) => s.split(' ').map(parseDim)) as [Dim[], Dim[]];
    return canReshape(own, other);
  };
  expect([can('2 tokens', '2*tokens'), can('2*tokens', '2 tokens')]).toEqual([false, false]);
  expect([can('tokens 2', '2*tokens'), can('2*tokens', 'tokens 2')]).toEqual([true, true]);
});
