/**
 * Predicts the times of a Plan's launches on a device that is not at hand, from what the loops of its kernels do and the
 * device's rates. Nothing is fitted: a launch takes the longest of its operations, its memory and its loads, as if each
 * had the device's whole rate and they overlapped.
 */
import { type ExampleDevice, WORKGROUP_BYTES } from '../compiler/devices/index.ts';
import { type Dim, evalDim, evalReal, productDim } from '../compiler/dims/dims.ts';
import {
  type DevicePlan,
  type DeviceTraits,
  evalExtent,
  isFor,
  type PlanAlternative,
  type PlanDispatch,
  type PlanKernel,
  type PlanStep,
} from '../runtime/plan.ts';
import { KernelError } from './error.ts';
import { scheduleOf } from './kernel-table.ts';
import { bytesOf, costOf, countAt } from './loops/cost.ts';
import type { Space } from './loops/type.ts';
import { remembered } from './remembered.ts';

/** The work of a launch, of all invocations together. */
export interface LaunchWork {
  readonly flops: number;
  /** The bytes of buffers, with each element once for each tensor that the kernel binds. */
  readonly once: number;
  /** The bytes of all loads and stores, by the space that they are in. */
  readonly moved: Readonly<Partial<Record<Space, number>>>;
  /** Whether subgroup matrices multiply. */
  readonly hasMatrices: boolean;
}

const LIMITS = ['operations', 'memory', 'loads'] as const;
export type Limit = (typeof LIMITS)[number];

export interface LaunchPrediction {
  readonly kernel: string;
  /** The step's place among the steps of the Plan's variant. */
  readonly step: number;
  readonly work: LaunchWork;
  /** The seconds of each part alone; absent where the device's rate is not known. */
  readonly parts: Readonly<Partial<Record<Limit, number>>>;
  /** The part that takes longest. */
  readonly limit: Limit;
  readonly seconds: number;
  /** The seconds if each load and store of a buffer went to memory. */
  readonly uncached: number;
}

/** The predicted times of a Plan: sums over its launches. */
export interface PlanPrediction {
  readonly launches: readonly LaunchPrediction[];
  readonly seconds: number;
  readonly uncached: number;
}

/** The spaces whose memories are buffers. */
const BUFFERS: readonly Space[] = ['input', 'output', 'temporary'];

const costs = remembered(costOf);

/** Throws KernelError for a kernel that another process printed, because its loops are not known. */
function workOf(kernel: PlanKernel, tokens: number, subgroup: number): LaunchWork {
  const loops = scheduleOf(kernel)?.loops;
  if (!loops) throw new KernelError(`the loops of kernel '${kernel.name}' are not in this process`);
  const cost = costs(loops);
  const at = (count: Dim | undefined) => (count ? countAt(count, cost, tokens, subgroup) : 0);
  const moved: Partial<Record<Space, number>> = {};
  for (const space of [...BUFFERS, 'workgroup'] as const) {
    const bytes = at(cost.loaded.get(space)) + at(cost.stored.get(space));
    if (bytes > 0) moved[space] = bytes;
  }
  const once = [...cost.moved].reduce((sum, [n, count]) => {
    const memory = loops.memories[n]!;
    if (!BUFFERS.includes(memory.space)) return sum;
    const held = evalDim(productDim(memory.shape), { tokens }) * evalReal(bytesOf(memory), {});
    // A gather may read less than its table has.
    return sum + Math.min(held, at(count));
  }, 0);
  return { flops: at(cost.flops), once, moved, hasMatrices: cost.matrices > 0 };
}

/** The time of one launch of a kernel at a token count. */
export function predictKernel(
  kernel: PlanKernel,
  tokens: number,
  rates: Omit<ExampleDevice, 'name'>,
): Omit<LaunchPrediction, 'step'> {
  const work = workOf(kernel, tokens, rates.subgroup);
  const buffers = BUFFERS.reduce((n, space) => n + (work.moved[space] ?? 0), 0);
  const all = buffers + (work.moved.workgroup ?? 0);
  const parts: Partial<Record<Limit, number>> = {
    // Matrices multiply at a rate of their own, which no class states.
    ...(work.hasMatrices ? {} : { operations: work.flops / rates.flops }),
    memory: work.once / rates.bandwidth,
    ...(rates.onChip === undefined ? {} : { loads: all / rates.onChip }),
  };
  const longest = (of: Partial<Record<Limit, number>>) => Math.max(...Object.values(of));
  return {
    kernel: kernel.name,
    work,
    parts,
    limit: LIMITS.find((l) => parts[l] === longest(parts))!,
    seconds: longest(parts) + rates.launch,
    uncached: longest({ ...parts, memory: buffers / rates.bandwidth }) + rates.launch,
  };
}

/** The launches of a Plan at a token count, on a device with these traits and rates. */
export function predictPlan(
  plan: Pick<DevicePlan, 'name' | 'kernels' | 'variants'>,
  tokens: number,
  traits: DeviceTraits,
  rates: Omit<ExampleDevice, 'name'>,
): PlanPrediction {
  const variant = plan.variants.find((v) => v.minTokens <= tokens && tokens <= (v.maxTokens ?? Infinity));
  if (variant === undefined) throw new KernelError(`Plan '${plan.name}' has no variant for ${tokens} tokens`);
  const launches = variant.steps.flatMap((step, n) =>
    dispatchesAt(step, tokens, (a) => isFor(traits, plan, a))
      .filter(({ workgroups }) => evalExtent(workgroups, tokens) > 0)
      .map(({ kernel }) => ({ step: n, ...predictKernel(plan.kernels[kernel]!, tokens, rates) })),
  );
  const sum = (of: (l: LaunchPrediction) => number) => launches.reduce((n, l) => n + of(l), 0);
  return { launches, seconds: sum((l) => l.seconds), uncached: sum((l) => l.uncached) };
}

/** The dispatches of a step: its own, or those of the first alternative that the device takes. */
function dispatchesAt(
  step: PlanStep,
  tokens: number,
  isTaken: (a: PlanAlternative) => boolean,
): Pick<PlanDispatch, 'kernel' | 'workgroups'>[] {
  const way = step.alternatives?.find((a) => tokens <= (a.maxTokens ?? Infinity) && isTaken(a)) ?? step;
  return [...(way.first ? [way.first] : []), way];
}

/** The traits of an example device: the features of most adapters of today, default limits, and no subgroup matrices. */
export const traitsOfExample = ({ name, subgroup }: ExampleDevice): DeviceTraits => ({
  adapter: name,
  vendor: '',
  features: new Set(['shader-f16', 'subgroups']),
  smallest: subgroup,
  largest: subgroup,
  software: false,
  workgroupBytes: WORKGROUP_BYTES,
  matrices: [],
});
