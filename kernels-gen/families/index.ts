/** A fused kernel's family and its code. */
import type { Kernel } from '../fuse/kernel.ts';
import { generateContraction, type ScheduleOptions } from './contraction/index.ts';
import type { Generated } from './family.ts';
import { generateMap } from './map.ts';
import { generateReduction } from './reduction.ts';
import { generateScatter } from './scatter.ts';
import { generateSolve } from './solve.ts';

export type { Strategy } from './contraction/index.ts';

export function generate(kernel: Kernel, options: ScheduleOptions): Generated {
  const { tokens } = options;
  const { root } = kernel;
  switch (root.kind) {
    case 'map':
      return generateMap({ ...kernel, root });
    case 'reduce':
      return generateReduction({ ...kernel, root }, tokens);
    case 'contraction':
      return generateContraction({ ...kernel, root }, options);
    case 'scatter':
      return generateScatter({ ...kernel, root });
    case 'solve':
      return generateSolve({ ...kernel, root }, tokens);
    default:
      throw new TypeError(`unknown primitive ${root satisfies never}`);
  }
}
