/**
 * Loads the compiler as users run it: the built modules. tsx, which runs the benchmarks, wraps every function, and
 * compiling then takes a tenth to a quarter longer.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

async function load<M>(path: string): Promise<M> {
  const { href } = new URL(`../dist/${path}.js`, import.meta.url);
  if (!existsSync(fileURLToPath(href))) throw new Error(`dist/${path}.js is missing: npm run build`);
  return import(href);
}

await load('src/node');
export const { FrontEnd } =
  await load<typeof import('../compiler/frontend/index.ts')>('compiler/frontend/index');
export const { bindProgram, solveDims } =
  await load<typeof import('../compiler/ir/bind.ts')>('compiler/ir/bind');
export const { compileProgram } = await load<typeof import('../compiler/pipeline.ts')>('compiler/pipeline');
export const { CLASSES } =
  await load<typeof import('../compiler/devices/index.ts')>('compiler/devices/index');
export const { oft } = await load<typeof import('../src/adapters/oft.ts')>('src/adapters/oft');
export const { blockProgram, blockStages } =
  await load<typeof import('../src/finetune/blocks.ts')>('src/finetune/blocks');
export const { compiledStage } = await load<typeof import('../src/finetune/compiled-stage.ts')>(
  'src/finetune/compiled-stage',
);
export const { compileOn, planOf } = await load<typeof import('../src/session/plan.ts')>('src/session/plan');
