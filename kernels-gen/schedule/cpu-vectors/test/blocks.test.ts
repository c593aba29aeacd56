/**
 * Fused blocks in lanes: which results stay in the lanes' registers, and what a lane loads from others or from
 * storage.
 */
import { describe, expect, it } from 'vitest';
import { multiplyAddsIn } from '../../../../test/kernels-gen/accumulators.ts';
import { call, input, load, map, program } from '../../../../test/kernels-gen/build.ts';
import { planOf } from '../../../../test/kernels-gen/execute.ts';
import { A, chain, product, square } from '../../../../test/kernels-gen/families/blocks-programs.ts';
import { matmul } from '../../../../test/kernels-gen/layers.ts';
import { sample } from '../../../../test/support/sample.ts';
import { keptProduct } from '../blocks/product.ts';
import { agrees, arraysOf, codeOf, held, kept, transposed } from './blocks-code.ts';
import { KEPT, NOT_KEPT, OTHERS, rectangular } from './blocks-programs.ts';

it.each(Object.entries(KEPT))('%s', (_, p) => {
  expect(kept(codeOf(p))).toBeGreaterThan(0);
});
it.each(
  sample(Object.entries(KEPT), [
    'a chain of blocks of 16',
    'rows of another number',
    'columns along two axes',
  ]),
)('is right: %s', async (_, p) => agrees(p));

it.each(Object.entries(NOT_KEPT))('not kept: %s', async (_, p) => {
  expect(
    kept(
      planOf(p, 'lanes')
        .kernels.map((k) => k.wgsl)
        .join(),
    ),
  ).toBe(0);
  await agrees(p);
});

it('few results are summed at once, more row by row', () => {
  const multiplyAdds = (n: number) => multiplyAddsIn(codeOf(program({ y: chain(n).last })));
  expect(multiplyAdds(16)).toBe(2 * 16 * 2 * 2);
  expect(multiplyAdds(32)).toBe(2 * 32 * 4);
  expect(codeOf(program({ y: chain(16).last }))).not.toContain('for (var row');
  expect(codeOf(program({ y: chain(32).last })).split('for (var row').length - 1).toBe(2);
});

it('sums are of no more steps than compile in time', () => {
  const isKept = (k: number) => {
    const y = matmul('NN', 16, 16, k).outputs[0]!.prim;
    if (y.kind !== 'contraction') throw new TypeError(`${y.kind} is no contraction`);
    return keptProduct({ tensor: y, root: y, epilogue: null, spans: [] }) !== undefined;
  };
  expect([256, 264].map(isKept)).toEqual([true, false]);
});

describe('reads no other element', () => {
  it.each(Object.entries(OTHERS))('%s', async (_, p) => {
    await agrees(p);
  });
});

it('long sums of few results are written out for one row, and no more', () => {
  const multiplyAdds = (m: number, k: number, n: number) => {
    const wgsl = planOf(rectangular(m, k, n), 'lanes')
      .kernels.map((p) => p.wgsl)
      .filter((w) => / kept\d/.test(w));
    return Math.max(0, ...wgsl.map(multiplyAddsIn));
  };
  expect(multiplyAdds(32, 128, 8)).toBeLessThan(300);
  expect(multiplyAdds(16, 128, 16)).toBeLessThan(400);
});

describe('a transpose', () => {
  it('is exchanged between lanes, without memory that they share', () => {
    const wgsl = codeOf(program({ y: chain(32).last }));
    expect([transposed(wgsl), held(wgsl)]).toEqual([1, 0]);
    // Each shuffle exchanges elements of all four 8 × 8 squares at once.
    expect(wgsl.split('subgroupShuffleXor(').length - 1).toBe(4 * 8 * 3);
  });

  it('may have other rows than columns', () => {
    const wgsl = codeOf(rectangular(24, 8, 16));
    expect([transposed(wgsl), held(wgsl)]).toEqual([2, 0]);
  });
});

describe('what blocks read of storage', () => {
  const loads = (wgsl: string, arg: number) => wgsl.split(`arg${arg}[`).length - 1;

  it('is loaded in loops: the columns’ operand for all rows, and one row after the other', async () => {
    const first = product('first', 32, A(32), input('B', [3, 32, 32]));
    const turned = call('mul', load(0, 'g', 'i', 'j'), load(0, 'g', 'j', 'i'));
    const p = program({ y: map('y', [first], square(32), turned) });
    expect([0, 1].map((arg) => loads(codeOf(p), arg))).toEqual([4, 4]);
    await agrees(p);
  });

  it('is copied once where several products do', () => {
    const wgsl = codeOf(program({ y: chain(32).last }));
    expect(loads(wgsl, 0)).toBe(1);
    expect(arraysOf(wgsl, 'own')).toBe(1);
  });
});
