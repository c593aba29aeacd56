/** Makes Plans of programs of primitives. */
export { KernelError } from './error.ts';
export { estimate } from './estimate.ts';
export { scheduleOf, schedulesOf } from './kernel-table.ts';
export { launchesOf } from './launches.ts';
export { costOf } from './loops/cost.ts';
export { showCost, showLoops } from './loops/show.ts';
export type { ClassProgram, PlanOptions } from './options.ts';
export { partsOf } from './parts.ts';
export { assemblePlan } from './plan.ts';
export { type PlanCost, planCost, stepsRun } from './plan-cost.ts';
export { launchOf } from './plan-variant.ts';
export {
  type LaunchPrediction,
  type PlanPrediction,
  predictKernel,
  predictPlan,
  traitsOfExample,
} from './predict.ts';
export { STRATEGIES, type Strategy } from './schedule/index.ts';
export { said } from './step.ts';
export { TYPICAL_TOKENS, type VariantProgram } from './variants.ts';
