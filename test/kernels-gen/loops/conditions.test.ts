/** Steps that move names and conditions: which statements keep a condition, and which are computed anyway. */
import { expect, test } from 'vitest';
import { ax, call, constant, ilt, int, load } from '../../../compiler/primitives/build.ts';
import { tensor } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import type { Body, LoopKernel, Statement } from '../../../kernels-gen/loops/type.ts';
import { clamp } from '../../../kernels-gen/schedule/steps/clamp.ts';
import { fission } from '../../../kernels-gen/schedule/steps/fission.ts';
import { mask } from '../../../kernels-gen/schedule/steps/mask.ts';
import { split } from '../../../kernels-gen/schedule/steps/split.ts';
import { type LoopStep, scheduled } from '../../../kernels-gen/schedule/steps/step.ts';
import { loop as loopOf, memory } from './statements.ts';

const [A, OUT, S, M] = [0, 1, 2, 3];
const [N, ROWS, COLUMNS] = [5, 2, 3];
const loop = (axis: string, n: number, ...body: Body): Statement => loopOf(axis, n, 'serial', body);
const [i, j, c] = [ax('i'), ax('j'), ax('c')];
const set = (to: number, value = constant(0)): Statement => ({ k: 'store', to, index: [], value });
const input = tensor([ROWS, N], [1, 5, 2, 4, 3, 9, 6, 8, 7, 0]);
const out = (k: LoopKernel) => [...runLoops(k, float64, [input], { tokens: N })[0]!.values];

/** out[i, c] = c · max over j < 4 of a[i, j]². */
const kernel = checked({
  memories: [
    memory('a', 'input', ROWS, N),
    memory('out', 'output', ROWS, COLUMNS),
    memory('s', 'register'),
    memory('m', 'register'),
  ],
  threads: 1,
  body: [
    loop(
      'i',
      ROWS,
      set(M),
      loop('j', N, {
        ...{ k: 'if', cond: ilt(j, int(4)) },
        body: [
          set(S, call('mul', load(A, [i, j]), load(A, [i, j]))),
          set(M, call('max', load(M, []), load(S, []))),
        ],
      }),
      loop('c', COLUMNS, {
        ...{ k: 'store', to: OUT, index: [i, c] },
        value: call('mul', load(M, []), { k: 'fromInt', a: c }),
      }),
    ),
  ],
});

/** The text of the loops, which have the same results, from the first line with a text on. */
function linesFrom(text: string, ...steps: readonly LoopStep[]): string[] {
  const { loops } = scheduled(kernel, steps);
  expect(out(loops)).toEqual(out(kernel));
  const lines = showLoops(loops).split('\n');
  const start = lines.findIndex((l) => l.trim().startsWith(text));
  const indent = lines[start]!.search(/\S/);
  return lines.slice(start).map((l) => l.slice(indent));
}
const masked = [split('j', 2, 'o', 'n'), mask('j', [])];

test('mask lets a register that is read and changed keep its value where the condition does not hold', () => {
  expect(linesFrom('for n in', ...masked).slice(0, 4)).toEqual([
    'for n in 2:',
    '  let j = (o * 2 + n if o * 2 + n < 5 else 5 - 1)',
    '  s = a[i, j] * a[i, j]',
    '  m = (max(m, s) if o * 2 + n < 5 and j < 4 else m)',
  ]);
});

test('fission defines a name once that the nest does not matter to', () => {
  expect(linesFrom('for n in', ...masked, fission(['i'])).slice(0, 6)).toEqual([
    'for n in 2:',
    '  let j = (o * 2 + n if o * 2 + n < 5 else 5 - 1)',
    '  for i in 2:',
    '    s[i] = a[i, j] * a[i, j]',
    '  for i in 2:',
    '    m[i] = (max(m[i], s[i]) if o * 2 + n < 5 and j < 4 else m[i])',
  ]);
});

test('fission leaves writes under one condition together', () => {
  expect(linesFrom('for j in', fission(['i'])).slice(0, 5)).toEqual([
    'for j in 5:',
    '  if j < 4:',
    '    for i in 2:',
    '      s[i] = a[i, j] * a[i, j]',
    '      m[i] = max(m[i], s[i])',
  ]);
});

test('clamp puts one condition around a loop of stores', () => {
  expect(linesFrom('if g * 4 + r <', split('i', 4, 'g', 'r'), clamp('i'))).toEqual([
    'if g * 4 + r < 2:',
    '  for c in 3:',
    '    out[i, c] = m * c',
  ]);
});
