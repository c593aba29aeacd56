/**
 * Digests of the code in lanes of fused blocks. A changed golden file lists the programs that a change of the schedule
 * reaches. Other tests run the code, or read it.
 */
import { expect, it } from 'vitest';
import type { PrimProgram } from '../../../../compiler/primitives/prim.ts';
import {
  call,
  constant,
  contraction,
  input,
  load,
  map,
  program,
  sub,
} from '../../../../test/kernels-gen/build.ts';
import { planOf } from '../../../../test/kernels-gen/execute.ts';
import {
  A,
  added,
  BLOCK,
  chain,
  dear,
  norms,
  product,
  scaled,
  square,
  stored,
} from '../../../../test/kernels-gen/families/blocks-programs.ts';
import { held } from '../../../../test/kernels-gen/families/quantized-programs.ts';
import { digest } from '../../../../test/support/digest.ts';
import { variantsIn } from '../../../../test/support/plans.ts';
import { HANDED } from './blocks-handed-programs.ts';
import { KEPT, mirrored, NOT_KEPT, OTHERS, rectangular } from './blocks-programs.ts';

const own = load(0, 'g', 'i', 'j');
const turned = load(0, 'g', 'j', 'i');

/** Y ⊙ Yᵀ of Y = A·B, for blocks of A and B that a lane may copy or not. */
const squares = (n: number) =>
  program({
    y: map('y', [product('first', n, A(n), input('B', [3, n, n]))], square(n), call('mul', own, turned)),
  });

/** Products whose operand is an input of another type, of other blocks, or overwritten. */
const OPERANDS: Readonly<Record<string, PrimProgram>> = {
  'integers that are read as places': program({
    y: map(
      'y',
      [product('first', 16, A(16), A(16)), input('p', [3, 16], 'i32')],
      square(16),
      load(0, 'g', 'i', {
        k: 'iload',
        arg: 1,
        index: [
          { k: 'axis', name: 'g' },
          { k: 'axis', name: 'j' },
        ],
      }),
    ),
  }),
  'a quantised operand': program({
    y: map(
      'y',
      [product('first', 16, A(16), held('B', [3, 16, 16], { format: 'int8' }))],
      square(16),
      call('mul', own, turned),
    ),
  }),
  'a number for all blocks': program({
    y: map(
      'y',
      [product('first', 16, A(16), A(16)), input('s', [])],
      square(16),
      call('mul', turned, load(1)),
    ),
  }),
  'a row for all blocks': program({
    y: map(
      'y',
      [product('first', 16, A(16), A(16)), input('s', [16])],
      square(16),
      call('mul', turned, load(1, 'j')),
    ),
  }),
  'the block before, twice': program({
    y: contraction(
      'y',
      [product('first', 16, A(16), A(16)), A(16)],
      square(16),
      [['k', 16]],
      load(0, 'g', 'k', 'i'),
      call('mul', load(1, sub(2, 'g'), 'k', 'j'), load(1, 'g', 'k', 'j')),
    ),
  }),
  'one element of each block': program({
    y: map('y', [product('first', 16, A(16), A(16))], BLOCK, call('add', load(0, 'g', 0, 0), constant(1))),
  }),
  'rows of eight from blocks of sixteen': program({
    y: map(
      'y',
      [product('first', 16, A(16), A(16))],
      [...BLOCK, ['i', 16], ['j', 8]],
      call('mul', load(0, 'g', 'i', 'j'), load(0, 'g', 'j', 'i')),
    ),
  }),
};

const named = (of: Readonly<Record<string, PrimProgram>>) => Object.entries(of);
const sized = (name: string, sizes: readonly number[], of: (n: number) => PrimProgram) =>
  sizes.map((n): [string, PrimProgram] => [`${name} of ${n}`, of(n)]);
const CASES: readonly (readonly [string, PrimProgram])[] = [
  ...named(KEPT),
  ...named(NOT_KEPT),
  ...named(OTHERS),
  ...named(HANDED),
  ...named(OPERANDS),
  ...sized('A chain', [4, 20, 33], (n) => program({ y: chain(n).last })),
  ...sized('Sums', [4, 12, 24, 32], (n) => program({ y: added(n) })),
  ...sized('Stored', [8, 12, 24], (n) => program(stored(n))),
  ...sized('Dear operands', [8, 12, 24], (n) => program({ y: dear(n) })),
  ...sized('Squares', [8, 16, 32, 64, 72], squares),
  ...sized('Symmetric blocks', [8, 16, 20, 32], (n) => mirrored(n, 1)),
  ...sized('Skew-symmetric blocks', [8, 16, 20, 32], (n) => mirrored(n, -1)),
  ...sized('Rectangles of one row', [8, 16], (n) => rectangular(8, n, 8)),
  ...sized('Rectangles of few columns', [8, 64, 128, 136], (n) => rectangular(32, n, 8)),
  ...sized('Rectangles of many columns', [8, 24], (n) => rectangular(8, n, 64)),
  ...sized('Tall rectangles', [8, 16], (n) => rectangular(64, n, 16)),
  ...sized('Reductions between products', [8, 12, 16], (n) => program({ y: scaled(n) })),
  ...sized('Reductions without products', [5, 16], (n) => program(norms(2, n))),
];

/** The digests of a program's kernels in lanes, by their names. */
function digestsOf(p: PrimProgram): string {
  const plan = planOf(p, 'lanes');
  const steps = variantsIn(plan, 'lanes').flatMap((v) => v.steps);
  const own = new Set(steps.flatMap((s) => [s, ...(s.alternatives ?? [])].map((way) => way.kernel)));
  return plan.kernels
    .filter((_, k) => own.has(k))
    .map((k) => `  ${k.name} ${digest(k.wgsl)}\n`)
    .join('');
}

/** Cases in groups that take a fraction of a second. */
const GROUP = 5;
const groups = Array.from({ length: Math.ceil(CASES.length / GROUP) }, (_, n) =>
  CASES.slice(n * GROUP, (n + 1) * GROUP),
);
it.each(groups.map((group, n) => [n, group] as const))('the code of group %d', async (n, group) => {
  const text = group.map(([name, p]) => `${name}\n${digestsOf(p)}`).join('');
  await expect(text).toMatchFileSnapshot(`./blocks/${n}.txt`);
});
