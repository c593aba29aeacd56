import { CLASSES, type DeviceClass } from '../../compiler/devices/index.ts';
import { assemblePlan, type PlanOptions, type VariantProgram } from '../../kernels-gen/index.ts';
import type { Plan } from '../../runtime/plan.ts';

/** The Plan of a program's variants, which are the same for each class. */
export const generatePlan = (
  variants: readonly VariantProgram[],
  { devices = CLASSES, ...options }: PlanOptions & { readonly devices?: readonly DeviceClass[] },
): Plan =>
  assemblePlan(
    devices.map((device) => ({ device, variants })),
    options,
  );
