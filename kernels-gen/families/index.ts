/** Generates the code of a kernel by its family. */
import type { Kernel } from '../fuse/kernel.ts';
import { generateAttention } from './attention/index.ts';
import { generateContraction } from './contraction/index.ts';
import type { Generated, ScheduleOptions } from './family.ts';
import { generateMap } from './map/index.ts';
import { generateReduction } from './reduction/index.ts';
import { generateScatter } from './scatter.ts';
import { generateSolve } from './solve/index.ts';

export function generate(kernel: Kernel, options: ScheduleOptions): Generated {
  const { root } = kernel;
  switch (root.kind) {
    case 'map':
      return generateMap({ ...kernel, root }, options);
    case 'reduce':
      return generateReduction({ ...kernel, root }, options);
    case 'contraction':
      return generateContraction({ ...kernel, root }, options);
    case 'scatter':
      return generateScatter({ ...kernel, root }, options);
    case 'solve':
      return generateSolve({ ...kernel, root }, options);
    case 'attention':
      return generateAttention({ ...kernel, root }, options);
    default:
      throw new TypeError(`unknown primitive ${root satisfies never}`);
  }
}
