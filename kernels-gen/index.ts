/** Programs of primitives to Plans. */
export { KernelError } from './error.ts';
export { STRATEGIES, type Strategy } from './families/index.ts';
export type { ClassProgram, PlanOptions } from './options.ts';
export { assemblePlan, generatePlan } from './plan.ts';
export { type PlanCost, planCost } from './plan-cost.ts';
export type { Variant } from './variants.ts';
