/** Parts of a Plan, by the class of devices that runs them. */
import { type DevicePlan, type Plan, type PlanVariant, planOfClass } from '../../runtime/plan.ts';

/** What devices of a class run; of the portable one by default. */
export function variantsIn(plan: Plan | DevicePlan, device = 'portable'): readonly PlanVariant[] {
  if ('variants' in plan) return plan.variants;
  const found = planOfClass(plan, device);
  if (!found) throw new Error(`no class ${device} among ${plan.classes.map((c) => c.name).join(', ')}`);
  return found.variants;
}

/** The same Plan with other variants, in every class. */
export const withVariants = (plan: Plan, change: (v: PlanVariant) => PlanVariant): Plan => ({
  ...plan,
  classes: plan.classes.map((c) => ({ ...c, variants: c.variants.map(change) })),
});

/** The same Plan with these variants on every device. */
export const onlyVariants = (plan: Plan, variants: readonly PlanVariant[]): Plan => ({
  ...plan,
  classes: [{ name: 'portable', devices: {}, variants }],
});

/** What each class runs, as a Plan for every device. */
export const eachClass = (plan: Plan): Plan[] =>
  plan.classes.map((c) => ({ ...plan, classes: [{ ...c, devices: {} }] }));
