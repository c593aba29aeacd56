import type { Plan, PlanStep } from './plan.ts';

/** Invocations of every subgroup of a device; undefined where it has no subgroups, or they differ. */
function subgroupSize(device: GPUDevice): number | undefined {
  const { subgroupMinSize, subgroupMaxSize } = device.adapterInfo;
  return device.features.has('subgroups') && subgroupMinSize === subgroupMaxSize
    ? subgroupMinSize
    : undefined;
}

/** The Plan with the steps' alternatives that are for the device in their place, and without kernels that it then never runs. */
export function planFor(device: GPUDevice, plan: Plan): Plan {
  const size = subgroupSize(device);
  const kernels: Plan['kernels'][number][] = [];
  const places = new Map<number, number>();
  const place = (kernel: number): number => {
    const known = places.get(kernel);
    if (known !== undefined) return known;
    places.set(kernel, kernels.length);
    return kernels.push(plan.kernels[kernel]!) - 1;
  };
  const chosen = ({ alternatives = [], ...step }: PlanStep): PlanStep => {
    const { kernel, workgroups } = alternatives.find((a) => a.subgroupSize === size) ?? step;
    return { ...step, kernel: place(kernel), workgroups };
  };
  const variants = plan.variants.map((v) => ({ ...v, steps: v.steps.map(chosen) }));
  return { ...plan, variants, kernels };
}
