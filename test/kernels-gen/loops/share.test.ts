/** Sums of loops that invocations share: the loops, the memory of their parts, and loops that are refused. */
import { expect, test } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, call, constant, ilt, int, load } from '../../../compiler/primitives/build.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { field } from '../../../compiler/semantics/domains/field.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import type { LoopKernel } from '../../../kernels-gen/loops/type.ts';
import { share } from '../../../kernels-gen/schedule/steps/share.ts';
import { scheduled } from '../../../kernels-gen/schedule/steps/step.ts';
import { ACC, add, IN, kernel, loop, N, OUT, plain, store, sums, TILE, zero } from './small-kernels.ts';
import { memory } from './statements.ts';

const sharing = share('k', { threads: 2, as: 's' });
const out = store(OUT, [ax('i')], load(ACC, []));

test('invocations that are no subgroup combine their sums in workgroup memory', () => {
  const { says, apply } = share('k', { threads: 4, as: 's' });
  expect(says).toBe('share k among 4 invocations s');
  const lines = showLoops(apply(plain)).split('\n');
  expect(lines.slice(lines.indexOf('4 invocations a workgroup'))).toEqual([
    '4 invocations a workgroup',
    'for i in 8:',
    '  for s in 4 by invocation / 1:',
    '    acc = a[0]',
    '    for k in s, 4 more, … < 8:',
    '      acc += a[k] * a[k]',
    '    part[s] = acc',
    '    barrier of the workgroup',
    '    if s < 2:',
    '      part[s] += part[s + 2]',
    '    barrier of the workgroup',
    '    if s < 1:',
    '      part[s] += part[s + 1]',
    '    barrier of the workgroup',
    '    if s < 1:',
    '      acc = part[s]',
    '      out[i] = acc',
  ]);
});

test('a maximum of a subgroup starts from the first term of each invocation, after the names', () => {
  const axes = ['x', 'y'].map((name) => ({ name, extent: dimConst(2) }));
  const l = loop(
    'l',
    2,
    [
      { k: 'let', name: 'p', value: ax('l'), extent: dimConst(2) },
      { k: 'digits', axes, of: ax('l') },
      zero,
      loop('k', N, [loop('j', 2, [add(call('mul', load(IN, [ax('k')]), load(IN, [ax('j')])), 'max')])]),
      store(OUT, [ax('p')], load(ACC, [])),
    ],
    { how: 'invocation', stride: 1 },
  );
  const { says, apply } = share('k', { threads: 4, as: 's', subgroup: true });
  expect(says).toBe('share k among 4 invocations s, a subgroup');
  const shared = apply(kernel([l], 2));
  expect(shared.memories).toEqual(plain.memories);
  const lines = showLoops(shared).split('\n');
  expect(lines.slice(lines.indexOf('8 invocations a workgroup') + 1)).toEqual([
    'for l in 2 by invocation / 1:',
    '  let p = l',
    '  let (x, y) = digits of l',
    '  for s in 4 by invocation / 2:',
    '    let first_k = (s if s < 8 - 1 else 8 - 1)',
    '    acc = a[first_k] * a[0]',
    '    for k in s, 4 more, … < 8:',
    '      for j in 2:',
    '        acc max= a[k] * a[j]',
    '    acc = max over the subgroup',
    '    if s < 1:',
    '      out[p] = acc',
  ]);
});

test('each invocation around the loop has parts of its own, also where the loop is under a condition', () => {
  const shared = { k: 'if', cond: ilt(int(0), int(1)), body: [zero, loop('k', N, [add()])] } as const;
  const own = kernel(
    [
      loop('x', 2, [store(TILE, [ax('x')])]),
      loop('l', 4, [shared, store(OUT, [ax('l')], load(ACC, []))], { how: 'invocation', stride: 1 }),
    ],
    4,
  );
  expect(sharing.apply(own).memories.at(-1)).toEqual(memory('part', 'workgroup', 2, 4));
});

test('the first of two loops over an axis is shared, and one invocation runs the other', () => {
  const k = loop('k', N, [add()]);
  const { naive, loops } = scheduled(kernel([loop('i', N, [store(ACC, [], constant(0)), k, k, out])]), [
    sharing,
  ]);
  expect(showLoops(loops).split('\n').slice(-5)).toEqual([
    '    if s < 1:',
    '      acc = part[s]',
    '      for k in 8:',
    '        acc += a[k] * a[k]',
    '      out[i] = acc',
  ]);
  const run = (of: LoopKernel) => [
    ...runLoops(of, field(7), [tensor([N], [1, 2, 3, 4, 5, 6, 0, 1])], { tokens: 1 })[0]!.values,
  ];
  expect(run(loops)).toEqual(run(naive));
});

test('a loop that replaces a register is refused', () => {
  const replacing = sums(loop('k', N, [store(ACC, [], load(IN, [ax('k')]))]));
  expect(() => sharing.apply(replacing)).toThrow('the loop does more than accumulate in one register');
});
