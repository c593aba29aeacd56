/** The loops of fused blocks in lanes equal what their members compute, exactly over the prime field. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cpuVectors } from '../../../../compiler/devices/index.ts';
import { solveDims } from '../../../../compiler/ir/bind.ts';
import { compileProgram } from '../../../../compiler/pipeline.ts';
import type { PrimProgram } from '../../../../compiler/primitives/prim.ts';
import { layer, polynomial, trainable } from '../../../../src/language/dsl/index.ts';
import { variantsOf } from '../../../../src/session/plan.ts';
import { program } from '../../../../test/kernels-gen/build.ts';
import {
  added,
  chain,
  norms,
  scaled,
  stored,
} from '../../../../test/kernels-gen/families/blocks-programs.ts';
import { expectBlocks } from '../../../../test/kernels-gen/loops/run.ts';
import { assertCovering } from '../../../../test/support/runs.ts';
import type { FusedBlocks } from '../../../fuse/blocks.ts';
import { launchesOf } from '../../../launches.ts';
import { laneBlocksLoops } from '../blocks/schedule.ts';
import { mirrored, rectangular } from './blocks-programs.ts';

const size = fc.constantFrom(4, 8, 12, 16, 20, 24, 32, 33);
const lanes = fc.constantFrom(8, 16, 24);
const programs: fc.Arbitrary<readonly [string, PrimProgram]> = fc.oneof(
  size.map((n) => ['chain', program({ y: chain(n).last })] as const),
  size.map((n) => ['stored', program(stored(n))] as const),
  size.map((n) => ['added', program({ y: added(n) })] as const),
  size.map((n) => ['scaled', program({ y: scaled(n) })] as const),
  size.map((n) => ['norms', program(norms(3, n))] as const),
  fc
    .tuple(size, fc.constantFrom(1 as const, -1 as const))
    .map(([n, s]) => ['mirrored', mirrored(n, s)] as const),
  fc.tuple(lanes, lanes, lanes).map((all) => ['rectangular', rectangular(...all)] as const),
);

test('fused blocks', () => {
  const met = new Set<string>();
  assertCovering(
    fc.property(programs, fc.boolean(), fc.integer(), ([name, p], isLockstep, seed) => {
      const { kernels } = launchesOf({ minTokens: 0, maxTokens: null, program: p }, cpuVectors);
      for (const group of kernels.filter((k): k is FusedBlocks => 'members' in k)) {
        const made = laneBlocksLoops(group, [], isLockstep);
        if (made === undefined) continue;
        expectBlocks(group, made, 1, seed);
        met.add(name);
      }
    }),
    [25, 1000],
    () => met.size === 7,
  );
  expect([...met].sort()).toEqual(['added', 'chain', 'mirrored', 'norms', 'rectangular', 'scaled', 'stored']);
});

test('a sum of products may have some whose columns shift through registers and some whose do not', () => {
  const cubic = layer({ u: trainable('g', 'b', 'b') }, ({ u }) => polynomial(u, [1, 2, 2, 1]), {
    name: 'cubic',
  });
  const program = cubic.trace();
  const sizes = solveDims(program, { g: 2, b: 8 });
  const variants = variantsOf(compileProgram(program, { sizes, gradients: true, profile: cpuVectors }));
  const groups = variants.flatMap((v) =>
    launchesOf(v, cpuVectors).kernels.filter((k): k is FusedBlocks => 'members' in k),
  );
  expect(groups.length).toBe(1);
  for (const [seed, group] of groups.entries())
    expectBlocks(group, laneBlocksLoops(group, [], true), 1, seed);
});
