/** The Plan of a large block's gradient, which no device runs here. */
import { expect, it } from 'vitest';
import { gpu } from '../../../compiler/devices/index.ts';
import { planCost } from '../../../kernels-gen/index.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { blockProgram, blockStages } from '../../../src/finetune/blocks.ts';
import { compiledStage } from '../../../src/finetune/compiled-stage.ts';
import { SMALL } from './support.ts';

it('derives the gradient at many tokens, where it moves more bytes than as written but takes less time', () => {
  const config = { ...SMALL, hiddenSize: 2048, intermediateSize: 4096, heads: 32, kvHeads: 16, headDim: 64 };
  const program = blockProgram(config, { source: oft, dims: { b: 32 } });
  const { gradient } = blockStages(program, { stored: {}, asWritten: false });
  const plan = compiledStage(program, gradient, gpu).plan();
  const { flops, bytes, launches } = planCost(plan, 8192);
  const { chosenBy } = gpu;
  // Derived: 0.649 s in 69 launches. As written: 0.797 s in 88 launches.
  expect(launches).toBe(69);
  expect(planCost(plan, 32_768).launches).toBe(69);
  expect(flops / chosenBy.flops + bytes / chosenBy.bandwidth + launches * chosenBy.launch).toBeLessThan(0.66);
});
