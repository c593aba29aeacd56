/** Fused blocks: one kernel in which a workgroup takes a block through several products and maps. */
import { describe, expect, it } from 'vitest';
import { solveDims } from '../../../compiler/ir/bind.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { SINE } from '../../../kernels-gen/wgsl/calls.ts';
import type { Plan } from '../../../runtime/plan.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { planOf as planOfLayer } from '../../../src/session/session.ts';
import { variantsIn } from '../../support/plans.ts';
import { type Axes, call, contraction, input, load, map, program } from '../build.ts';
import { integers, planOf, violations } from '../execute.ts';
import { A, added, BLOCK, chain, dear, norms, product, scaled, square, stored } from './blocks-programs.ts';

const kernelsOf = (plan: Plan) => variantsIn(plan)[0]!.steps.map((s) => plan.kernels[s.kernel]!.name);
const stepsOf = (plan: Plan, family: string) =>
  variantsIn(plan)[0]!.steps.filter((s) => plan.kernels[s.kernel]!.name.startsWith(family));
const barriers = (wgsl: string) => wgsl.split('workgroupBarrier();').length - 1;

describe('fused blocks are one kernel', () => {
  it.each([1, 2, 5, 8, 17])('for a chain of products of blocks of %d', async (n) => {
    const p = program({ y: chain(n).last });
    if (n > 1) expect(kernelsOf(planOf(p))).toEqual(['blocks_y']);
    expect(await violations(p, 1, integers(p, 1))).toEqual([]);
  });

  it('that stores what others need', async () => {
    const p = program(stored(4));
    const [step] = variantsIn(planOf(p))[0]!.steps;
    expect(step!.bind).toEqual([{ input: 'A' }, { output: 'second' }, { output: 'y' }]);
    expect(await violations(p, 5, integers(p, 5))).toEqual([]);
  });

  it('with one barrier between two stages', async () => {
    const p = program({ y: chain(8).last });
    const plan = planOf(p);
    expect(barriers(plan.kernels[variantsIn(plan)[0]!.steps[0]!.kernel]!.wgsl)).toBe(2);
    expect(await violations(p, 1, integers(p, 1), [undefined])).toEqual([]);
  });

  it('with a dear operand computed once for all products that it is in, however it is turned', async () => {
    const p = program({ y: dear(8) });
    const { wgsl } = planOf(p, 'direct').kernels[0]!;
    // A sine and a cosine, which differ in the quarters of a turn.
    for (const quarters of ['0i', '1i'])
      expect([...wgsl.matchAll(new RegExp(`${SINE}\\(.*, ${quarters}\\)`, 'g'))].length).toBe(1);
    expect(await violations(p, 1, integers(p, 1))).toEqual([]);
  });

  it.each([4, 8, 16])('with a number that all blocks of %d share', async (n) => {
    const { third } = chain(n);
    const y = map('y', [third, input('s', [])], square(n), call('mul', load(0, 'g', 'i', 'j'), load(1)));
    const p = program({ y });
    expect(kernelsOf(planOf(p))).toEqual(['blocks_y']);
    expect(await violations(p, 1, integers(p, 1))).toEqual([]);
  });

  it('with products that are added', async () => {
    const p = program({ y: added(6) });
    expect(kernelsOf(planOf(p))).toEqual(['blocks_y']);
    expect(await violations(p, 1, integers(p, 1))).toEqual([]);
  });

  it.each([3, 8, 17])('with a reduction between products of blocks of %d', async (n) => {
    for (const combine of ['sum', 'max'] as const) {
      const p = program({ y: scaled(n, combine) });
      expect(kernelsOf(planOf(p))).toEqual(['blocks_y']);
      expect(await violations(p, 1, integers(p, 1))).toEqual([]);
    }
  });

  it.each([
    [1, 5],
    [2, 16],
    [4, 100],
  ])('with two reductions of %d × %d elements, which two maps read', async (n, m) => {
    const p = program(norms(n, m));
    expect(kernelsOf(planOf(p))).toHaveLength(1);
    expect(await violations(p, 1, integers(p, 1))).toEqual([]);
  });

  it('for the rotation of OFT, and one for the gradient of its parameters', () => {
    const sizes = solveDims(oft.trace(), { in: 64, out: 48, b: 16 });
    const all = planOfLayer(compileProgram(oft.trace(), { sizes, gradients: true }));
    const blocks = stepsOf(all, 'blocks');
    expect(blocks).toHaveLength(2);
    // R is computed first, before the gradient's products.
    expect(variantsIn(all)[0]!.steps[0]).toBe(blocks[0]);
    expect(blocks.flatMap((s) => s.bind)).toContainEqual({ output: 'grad.v.0' });
    const forward = planOfLayer(compileProgram(oft.trace(), { sizes, gradients: false }));
    expect(stepsOf(forward, 'blocks')).toHaveLength(1);
  });
});

describe('kernels stay apart', () => {
  const kinds = (p: Parameters<typeof planOf>[0]) =>
    new Set(kernelsOf(planOf(p)).map((n) => n.split('_')[0]));

  it('where a block needs another', async () => {
    const { a, third } = chain(4);
    const across = contraction(
      'across',
      [third, a],
      square(4),
      [['k', 3]],
      load(0, 'k', 'i', 'j'),
      load(1, 'g', 'i', 'k'),
    );
    const p = program({ y: across });
    expect(kernelsOf(planOf(p))).toEqual(['blocks_third', 'contraction_y']);
    expect(await violations(p, 1, integers(p, 1))).toEqual([]);
  });

  it('where rows share an operand', () => {
    const rows = contraction(
      'rows',
      [A(4), input('B', [4, 4])],
      square(4),
      [['k', 4]],
      load(0, 'g', 'i', 'k'),
      load(1, 'k', 'j'),
    );
    const p = program({
      y: map('y', [rows], square(4), call('add', load(0, 'g', 'i', 'j'), load(0, 'g', 'j', 'i'))),
    });
    expect(kinds(p)).toEqual(new Set(['contraction', 'map']));
  });

  // A product of 4×4 counts as 16 results, one of 24×24 as 64, and a kernel takes 320 at most.
  it.each([
    [4, 20],
    [24, 5],
  ])('beyond as many results as drivers compile in time: %i×%i blocks', (b, most) => {
    const powers = (count: number) => {
      const a = A(b);
      let last: Prim = a;
      for (let i = 0; i < count; i++) last = product(`power${i}`, b, last, a);
      return kernelsOf(planOf(program({ y: last })));
    };
    expect(powers(most)).toHaveLength(1);
    expect(powers(most + 1)).toHaveLength(2);
  });

  it('where there are no elements', () => {
    const { third } = chain(2);
    const none = map('none', [third], [...BLOCK, ['p', 0]], load(0, 'g', 'p', 1));
    const p = program({ third, none });
    expect(kernelsOf(planOf(p)).filter((n) => n.startsWith('blocks'))).toEqual(['blocks_third']);
  });

  it('where workgroup memory is too small', async () => {
    const p = program({ y: chain(65).last });
    expect(kinds(p)).toEqual(new Set(['contraction', 'map']));
  });

  it('where a kernel between them reads all blocks', async () => {
    const { third } = chain(4);
    const total = contraction(
      'total',
      [third, third],
      [['i', 4]],
      [
        ['g', 3],
        ['k', 4],
      ],
      load(0, 'g', 'i', 'k'),
      load(1, 'g', 'i', 'k'),
    );
    const scaled = contraction(
      'scaled',
      [third, total],
      square(4),
      [['k', 4]],
      load(0, 'g', 'i', 'k'),
      call('add', load(0, 'g', 'k', 'j'), load(1, 'k')),
    );
    // `scaled` is an output here, so y's kernel reads it and does not compute it again.
    const p = program({ y: scaled, third });
    expect(kernelsOf(planOf(p))).toEqual(['blocks_third', 'contraction_total', 'contraction_y']);
    expect(await violations(p, 1, integers(p, 1))).toEqual([]);
  });

  it('where they are as written', () => {
    const { third } = chain(4);
    const p = program({ y: { ...third, args: third.args.map((a) => ({ ...a, stored: true as const })) } });
    expect(kinds(p)).toEqual(new Set(['contraction']));
  });

  it('where blocks depend on the tokens, or are not of 32 bits', () => {
    const a = input('A', ['tokens', 4, 4]);
    const axes: Axes = [
      ['g', 'tokens'],
      ['i', 4],
      ['j', 4],
    ];
    const step = (label: string, x: Prim) =>
      contraction(label, [x, a], axes, [['k', 4]], load(0, 'g', 'i', 'k'), load(1, 'g', 'k', 'j'));
    expect(kinds(program({ y: step('second', step('first', a)) }))).toEqual(new Set(['contraction']));
    const whole = A(4);
    const half = contraction(
      'half',
      [whole, whole],
      square(4),
      [['k', 4]],
      load(0, 'g', 'i', 'k'),
      load(1, 'g', 'k', 'j'),
      {
        dtype: 'f16',
      },
    );
    expect(kinds(program({ y: product('y', 4, half, whole) }))).toEqual(new Set(['contraction']));
  });
});
