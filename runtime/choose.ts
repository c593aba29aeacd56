import { OftcRuntimeError } from './errors.ts';
import {
  belongs,
  type DevicePlan,
  type DeviceTraits,
  dispatchesOf,
  isFor,
  type Plan,
  type PlanAlternative,
  type PlanClass,
  type PlanStep,
  slotsIn,
} from './plan.ts';

/** The matrices that a device multiplies, as Dawn and Chromium list them. No standard has such a list yet. */
interface MatrixInfo {
  readonly subgroupMatrixConfigs?: readonly {
    readonly M: number;
    readonly N: number;
    readonly K: number;
    readonly componentType: string;
    readonly resultComponentType: string;
  }[];
}

/** The traits that a device states of itself. */
export function traitsOf(device: GPUDevice): DeviceTraits {
  // Older browsers have no adapterInfo, others leave its sizes out: the portable kernels run there.
  const info = device.adapterInfo as (Partial<GPUAdapterInfo> & MatrixInfo) | undefined;
  return {
    adapter: [info?.vendor, info?.architecture, info?.device, info?.description]
      .map((part) => part ?? '')
      .join(' | '),
    vendor: info?.vendor ?? '',
    features: device.features,
    smallest: info?.subgroupMinSize,
    largest: info?.subgroupMaxSize,
    software: info?.isFallbackAdapter === true,
    workgroupBytes: device.limits.maxComputeWorkgroupStorageSize,
    matrices: (info?.subgroupMatrixConfigs ?? []).map((c) => ({
      m: c.M,
      n: c.N,
      k: c.K,
      component: c.componentType,
      result: c.resultComponentType,
    })),
  };
}

/** The class of a Plan that a device belongs to. Throws DeviceClassMissing where the Plan was made for others. */
export function classFor(traits: DeviceTraits, { name, classes }: Plan): PlanClass {
  const found = classes.find((c) => belongs(traits, c.devices));
  if (found) return found;
  const names = classes.map((c) => c.name).join(', ');
  throw new OftcRuntimeError(
    'DeviceClassMissing',
    `plan '${name}' is for devices of the class ${names}, and this device (${traits.adapter}) is of none of them: ` +
      "build it again with --devices 'portable', which runs on every device, or without --devices",
  );
}

/**
 * The alternatives of a step that the device takes: those for few tokens, and at most one for all token
 * counts, the first.
 */
export function takenOf(
  traits: DeviceTraits,
  plan: Pick<Plan, 'kernels'>,
): (step: PlanStep) => PlanAlternative[] {
  return ({ alternatives = [] }) => {
    const fitting = alternatives.filter((a) => isFor(traits, plan, a));
    const always = fitting.findIndex((a) => a.maxTokens === undefined);
    return always < 0 ? fitting : fitting.slice(0, always + 1);
  };
}

/** The part of a Plan that a device runs: its class, with alternatives that token counts choose, and its kernels. */
export const planFor = (device: GPUDevice, plan: Plan): DevicePlan => planWith(traitsOf(device), plan);

/** The part of a Plan that a device with these traits runs. */
export function planWith(traits: DeviceTraits, plan: Plan): DevicePlan {
  const { classes: _, format: __, version: ___, ...shared } = plan;
  const own = classFor(traits, plan);
  const taken = takenOf(traits, plan);
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
    ...(way.tuned ? { tuned: way.tuned } : {}),
  });
  const chosen = (written: PlanStep): PlanStep => {
    const { alternatives: _, first: __, ...step } = written;
    const ways = taken(written);
    const few = ways.filter((a) => a.maxTokens !== undefined);
    const rest = { ...step, ...run(step, ways[few.length] ?? written) };
    return few.length === 0 ? rest : { ...rest, alternatives: few.map((a) => ({ ...a, ...run(step, a) })) };
  };
  const variants = own.variants.map((v) => {
    const steps = v.steps.map(chosen);
    const used = slotsIn(steps.flatMap(dispatchesOf));
    return { ...v, steps, slots: v.slots.map((bytes, i) => (used.has(i) ? bytes : 0)) };
  });
  return { ...shared, class: own.name, variants, kernels };
}

/** The dispatches that a step of a Plan from `planFor` makes at a token count, in order. None has alternatives. */
export function stepsAt(written: PlanStep, tokens: number): PlanStep[] {
  const { alternatives = [], first: own, tuned: ownTuned, ...rest } = written;
  const found = alternatives.find((a) => tokens <= (a.maxTokens ?? Infinity));
  const tuned = found ? found.tuned : ownTuned;
  const step = tuned ? { ...rest, tuned } : rest;
  const { kernel, workgroups, bind = step.bind } = found ?? step;
  const first = found ? found.first : own;
  const last = { ...step, kernel, workgroups, bind };
  // The first dispatch counts as the work that the step states: the second only adds up what the first has left.
  return first
    ? [
        { ...step, ...first },
        { ...last, flops: 0, bytes: 0 },
      ]
    : [last];
}
