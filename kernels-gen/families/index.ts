/** Generates the code of a kernel by its family. */
import type { AttentionPrim } from '../../compiler/primitives/prim.ts';
import type { ContractionKernel, Kernel } from '../fuse/kernel.ts';
import { generateAttention } from './attention/index.ts';
import type { BlocksOver } from './blocks/index.ts';
import { generateContraction } from './contraction/index.ts';
import type { Generated, ScheduleOptions, Ways } from './family.ts';
import { generateMap } from './map/index.ts';
import type { MapKernel } from './map/schedule.ts';
import { generateReduction } from './reduction/index.ts';
import type { Reduction } from './reduction/schedule.ts';
import { generateScatter } from './scatter.ts';
import { generateSolve } from './solve/index.ts';
import type { SolveKernel } from './solve/schedule.ts';

/** The ways to compute the kernels of each family. */
export interface FamilyWays {
  readonly contraction: Ways<ContractionKernel>;
  readonly map: Ways<MapKernel>;
  /** Ways to compute a reduction whose sums several threads share. */
  readonly reduction: Ways<Reduction>;
  /** Ways to solve systems that fit into workgroup memory. */
  readonly solve: Ways<SolveKernel>;
  readonly attention: Ways<AttentionPrim>;
  readonly blocks: Ways<BlocksOver>;
}

export function generate(kernel: Kernel, options: ScheduleOptions, ways: FamilyWays): Generated {
  const { root } = kernel;
  switch (root.kind) {
    case 'map':
      return generateMap({ ...kernel, root }, options, ways.map);
    case 'reduce':
      return generateReduction({ ...kernel, root }, options, ways.reduction);
    case 'contraction':
      return generateContraction({ ...kernel, root }, options, ways.contraction);
    case 'scatter':
      return generateScatter({ ...kernel, root }, options);
    case 'solve':
      return generateSolve({ ...kernel, root }, options, ways.solve);
    case 'attention':
      return generateAttention({ ...kernel, root }, options, ways.attention);
    default:
      throw new TypeError(`unknown primitive ${root satisfies never}`);
  }
}
