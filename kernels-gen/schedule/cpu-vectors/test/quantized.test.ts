/** Quantised weights in lanes: which words a lane loads, how often, and which values lanes hand each other. */
import { describe, expect, test } from 'vitest';
import type { PrimProgram } from '../../../../compiler/primitives/prim.ts';
import type { Storage } from '../../../../compiler/primitives/storage.ts';
import { accumulatorsOf } from '../../../../test/kernels-gen/accumulators.ts';
import { program } from '../../../../test/kernels-gen/build.ts';
import { planOf } from '../../../../test/kernels-gen/execute.ts';
import { backward, forward, held } from '../../../../test/kernels-gen/families/quantized-programs.ts';
import { expectWritten } from '../../../../test/kernels-gen/written.ts';

/** The number of loads of words of W in the innermost loop of the kernel in lanes. */
function loadsInStep(p: PrimProgram): number {
  const { kernels } = planOf(p, 'lanes');
  const { wgsl } = kernels.find((k) => /_lanes$/.test(k.name))!;
  const step = wgsl.slice(wgsl.search(/for \(var k0_(step|pair) /)).split('\n  }\n')[0]!;
  return step.split('arg1[').length - 1;
}

describe('words in lanes', () => {
  // No panel divides a sum of 1000 steps.
  const [W, V] = [
    held('W', [1024, 1000], { format: 'nf4', block: 64 }),
    held('V', [1000, 1024], { format: 'nf4', block: 64 }),
  ];

  test('along the sum are loaded once for eight steps, with their scales', () => {
    expect(loadsInStep(program({ y: forward(W, 1024, 1000) }))).toBe(0);
  });

  test('across the lanes are one for eight columns, and the tile has one scale', () => {
    const { kernels } = planOf(program({ dx: backward(V, 1000, 1024) }), 'lanes');
    const { wgsl } = kernels.find((k) => /_lanes$/.test(k.name))!;
    const columns = accumulatorsOf(wgsl).cols;
    expect(loadsInStep(program({ dx: backward(V, 1000, 1024) }))).toBe(columns + 1);
    expect(wgsl).not.toContain('nf4(u_');
  });

  test('are added to numbers: of vectors a step is so few operations that drivers unroll its loop', () => {
    for (const p of [forward(W, 1024, 1000), backward(V, 1000, 1024)]) {
      const { kernels } = planOf(program({ p }), 'lanes');
      expect(kernels.find((k) => /_lanes$/.test(k.name))!.wgsl).not.toMatch(/var acc_\w+ = vec/);
    }
  });

  test('that no row fills are loaded for each element', () => {
    const odd = held('W', [64, 191], { format: 'nf4', block: 64 });
    expect(loadsInStep(program({ y: forward(odd, 64, 191) }))).toBeGreaterThan(0);
  });
});

test('a panel holds a word’s eight steps for one load of the word and of its scale', () => {
  const W = held('W', [1024, 1024], { format: 'nf4', block: 64 });
  const { kernels } = planOf(program({ y: forward(W, 1024, 1024) }), 'lanes');
  const { wgsl } = kernels.find((k) => /_lanes$/.test(k.name))!;
  const loop = wgsl.slice(wgsl.indexOf('for (var k0_step_held0_first')).split('\n  }\n')[0]!;
  const [stores, loads] = [/held0\[\w+( \+ \d)?\] = /g, /arg1\[/g].map((of) => [...loop.matchAll(of)].length);
  // A lane has four columns, each with a word and a scale.
  expect({ stores, loads }).toEqual({ stores: 8, loads: 4 + 4 });
});

const STORAGES: readonly Storage[] = [
  { format: 'nf4', block: 64 },
  { format: 'int8' },
  { format: 'int4', group: 64 },
];

test.each(STORAGES)('lanes load vectors of a row beside words of $format', (storage) => {
  const p = program({ y: forward(held('W', [256, 256], storage), 256, 256) });
  const { wgsl } = planOf(p, 'lanes').kernels.find((k) => /_lanes$/.test(k.name))!;
  expect(wgsl).toContain('arg0: array<vec4f>');
  expect(wgsl).toContain('arg1: array<u32>');
});

test('nf4 in lanes, which hand each other its values', () => {
  const y = forward(held('W', [6, 64], { format: 'nf4', block: 64 }), 6, 64);
  const { kernels } = planOf(program({ y }), 'lanes');
  expectWritten('quantized-lanes', kernels.find((k) => k.name.includes('_lanes'))!.wgsl, import.meta.url);
});
