/** Invocations that wait for each other: before they store results, and in loops over subgroups. */
import { expect, test } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, ilt, int, load } from '../../../compiler/primitives/build.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import type { Body, LoopKernel, Statement } from '../../../kernels-gen/loops/type.ts';
import type { LoopStep } from '../../../kernels-gen/schedule/steps/step.ts';
import { bindSubgroups } from '../../../kernels-gen/schedule/steps/subgroups.ts';
import { wait } from '../../../kernels-gen/schedule/steps/wait.ts';
import { add, IN, kernel, loop, N, OUT, store, TILE, zero } from './small-kernels.ts';

const [i, s, x, y, p] = [ax('i'), ax('s'), ax('x'), ax('y'), ax('p')];
const where = (n: number, ...body: Body): Statement => ({ k: 'if', cond: ilt(i, int(n)), body });
const lines = (step: LoopStep, of: LoopKernel) => {
  const all = showLoops(checked(step.apply(of))).split('\n');
  return all.slice(all.findIndex((l) => l.includes('invocations a workgroup')) + 1);
};

test('invocations wait before a result, and before a condition under which it stands alone', () => {
  const out = store(OUT, [i]);
  const body = [where(1, zero), out, where(2, where(3, out)), loop('k', 2, [where(4, zero), add(), out])];
  expect(lines(wait('subgroup'), kernel([loop('i', N, body)]))).toEqual([
    'for i in 8:',
    '  if i < 1:',
    '    acc = a[0]',
    '  barrier of the subgroup',
    '  out[i] = a[0]',
    '  barrier of the subgroup',
    '  if i < 2:',
    '    if i < 3:',
    '      out[i] = a[0]',
    '  for k in 2:',
    '    if i < 4:',
    '      acc = a[0]',
    '    acc += a[k] * a[k]',
    '    barrier of the subgroup',
    '    out[i] = a[0]',
  ]);
});

test('invocations wait under a condition where other statements stand beside a result', () => {
  const body = [where(3, store(OUT, [i]), zero), where(4, zero, store(OUT, [i]))];
  expect(lines(wait(), kernel([loop('i', N, body)])).slice(1)).toEqual([
    '  if i < 3:',
    '    barrier of the workgroup',
    '    out[i] = a[0]',
    '    acc = a[0]',
    '  if i < 4:',
    '    acc = a[0]',
    '    barrier of the workgroup',
    '    out[i] = a[0]',
  ]);
});

test('a sum in a result is refused, which nothing stores', () => {
  const sum: Statement = { k: 'accumulate', to: OUT, index: [i], combine: 'sum', value: load(IN, [i]) };
  expect(() => wait().apply(kernel([loop('i', N, [sum])]))).toThrow('no statement stores a result');
});

test('subgroups without an iteration leave out what uses its number, and meet all barriers', () => {
  const barrier: Statement = { k: 'barrier', scope: 'workgroup' };
  const digits: Statement = {
    ...{ k: 'digits', of: s },
    axes: ['x', 'y'].map((name) => ({ name, extent: dimConst(2) })),
  };
  const body: Body = [
    digits,
    { k: 'let', name: 'p', value: x, extent: dimConst(2) },
    zero,
    { k: 'if', cond: ilt(int(0), int(1)), body: [barrier, store(TILE, [p])] },
    loop('j', 2, [barrier, store(TILE, [y])]),
    loop('c', 2, [store(OUT, [p])]),
  ];
  expect(lines(bindSubgroups('s', N), kernel([loop('s', 4, body)]))).toEqual([
    'for s in 4 subgroup:',
    '  acc = a[0]',
    '  if 0 < 1:',
    '    barrier of the workgroup',
    '    if s < 4:',
    '      let (x, y) = digits of s',
    '      let p = x',
    '      tile[p] = a[0]',
    '  for j in 2:',
    '    barrier of the workgroup',
    '    if s < 4:',
    '      let (x, y) = digits of s',
    '      tile[y] = a[0]',
    '  if s < 4:',
    '    let (x, y) = digits of s',
    '    let p = x',
    '    for c in 2:',
    '      out[p] = a[0]',
  ]);
});
