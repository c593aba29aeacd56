/** The worked example of docs/kernels.md is what the compiler makes. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, iadd, ilt, imul, int, load as loadOf } from '../../../compiler/primitives/build.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import {
  canonical,
  reductionLoops,
  reductionSteps,
} from '../../../kernels-gen/families/reduction/schedule.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import { naiveReduce } from '../../../kernels-gen/loops/naive.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import { type LoopKernel, type Memory, type Statement, trips } from '../../../kernels-gen/loops/type.ts';
import { printWgsl } from '../../../kernels-gen/print/wgsl.ts';
import { call, constant, input, load, reduce, select } from '../build.ts';

const page = readFileSync(fileURLToPath(new URL('../../../docs/kernels.md', import.meta.url)), 'utf8');
const example = page.slice(page.indexOf('## One kernel'), page.indexOf('## What holds'));
const blocks = [...example.matchAll(/^```\w*\n(.*?)\n```$/gms)].map(([, text]) => text);

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
      { k: 'collect', to: 2, index: [], combine: 'sum' },
      { k: 'barrier', scope: 'subgroup' },
    ],
  };
  expect(showLoops(shown).split('\n')).toEqual([
    'input a: f32, in the buffer of out',
    'output out: vectors of f32',
    'register r: f32',
    '1 invocations a workgroup',
    'r max= ((a - (1 - 2)) * -exp(a) if a < 1 or not (1 < 2) else ⌊√⌊n mod 3 / 2⌋⌋)',
    'r = sum over the subgroup',
    'barrier of the subgroup',
  ]);
});

it('prints an unrolled loop once for each iteration, and a barrier of a subgroup', () => {
  const out: Memory = { name: 'out', space: 'output', shape: [dimConst(6)], dtype: 'f32' };
  const at = iadd(imul(ax('n'), int(3)), ax('k'));
  const loops: LoopKernel = {
    memories: [out],
    threads: 2,
    body: [
      {
        ...{ k: 'for', axis: 'n', trips: trips(dimConst(2)), how: 'invocation' },
        body: [
          {
            ...{ k: 'for', axis: 'k', trips: trips(dimConst(3)), how: 'unrolled' },
            body: [{ k: 'store', to: 0, index: [at], value: { k: 'fromInt', a: ax('k') } }],
          },
          { k: 'barrier', scope: 'subgroup' },
        ],
      },
    ],
  };
  const { wgsl } = printWgsl({ naive: loops, steps: [], loops }).module;
  const stores = [...wgsl.matchAll(/out\[(.*)\] = (.*);/g)].map(([, place, value]) => [place, value]);
  expect(stores.map(([, value]) => value)).toEqual(['f32(0)', 'f32(1)', 'f32(2)']);
  expect(wgsl.match(/subgroupBarrier\(\);/g)).toHaveLength(1);
  expect([...runLoops(checked(loops), float64, [], { tokens: 1 })[0]!.values]).toEqual([0, 1, 2, 0, 1, 2]);
});

it('does not share a sum among a number of invocations that a tree cannot halve', () => {
  const shape = { results: 1, threads: 6 };
  expect(() => reductionLoops({ ...reduction, shape })).toThrow(
    '6 invocations, which share k0, are no power of two',
  );
});

it('declares a register that several blocks of a workgroup store to before all of them', () => {
  const memory = (name: string, space: Memory['space'], ...shape: readonly number[]): Memory => ({
    ...{ name, space, dtype: 'f32' },
    shape: shape.map(dimConst),
  });
  const each = (axis: string, value: number): Statement => ({
    ...{ k: 'for', axis, trips: trips(dimConst(3)), how: 'serial' },
    body: [
      { k: 'store', to: 1, index: [], value: constant(value) },
      { k: 'store', to: 0, index: [ax('g'), ax(axis)], value: loadOf(1, []) },
    ],
  });
  const loops: LoopKernel = {
    memories: [memory('out', 'output', 2, 3), memory('acc', 'register')],
    threads: 1,
    body: [
      {
        ...{ k: 'for', axis: 'g', trips: trips(dimConst(2)), how: 'workgroup' },
        body: [each('i', 1), each('j', 2)],
      },
    ],
  };
  const { wgsl } = printWgsl({ naive: loops, steps: [], loops: checked(loops) }).module;
  expect(wgsl.match(/var acc\b.*/g)).toEqual(['var acc: f32;']);
  expect(wgsl.indexOf('var acc')).toBeLessThan(wgsl.indexOf('for ('));
});
