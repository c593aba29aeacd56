/** Computes the cost of a Plan: operations, bytes, launches and memory. */
import { type DevicePlan, evalExtent, type Plan, type PlanStep, temporaryBytes } from '../runtime/plan.ts';
import { KernelError } from './error.ts';

export interface PlanCost {
  readonly flops: number;
  /** The bytes that kernels load and store: each tensor counts once for each kernel. */
  readonly bytes: number;
  readonly launches: number;
  readonly peakTemporaryBytes: number;
}

/** The cost of a Plan at a token count, computed without a device. Of several classes, the first one's is taken. */
export function planCost(plan: Plan | DevicePlan, tokens: number): PlanCost {
  const { variants } = 'classes' in plan ? plan.classes[0]! : plan;
  const variant = variants.find((v) => v.minTokens <= tokens && tokens <= (v.maxTokens ?? Infinity));
  if (variant === undefined) throw new KernelError(`Plan '${plan.name}' has no variant for ${tokens} tokens`);
  const run = variant.steps.filter((s) => evalExtent(s.workgroups, tokens) > 0);
  const sum = (of: (s: PlanStep) => PlanStep['flops']) =>
    run.reduce((n, s) => n + evalExtent(of(s), tokens), 0);
  return {
    flops: sum((s) => s.flops),
    bytes: sum((s) => s.bytes),
    launches: run.length,
    peakTemporaryBytes: temporaryBytes(variant, tokens),
  };
}
