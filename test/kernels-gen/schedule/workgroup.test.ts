/** The ways of the recipe for GPUs, and the sizes and products that its schedules refuse. */
import { describe, expect, it } from 'vitest';
import { cpuVectors, gpu, launchOperations } from '../../../compiler/devices/index.ts';
import type { ContractionKernel } from '../../../kernels-gen/fuse/kernel.ts';
import { STRATEGIES, type Strategy } from '../../../kernels-gen/index.ts';
import { isOf, sized } from '../../../kernels-gen/schedule/choice.ts';
import { choices, choicesOf } from '../../../kernels-gen/schedule/workgroup/choices.ts';
import { workgroup } from '../../../kernels-gen/schedule/workgroup/index.ts';
import { matrixKernel } from '../../../kernels-gen/schedule/workgroup/matrix.ts';
import { partsOf } from '../../../kernels-gen/schedule/workgroup/split.ts';
import { evalExtent } from '../../../runtime/plan.ts';
import { load } from '../build.ts';
import { matrices, options, product } from './contractions.ts';

const over = (kernel: ContractionKernel, by: 'rows' | 'elements' = 'rows'): ContractionKernel => ({
  ...kernel,
  overwrites: { tensor: kernel.root.args[0]!, by },
});
/** Few tiles with long sums, and many tiles with short ones. */
const [LONG, SHORT] = [matrices('NN', 64, 64, 8192), matrices('NN', 1024, 1024, 64)];
const NO_SUM = product(
  [
    ['m', 64],
    ['n', 48],
  ],
  [],
  [[64], [48]],
  load(0, 'm'),
  load(1, 'n'),
);

describe('the ways of a product', () => {
  const made = (kernel: ContractionKernel, strategy?: Strategy) =>
    workgroup.contraction(kernel, options(strategy)).flatMap((w) => (w.emit() ? [w.strategy] : []));

  it('are split sums where these are long and tiles few, and tiles else', () => {
    expect(made(LONG)).toEqual(['split']);
    expect(made(SHORT)).toEqual(['matrix', 'shared']);
    // Two parts of 64 tiles are enough workgroups.
    expect(made(matrices('NN', 16, 1024, 1024))).toEqual(['split']);
  });

  it('are tiles where a strategy is asked for, or where rows are overwritten', () => {
    expect(made(LONG, 'shared')).toContain('shared');
    expect(made(over(matrices('NN', 64, 64, 64)))).not.toContain('split');
    expect(made(over(LONG))).toContain('shared');
    expect(made(over(LONG))).not.toContain('split');
  });

  it('have strategies in the order in which they are tried', () => {
    const own = new Set<Strategy>(workgroup.strategies);
    const ways = workgroup.contraction(SHORT, options()).map((w) => w.strategy);
    expect([...new Set(ways)]).toEqual(['split', 'matrix', 'shared', 'pipelined']);
    expect(STRATEGIES.filter((s) => own.has(s))).toEqual(['split', 'matrix', 'shared', 'pipelined']);
  });
});

describe('a choice of a table', () => {
  it('may share a sum among these numbers of workgroups', () => {
    const all = Array.from({ length: 20 }, (_, n) => n);
    const allowed = (way: 'split' | 'shared') =>
      all.filter((n) => isOf(choices[way].sizes, sized(way, 16, 16, n)));
    expect(allowed('split')).toEqual([2, 3, 4, 6, 8, 12, 16]);
    expect(allowed('shared')).toEqual([1]);
  });

  it('is of products with sums, and splits none whose rows are overwritten', () => {
    const emitted = (way: 'split' | 'shared', kernel: ContractionKernel) =>
      choices[way].emit(sized(way, 32, 64, 2), kernel);
    expect([emitted('shared', NO_SUM), emitted('split', NO_SUM)]).toEqual([undefined, undefined]);
    expect(emitted('split', over(LONG))).toBeUndefined();
    const { before } = emitted('split', matrices('NN', 96, 64, 8192))!;
    // Three tiles of 32 × 64, each of which two workgroups share.
    expect(evalExtent(before!.workgroups, 1)).toBe(3 * 2);
  });

  it('pipelines tiles of 32 or 64 rows and columns', () => {
    const { sizes } = choices.pipelined;
    const all = [16, 32, 48, 63, 64, 65, 128];
    const allowed = all.flatMap((r) =>
      all.flatMap((c) => (isOf(sizes, sized('pipelined', r, c)) ? [[r, c]] : [])),
    );
    expect(allowed).toEqual([
      [32, 32],
      [32, 64],
      [64, 32],
      [64, 64],
    ]);
  });

  it('pipelines by whole subgroups, and no product without a sum', () => {
    const made = (rows: number, kernel: ContractionKernel) =>
      choices.pipelined.emit(sized('pipelined', rows, rows), kernel, options()) !== undefined;
    expect([made(32, LONG), made(16, LONG), made(32, NO_SUM)]).toEqual([true, false, false]);
  });

  it('is of a class that stages tiles', () => {
    expect(choicesOf(LONG, 64, cpuVectors)).toBeUndefined();
    expect(choicesOf(NO_SUM, 64, gpu)).toBeUndefined();
    expect(choicesOf(LONG, 64, gpu)).toBeDefined();
  });
});

it('sums are split that take as long as half a launch', () => {
  expect(launchOperations(gpu.chosenBy)).toBe(2 * 100 * 100 * 1000);
  const parts = (steps: number) => partsOf(matrices('NN', 100, 100, steps), options());
  expect([parts(999), parts(1000) > 1]).toEqual([1, true]);
});

it('subgroup matrices exchange operands where rows are overwritten that are wider than a tile', () => {
  const left = (n: number) => matrixKernel(over(matrices('NN', 256, n, n)), options('matrix'))!.root.a;
  expect([32, 33].map(left)).toMatchObject([{ arg: 0 }, { arg: 1 }]);
});
