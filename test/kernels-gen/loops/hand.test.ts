/** Registers that iterations hand to others, or combine: the loops, and those that are refused. */
import { describe, expect, test } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, constant, iadd, ilt, int, load } from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import type { Body, LoopKernel, Statement } from '../../../kernels-gen/loops/type.ts';
import { hand } from '../../../kernels-gen/schedule/steps/hand.ts';
import { privatise } from '../../../kernels-gen/schedule/steps/privatise.ts';
import type { LoopStep } from '../../../kernels-gen/schedule/steps/step.ts';
import { ACC, add, IN, kernel, loop, OUT, PAIRS, store, TILE, zero } from './small-kernels.ts';

const handing = hand(['i'], ['acc'], { as: ['u'], each: [] });
const [i, x, y, p] = [ax('i'), ax('x'), ax('y'), ax('p')];
const named = (name: string, value: IntExpr): Statement => ({
  ...{ k: 'let', name, value },
  extent: dimConst(4),
});
const digits: Statement = {
  k: 'digits',
  axes: ['x', 'y'].map((name) => ({ name, extent: dimConst(2) })),
  of: i,
};
const where = (a: IntExpr, b: number, ...body: Body): Statement => ({ k: 'if', cond: ilt(a, int(b)), body });
const sum = load(ACC, []);

/** The statements after a step. */
const lines = (step: LoopStep, ...body: Body): readonly string[] => {
  const all = showLoops(checked(step.apply(kernel(body)))).split('\n');
  return all.slice(all.findIndex((l) => l.includes('invocations a workgroup')) + 1);
};

describe('hand', () => {
  test('uses names by which values are computed under other names, and the condition around both', () => {
    const body = [
      zero,
      digits,
      named('p', iadd(x, int(1))),
      where(y, 1, store(ACC, [], load(IN, [p]))),
      store(OUT, [iadd(p, y)], sum),
    ];
    expect(lines(handing, loop('i', 4, [where(i, 3, ...body)]))).toEqual([
      'for i in 4:',
      '  if i < 3:',
      '    acc = a[0]',
      '    let (x, y) = digits of i',
      '    let p = x + 1',
      '    if y < 1:',
      '      acc = a[p]',
      '    handed_acc[i] = acc',
      'barrier of the workgroup',
      'for u in 4:',
      '  if u < 3:',
      '    let (x_u, y_u) = digits of u',
      '    let p_u = x_u + 1',
      '    out[p_u + y_u] = handed_acc[u]',
      'barrier of the workgroup',
    ]);
  });

  test('leaves a name after the values to their use', () => {
    const body = [zero, named('p', i), store(OUT, [p], sum)];
    expect(lines(handing, loop('i', 4, body))).toEqual([
      'for i in 4:',
      '  acc = a[0]',
      '  handed_acc[i] = acc',
      'barrier of the workgroup',
      'for u in 4:',
      '  let p = u',
      '  out[p] = handed_acc[u]',
      'barrier of the workgroup',
    ]);
  });

  test.each<[string, LoopStep, Body, string]>([
    [
      'two other memories that are read after the values, of which the message names the first',
      handing,
      [
        store(TILE, [i]),
        store(PAIRS, [int(0), i]),
        zero,
        store(OUT, [i], load(TILE, [i])),
        store(OUT, [i], load(PAIRS, [int(0), i])),
      ],
      'tile is used after the values',
    ],
    [
      'workgroup memory',
      hand(['i'], ['tile'], { as: ['u'], each: [] }),
      [store(TILE, [i]), store(OUT, [i], load(TILE, [i]))],
      'there is no register tile',
    ],
  ])('%s is refused', (_, step, body, message) => {
    expect(() => step.apply(kernel([loop('i', 4, body)]))).toThrow(message);
  });
});

describe('privatise', () => {
  const by = (_: LoopKernel, [other]: readonly Expr[]): Body => [add(other)];
  const step = privatise('n', ['acc'], { around: 'i', as: 'u', by });
  const n = loop('n', 4, [add(load(IN, [ax('n')]))]);
  const start = store(ACC, [], constant(0));

  test('combines registers after the loop, before the loops that follow', () => {
    const after = loop('c', 3, [store(OUT, [ax('c')], sum)]);
    expect(lines(step, loop('i', 2, [start, store(TILE, [i]), n, after]))).toEqual([
      'for i in 2:',
      '  for n in 4 by invocation / 1:',
      '    acc = 0',
      '    tile[i] = a[0]',
      '    acc += a[n]',
      '    handed_acc[i, n] = acc',
      '    barrier of the workgroup',
      '    acc = 0',
      '    for u in 4:',
      '      other_acc = handed_acc[i, u]',
      '      acc += other_acc',
      '    if n < 1:',
      '      for c in 3:',
      '        out[c] = acc',
    ]);
  });

  test.each<[string, Body]>([
    ['a register that is only added to before the loop', [loop('i', 2, [add(load(IN, [int(0)])), n])]],
    ['a loop that stands elsewhere', [loop('i', 2, [start, store(TILE, [i])]), n]],
  ])('%s is refused', (_, body) => {
    expect(() => step.apply(kernel(body))).toThrow('acc are not set before a loop over n');
  });
});
