/** The kernels of blocks, written out in wgsl/: their stages, where each has its results, and what they cost. */

import { expect, it } from 'vitest';
import type { PrimProgram } from '../../compiler/primitives/prim.ts';
import { evalExtent } from '../../runtime/plan.ts';
import { variantsIn } from '../support/plans.ts';
import { added, chain, dear, stored } from './blocks-programs.ts';
import { program } from './build.ts';
import { planOf } from './execute.ts';
import { expectWritten } from './written.ts';

const PROGRAMS: Readonly<Record<string, PrimProgram>> = {
  chain: program({ y: chain(5).last }),
  tiles: program({ y: chain(20).last }),
  dear: program({ y: dear(6) }),
  added: program({ y: added(3) }),
  stored: program(stored(4)),
};

it.each(
  Object.entries(PROGRAMS).flatMap(([name, p]) =>
    (['direct', 'lanes'] as const).map((s) => [name, s, p] as const),
  ),
)('%s, %s', (name, strategy, p) => {
  const plan = planOf(p, strategy);
  const { kernels } = plan;
  const [step] = variantsIn(plan, strategy === 'lanes' ? 'lanes' : 'portable')[0]!.steps;
  const written = kernels.filter(
    (k) => k.name.startsWith('blocks') && k.name.endsWith('_lanes') === (strategy === 'lanes'),
  );
  expect(written).toHaveLength(1);
  const figures = [step!.flops, step!.bytes, step!.workgroups].map((e) => evalExtent(e, 7));
  expectWritten(
    `blocks-${name}-${strategy}`,
    `// ${step!.label}: ${figures[0]} operations, ${figures[1]} bytes, ${figures[2]} workgroups\n${written[0]!.wgsl}`,
  );
});
