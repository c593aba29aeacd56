/**
 * The strategy `split`: several workgroups share each sum, in parts of every length, and a second dispatch adds them
 * up.
 */
import { describe, expect, it } from 'vitest';
import { gpu } from '../../../compiler/devices/index.ts';
import type { PrimProgram } from '../../../compiler/primitives/prim.ts';
import { planFor } from '../../../runtime/choose.ts';
import { evalExtent, temporaryBytes } from '../../../runtime/plan.ts';
import { testDevice } from '../../support/device.ts';
import { variantsIn } from '../../support/plans.ts';
import { sample } from '../../support/sample.ts';
import { call, contraction, input, load, map, program, type Size } from '../build.ts';
import { integers, planOf, violations } from '../execute.ts';
import { blockGradient, matmul } from '../layers.ts';

const x = input('x', ['tokens', 2 * 31]);
const PROGRAMS: Readonly<Record<string, readonly [PrimProgram, ...tokens: number[]]>> = {
  'TN over tokens': [matmul('TN', 20, 33, 'tokens', true), 0, 1, 16, 31, 32, 33, 65, 300],
  'vectors over tokens': [matmul('TN', 16, 64, 'tokens'), 0, 1, 65],
  'a long sum, as wide as whole parts': [matmul('NT', 17, 20, 512), 1],
  'a long sum that ends within a part': [matmul('NN', 20, 17, 523, true), 1],
  'a short sum, of which most parts are empty': [matmul('NT', 20, 17, 3), 1],
  'tokens as rows': [matmul('NT', 'tokens', 17, 70), 0, 1, 37],
  'gradients of blocks': [
    program({ dT: blockGradient(x, input('g', ['tokens', 2 * 31]), 'tokens', 2, 31) }),
    0,
    1,
    65,
  ],
};

it.each(sample(Object.entries(PROGRAMS), ['TN over tokens', 'a long sum that ends within a part']))(
  '%s',
  async (_, [p, ...counts]) => {
    const plan = planOf(p, 'split');
    expect(variantsIn(plan, 'split')[0]!.steps.some((s) => s.first)).toBe(true);
    for (const tokens of counts)
      expect(await violations(p, tokens, integers(p, tokens, 1), ['split'])).toEqual([]);
  },
);
/** The code that a GPU runs for a program, and whether it is a split. */
function splitOf(p: PrimProgram) {
  const plan = planOf(p, undefined, [gpu]);
  const [step] = variantsIn(plan, 'gpu')[0]!.steps;
  const ways = [...(step!.alternatives ?? []), step!];
  const names = ways.map((a) => plan.kernels[a.kernel]!.name.split('_').at(-1));
  return { names, first: step!.first };
}

describe('a GPU splits sums', () => {
  /** The number of parts that each sum is split into. */
  const parts = (m: Size, n: Size, k: Size): number => {
    const { first } = splitOf(matmul('TN', m, n, k));
    if (first === undefined) return 1;
    const tiles = (s: number) => Math.ceil(s / 16);
    return evalExtent(first.workgroups, 512) / (tiles(Number(m)) * tiles(Number(n)));
  };
  it('that are long and few, into as many parts as keep it busy', () => {
    // 16 × 1024 results are 64 tiles of 16 × 16. Two parts make 128 workgroups, which are enough.
    expect(parts(16, 1024, 'tokens')).toBe(1);
    expect(parts(16, 1024, 1024)).toBe(2);
    expect(parts(16, 512, 2048)).toBe(4);
    expect(parts(32, 64, 16384)).toBe(16);
    // A part has at least 128 steps.
    expect(parts(64, 64, 4096)).toBe(8);
    expect(parts(96, 96, 1023)).toBe(1);
  });
  it('but not where work is little, tiles are mostly edge, or workgroups are enough', () => {
    // A second launch takes as long as 10⁷ multiply-adds, so less work than that is not split.
    expect(parts(48, 48, 4340)).toBe(1);
    expect(parts(48, 48, 4341)).toBe(15);
    expect(parts(15, 512, 8192)).toBe(1);
    expect(parts(512, 15, 8192)).toBe(1);
    expect(parts(16, 512, 8192)).toBe(4);
    expect(parts(256, 512, 4096)).toBe(1);
  });
  it('in place of the strategy shared', () => {
    expect(splitOf(matmul('TN', 64, 64, 4096)).names).toEqual(['split']);
    expect(splitOf(matmul('TN', 512, 512, 4096)).names).not.toContain('split');
  });
});

describe('parts are added up in a temporary', () => {
  it('that steps share, and that only devices allocate which run the split', async () => {
    const [a, b] = [input('a', [4096, 64]), input('b', [4096, 64])];
    const over = (arg: number, e = load(arg, 'k', 'n')) =>
      contraction(
        `y${arg}`,
        [a, b],
        [
          ['m', 32 * (arg + 1)],
          ['n', 64],
        ],
        [['k', 4096]],
        load(0, 'k', 'm'),
        e,
      );
    const plan = planOf(program({ y: over(1), z: over(0) }));
    const [variant] = variantsIn(plan, 'gpu');
    expect(variant!.slots).toEqual([4 * 16 * 32 * 64]);
    expect(temporaryBytes(variant!, 1)).toBe(4 * 16 * 32 * 64);
    const chosen = variantsIn(planFor(await testDevice(), plan))[0]!;
    expect(chosen.slots).toEqual([]);
    expect(chosen.steps.every((s) => s.first === undefined)).toBe(true);
  });

  it('before the epilogue, whose tensors the products do not read', async () => {
    const y = contraction(
      'y',
      [input('a', [40, 20]), input('b', [40, 17])],
      [
        ['m', 20],
        ['n', 17],
      ],
      [['k', 40]],
      load(0, 'k', 'm'),
      load(1, 'k', 'n'),
    );
    const z = map(
      'z',
      [y, input('c', [17])],
      [
        ['i', 20],
        ['j', 17],
      ],
      call('add', call('abs', load(0, 'i', 'j')), load(1, 'j')),
    );
    const p = program({ z });
    const plan = planOf(p, 'split');
    const [split] = variantsIn(plan, 'split')[0]!.steps;
    expect(split!.first!.bind).toEqual([{ input: 'a' }, { input: 'b' }, { slot: 0 }]);
    expect(split!.bind).toEqual([{ input: 'c' }, { slot: 0 }, { output: 'z' }]);
    expect(await violations(p, 0, integers(p, 0, 2), ['split'])).toEqual([]);
  });
});
