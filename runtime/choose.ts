import type { Plan, PlanAlternative, PlanStep } from './plan.ts';

/** The Plan with no alternatives but those that its token counts choose on the device, and without kernels that it then never runs. */
export function planFor(device: GPUDevice, plan: Plan): Plan {
  // Older browsers have no adapterInfo, others leave its sizes out: the portable kernels run there.
  const info = device.adapterInfo as Partial<GPUAdapterInfo> | undefined;
  const within = (n: number | undefined, [from, to]: readonly [number, number]): boolean =>
    n !== undefined && from <= n && n <= to;
  const fits = ({ subgroups: { smallest, largest }, software, kernel }: PlanAlternative): boolean =>
    (!software || info?.isFallbackAdapter === true) &&
    within(info?.subgroupMinSize, smallest) &&
    within(info?.subgroupMaxSize, largest) &&
    plan.kernels[kernel]!.features.every((f) => device.features.has(f));

  const kernels: Plan['kernels'][number][] = [];
  const places = new Map<number, number>();
  const place = (kernel: number): number => {
    const known = places.get(kernel);
    if (known !== undefined) return known;
    places.set(kernel, kernels.length);
    return kernels.push(plan.kernels[kernel]!) - 1;
  };
  const chosen = ({ alternatives = [], ...step }: PlanStep): PlanStep => {
    const fitting = alternatives.filter(fits);
    const always = fitting.findIndex((a) => a.maxTokens === undefined);
    const { kernel, workgroups } = fitting[always] ?? step;
    const few = fitting.slice(0, always < 0 ? fitting.length : always);
    const rest = { ...step, kernel: place(kernel), workgroups };
    return few.length === 0
      ? rest
      : { ...rest, alternatives: few.map((a) => ({ ...a, kernel: place(a.kernel) })) };
  };
  const variants = plan.variants.map((v) => ({ ...v, steps: v.steps.map(chosen) }));
  return { ...plan, variants, kernels };
}

/** A step of a Plan from `planFor` at a token count: without alternatives. */
export function stepAt({ alternatives = [], ...step }: PlanStep, tokens: number): PlanStep {
  const { kernel, workgroups } = alternatives.find((a) => tokens <= (a.maxTokens ?? Infinity)) ?? step;
  return { ...step, kernel, workgroups };
}
