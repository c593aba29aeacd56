/** Helpers to read and change the parts of a Plan for a class of devices. */
import { type DevicePlan, type Plan, type PlanVariant, planOfClass } from '../../runtime/plan.ts';

/** The variants that devices of a class run; of the class `portable` by default. */
export function variantsIn(plan: Plan | DevicePlan, device = 'portable'): readonly PlanVariant[] {
  if ('variants' in plan) return plan.variants;
  const found = planOfClass(plan, device);
  if (!found) throw new Error(`no class ${device} among ${plan.classes.map((c) => c.name).join(', ')}`);
  return found.variants;
}

/** A Plan with every variant of every class changed. */
export const withVariants = (plan: Plan, change: (v: PlanVariant) => PlanVariant): Plan => ({
  ...plan,
  classes: plan.classes.map((c) => ({ ...c, variants: c.variants.map(change) })),
});

/** A Plan that runs these variants on every device. */
export const onlyVariants = (plan: Plan, variants: readonly PlanVariant[]): Plan => ({
  ...plan,
  classes: [{ name: 'portable', devices: {}, variants }],
});

/**
 * Splits a Plan: for each class, a Plan that runs the class's variants on every device. A class is left out whose kernels
 * may need more workgroup memory than `bytes`.
 */
export const eachClass = (plan: Plan, bytes = Infinity): Plan[] =>
  plan.classes
    .filter((c) => (c.devices.workgroupBytes ?? 0) <= bytes)
    .map((c) => ({ ...plan, classes: [{ ...c, devices: {} }] }));
