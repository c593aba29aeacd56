import { dispatchesOf, type Plan, type PlanAlternative, type PlanStep, slotsIn } from './plan.ts';

/** The Plan with no alternatives but those that its token counts choose on the device, and without kernels that it then never runs. */
export function planFor(device: GPUDevice, plan: Plan): Plan {
  // Older browsers have no adapterInfo, others leave its sizes out: the portable kernels run there.
  const info = device.adapterInfo as Partial<GPUAdapterInfo> | undefined;
  const within = (n: number | undefined, [from, to]: readonly [number, number]): boolean =>
    n !== undefined && from <= n && n <= to;
  const fits = ({ subgroups: { smallest, largest }, kernel }: PlanAlternative): boolean =>
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
  const run = (step: PlanStep, way: PlanStep | PlanAlternative) => ({
    ...(way.first ? { first: { ...way.first, kernel: place(way.first.kernel) } } : {}),
    kernel: place(way.kernel),
    workgroups: way.workgroups,
    bind: way.bind ?? step.bind,
  });
  const chosen = ({ alternatives = [], ...step }: PlanStep): PlanStep => {
    const fitting = alternatives.filter(fits);
    const always = fitting.findIndex((a) => a.maxTokens === undefined);
    const few = fitting.slice(0, always < 0 ? fitting.length : always);
    const rest = { ...step, ...run(step, fitting[always] ?? step) };
    return few.length === 0 ? rest : { ...rest, alternatives: few.map((a) => ({ ...a, ...run(step, a) })) };
  };
  const variants = plan.variants.map((v) => {
    const steps = v.steps.map(chosen);
    const used = slotsIn(steps.flatMap(dispatchesOf));
    return { ...v, steps, slots: v.slots.map((bytes, i) => (used.has(i) ? bytes : 0)) };
  });
  return { ...plan, variants, kernels };
}

/** What a step of a Plan from `planFor` runs at a token count, in order: steps without alternatives, one dispatch each. */
export function stepsAt({ alternatives = [], first: own, ...step }: PlanStep, tokens: number): PlanStep[] {
  const found = alternatives.find((a) => tokens <= (a.maxTokens ?? Infinity));
  const { kernel, workgroups, bind = step.bind } = found ?? step;
  const first = found ? found.first : own;
  const last = { ...step, kernel, workgroups, bind };
  // The work that a step says it does is that of the first dispatch: the second adds up what the first has left.
  return first
    ? [
        { ...step, ...first },
        { ...last, flops: 0, bytes: 0 },
      ]
    : [last];
}
