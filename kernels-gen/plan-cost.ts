/** Computes the cost of a Plan: operations, bytes, launches and memory. */
import {
  type DevicePlan,
  evalExtent,
  type Plan,
  type PlanStep,
  type PlanVariant,
  temporaryBytes,
} from '../runtime/plan.ts';
import { KernelError } from './error.ts';

export interface PlanCost {
  readonly flops: number;
  /** The bytes that kernels load and store: each tensor counts once for each kernel. */
  readonly bytes: number;
  readonly launches: number;
  readonly peakTemporaryBytes: number;
}

/** The variant of a Plan for a token count. Of several classes, the first one's is taken. */
function variantAt(plan: Plan | DevicePlan, tokens: number): PlanVariant {
  const { variants } = 'classes' in plan ? plan.classes[0]! : plan;
  const variant = variants.find((v) => v.minTokens <= tokens && tokens <= (v.maxTokens ?? Infinity));
  if (variant === undefined) throw new KernelError(`Plan '${plan.name}' has no variant for ${tokens} tokens`);
  return variant;
}

const launched = ({ steps }: PlanVariant, tokens: number): PlanStep[] =>
  steps.filter((s) => evalExtent(s.workgroups, tokens) > 0);

/** The steps that a Plan runs at a token count. Of several classes, the first one's are taken. */
export const stepsRun = (plan: Plan | DevicePlan, tokens: number): PlanStep[] =>
  launched(variantAt(plan, tokens), tokens);

/** The cost of a Plan at a token count, computed without a device. Of several classes, the first one's is taken. */
export function planCost(plan: Plan | DevicePlan, tokens: number): PlanCost {
  const variant = variantAt(plan, tokens);
  const run = launched(variant, tokens);
  const sum = (of: (s: PlanStep) => PlanStep['flops']) =>
    run.reduce((n, s) => n + evalExtent(of(s), tokens), 0);
  return {
    flops: sum((s) => s.flops),
    bytes: sum((s) => s.bytes),
    launches: run.length,
    peakTemporaryBytes: temporaryBytes(variant, tokens),
  };
}
