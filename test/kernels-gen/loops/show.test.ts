/** The worked example of docs/kernels.md is what the compiler makes. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ax, ilt, int, load as loadOf } from '../../../compiler/primitives/build.ts';
import {
  canonical,
  reductionLoops,
  reductionSteps,
} from '../../../kernels-gen/families/reduction/schedule.ts';
import { naiveReduce } from '../../../kernels-gen/loops/naive.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import type { LoopKernel, Memory } from '../../../kernels-gen/loops/type.ts';
import { printWgsl } from '../../../kernels-gen/print/wgsl.ts';
import { call, constant, input, load, reduce, select } from '../build.ts';

const page = readFileSync(fileURLToPath(new URL('../../../docs/kernels.md', import.meta.url)), 'utf8');
const blocks = [...page.matchAll(/^```\w*\n(.*?)\n```$/gms)].map(([, text]) => text);

const root = reduce('y', [input('x', ['tokens', 300])], [['t', 'tokens']], [['c', 300]], load(0, 't', 'c'));
const kernel = canonical({ tensor: root, root, epilogue: null, spans: [] });
const reduction = { kernel, spread: kernel.root.over[0], shape: { results: 1, threads: 4 } };

it('docs/kernels.md shows the loops, the steps and the code of its example', () => {
  const { wgsl } = printWgsl(reductionLoops(reduction)).module;
  const statements = wgsl.slice(wgsl.indexOf(' let tokens'), wgsl.lastIndexOf('\n}'));
  expect(blocks).toEqual([
    showLoops(naiveReduce(kernel, kernel.root)),
    reductionSteps(reduction)
      .map((s) => s.says)
      .join('\n'),
    showLoops(reductionLoops(reduction).loops),
    statements,
  ]);
});

it('shows each statement and expression', () => {
  const memory = (name: string, more: Partial<Memory> = {}): Memory => ({
    ...{ name, space: 'input', shape: [], dtype: 'f32' },
    ...more,
  });
  const value = select(
    { k: 'or', a: { k: 'flt', a: loadOf(0, []), b: constant(1) }, b: { k: 'not', a: ilt(int(1), int(2)) } },
    call(
      'mul',
      call('sub', loadOf(0, []), call('sub', constant(1), constant(2))),
      call('neg', call('exp', loadOf(0, []))),
    ),
    { k: 'fromInt', a: { k: 'isqrt', a: { k: 'idiv', a: { k: 'imod', a: ax('n'), by: 3 }, by: 2 } } },
  );
  const shown: LoopKernel = {
    memories: [
      memory('a', { alias: 1 }),
      memory('out', { space: 'output', vectors: true }),
      memory('r', { space: 'register' }),
    ],
    threads: 1,
    body: [
      { k: 'accumulate', to: 2, index: [], combine: 'max', value },
      { k: 'collect', to: 2, combine: 'sum' },
      { k: 'barrier', scope: 'subgroup' },
    ],
  };
  expect(showLoops(shown).split('\n')).toEqual([
    'input a: f32, in the buffer of out',
    'output out: vectors of f32',
    'register r: f32',
    '1 invocations a workgroup',
    'r max= ((a - (1 - 2)) * -exp(a) if a < 1 or not (1 < 2) else ⌊√⌊(n) mod 3 / 2⌋⌋)',
    'r = sum over the subgroup',
    'barrier of the subgroup',
  ]);
});
